"""What team leaders answer after the meeting before work: how many came."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from bot.answers.normalise import normalise, number
from bot.errors import OutreachError
from bot.outreach.tip_tables import head_count
from bot.people.scope import followers_of
from bot.people.tables import follower, unit
from bot.settings import BEIJING

#: More than come to one meeting anywhere.
MOST_PEOPLE = 100_000
_NUMBER = r"(?P<number>[0-9]{1,7}|[零一二两三四五六七八九十百]{1,7})"
_WHEN = r"(?:今[天日早]?|[本我]班|班组|我们班?|应到[0-9]{1,6}[个名]?人?[,、])*"
#: 请假3, 应到15人: told beside it, and not what is counted.
_REST = r"(?:[,、;](?:应到|请假|病假|事假|休息|缺勤|缺|未到|没来|迟到)[^,、;]{0,12})*"
_HEADS = re.compile(
    rf"{_WHEN}(?:(?:到岗|实到|出勤)(?:人数)?[:是为]?{_NUMBER}[个名]?人?|"
    rf"{_NUMBER.replace('number', 'before')}[个名]?人?(?:都|全部)?(?:到岗|实到|出勤|到齐)了?|"
    rf"来了{_NUMBER.replace('number', 'came')}[个名]?人){_REST}[。.!~]*"
)
#: All are there: but how many?
_ALL = re.compile(rf"{_WHEN}(?:全员|全部|都|人员)?(?:到岗|到齐)了?[。.!~]*")


def read_head_count(text: str) -> int | None:
    """How many came to work, from an answer as 到岗12人; None for another text."""
    match = _HEADS.fullmatch(_level(text))
    return number(next(filter(None, match.group("number", "before", "came")))) if match else None


def is_without_number(text: str) -> bool:
    """Whether it tells that all are there, and not how many."""
    return _ALL.fullmatch(_level(text)) is not None


def _level(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def keep_head_count(db: sa.Connection, follower_id: int, people: int, now: datetime) -> None:
    """Keep what a team leader answered; the last answer of a day counts. Raises OutreachError beyond 100,000."""
    if not 0 <= people <= MOST_PEOPLE:
        raise OutreachError(f"到岗人数 {people} 不对，请再报一次，如：到岗12人")
    day = str(now.astimezone(BEIJING).date())
    at = (head_count.c.follower_id == follower_id, head_count.c.day == day)
    if not db.execute(sa.update(head_count).where(*at).values(people=people, at=now)).rowcount:
        db.execute(sa.insert(head_count).values(follower_id=follower_id, day=day, people=people, at=now))


def head_counts(db: sa.Connection, day: date, region: str = "") -> Mapping[str, tuple[int, int]]:
    """Unit -> team leaders of a region who answered on a day, and people at work; "" for those without a unit."""
    name = sa.func.coalesce(unit.c.name, "")
    rows = db.execute(
        sa.select(name, sa.func.count(), sa.func.sum(head_count.c.people))
        .join_from(head_count, follower, follower.c.id == head_count.c.follower_id)
        .outerjoin(unit, unit.c.id == follower.c.unit_id)
        .where(head_count.c.day == str(day), followers_of(region))
        .group_by(name)
    )
    return {name: (leaders, int(people)) for name, leaders, people in rows}
