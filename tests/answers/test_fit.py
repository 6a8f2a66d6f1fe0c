"""What a base learns from its own phrasings is numbers, and small bases learn nothing rather than nonsense."""

from dataclasses import replace
from pathlib import Path

import bases
import numpy as np

from bot.answers import Answerer, Base, Knowledge, build


def test_base_without_anything_out_of_scope_still_answers(tmp_path: Path) -> None:
    ours = tuple(e for e in bases.ENTRIES if e.kind == "faq")
    base = build(replace(bases.knowledge(), entries=ours, cards=()), [], tmp_path / "one")
    assert bases.answerer(base).answer(bases.asked("电动车能停楼道吗")).entry == "ebike"


def test_base_of_one_entry_still_answers(tmp_path: Path) -> None:
    base = build(Knowledge(entries=bases.ENTRIES[3:4], words=bases.words()), [], tmp_path / "one")
    assert bases.answerer(base).answer(bases.asked("电动车能停楼道吗")).entry == "ebike"
    assert bases.answerer(base).answer(bases.asked("完全不相干的xyz")).confidence <= 1


def test_what_was_learned_is_numbers(base: Base, shipped: Answerer) -> None:
    for held in (base, shipped.base):
        assert np.isfinite(held.domain).all()
        for weights in held.fit.values():
            assert np.isfinite(weights["weights"]).all()
            assert np.isfinite(weights["bias"])
