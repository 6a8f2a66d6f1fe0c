"""What a person reads under an answer: the source, since when it holds, and whom to ask."""

from datetime import date

import pytest

from bot.answers import Answerer, Base
from bot.answers.compose import MAX_CHOICES, MAX_CITATIONS, Composer, choice, short_law, spoken
from bot.answers.entries import EntryKind, Source
from tests.bases import TODAY, asked, entry


@pytest.fixture(scope="module")
def compose(base: Base) -> Composer:
    return Composer(base, "0750-3860000")


@pytest.mark.parametrize(
    ("iso", "said"), [("2021-09-01", "2021年9月1日"), ("2021-09", "2021年9月"), ("2021", "2021年")]
)
def test_dates_are_spoken(iso: str, said: str) -> None:
    assert spoken(iso) == said


def test_laws_are_named_as_people_name_them() -> None:
    assert short_law("中华人民共和国安全生产法") == "《安全生产法》"
    assert short_law("工伤保险条例") == "《工伤保险条例》"


def test_statute_is_cited_with_its_article_and_the_day_it_came_into_force(bot: Answerer) -> None:
    outcome = bot.answer(asked("高温几度停工"))
    assert "《安全生产法》第二十五条（2021年9月1日起施行）" in outcome.text
    cited = outcome.citations[0]
    assert (cited.title, cited.law, cited.article) == (
        "《安全生产法》第二十五条",
        "中华人民共和国安全生产法",
        "第二十五条",
    )
    assert cited.passage is not None
    assert "履行下列职责" in bot.base.article(cited.passage).text


def test_what_has_no_day_of_its_own_is_told_with_the_day_it_was_compared(compose: Composer) -> None:
    document, law = Source(name="某热线"), Source(law="中华人民共和国安全生产法", article="第二十五条")
    checked = date(2026, 11, 24)
    assert (
        "《某热线》（2026年11月24日核对）"
        in compose.entry(entry("x", "x", "答案", sources=(document,), reviewed=checked), TODAY)[0]
    )
    assert (
        "《某热线》（2026年11月24日核对）"
        in compose.brief(entry("x", "x", "答案", sources=(document,), reviewed=checked), "短", TODAY)[0]
    )
    assert "核对" not in compose.entry(entry("x", "x", "答案", sources=(law,), reviewed=checked), TODAY)[0]


@pytest.mark.parametrize("ref", ["通行做法", "通行提法"])
def test_what_no_document_says_is_not_called_one(compose: Composer, ref: str) -> None:
    common = Source(name="避险常识", issuer="以气象部门公布为准", ref=ref)
    told = compose.entry(entry("x", "x", "答案", sources=(common,)), TODAY)[0]
    assert f"依据：避险常识（以气象部门公布为准，{ref}）" in told


def test_theme_of_a_year_is_told_with_its_source(bot: Answerer) -> None:
    outcome = bot.answer(asked("2023年安全生产月主题是什么"))
    assert "依据：《2023年安全月通知》（国务院安委办）" in outcome.text
    assert [c.title for c in outcome.citations] == ["《2023年安全月通知》（国务院安委办）"]


def test_document_is_cited_by_name_number_and_issuer(compose: Composer) -> None:
    source = Source(
        name="防暑降温措施管理办法", article="第八条", ref="安监总安健〔2012〕89号", issuer="原国家安全监管总局"
    )
    cited = compose.citation(source)
    assert cited.title == "《防暑降温措施管理办法》（原国家安全监管总局，安监总安健〔2012〕89号）第八条"
    assert (cited.law, cited.passage) == ("", None)


def test_statute_that_is_not_held_is_cited_all_the_same(compose: Composer) -> None:
    cited = compose.citation(Source(law="中华人民共和国矿山安全法", article="第三条"))
    assert cited.title == "《矿山安全法》第三条"
    assert cited.passage is None


def test_whom_to_ask_is_told_where_local_rules_decide(bot: Answerer) -> None:
    assert "12333" in bot.answer(asked("高温津贴发多少")).text


def test_common_practice_is_named_as_such(bot: Answerer, compose: Composer) -> None:
    assert compose.words("practice") in bot.answer(asked("灭火器多久检查一次")).text
    assert compose.words("practice") not in bot.answer(asked("电动车能停楼道吗")).text


def test_no_more_than_three_sources_are_named(compose: Composer) -> None:
    many = entry("x", "x", "答案", sources=tuple(Source(name=f"办法{n}") for n in range(6)))
    text, cited = compose.entry(many, TODAY)
    assert len(cited) == MAX_CITATIONS
    assert "办法2" in text
    assert "办法3" not in text


def test_further_reading_is_named_once_and_after_the_sources(compose: Composer) -> None:
    own, other = Source(name="本办法"), Source(name="另办法")
    text, cited = compose.entry(entry("x", "x", "答案", sources=(own,)), TODAY, [own, other])
    assert [c.title for c in cited] == ["《本办法》", "《另办法》"]
    assert text.count("《本办法》") == 1
    assert text.index("《本办法》") < text.index("《另办法》")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "history", "future"),
    [
        (None, None, False, False),
        (date(2020, 1, 1), None, False, False),
        (TODAY, TODAY, False, False),
        (None, date(2026, 11, 23), True, False),
        (date(2026, 11, 25), None, False, True),
    ],
)
def test_rule_is_told_as_past_or_to_come_when_it_is(
    compose: Composer, valid_from: date | None, valid_to: date | None, history: bool, future: bool
) -> None:
    text, _ = compose.entry(entry("x", "x", "答案", valid_from=valid_from, valid_to=valid_to), TODAY)
    assert ("过去" in text) is history
    assert ("起才施行" in text) is future
    assert "答案" in text


def test_next_things_to_ask_are_what_the_entry_names_then_what_came_close(base: Base, compose: Composer) -> None:
    heat, ebike, hello = (base.entry_by_id(n) for n in ("heat-stop", "ebike", "hello"))
    assert heat
    assert ebike
    assert hello
    taps = compose.next_choices(heat, [heat, hello, ebike, ebike])
    assert [t.id for t in taps] == ["heat-pay", "ebike"]
    assert all(t.label == t.text for t in taps)


def test_no_more_than_three_things_are_offered(compose: Composer, base: Base) -> None:
    ours = [base.entry(n) for n in range(base.entry_count) if base.entry(n).kind is EntryKind.FAQ]
    assert len(compose.next_choices(entry("x", "x", "答案"), ours)) == MAX_CHOICES


def test_tap_asks_for_the_entry_by_its_title(bot: Answerer, base: Base) -> None:
    ebike = base.entry_by_id("ebike")
    assert ebike
    assert bot.answer(asked(choice(ebike).text)).entry == "ebike"


def test_article_of_a_source_that_is_no_statute_is_named_once(bot: Answerer) -> None:
    assert "依据：《测试办法》第八条" in bot.answer(asked("灭火器多久检查一次")).text
    assert "《》" not in bot.answer(asked("灭火器多久检查一次")).text


def test_entry_is_told_in_other_words_with_its_sources_alone(bot: Answerer) -> None:
    told = bot.base.entry_by_id("heat-pay")
    assert told is not None
    brief = bot.brief(told, "由省里定。", TODAY)
    assert brief.text == (
        "由省里定。\n具体以当地规定为准，可咨询当地人社部门，电话 12333。\n"
        "依据：《测试办法》第八条（2026年11月24日核对）"
    )
    assert [c.title for c in brief.citations] == ["《测试办法》第八条"]
