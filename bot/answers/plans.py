"""Campaign plans in questions: which plan is meant, for which year, and whether a theme is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from bot.answers.entries import Plan
from bot.answers.matching import Found, Match
from bot.answers.normalise import normalise, number
from bot.answers.pinyin import sounds
from bot.answers.regions import NATIONWIDE, covers, parts, place_forms, short

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)|([一二][〇零九][〇零一二三四五六七八九]{2})年")
_RELATIVE = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "后年": 2}
_THEME = re.compile(r"主题|口号是")
_MONTH = re.compile(r"安全生产?月|安全月|生产月|这次|今年|本届|第\d+个|\d{4}")
_OTHER_THEME = re.compile(r"消防|防灾|减灾|职业病|交通|宪法|安全教育日|咨询日|教育周|质量月|国家安全")
_OF_CAMPAIGNS = re.compile(
    r"安全生产月|安全月|宣传月|消防月|宣传周|宣传日|减灾日|减灾周|质量月|交通安全日|教育日|教育周|联络员|咨询日|启动仪式|万里行|五邑行|南粤行|专题行|楚天行"
    r"|安全行|统计表|五进|七进|总结|小结"
)
#: These are said of other things too.
_CAMPAIGN = re.compile(rf"{_OF_CAMPAIGNS.pattern}|方案|活动|报送|上报|主题")
#: Kinds of campaigns; a plan for another kind than the question names is not meant.
_KINDS = {
    "安全生产月": re.compile(r"安全生产?月|安全月|生产月"),
    "消防宣传月": re.compile(r"消防(?:安全)?宣传月|消防月|消防宣传日|119宣传"),
    "防灾减灾日": re.compile(r"防灾减灾(?:宣传)?[日周]|减灾[日周]|512防灾"),
    "职业病防治法宣传周": re.compile(r"职业病(?:防治法)?》?宣传周|职防周"),
    "安全教育日": re.compile(r"安全教育日"),
    "交通安全日": re.compile(r"交通安全日"),
    "质量月": re.compile(r"质量月"),
    "安全生产法宣传周": re.compile(r"安全生产法》?宣传周|安法宣传周"),
}
_HOME = re.compile(r"(?:(?:我们|咱们?)(?:这|这里|这边)?|[本我])([区市县乡镇省局]|街道|单位)|(?:我们|咱们?)(这)")
#: What is only asked of a plan: when and to whom something is handed in.
_HANDED_IN = re.compile(
    r"(?:总结|小结|统计表|推荐表|联络员|典型案例|信息|简报|照片|视频|影像|方案|材料)[^,。?]{0,8}"
    r"(?:什么时候|啥时候|几号|几时|哪天|最晚|截止|期限)?[^,。?]{0,4}(?:交|报送?|上报|报给|发)(?:给|到|往)?(?:谁|哪|什么|啥)?"
)
_WHEN_OR_WHOM = re.compile(r"什么时候|啥时候|几号|几时|哪天|最晚|截止|期限|给谁|到哪|交哪|报哪|发哪|往哪")
_ASKING = re.compile(r"几|多少|哪|什么|啥|谁|怎么|[吗么呢?]$|邮箱|电话")
_PLACE = re.compile(r"(?:^|[,。在请问是])([一-鿿]{2,8}?(?:省|市|区|县|镇|乡|街道|州|旗))(?!民|级|里)")
_ANY_PLACE = re.compile(r"[我本全各该这那咱们哪每某]|(?:社|小|辖|校|园|厂|地|景|城|矿|库|街|片)区|城市")
_OFFICES = tuple("工业和信息化 工信 市场监督管理 市场监管 应急管理 应急 住建 教育 交通 安委 消防 卫健".split())
#: 市工信局, 区安委办: a unit that every place has.
_OF_ANY_PLACE = re.compile(r"[省市区县镇乡州旗](?![省市区县])[一-鿿]{2,}$")
_HEARD_FROM, _HEARD_TO = 3, 14  # sounds
_WITH_WORDS = 0.5  # of the likeness of a general entry, where words of campaigns are said


def years(text: str, today: date) -> list[int]:
    """The years that normalised text names: 2023, 二〇二三年, 今年, 去年."""
    found = [int(m[1]) if m[1] else number(m[2]) or 0 for m in _YEAR.finditer(text)]
    return found + [today.year + shift for word, shift in _RELATIVE.items() if word in text]


def asks_theme(text: str) -> bool:
    """Whether the national theme of Safety Production Month is asked for."""
    return bool(_THEME.search(text) and _MONTH.search(text) and not _OTHER_THEME.search(text))


def speaks_of_campaigns(text: str) -> bool:
    """Whether normalised text names what only campaigns have: 咨询日, 启动仪式, 安全月."""
    return bool(_OF_CAMPAIGNS.search(text))


def asks_of_a_plan(text: str) -> bool:
    """Whether only a plan can answer: what is handed in when and to whom."""
    return bool(_HANDED_IN.search(text) and _WHEN_OR_WHOM.search(text))


def kinds(text: str) -> list[str]:
    """The kinds of campaigns that normalised text names."""
    return [kind for kind, words in _KINDS.items() if words.search(text)]


def foreign_place(text: str) -> str:
    """A place that normalised text begins with or stands in, as 青溪区; "" for none, and for 我们区 or 小区."""
    named = _PLACE.search(text)
    return "" if named is None or _ANY_PLACE.search(named[1]) else named[1]


def _place(plan: Plan) -> str:
    """The short name of the place a plan is for: 江门, 江海, 吉林; "" for the whole country."""
    last = parts(plan.region)[-1:]
    return normalise(short(last[0])) if last else ""


class PlanNames:
    """Finds campaign plans in questions by place and unit, also when written as it sounds."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = sorted(plans, key=lambda p: -p.year)
        names: dict[str, list[Plan]] = {}
        for plan in self._plans:
            for alias in {normalise(a) for a in plan.aliases}:
                names.setdefault(alias, []).append(plan)
        self._names = names
        self._lengths = sorted({len(n) for n in names}, reverse=True)
        self._places = {normalise(n) for p in plans for n in place_forms(p.region)}
        self._placed = [(plan, place) for plan in self._plans if (place := _place(plan))]
        self._units = {p.id: " ".join((p.issuer, *p.aliases)) for p in plans}
        self._kinds = {p.id: kinds(normalise(" ".join((p.title, *p.aliases)))) for p in plans}
        self._sounds: dict[int, dict[tuple[int, ...], str]] = {}
        for alias in names:
            heard = tuple(sounds(alias))
            if _HEARD_FROM <= len(heard) <= _HEARD_TO:
                self._sounds.setdefault(len(heard), {})[heard] = alias
        self._first_sounds = {heard[0] for held in self._sounds.values() for heard in held}

    def _said(self, text: str) -> list[str]:
        """The names in normalised text, the longest at each place; by sound too where none or only 区安委办 is said."""
        found = list(self._literal(text))
        if all(_OF_ANY_PLACE.match(name) for name in found):
            found += [n for n in self._heard(text) if n not in found]
        return found

    def _literal(self, text: str) -> Iterable[str]:
        at = 0
        while at < len(text):
            name = next((text[at : at + n] for n in self._lengths if text[at : at + n] in self._names), "")
            if name:
                yield name
            at += len(name) or 1

    def _heard(self, text: str) -> list[str]:
        """Names of three sounds or more that the text holds as it sounds."""
        heard = tuple(sounds(text))
        starts = [i for i, sound in enumerate(heard) if sound in self._first_sounds]
        return [
            names[heard[i : i + n]] for n, names in self._sounds.items() for i in starts if heard[i : i + n] in names
        ]

    def find(self, text: str) -> list[Plan]:
        """The plans that normalised text names, by an alias or by place and campaign; those named most exactly.

        Newest first.
        """
        votes: dict[str, int] = {}
        for name in self._said(text):
            for plan in self._names[name]:
                votes[plan.id] = votes.get(plan.id, 0) + len(name)
        if _CAMPAIGN.search(text):
            for plan, place in self._placed:
                if place in text:
                    # 江门各区工信部门: place and office stand apart, so each speaks for itself.
                    office = sum(len(w) for w in _OFFICES if w in text and w in self._units[plan.id])
                    votes[plan.id] = votes.get(plan.id, 0) + len(place) + office
        most = max(votes.values(), default=0)
        return [p for p in self._plans if votes.get(p.id, 0) == most > 0]

    def names_unit(self, text: str) -> bool:
        """Whether a unit, a title or a campaign of its own is named, not a place alone."""
        return any(n not in self._places and not _OF_ANY_PLACE.match(n) for n in self._said(text))

    def asks_unit(self, text: str) -> bool:
        """Whether somebody asks a plan's unit something: 恒昌化工照片交几张 tells of no hazard there."""
        return bool(_ASKING.search(text)) and self.names_unit(text)

    def of_kind(self, plans: Sequence[Plan], text: str) -> list[Plan]:
        """Those of `plans` for a kind of campaign that normalised text names; all where it names none."""
        named = kinds(text)
        if not named:
            return list(plans)
        return [p for p in plans if not self._kinds[p.id] or any(k in named for k in self._kinds[p.id])]

    def at_home(self, text: str, region: str) -> list[Plan]:
        """The plans of the person's own place when the question says 我们区 or the like, newest first.

        我们市 from somebody in a district of it means the city.
        """
        said = _HOME.search(text)
        if not said or not (_CAMPAIGN.search(text) or asks_of_a_plan(text)):
            return []
        return self.of_place(_up_to(region, next(g for g in said.groups() if g)))

    def of_place(self, region: str) -> list[Plan]:
        """The plans of one place, newest first; a plan may know its place by the last part only."""
        return [p for p in self._plans if same_place(p.region, region)]

    def above(self, region: str) -> list[Plan]:
        """The plans of a place, or else of the nearest place that it belongs to."""
        held = [p for p in self._plans if p.region != NATIONWIDE and covers(p.region, region)]
        nearest = max((len(p.region) for p in held), default=0)
        return [p for p in held if len(p.region) == nearest]

    @property
    def newest(self) -> list[Plan]:
        """All plans, newest first."""
        return list(self._plans)

    def called(self, plan: Plan) -> str:
        """A short name by which `find` and the year give this plan and no other; its title where there is none."""
        for alias in plan.aliases:
            name = f"{alias}{plan.year}年" if plan.year else alias
            if [p.id for p in self.find(normalise(name)) if p.year == plan.year] == [plan.id]:
                return name
        return plan.title

    def without_name(self, text: str) -> str:
        """The question without place, unit and year, which every fact of the plan shares."""
        bare = text
        for name in self._said(text):
            if not name.endswith("行"):  # 五邑行总结: the campaign tells which summary
                bare = bare.replace(name, "")
        return re.sub(r"^[的年,，:\s]+", "", _YEAR.sub("", _HOME.sub("", bare))) or text

    def without_campaign(self, bare: str) -> str:
        """The question without the campaigns' names, which overshadow what is asked of them."""
        for words in _KINDS.values():
            bare = words.sub("", bare)
        for name in self._said(bare):
            bare = bare.replace(name, "")
        return re.sub(r"^[的里中,，:\s]+", "", bare)

    def is_about(self, bare: str, best: Match, general: Found, share: float = 0.8) -> bool:
        """Whether a question that names a plan's place is about the plan, and not about the law there.

        share  of the likeness of the best general entry that the best fact must reach
        """
        if speaks_of_campaigns(bare):
            return True
        rival = general.matches[0].score if general.matches else 0.0
        return best.score >= (min(share, _WITH_WORDS) if _CAMPAIGN.search(bare) else share) * rival


def same_place(one: str, other: str) -> bool:
    """Whether two regions are the same place: 石渡区 and 澜江市石渡区 are, 全国 is no place."""
    if NATIONWIDE in (one, other):
        return False
    return one.endswith(other) or other.endswith(one)


def _up_to(region: str, level: str) -> str:
    """A region cut at a level: 广东省江门市江海区 at 市 is 广东省江门市; whole where it has no such level."""
    places = parts(region)
    for n, place in enumerate(places, 1):
        if place.endswith(level):
            return "".join(places[:n])
    return region
