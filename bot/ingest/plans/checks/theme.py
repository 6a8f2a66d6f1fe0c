"""The theme against the national theme of the year, and against itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from bot.ingest.plans.checks.given import ERROR, INFO, WARN, Given, finding
from bot.ingest.plans.header import Theme
from bot.ingest.plans.proposal import Finding
from bot.ingest.plans.sections import PREAMBLE
from bot.ingest.plans.text import bare, quoted

#: A contest or lesson inside the campaign may have a theme of its own.
_OWN_THEME = re.compile(
    r"征文|演讲|竞赛|班会|作品|摄影|绘画|讲座|书法|海报|比赛|党日|团日|队会|短视频|微视频|升旗|国旗"
)


def check(given: Given) -> Iterator[Finding]:
    """Findings about the theme."""
    yield from _national(given)
    yield from _inside(given)


def _national(given: Given) -> Iterator[Finding]:
    theme, year = given.header.theme, given.header.year
    campaign = given.known.campaign(given.proposal.title, given.text)
    if not theme or not year or not campaign:
        return
    mine = given.known.by_campaign.get(campaign, {}).get(year)
    if mine is None or bare(mine) == bare(theme.slogan):
        return
    others = [y for y in given.known.years_of(campaign, theme.slogan) if y != year]
    told = f"主题“{theme.slogan}”"
    if others:
        begun = bare(mine).startswith(bare(theme.slogan))
        sure = given.sure_year is not None and not begun and campaign == "安全生产月"
        message = f"{told}是{'、'.join(map(str, others))}年的全国主题，{year}年全国主题是“{mine}”"
        yield finding("THEME_YEAR_MISMATCH", ERROR if sure else WARN, theme.section, message, theme.sentence)
    elif bare(mine).startswith(bare(theme.slogan)) or bare(theme.slogan).startswith(bare(mine)):
        yield finding("THEME_PARTIAL", INFO, theme.section, f"{told}与{year}年全国主题“{mine}”长短不一")
    elif fuzz.ratio(bare(mine), bare(theme.slogan)) >= 70:
        message = f"{told}与{year}年全国主题“{mine}”只差几个字，请核对"
        yield finding("THEME_TYPO", WARN, theme.section, message, theme.sentence)
    else:
        message = f"{told}不是{year}年{campaign}的全国主题“{mine}”，如是本地主题可不改"
        yield finding("THEME_YEAR_MISMATCH", WARN, theme.section, message, theme.sentence)


def _inside(given: Given) -> Iterator[Finding]:
    main = given.header.theme
    if main is None:
        return
    spellings = {t.slogan for t in given.header.themes if bare(t.slogan) == bare(main.slogan)}
    spellings |= set(re.findall(r"[、，,\s—]*?".join(map(re.escape, bare(main.slogan))), given.text))
    if len(spellings) > 1:
        yield finding(
            "THEME_PUNCT", INFO, main.section, f"主题有{len(spellings)}种标点写法：{'；'.join(sorted(spellings))}"
        )
    yield from _foreword(given, main)
    for other in given.header.themes:
        a, b = bare(main.slogan), bare(other.slogan)
        if a in b or b in a or _OWN_THEME.search(other.sentence) or other.confidence < 0.8:
            continue
        near = fuzz.ratio(a, b) >= 60
        message = f"主题前后不一致：{main.section}写“{main.slogan}”，{other.section}写“{other.slogan}”"
        yield finding("THEME_INCONSISTENT", ERROR if near else WARN, other.section, message, other.sentence)


def _foreword(given: Given, main: Theme) -> Iterator[Finding]:
    """A national theme of another year that is quoted before the plan comes to its own: left from an older plan."""
    campaign = given.known.campaign(given.proposal.title, given.text)
    own = bare(main.slogan)
    for said in given.reading.said():
        if said.section != PREAMBLE:
            continue
        for quote in quoted(said.text):
            words = bare(quote)
            if _OWN_THEME.search(said.text.partition(quote)[2][:12]):
                continue
            years = [y for y, t in given.known.by_campaign.get(campaign, {}).items() if bare(t).startswith(words)]
            if len(words) >= 8 and years and words not in own and own not in words:
                told = "、".join(map(str, years))
                message = f"前言写“{quote}”（{told}年的全国主题），{main.section}的主题是“{main.slogan}”"
                yield finding("THEME_INCONSISTENT", WARN, PREAMBLE, message, said.text)
