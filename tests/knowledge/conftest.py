"""A small office: two shipped entries and a hotline, on every database in turn."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ingest.items import read_items
from bot.knowledge.desk import Desk
from bot.services import Services
from bot.settings import OfficeSettings, Settings
from bot.store.database import Database
from tests.small_office import furnish, small_office
from tests.store.conftest import Outage

ME, YOU = "张三", "李四"
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
    return furnish(tmp_path / "knowledge")


@pytest.fixture
def settings(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, knowledge_dir: Path, database_url: str
) -> Settings:
    """Those of the small office, whose base is built already."""
    built, _ = small_office(tmp_path_factory.getbasetemp() / "small-office")
    shutil.copytree(built / "var" / "index", tmp_path / "var" / "index", copy_function=os.link)
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
