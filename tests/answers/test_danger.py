"""Messages written for these tests alone: who is in danger is found, who only speaks of it is not."""

from pathlib import Path

import pytest

from bot.answers import Answerer, Status
from bot.answers.danger import DangerModel, drawn_from
from bot.answers.entries import Example
from bot.answers.kinds import WordKinds
from bot.answers.kinds import shipped as shipped_kinds
from tests.bases import asked

DATA = Path(__file__).parent / "data"
#: What may be wrong in a list, as a share of it.
MISSED, FALSE, WRONG_CARD, WRONG_REPORT = 0.02, 0.05, 0.09, 0.1


def _rows(name: str) -> list[tuple[str, str]]:
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(kind, text) for kind, _, text in (line.partition("\t") for line in lines) if text]


def test_who_is_in_danger_is_found(shipped: Answerer) -> None:
    rows = _rows("emergencies")
    missed = [text for _, text in rows if shipped.emergency(text) is None]
    assert len(missed) <= MISSED * len(rows), missed


def test_card_is_the_one_that_helps(shipped: Answerer) -> None:
    rows = _rows("emergencies")
    told = [(card, text, outcome.entry) for card, text in rows if (outcome := shipped.emergency(text))]
    wrong = [row for row in told if row[2] not in row[0].split("|")]
    assert len(wrong) <= WRONG_CARD * len(told), wrong


def test_who_only_speaks_of_danger_gets_no_card(shipped: Answerer) -> None:
    rows = _rows("lookalikes")
    false = [(text, outcome.entry) for _, text in rows if (outcome := shipped.emergency(text))]
    assert len(false) <= FALSE * len(rows), false


@pytest.mark.parametrize("kind", ["report", "other"])
def test_report_of_a_hazard_is_told_from_a_question(shipped: Answerer, kind: str) -> None:
    rows = [text for found, text in _rows("hazards") if found == kind]
    reports = {text: shipped.answer(asked(text)).intent == "hazard_report" for text in rows}
    wrong = [text for text, is_report in reports.items() if is_report != (kind == "report")]
    assert len(wrong) <= WRONG_REPORT * len(rows), wrong


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有人触电了", "120"),
        ("我家着火了", "119"),
        ("煤气罐漏气关不上", "119"),
        ("有人持刀砍人", "110"),
        ("我站在楼顶 不想活了", "12356"),
        ("高压线断了掉在路上", "95598"),
        ("高速上追尾有人受伤", "122"),
        ("被困电梯里了", "119"),
        ("🔥🔥三楼着火", "119"),
    ],
)
def test_first_line_tells_whom_to_call(shipped: Answerer, text: str, number: str) -> None:
    outcome = shipped.emergency(text)
    assert outcome is not None
    assert outcome.status is Status.EMERGENCY
    assert number in outcome.text.split("\n")[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("help, my house is on fire", "119"),
        ("Smoke is coming out of my neighbour's kitchen, it is on fire!", "119"),
        ("I can smell gas in the room", "119"),
        ("someone is drowning", "120"),
        ("my colleague got an electric shock", "120"),
    ],
)
def test_who_cries_for_help_in_english_is_told_whom_to_call(shipped: Answerer, text: str, number: str) -> None:
    outcome = shipped.answer(asked(text))
    assert outcome.status is Status.EMERGENCY
    assert number in outcome.text


@pytest.mark.parametrize(
    "text", ["个人呢", "那学生呢", "我们这里呢", "女工呢", "我们街道呢", "Who pays the fine?", "fire drill"]
)
def test_what_only_carries_a_talk_on_is_no_emergency(shipped: Answerer, text: str) -> None:
    assert shipped.emergency(text) is None


