"""A small office: two shipped entries and a hotline, whose base is built in a moment, on every database in turn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ingest.items import read_items
from bot.knowledge.desk import Desk
from bot.services import Services
from bot.settings import ROOT, OfficeSettings, Settings
from bot.store.database import Database
from tests.store.conftest import Outage

ME, YOU = "张三", "李四"
SHIPPED = """topic: heat
defaults:
  reviewed: 2026-01-01
entries:
- id: heat-stop
  title: 多少度停工
  questions: [几度停工, 热到几度可以不干, 高温停工标准, 多热才停, 停工是几度]
  answer: 四十度停工。
  sources: [{law: 中华人民共和国测试法, article: 第一条}]
- id: heat-pay
  title: 高温津贴怎么发
  questions: [津贴多少, 高温费, 清凉饮料费, 热天补贴, 高温补助]
  answer: 各省不同。
  sources: [{name: 高温办法}]
  next: [heat-stop]
"""
CARD = """cards:
- id: em-fire
  title: 着火了怎么办
  call: ["119"]
  first: 马上打119，人先撤。
  steps: [关门, 低身走]
  questions: [着火了, 起火了, 家里着火, 厨房起火, 楼道着火]
  reviewed: 2026-01-01
  sources: [{name: 常识}]
"""
OWN = """topic: own
defaults:
  reviewed: 2026-01-01
  region: 广东省江门市江海区
entries:
- id: own-drone
  title: 无人机巡检要登记吗
  questions: [飞无人机要登记吗, 无人机报备, 巡检无人机手续, 无人机上哪登记, 用无人机要不要备案]
  answer: 要在街道安监所登记。
  sources: [{name: 江海区无人机巡检办法, issuer: 江海区应急局}]
"""
EDIT = """topic: heat
entries:
- id: heat-stop
  title: 多少度停工
  questions: [几度停工, 热到几度可以不干, 高温停工标准, 多热才停, 停工是几度]
  answer: 三十九度停工，这是本区的。
  reviewed: 2026-02-01
  sources: [{law: 中华人民共和国测试法, article: 第一条}]
"""


@pytest.fixture
def knowledge_dir(tmp_path: Path) -> Path:
    """The shipped content of the small office."""
    folder = tmp_path / "knowledge"
    (folder / "entries").mkdir(parents=True)
    words = (ROOT / "knowledge" / "replies.toml").read_text(encoding="utf-8").split("[[small_talk]]")[0]
    (folder / "replies.toml").write_text(words, encoding="utf-8")
    (folder / "emergency.yaml").write_text(CARD, encoding="utf-8")
    (folder / "entries" / "heat.yaml").write_text(SHIPPED, encoding="utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path, knowledge_dir: Path, database_url: str) -> Settings:
    """Those of the small office."""
    here = OfficeSettings(region="广东省江门市江海区")
    return Settings(office=here, var_dir=tmp_path / "var", knowledge_dir=knowledge_dir, database_url=database_url)


@pytest.fixture
def office(settings: Settings) -> Iterator[Services]:
    """The small office, on every database in turn."""
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def database(office: Services) -> Database:
    """Its database."""
    return office.database


@pytest.fixture
def desk(office: Services) -> Desk:
    """What its staff do with entries."""
    return office.desk


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """write(text): a file that holds it."""

    def make(text: str, name: str = "given.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def publish(desk: Desk, write: Callable[[str], Path]) -> Callable[..., None]:
    """publish(text): all entries of a file become live, with one to write and another to review."""

    def make(text: str, on: Desk = desk) -> None:
        for item in read_items(write(text)):
            on.draft([item], ME)
            on.submit(item.id, ME)
            on.publish(item.id, YOU)

    return make


@pytest.fixture
def another(settings: Settings) -> Iterator[Services]:
    """A second process of the same office, with its own memory."""
    services = Services(replace(settings))
    yield services
    services.close()


@pytest.fixture
def outage(database_url: str) -> Iterator[Outage]:
    """Power over the database of the office; it is back after the test."""
    power = Outage(database_url)
    yield power
    with contextlib.suppress(OSError):
        power.end()
