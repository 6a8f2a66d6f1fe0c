"""Statute texts and content files for a test to write, right by default and broken on purpose."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store.database import Database

STATUTE = """标题：中华人民共和国测试法
效力级别：法律
制定机关：全国人民代表大会常务委员会
版本日期：2021-06-10
本版施行日期：2021-09-01
时效性：现行有效
备注：只为测试

中华人民共和国测试法

第一章 总则
第一条　为了测试，制定本法。
第二条　下列单位适用本法：
（一）甲；
（二）乙。
前款规定以外的单位，依照第一条的规定执行。

第二章 附则
第三条　本法自2021年9月1日起施行。
"""

ENTRIES = """topic: t
defaults:
  reviewed: 2026-01-01
entries:
- id: t-one
  title: 多少度停工
  questions: [几度停工, 热到几度可以不干, 高温停工标准, 多热才停, 停工是几度]
  answer: 四十度停工。
  sources: [{law: 中华人民共和国测试法, article: 第一条}]
- id: t-two
  title: 高温津贴
  questions: [津贴多少, 高温费, 清凉饮料费, 热天补贴, 高温补助]
  answer: 各省不同。
  sources: [{name: 高温办法, article: 第八条}]
  next: [t-one]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(name, text): a file in an empty folder, UTF-8 unless bytes are given."""

    def make(name: str, text: str | bytes) -> Path:
        path = tmp_path / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, on every engine in turn."""
    database = Database(database_url)
    yield database
    database.close()