@pytest.mark.parametrize("text", ["我不想活了", "活着没意思", "想死"])
def test_despair_is_told_where_help_is(shipped: Answerer, text: str) -> None:
    outcome = shipped.emergency(text) or shipped.answer(asked(text))
    assert "12356" in outcome.text
    assert "120" in outcome.text


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("对面商场着火了我该拨哪个电话", "fire"),
        ("楼上漏煤气了要打什么电话呀", "gas_leak"),
        ("打119一直占线打不进去，我家厨房火越来越大，咋办啊", "fire"),
        ("客服一直是忙音，我被关在电梯里快一个小时了", "lift_trapped"),
        ("有人上吊了怎么救", "unconscious"),
        ("我就是个垃圾", "self_harm"),
        ("fire", "fire"),
    ],
)
def test_danger_is_heard_beside_what_is_asked_or_told(shipped: Answerer, text: str, card: str) -> None:
    outcome = shipped.emergency(text)
    assert outcome is not None
    assert outcome.entry == card or card == "fire" and "119" in outcome.text.split("\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "破了", "都烂了", "生锈了", "着火打什么电话", "我被他电眼迷住了",
        "干粉灭火器保质几年就要报废",
        "我在广东打石头得了尘肺", "我昨天打电话占线打不进去，又没人接，娃在边上哭，问下灭火器多久检查一次",
        "fu qin zai gong di zou le gong wang bu zhu jin zen me suan",
    ],
)  # fmt: skip
def test_talk_without_danger_raises_no_alarm(shipped: Answerer, text: str) -> None:
    assert shipped.emergency(text) is None
    assert shipped.answer(asked(text)).intent != "hazard_report"


@pytest.mark.parametrize(
    "text", ["有限空间作业要几个人监护", "高处作业几个人监护", "学校食堂煤气罐放哪里", "车间要配几具灭火器"]
)
def test_how_many_and_where_is_no_report(shipped: Answerer, text: str) -> None:
    assert shipped.answer(asked(text)).intent != "hazard_report"
    assert shipped.answer(asked("工地上好几个人没戴安全帽")).intent == "hazard_report"


def test_one_more_question_changes_no_more_than_one_of_those_learned_from() -> None:
    calm = [f"问题{n}" for n in range(20000)]
    before, after = set(drawn_from(calm)), set(drawn_from([*calm, "还有一个问题"]))
    assert len(before - after) <= 1
    assert len(after - before) <= 1


def test_report_names_the_department_and_that_numbers_differ(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("小区电梯超期没检还在用 没人管"))
    assert outcome.intent == "hazard_report"
    assert "12315" in outcome.text
    assert "以当地公布为准" in outcome.text


def test_kinds_are_found_wherever_a_word_of_theirs_stands(tmp_path: Path) -> None:
    kinds = WordKinds("# a remark\npast: 去年 (上|前)个月\nlaw: 赔 罚\n")
    first, second = kinds.codes("上个月的事,该赔多少")
    assert kinds.codes("去年") == kinds.codes("前个月") == [first]
    assert kinds.codes("罚") == [second]
    assert kinds.codes("今天") == []
    assert len(kinds.terms("去年该赔")) == 5, "each kind, the two of them together, and each again at the end"
    assert len(kinds.terms("去年该赔,今天不问这个了")) == 3, "no longer at the end"
    kinds.save(tmp_path)
    assert WordKinds.open(tmp_path).codes("去年罚") == [first, second]


@pytest.mark.parametrize("word", ["去年", "怎么办", "游戏", "🆘"])
def test_shipped_list_knows_common_words(word: str) -> None:
    assert shipped_kinds().codes(word)


def test_model_that_was_saved_says_the_same(tmp_path: Path) -> None:
    examples = [
        Example("fire", "家里着火了", True),
        Example("fire", "去年家里着火了赔多少", False),
        Example("drowning", "有人落水了", True),
        Example("hazard_report", "楼道堆满杂物没人管", True),
        Example("hazard_report", "楼道堆杂物罚多少", False),
    ]
    model = DangerModel.train(examples, ["安全月主题是什么"], tmp_path)
    again = DangerModel.open(tmp_path, model.names)
    assert again.now("家里着火了") == pytest.approx(model.now("家里着火了"))
    assert again.now("家里着火了") > 0 > again.now("去年家里着火了赔多少")
    assert again.hazard("楼道堆满杂物没人管") > 0 > again.hazard("楼道堆杂物罚多少")
    assert again.card("有人落水了") == "drowning"
    assert again.card("今天", "fire") == "fire", "like none: what the rules say"
