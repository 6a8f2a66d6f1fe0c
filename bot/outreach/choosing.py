"""Which tip a kind of people gets on a day. Pure: the same day, people, history and seed give the same tip."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ingest.tips import Tip
from bot.settings import BEIJING

#: No tip comes back to a person before this.
REST = timedelta(days=90)
#: Who holds a meeting before work; the word of config/people.toml.
LEADER = "班组长"
#: What these are told is of no use to those below them.
_HEADS = frozenset({LEADER, "安全员", "负责人"})
#: A season this short is a day or a week of its own: its tip goes before all others.
_OCCASION = 7
_WORKER, _HOME = "企业", "家庭"
#: Not for those who did not say that they are there.
_APART = frozenset({"机关"})
#: What a team leader asks where the tip has no questions of its own.
STANDING = ("今天谁没来、谁是新来的", "今天哪件活最容易出事", "出事往哪里撤、打给谁")


@dataclass(frozen=True, slots=True)
class Profile:
    """What people said of themselves; "" where they did not. frequency: daily or weekly."""

    frequency: str = "daily"
    industry: str = ""
    post: str = ""
    audience: str = ""

    @property
    def audiences(self) -> tuple[str, ...]:
        """Who they are: who named an industry or a post works, everybody else lives somewhere."""
        if self.audience:
            return (self.audience,)
        return (_WORKER,) if self.industry or self.post else (_HOME,)


def choose(tips: Sequence[Tip], now: datetime, profile: Profile, sent: Collection[str], seed: int = 0) -> Tip | None:
    """The tip of the day for these people; None when all that fit were sent in the last 90 days.

    An occasion of these days comes first. Then industry and post, audience, home and general ones; every second day
    what is in season comes before them, so that a season's tips are told while it lasts.
    sent  ids of the tips that they got in the last 90 days
    """
    day = now.astimezone(BEIJING).date()
    season_first = day.toordinal() % 2 == 0
    best: tuple[tuple[bool, int, int, bytes], Tip] | None = None
    for tip in tips:
        current = [season for season in tip.seasons if season.holds(day)]
        if tip.id in sent or (tip.seasons and not current) or (rank := _rank(tip, profile)) is None:
            continue
        occasion = any(season.days <= _OCCASION for season in current)
        order = (not current, rank) if season_first else (rank, not current)
        key = (not occasion, *order, _lot(tip, profile, seed))
        if best is None or key < best[0]:
            best = (key, tip)
    return best[1] if best else None


def _rank(tip: Tip, profile: Profile) -> int | None:
    """How closely a tip fits, 0 the closest; None where it does not."""
    leads = profile.post == LEADER and bool(tip.ask)
    at_work = not profile.post and profile.industry in tip.industries and not _HEADS.issuperset(tip.posts)
    if tip.posts and profile.post not in tip.posts and not leads and not at_work:
        return None
    if tip.industries:
        if profile.industry in tip.industries:
            return 0 if profile.post in tip.posts else 2 if tip.posts and not leads else 1
        return 3 if _lives_there(tip, profile) else None
    if tip.posts:
        return 2 if profile.post in tip.posts else 3
    if set(profile.audiences) & set(tip.audiences):
        return 3
    if _HOME in tip.audiences:
        return 4
    return None if _APART & set(tip.audiences) else 5


def _lives_there(tip: Tip, profile: Profile) -> bool:
    """Whether a tip of an industry is for those who named none but are where it is: in a village, at a school."""
    return not (profile.industry or tip.posts or profile.audience == _WORKER) and profile.audience in tip.audiences


def _lot(tip: Tip, profile: Profile, seed: int) -> bytes:
    """The order of tips that fit equally well; another one for each kind of people."""
    text = f"{seed}/{tip.id}/{profile.industry}/{profile.post}/{profile.audience}"
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def message(tip: Tip, *, leader: bool = False, slowed: bool = False) -> str:
    """What is sent.

    leader  with three questions for the meeting before work
    slowed  says that tips are weekly from now on
    """
    lines = [("【班前会】" if leader else "【安全提示】") + tip.text]
    if leader:
        lines += [f"{n}. {question}？" for n, question in enumerate(tip.ask or STANDING, 1)]
        lines.append("问完回复到岗人数，如：到岗12人")
    lines.append(f"依据：{_source(tip)}")
    if slowed:
        lines.append("这两周没见您打开，怕打扰您，以后改为每周一条。想照旧每天收，回复：每天")
    return "\n".join(lines)


def _source(tip: Tip) -> str:
    source = tip.sources[0]
    title = source.law or source.name
    return f"《{title}》{source.article}" if source.article else title
