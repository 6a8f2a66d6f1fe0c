"""Knowledge bases for tests: a small one whose every word is known here, and the shipped one, built once a session."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bot.answers import Answerer, Article, Asked, Base, Knowledge, build, make_answerer, synonyms
from bot.answers.entries import Card, Entry, EntryKind, Law, Plan, Source, Theme, Verify
from bot.answers.lexicon import Lexicon, load_lexicon
from bot.answers.synonyms import Synonyms
from bot.ingest import content
from bot.ingest.statutes import read_statute
from bot.settings import ROOT, AnswerSettings, OfficeSettings, Settings
from tests.databases import migrated_file
from tests.kept import kept

TODAY = date(2026, 11, 24)
GUANGDONG, JIANGHAI = "广东省", "广东省江门市江海区"
SAFETY_LAW, FIRE_LAW = "中华人民共和国安全生产法", "中华人民共和国消防法"
#: The statutes that are imported into the shipped base, where ../shared is at hand.
SHIPPED_WITH = ("中华人民共和国安全生产法", "中华人民共和国消防法", "工伤保险条例")


def entry(name: str, title: str, answer: str, *questions: str, **fields: Any) -> Entry:
    """A FAQ entry with a source; the title is one of its phrasings anyway."""
    given = {"kind": EntryKind.FAQ, "sources": (Source(name="测试办法", article="第八条"),), "reviewed": TODAY} | fields
    return Entry(id=name, title=title, answer=answer, questions=questions, **given)


def fact(plan: str, name: str, title: str, text: str, *questions: str, region: str, year: int) -> Entry:
    """A fact of a campaign plan."""
    source = Source(name=f"{plan}活动方案", section="二")
    return entry(f"{plan}-{name}", title, text, *questions, kind=EntryKind.PLAN, group=plan, sources=(source,),
                 region=region, year=year, section="二", verify=Verify.OFFICIAL)  # fmt: skip


def plan_facts(plan: str, region: str, year: int) -> list[Entry]:
    """Three facts that every plan has, each naming its plan in the text."""
    held = {"region": region, "year": year}
    return [
        fact(plan, "theme", "活动主题是什么", f"{plan}的主题是“人人讲安全”。", "活动主题", "喊什么口号", **held),
        fact(plan, "summary", "总结什么时候交", f"{plan}的总结在6月29日前报送。", "总结几号交", "总结报送时间", **held),
        fact(plan, "contact", "总结报到哪里", f"{plan}的总结发到市局邮箱。", "总结发给谁", "总结交到哪儿", **held),
    ]


ENTRIES = (
    entry("heat-stop", "高温几度停工", "全国：四十度以上停止室外作业。", "多少度可以停工", "热到几度可以不干活",
          sources=(Source(law=SAFETY_LAW, article="第二十五条"),), next=("heat-pay",)),
    entry("heat-stop-gd", "广东高温几度停工", "广东：三十九度以上停止室外作业。", "广东多少度停工", "广东热到几度停工",
          region=GUANGDONG),
    entry("heat-pay", "高温津贴发多少", "由各省规定。", "高温费标准", "热天补贴有多少", ask="当地人社部门，电话 12333"),
    entry("ebike", "电动车能停楼道吗", "不能停放在楼道，也不能充电。", "楼道能放电瓶车吗", "电动自行车楼道充电",
          sources=(Source(law=FIRE_LAW, article="第二十八条"),)),
    entry("old", "旧的安全标志标准", "用旧标准。", "旧标准编号", "以前的标志标准", valid_to=date(2020, 1, 1)),
    entry("soon", "新的安全标志标准", "用新标准。", "新标准编号", "以后的标志标准", valid_from=date(2030, 1, 1)),
    entry("practice", "灭火器多久检查一次", "每月检查一次。", "灭火器检查周期", "多久看一次灭火器",
          verify=Verify.PRACTICE),
    entry("long", "安全员有哪些职责", "职责很多。" * 120, "安全员职责", "安全员管什么"),
    entry("hello", "你好", "您好，请问。", "你好呀", "您好", kind=EntryKind.SMALL_TALK, sources=()),
    entry("weather", "天气", "请看天气预报。", "明天下雨吗", "今天几度", kind=EntryKind.OUT_OF_SCOPE, sources=(),
          group="general"),
    *plan_facts("江海", JIANGHAI, 2023),
    *plan_facts("吉林", "吉林省", 2018),
)  # fmt: skip
PLANS = (
    Plan(id="江海", title="江海方案", issuer="江海区安委办", region=JIANGHAI, year=2023, aliases=("江海区", "江海")),
    Plan(id="吉林", title="吉林方案", issuer="吉林省工信厅", region="吉林省", year=2018,
         aliases=("吉林省工信厅", "吉林工信", "吉林")),
)  # fmt: skip
LAWS = (
    Law(SAFETY_LAW, ("安全生产法", "安法", "安生法")),
    Law(FIRE_LAW, ("消防法",)),
    Law("中华人民共和国矿山安全法", ("矿安法",)),
)
THEMES = (
    Theme(2023, 22, "人人讲安全 个个会应急", Source(name="2023年安全月通知", issuer="国务院安委办")),
    Theme(2024, 23, "人人讲安全 个个会应急—畅通生命通道", Source(name="2024年安全月通知", issuer="国务院安委办")),
)


def articles() -> Iterator[Article]:
    """Two statutes of a hundred articles each; a few with words of their own."""
    special = {
        (SAFETY_LAW, "第二十五条"): "安全生产管理机构履行下列职责：\n（一）组织拟订制度；\n（二）组织教育培训；\n"
        "（三）组织风险辨识；\n前款规定的人员恪尽职守。",
        (SAFETY_LAW, "第三十八条"): "国家对危及生产安全的工艺、设备实行淘汰制度。",
        (SAFETY_LAW, "第四十条之一"): "后来增加的一条。",
        (FIRE_LAW, "第二十八条"): "任何单位、个人不得占用、堵塞、封闭疏散通道。",
    }
    for law, effective in ((SAFETY_LAW, "2021-09-01"), (FIRE_LAW, "2021-04-29")):
        for n in range(1, 101):
            for number in (f"第{_chinese(n)}条", *(["第四十条之一"] if n == 40 and law == SAFETY_LAW else [])):
                text = special.get((law, number), f"{law[7:]}规定的第{n}件事。")
                yield Article(
                    law=law, number=number, text=text, chapter="第一章", effective=effective, version=effective
                )
        yield Article(
            law=law, number="第一千一百六十五条", text=f"{law[7:]}的千条。", effective=effective, version=effective
        )
        last = f"本法自{effective[:4]}年施行。"
        yield Article(law=law, number="第一千一百六十六条", text=last, effective=effective, version=effective)


def _chinese(n: int) -> str:
    """1 to 100, said here in other words than the product's."""
    digits = " 一二三四五六七八九"
    tens, ones = divmod(n, 10)
    return "一百" if n == 100 else ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + digits[ones].strip()


