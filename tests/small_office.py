"""A small office: two shipped entries and a hotline, whose base is built once for all who ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.answers import Answerer
from bot.services import Services
from bot.settings import ROOT, Settings

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
- id: help
  title: 求救
  call: ["119"]
  first: 马上打119，说清在哪里。
  steps: [说清地点, 等人来]
  questions: [救命, 快来人救命, 救救我, 来人救命啊, 有人救我吗]
  reviewed: 2026-01-01
  sources: [{name: 常识}]
"""


def furnish(folder: Path) -> Path:
    """Write the shipped content of the office into a folder of this name."""
    (folder / "entries").mkdir(parents=True)
    words = (ROOT / "knowledge" / "replies.toml").read_text(encoding="utf-8").split("[[small_talk]]")[0]
    (folder / "replies.toml").write_text(words, encoding="utf-8")
    (folder / "emergency.yaml").write_text(CARD, encoding="utf-8")
    (folder / "entries" / "heat.yaml").write_text(SHIPPED, encoding="utf-8")
    return folder


@cache
def small_office(folder: Path) -> tuple[Path, Answerer]:
    """The content (knowledge/) and its built base (var/index/), below one folder; and what answered with it first."""
    services = Services(Settings(var_dir=folder / "var", knowledge_dir=furnish(folder / "knowledge")))
    answerer = services.answerer
    services.close()
    return folder, answerer
