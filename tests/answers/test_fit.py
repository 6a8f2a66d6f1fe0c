"""What a base learns from its own phrasings is numbers, and small bases learn nothing rather than nonsense."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.answers import Answerer, Base, Knowledge, build
from bot.answers.fit import FEATURES
from tests import bases


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


def test_no_likeness_speaks_against_an_entry(shipped: Answerer) -> None:
    likeness = [FEATURES.index(name) for name in ("cosine", "margin", "sound", "near", "said", "coverage")]
    for fitted in shipped.base.fit.values():
        assert all(fitted["weights"][n] >= 0 for n in likeness)


def test_what_is_like_things_out_of_scope_is_less_likely_ours(shipped: Answerer) -> None:
    weights = shipped.base.fit["scope"]["weights"]
    assert weights[FEATURES.index("foreign")] < 0
    assert weights[FEATURES.index("foreign_near")] < 0
