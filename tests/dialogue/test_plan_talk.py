"""Two plans may be meant: the person picks one by number or by words, and stays with it."""

from collections.abc import Callable

import pytest

from bot.answers import Answerer
from tests import bases, plan_samples

from .conftest import Talk


@pytest.fixture(scope="module")
def plans_bot(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """An answerer over six plans of invented places."""
    return bases.answerer(plan_samples.base(tmp_path_factory.getbasetemp()))


@pytest.mark.parametrize(
    ("picks", "shown"),
    [
        ("1", "个个会应急"),
        ("第二个", "守护校园平安"),
        ("石渡区教育局2024年", "守护校园平安"),
        ("教育局的", "守护校园平安"),
        ("安委办", "个个会应急"),
    ],
)
def test_plan_is_picked(talk_with: Callable[..., Talk], plans_bot: Answerer, picks: str, shown: str) -> None:
    talk = talk_with(plans_bot)
    assert "哪一份活动方案" in talk.says("石渡区2024年安全生产月主题是什么")
    assert shown in talk.says(picks)
