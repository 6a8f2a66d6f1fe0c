"""How people call a plan: unit and place in every usual short form, campaigns; and an id that stays the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from bot.answers.regions import parts, place_forms, short
from bot.ingest.plans.proposal import FactKind, Proposal
from bot.ingest.plans.wording import wording

_COMPANY = re.compile(r"(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司$|集团$")
_TRADE = re.compile(
    r"(?<=[一-鿿]{2})(?:化工|化学|建设|建筑|机械|机电|电子|电力|能源|矿业|钢铁|纺织|食品|医药|制药|物流|科技|实业|工业|集团)+$"
)
_ASIDE = re.compile(r"[（(][^（()）]*[)）]")
_QUOTED = re.compile(r"[“\"「]([^“”\"「」]{2,20})[”\"」]")
#: Campaigns that are named without quotation marks.
_CAMPAIGN = re.compile(
    r"(?:全国)?安全生产月|(?:119)?消防(?:安全)?宣传月|(?:全国)?防灾减灾(?:宣传周|日)|国际减灾日|职业病防治法[》”]?宣传周|质量月"
    r"|(?:全国)?中小学生安全教育日|(?:全国)?交通安全日|道路交通安全宣传[周月]|安全生产法[》”]?宣传周|安全宣传[“\"]?[五七]进|百日攻坚|安全生产[一-鿿]{2,4}行"
)
_OF_A_CAMPAIGN = re.compile(r"[月周日行年进]$|行动$|宣传|竞赛")
_NATIONAL = frozenset(
    "安全生产月 安全月 生产月 万里行 安全生产万里行 专题行 安全生产专题行 消防月 消防宣传月 防灾减灾日 减灾日 减灾周"
    " 五进 七进 安全生产 质量月 交通安全日".split()
)


def campaigns(proposal: Proposal) -> tuple[str, ...]:
    """The names of the plan's campaigns, the chief one first: 安全生产月, 安全生产五邑行."""
    title = proposal.title
    found = [n for n in _QUOTED.findall(title) if _OF_A_CAMPAIGN.search(n)] or _CAMPAIGN.findall(title)
    found += [f.what for f in proposal.of(FactKind.PERIOD) if f.what and _OF_A_CAMPAIGN.search(_bare(f.what))]
    return tuple(dict.fromkeys(_bare(n) for n in found))


def _bare(name: str) -> str:
    return re.sub(r"[“”\"《》「」]", "", name).removeprefix("全国").removesuffix("活动")


def spoken(campaign: str) -> tuple[str, ...]:
    """How people say a campaign's name: 安全生产五邑行 is 五邑行, 安全生产月 is 安全月."""
    names = [campaign]
    rest = campaign.removeprefix("安全生产")
    if rest != campaign and len(rest) >= 3:
        names.append(rest)
    for full, less in (("安全生产月", "安全月"), ("消防宣传月", "消防月"), ("消防安全宣传月", "消防月"),
                       ("防灾减灾日", "减灾日"), ("防灾减灾宣传周", "减灾周"), ("职业病防治法宣传周", "职业病宣传周"),
                       ("中小学生安全教育日", "安全教育日")):  # fmt: skip
        if full in campaign:
            names.append(less)
    if match := re.search(r"(?:安全|宣传)行$", campaign):
        names.append(match[0])
    return tuple(dict.fromkeys(names))


def plan_id(proposal: Proposal) -> str:
    """The same for the same unit, year and kind of campaign, whatever else the plan says."""
    kind = "、".join(sorted(campaigns(proposal)[:1])) or proposal.title
    told = "|".join((proposal.region, unit(proposal), str(proposal.year or ""), kind))
    return f"plan-{blake2b(told.encode(), digest_size=4).hexdigest()}"


def unit(proposal: Proposal) -> str:
    """The issuer in short and with its place: 江门市工信局; the place alone where no issuer is known."""
    issuer = re.split(r"[、，,;；\s]", _ASIDE.sub("", proposal.issuer))[0]
    for full, (less, *_) in wording().units.items():
        if issuer.endswith(full):
            issuer = issuer.removesuffix(full) + less
            break
    places = parts(proposal.region)
    last = places[-1] if places else ""
    if not issuer:
        return last
    if len(places) > 1:
        issuer = last + rest if (rest := issuer.removeprefix(proposal.region)) != issuer else issuer
    held = any(short(p) in issuer for p in places)
    return issuer if held or not last or _COMPANY.search(issuer) else last + _without_level(issuer)


def _without_level(issuer: str) -> str:
    """区应急管理局 -> 应急管理局."""
    return issuer[1:] if re.match(r"[省市区县镇乡州旗](?![省市区县])[一-鿿]{3}", issuer) else issuer


def label(proposal: Proposal) -> str:
    """The plan as answers name it: 江门市工信局2020年“安全生产月”方案."""
    names = campaigns(proposal)
    year = f"{proposal.year}年" if proposal.year else ""
    return f"{unit(proposal)}{year}{f'“{names[0]}”' if names else '活动'}方案"


def aliases(proposal: Proposal) -> tuple[str, ...]:
    """Every usual way to name the plan by place, unit and campaign, the clearest first."""
    return tuple(dict.fromkeys(a for a in _named(proposal) if len(a) >= 2))


def _named(proposal: Proposal) -> Iterable[str]:
    yield unit(proposal)
    issuers = [i for i in re.split(r"[、，,;；\s（()）]", proposal.issuer) if i]
    for issuer in issuers:
        yield from _forms(issuer, proposal.region)
    yield from place_forms(proposal.region)
    yield proposal.title
    for name in campaigns(proposal):
        yield from (n for n in spoken(name) if n not in _NATIONAL and _own(n))


def _own(campaign: str) -> bool:
    """Whether a campaign's name tells whose it is: 五邑行 does, 消防宣传月 does not."""
    return campaign.endswith("行") and not any(n in campaign for n in ("万里行", "专题行"))


def _forms(issuer: str, region: str) -> Iterable[str]:
    """An issuer in full and in short, with its place in full, in short, by level, or without."""
    own, places = issuer, parts(region)
    for place in places:
        own = own.removeprefix(place).removeprefix(short(place))
    own = _without_level(own)
    tails = [
        own,
        *(own.removesuffix(f) + less for f, shorter in wording().units.items() if own.endswith(f) for less in shorter),
    ]
    company = _COMPANY.sub("", own)
    if company != own:
        trade = _TRADE.sub("", company)
        tails += [company, f"{company}公司", trade, f"{trade}公司"]
    yield issuer
    last = places[-1] if places else ""
    for tail in tails:
        if not tail:
            continue
        if last:
            yield from (n + tail for n in place_forms(region))
        if _COMPANY.search(issuer) or own == issuer:
            yield tail
        if last[-1:] in ("省", "市", "区", "县", "镇", "乡", "州", "旗") and own != issuer and len(tail) >= 3:
            yield last[-1] + tail
