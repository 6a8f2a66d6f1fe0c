"""Who runs a campaign, its head's role, the office to turn to, what it is for and what it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading

_BODY = re.compile(
    r"(?:成立|组建|设立|组成)了?(?P<b>[^，。；：]{0,60}?(?:领导小组|指导小组|工作小组|工作专班|组织机构|指导委员会|组委会|指挥部|委员会|专班|领导机构|工作组))"
)
_OFFICE = re.compile(
    r"(?:办公室[^。；]{0,12}?(?:设在|设于|挂靠|(?<=设办公室)在)|办公地点(?:设)?在)(?P<o>[^，。；（(]{2,30}(?:[（(][^（()）]{1,20}(?=[，,）)])[^（()）]*[)）])?)"
)
_CONTACT = re.compile(
    r"(?:联系|咨询|承办|对口)(?:单位|科室|部门|处室)[：:]\s*(?P<o>[^，。；：（(\s]{2,30})|联系人(?:及(?:联系)?电话)?[：:]\s*(?P<p>[^，。；：（(\s]{2,20}(?:办公室|办|科|处|局|部|室|站|中心|股|所))"
)
#: 日常工作由学校安全办公室负责   宣传中心具体承办
_DAILY = re.compile(
    r"(?:日常|具体|联络)(?:工作|事务|事宜|联络)?由(?P<o>[^，。；：（(\s]{2,30})(?=负责|牵头|承担|承办|办理|组织)|(?:^|[，。；、])由?(?P<p>[^，。；：、\s]{2,24}(?:[（(][^（()）]{2,16}[)）])?)(?=具体(?:承办|负责)|(?:负责|承担)[^，。；、]{0,6}(?:日常工作|日常事务))"
)
_ROLES = re.compile(r"(?:长|人|员|主任|书记|经理|领导|同志|略）)$")
_GOAL = re.compile(
    r"以[^，。；“”]{4,60}为(?:工作)?目标|(?:确保|实现|力争)[^。；]{4,60}|(?:坚决)?(?:防范|遏制)[^，。；]{4,40}(?:事故)[^，。；]{0,10}"
)


def organisation(reading: Reading) -> list[Fact]:
    """The bodies that are set up, each once."""
    found: dict[str, Fact] = {}
    for said in reading.said():
        for m in _BODY.finditer(said.text):
            body = re.sub(r"^(?:以[^，]*为组长的|由[^，]*组成的?|相应的?|了)", "", m["b"])
            if body not in found and len(body) >= 3:
                found[body] = Fact(
                    id="",
                    kind=FactKind.ORGANISATION,
                    section=said.section,
                    sentence=said.text,
                    confidence=0.85,
                    what=body,
                    who=_head(said.text),
                )
    return list(found.values())


def _head(text: str) -> str:
    """The role that leads: 分管副局长任组长."""
    m = re.search(r"(?:由|，|、|^)(?P<r>[^，。；]{2,30}?)(?:（姓名略）)?(?:副?[一-鿿]{0,3}长)?(?:担任|任|为)组长", text)
    return re.sub(r"（姓名略）|^[由，、]+", "", m[0].split("组长")[0]).strip("，、任担为") if m else ""


def contact(reading: Reading) -> Fact | None:
    """The office to turn to: told as such, else where the campaign's office sits."""
    for pattern, sure in ((_CONTACT, 0.9), (_OFFICE, 0.8), (_DAILY, 0.7)):
        for said in reading.said():
            if m := pattern.search(said.text):
                told = next(g for g in m.groupdict().values() if g)
                if _ROLES.search(told):
                    continue
                office = told + ("）" if told.count("（") > told.count("）") else "")
                office = re.sub(r"[，,].*?(?=）|$)", "", office).strip("，。、")
                return Fact(
                    id="", kind=FactKind.CONTACT, section=said.section, sentence=said.text, confidence=sure, what=office
                )
    return None


def receiver_as_contact(reports: list[Fact]) -> Fact | None:
    """Where no office is told to turn to, the one that reports go to: beside a telephone or mailbox, else the last."""
    able = [f for f in reversed(reports) if f.to and (f.date or f.recurring or f.when)]
    last = next((f for f in able if re.search(r"联系人|联系电话|电话略|邮箱", f.sentence)), able[0] if able else None)
    if last and not last.date and not any(f.date for f in reports):
        last = None
    if last is None:
        return None
    return Fact(
        id="", kind=FactKind.CONTACT, section=last.section, sentence=last.sentence, confidence=0.6, what=last.to
    )


def goals(reading: Reading) -> Iterator[Fact]:
    """What the campaign is to reach."""
    for said in reading.said():
        heads = " ".join(said.block.titles)
        if said.in_title or not re.search(r"指导思想|思路|目标|目的|总体要求|意义", heads) and said.section != "前言":
            continue
        if m := _GOAL.search(said.text):
            yield Fact(id="", kind=FactKind.GOAL, section=said.section, sentence=said.text, confidence=0.7, what=m[0])
            return


def requirements(reading: Reading) -> Iterator[Fact]:
    """The items under 工作要求 and the like, by their titles."""
    for block in reading.outline.blocks:
        if (
            block.style
            and block.title
            and len(block.titles) >= 2
            and re.search(r"要求|保障|措施|注意", block.titles[0])
        ):
            yield Fact(
                id="",
                kind=FactKind.REQUIREMENT,
                section=block.number,
                sentence=block.text or block.title,
                confidence=0.8,
                what=block.title,
            )