def words() -> dict[str, Any]:
    """The sentences of the shipped replies."""
    held = tomllib.loads((ROOT / "knowledge" / "replies.toml").read_text(encoding="utf-8"))
    held.pop("small_talk", None)
    return held


@cache
def cards() -> tuple[Card, ...]:
    """The shipped emergency cards."""
    return tuple(content.read(ROOT / "knowledge").cards)


def knowledge(*more: Entry, **fields: Any) -> Knowledge:
    """The small knowledge, with entries added or parts exchanged."""
    given = {"entries": (*ENTRIES, *more), "plans": PLANS, "cards": cards(), "laws": LAWS, "themes": THEMES} | fields
    return Knowledge(words=words(), **given)


@cache
def lexicon() -> Lexicon:
    """The shipped word lists."""
    return load_lexicon(ROOT / "config" / "lexicon.toml")


def answerer(base: Base, region: str = "全国", said: Synonyms | None = None, **settings: Any) -> Answerer:
    """An answerer of an office in `region`; said: other synonyms than the shipped ones."""
    office, said = OfficeSettings(region=region, phone="0750-3860000"), said or Synonyms(synonyms.shipped())
    return make_answerer(base, lexicon(), AnswerSettings(**settings), office, synonyms=said)


@cache
def speaking(bot: Answerer, office: OfficeSettings) -> Answerer:
    """The same answerer for another office."""
    return Answerer(bot.parts, AnswerSettings(), office)


def asked(text: str, region: str = "全国", today: date = TODAY) -> Asked:
    """A question on the day of the tests."""
    return Asked(text, today, region)


class Fixed:
    """In place of the keeper of what is live: one base that never changes."""

    def __init__(self, base: Base, settings: Settings) -> None:
        self.base, self.answerer = base, make_answerer(base, lexicon(), settings.answers, settings.office)

    def start(self) -> None:
        """Nothing to look for."""

    def stop(self) -> None:
        """Nothing was begun."""


@cache
def small(folder: Path) -> Base:
    """The small base, built once below the session's temporary folder."""
    return build(knowledge(), list(articles()), folder / "small-base")


@cache
def shipped() -> Base:
    """The shipped content with a few statutes."""

    def make(folder: Path) -> None:
        learned(folder)
        build(content.load(ROOT / "knowledge"), list(_letters()), folder / "base")

    return Base(kept(f"shipped-with-{len(_statutes())}", make) / "base")


def learned(folder: Path) -> None:
    """Put into a folder of bases what was learned of danger: it hangs on the shipped examples, not on statutes."""
    for known in built_index().glob(".danger-*"):
        shutil.copytree(known, folder / known.name)


def _statutes() -> list[Path]:
    regulations = ROOT.parent / "shared" / "regulations"
    return [path for name in SHIPPED_WITH if (path := regulations / f"{name}.txt").exists()]


def _letters() -> Iterator[Article]:
    for s in map(read_statute, _statutes()):
        for a in s.articles:
            yield Article(law=s.title, number=a.number, text=a.text, chapter=a.chapter, effective=s.effective,
                          version=s.version)  # fmt: skip


def built_index() -> Path:
    """The index of the shipped knowledge, as the bot lays it out below its var_dir. Not to be changed."""

    def make(folder: Path) -> None:
        mine = {k: v for k, v in os.environ.items() if not k.startswith("SAFETYBOT_")}
        env = {**mine, "SAFETYBOT_VAR_DIR": str(folder), "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "bot.cli", "ask", "你好"]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return kept("index", make) / "index"


@cache
def built_var() -> Path:
    """A var_dir of this run's own with an empty database and the index of the shipped knowledge."""
    folder = Path(tempfile.mkdtemp(prefix="bot"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(built_index(), folder / "index")
    migrated_file(folder / "safetybot.db")
    return folder
