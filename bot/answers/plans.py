"""Campaign plans in questions: which plan is meant, for which year, and whether a theme is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.answers.entries import Plan
from bot.answers.matching import Found, Match
from bot.answers.normalise import normalise, number
from bot.answers.pinyin import sounds
from bot.answers.regions import parts, short

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)|([一二][〇零九][〇零一二三四五六七八九]{2})年")
_RELATIVE = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1, "后年": 2}
_THEME = re.compile(r"主题|口号是")
_MONTH = re.compile(r"安全生产?月|安全月|生产月|这次|今年|本届|第\d+个|\d{4}")
_OTHER_THEME = re.compile(r"消防|防灾|减灾|职业病|交通|宪法|安全教育日|咨询日|教育周|质量月|国家安全")
_CAMPAIGN = re.compile(
    r"安全生产月|安全月|方案|活动|总结|报送|上报|联络员|咨询日|主题|万里行|五邑行|南粤行|专题行|楚天行|安全行|统计表|五进|七进"
)
_HOME = re.compile(
    r"我们(?:这|区|市|县|乡|镇|街道|局|省|单位)|本(?:区|市|县|乡|镇|省|局)|我(?:区|市|县|乡|镇|省|局)|咱们?(?:这|区|市|县|乡)"
)


def years(text: str, today: date) -> list[int]:
    """The years that normalised text names: 2023, 二〇二三年, 今年, 去年."""
    found = [int(m[1]) if m[1] else number(m[2]) or 0 for m in _YEAR.finditer(text)]
    return found + [today.year + shift for word, shift in _RELATIVE.items() if word in text]


def asks_theme(text: str) -> bool:
    """Whether the national theme of Safety Production Month is asked for."""
    return bool(_THEME.search(text) and _MONTH.search(text) and not _OTHER_THEME.search(text))


_OFFICES = ("工业和信息化", "工信", "市场监督管理", "市场监管", "应急管理", "应急", "住建", "教育", "交通", "安委")


def _place(plan: Plan) -> str:
    """The short name of the place a plan is for: 江门, 江海, 吉林; "" for the whole country."""
    last = parts(plan.region)[-1:]
    return normalise(short(last[0])) if last else ""


class PlanNames:
    """Finds campaign plans in questions by place and unit, also when written as it sounds."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._placed = [(plan, place) for plan in plans if (place := _place(plan))]
        names: dict[str, list[Plan]] = {}
        for plan in plans:
            for alias in {normalise(a) for a in plan.aliases}:
                names.setdefault(alias, []).append(plan)
        self._names = names
        self._pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")
        self._sounds: dict[int, dict[tuple[int, ...], str]] = {}
        for alias in names:
            heard = tuple(sounds(alias))
            if len(heard) >= 3:
                self._sounds.setdefault(len(heard), {})[heard] = alias
        self._first_sounds = {heard[0] for names in self._sounds.values() for heard in names}

    def find(self, text: str) -> list[Plan]:
        """The plans that normalised text names, by an alias or by place and campaign; those named most exactly."""
        votes: dict[str, int] = {}
        for match in self._pattern.findall(text) or self._heard(text):
            for plan in self._names[match]:
                votes[plan.id] = votes.get(plan.id, 0) + len(match)
        if _CAMPAIGN.search(text):
            for plan, place in self._placed:
                if place in text:
                    # 江门各区工信部门: place and office stand apart, so each speaks for itself.
                    office = sum(len(w) for w in _OFFICES if w in text and w in plan.issuer)
                    votes[plan.id] = votes.get(plan.id, 0) + len(place) + office
        most = max(votes.values(), default=0)
        return [p for p in self._plans if votes.get(p.id, 0) == most > 0]

    def _heard(self, text: str) -> list[str]:
        """Names of three sounds or more that the text holds as it sounds."""
        heard = tuple(sounds(text))
        starts = [i for i, sound in enumerate(heard) if sound in self._first_sounds]
        return [
            names[heard[i : i + n]] for n, names in self._sounds.items() for i in starts if heard[i : i + n] in names
        ]

    def at_home(self, text: str, region: str) -> list[Plan]:
        """The plans of the office's own place when the question says 我们区 or the like, newest first."""
        if not _HOME.search(text) or not _CAMPAIGN.search(text):
            return []
        return sorted((p for p in self._plans if p.region == region), key=lambda p: -p.year)

    def without_name(self, text: str) -> str:
        """The question without place, unit and year, which every fact of the plan shares."""
        bare = _YEAR.sub("", self._pattern.sub("", text))
        return re.sub(r"^[的年,，\s]+", "", bare) or text

    def is_about(self, bare: str, best: Match, general: Found) -> bool:
        """Whether a question that names a plan's place is about the plan, and not about the law there."""
        if _CAMPAIGN.search(bare):
            return True
        rival = general.matches[0].score if general.matches else 0.0
        return best.score >= 0.8 * rival
