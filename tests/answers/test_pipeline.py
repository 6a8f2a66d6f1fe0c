"""From a question to what a person reads, on a small base whose every word is known."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answers import Answerer, Base, Status, build
from tests import bases
from tests.bases import GUANGDONG, JIANGHAI, TODAY, asked

# What is asked word for word is answered, however it is dressed up.


@pytest.mark.parametrize(
    "question",
    [
        "电动车能停楼道吗",
        "请问电动车能停楼道吗？",
        "你好，電動車能停樓道嗎",
        "电动车　能停　楼道吗!!!",
        "楼道能放电瓶车吗",
        "楼道能放电瓶车吗谢谢。",
    ],
)
def test_phrasing_we_know_is_answered_however_it_is_dressed_up(bot: Answerer, question: str) -> None:
    outcome = bot.answer(asked(question))
    assert (outcome.status, outcome.entry, outcome.confidence) == (Status.ANSWERED, "ebike", 1.0)
    assert "不能停放在楼道" in outcome.text
    assert "《消防法》第二十八条" in outcome.text
    assert not outcome.rejected


@pytest.mark.parametrize("text", ["", " ", "😀😀", "？？？", "。。。", "\u200b\u200b", "\n\n", "…", "\x00\x01"])
def test_message_without_a_word_is_answered_kindly(bot: Answerer, text: str) -> None:
    outcome = bot.answer(asked(text))
    assert outcome.status is Status.SMALL_TALK
    assert outcome.text
    assert not outcome.citations


def test_greeting_is_answered_without_a_statute(bot: Answerer) -> None:
    outcome = bot.answer(asked("您好"))
    assert outcome.status is Status.SMALL_TALK
    assert not outcome.citations
    assert not outcome.rejected


def test_what_is_not_ours_is_declined(bot: Answerer) -> None:
    outcome = bot.answer(asked("明天下雨吗"))
    assert outcome.status is Status.OUT_OF_SCOPE
    assert outcome.rejected
    assert "天气预报" in outcome.text


def test_what_nobody_knows_is_said_not_to_be_known_and_shown_to_staff(bot: Answerer) -> None:
    outcome = bot.answer(asked("qwertz uiop asdfgh"))
    assert outcome.rejected
    assert outcome.unanswered
    assert "12345" in outcome.text


# An emergency comes before everything else.


@pytest.mark.parametrize("question", ["着火了", "救命", "有人触电了怎么办", "安全生产法第二十五条，快来人啊着火了"])
def test_emergency_comes_first_with_the_number_in_the_first_line(bot: Answerer, question: str) -> None:
    outcome = bot.answer(asked(question))
    assert (outcome.status, outcome.intent) == (Status.EMERGENCY, "emergency")
    assert any(number in outcome.text.split("\n")[0] for number in ("119", "120", "110"))
    assert len(outcome.text.split("\n")) <= 4


def test_calm_question_is_no_emergency(bot: Answerer) -> None:
    assert bot.answer(asked("高温几度停工")).status is not Status.EMERGENCY
    assert bot.emergency("高温几度停工") is None


# The theme of a year.


def test_theme_of_a_year_is_told(bot: Answerer) -> None:
    outcome = bot.answer(asked("2023年安全生产月主题是什么"))
    assert outcome.status is Status.ANSWERED
    assert "人人讲安全 个个会应急" in outcome.text
    assert "22" in outcome.text


@pytest.mark.parametrize(
    ("question", "year"), [("今年安全生产月的主题是什么", 2026), ("2026年安全月主题", 2026), ("明年安全月主题", 2027)]
)
def test_theme_that_is_not_known_is_not_guessed_but_the_last_one_is_told(
    bot: Answerer, question: str, year: int
) -> None:
    outcome = bot.answer(asked(question))
    assert outcome.status is Status.UNKNOWN
    assert outcome.rejected
    assert f"{year}年" in outcome.text
    assert "2024年" in outcome.text


# Plans.


def test_fact_of_a_plan_is_found_by_the_name_of_the_plan(bot: Answerer) -> None:
    outcome = bot.answer(asked("江海区安全月总结什么时候交"))
    assert outcome.entry == "江海-summary"
    assert "6月29日" in outcome.text
    assert {c.plan for c in outcome.citations} == {"江海"}


def test_plan_is_found_by_a_name_that_only_sounds_right(bot: Answerer) -> None:
    assert bot.answer(asked("吉林公信总结什么时候交")).entry == "吉林-summary"


def test_facts_of_another_plan_are_never_told(bot: Answerer) -> None:
    for question in ("吉林安全月总结什么时候交", "吉林省工信厅活动主题", "吉林方案总结报到哪里"):
        assert "江海" not in bot.answer(asked(question)).text


@pytest.mark.parametrize(
    "question", ["2027年吉林安全月总结什么时候交", "明年吉林省工信厅活动主题", "江海区2020年安全月总结几号交"]
)
def test_year_the_plan_is_not_for_is_refused(bot: Answerer, question: str) -> None:
    outcome = bot.answer(asked(question))
    assert outcome.rejected
    assert "6月29日" not in outcome.text


def test_own_plan_is_meant_by_those_at_home(base: Base) -> None:
    home, away = bases.answerer(base, JIANGHAI), bases.answerer(base, "湖南省")
    assert home.answer(asked("我们区安全月总结什么时候交", JIANGHAI)).entry == "江海-summary"
    assert not away.answer(asked("我们区安全月总结什么时候交", "湖南省")).entry.startswith("江海")


def test_facts_of_a_plan_are_not_told_as_the_rule_for_everybody(bot: Answerer) -> None:
    assert not bot.answer(asked("总结什么时候交")).entry.endswith("-summary")


# Places.


@pytest.mark.parametrize(
    ("question", "region", "told"),
    [
        ("高温几度停工", "全国", "四十度"),
        ("高温几度停工", "湖南省", "四十度"),
        ("广东高温几度停工", "全国", "三十九度"),
        ("广东多少度停工", "湖南省", "三十九度"),
        ("广东高温几度停工", JIANGHAI, "三十九度"),
    ],
)
def test_local_rule_is_told_where_it_holds(bot: Answerer, question: str, region: str, told: str) -> None:
    assert told in bot.answer(asked(question, region)).text


@pytest.mark.parametrize("region", ["全国", "湖南省", "广东"])
@pytest.mark.parametrize("question", ["高温几度停工", "多少度可以停工", "热到几度停工啊", "几度停工"])
def test_local_rule_is_never_told_elsewhere(bot: Answerer, question: str, region: str) -> None:
    outcome = bot.answer(asked(question, region))
    assert "三十九度" not in outcome.text
    assert "heat-stop-gd" not in [c.id for c in outcome.choices]
    assert "heat-stop-gd" not in [c.id for c in outcome.candidates]


def test_people_of_the_place_are_offered_its_rule(bot: Answerer) -> None:
    outcome = bot.answer(asked("几度停工", JIANGHAI))
    shown = [outcome.entry, *(c.id for c in outcome.candidates)]
    assert "heat-stop-gd" in shown


def test_article_of_a_local_regulation_is_not_ranked_elsewhere(tmp_path: Path) -> None:
    local = bases.Article(law="广东省消防条例", number="第一条", text="楼道不得停放电动车。", region=GUANGDONG)
    base = build(bases.knowledge(), [*bases.articles(), local], tmp_path / "one")
    bot, number = bases.answerer(base), base.article_count - 1
    assert number in bot.ranking("楼道停放电动车", JIANGHAI, 10)
    assert number not in bot.ranking("楼道停放电动车", "湖南省", 10)
    assert number not in bot.ranking("楼道停放电动车", "全国", 10)


# Time.


def test_rule_that_has_ended_is_told_as_history_only(bot: Answerer) -> None:
    text = bot.answer(asked("旧标准编号")).text
    assert "过去的规定" in text
    assert text.index("过去的规定") < text.index("用旧标准")


def test_rule_to_come_is_told_as_such(bot: Answerer) -> None:
    assert "2030年1月1日起才施行" in bot.answer(asked("新标准编号")).text


def test_same_rule_is_present_or_past_by_the_day_of_asking(bot: Answerer) -> None:
    assert "过去的规定" not in bot.answer(asked("旧标准编号", today=date(2020, 1, 1))).text
    assert "过去的规定" in bot.answer(asked("旧标准编号", today=date(2020, 1, 2))).text
    assert "起才施行" not in bot.answer(asked("新标准编号", today=date(2030, 1, 1))).text


# What is offered.


def test_taps_lead_where_they_say(bot: Answerer) -> None:
    outcome = bot.answer(asked("高温几度停工"))
    assert "heat-pay" in [c.id for c in outcome.choices]
    assert len(outcome.choices) <= 3
    for choice in outcome.choices:
        assert bot.answer(asked(choice.text)).entry == choice.id


# Whatever is sent.


def strings(n: int) -> list[str]:
    """Seeded: words of ours cut and mixed, with anything else that Unicode has, half characters among it."""
    rng = random.Random(20261124)
    ours = (
        "".join(e.title + e.answer[:40] for e in bases.ENTRIES) + "第条款项法年月日零一二三四五六七八九十百千0123456789"
    )
    odd = "\x00\x1b\u200b\u202e\u2028\ud800\udfff\ufeff😀'\";--<script>{}%s$\\()[]*+?|^. \n\t"

    def character() -> str:
        return rng.choice([rng.choice(ours), rng.choice(ours), rng.choice(odd), chr(rng.randrange(0x110000))])

    return ["".join(character() for _ in range(rng.randrange(1, 40))) for _ in range(n)]


def test_no_text_whatever_makes_it_fail(bot: Answerer) -> None:
    for text in strings(3000):
        outcome = bot.answer(asked(text))
        assert outcome.text
        assert 0 <= outcome.confidence <= 1
        assert all(0 <= c.score <= 1 for c in outcome.candidates), text
        assert len(outcome.choices) <= 4


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE statute; --",
        "<script>alert(1)</script>",
        "{office_phone}{0}{x}",
        "%s%n%d",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "\x1b[31m红",
    ],
)
def test_what_was_sent_is_not_said_back(bot: Answerer, text: str) -> None:
    outcome = bot.answer(asked(text))
    assert text not in outcome.text
    assert all(text not in c.label for c in outcome.choices)


def test_very_long_message_is_answered(bot: Answerer) -> None:
    assert bot.answer(asked("电动车能停楼道吗" + "啊" * 10_000)).text
    assert bot.answer(asked("高温" * 5_000)).text
    assert bot.answer(asked("，" * 10_000)).text


# Many at once, and again.


def test_same_question_gets_an_equal_outcome_with_and_without_the_cache(base: Base) -> None:
    kept, fresh = bases.answerer(base, cache_size=10), bases.answerer(base, cache_size=0)
    for question in ("高温几度停工", "热天有没有补贴", "qwertz", "安法25条"):
        first = kept.answer(asked(question))
        assert kept.answer(asked(question)) == first
        assert fresh.answer(asked(question)) == first


def test_cache_tells_days_and_places_apart(bot: Answerer) -> None:
    assert bot.answer(asked("今年安全月主题", today=date(2023, 6, 1))).status is Status.ANSWERED
    assert bot.answer(asked("今年安全月主题", today=TODAY)).status is Status.UNKNOWN
    assert bot.answer(asked("几度停工", JIANGHAI)).candidates != bot.answer(asked("几度停工", "湖南省")).candidates


def test_cache_does_not_grow_beyond_its_size(base: Base) -> None:
    bot = bases.answerer(base, cache_size=5)
    for n in range(50):
        bot.answer(asked(f"第{n}个问题"))
    assert len(bot._cache) == 5


def test_many_threads_get_what_one_gets(base: Base) -> None:
    one, many = bases.answerer(base), bases.answerer(base)
    questions = ["高温几度停工", "热天补贴有多少", "江海区安全月总结几号交", "安法25条", "楼道充电", "着火了"] * 10
    start = threading.Barrier(8)

    def ask(part: int) -> list[object]:
        start.wait(120)
        return [many.answer(asked(q)) for q in questions[part:] + questions[:part]]

    with ThreadPoolExecutor(8) as pool:
        answers = [job.result(120) for job in [pool.submit(ask, part) for part in range(8)]]
    for part, told in enumerate(answers):
        assert told == [one.answer(asked(q)) for q in questions[part:] + questions[:part]]


def test_base_without_plans_themes_and_statutes_answers_all_the_same(tmp_path: Path) -> None:
    bare = replace(bases.knowledge(), plans=(), themes=(), laws=(), entries=bases.ENTRIES[:10])
    bot = bases.answerer(build(bare, [], tmp_path / "one"))
    for question in (
        "2023年安全生产月主题",
        "江海区总结",
        "安全生产法第二十五条",
        "第三条",
        "高温几度停工",
        "安法哪天施行",
    ):
        assert bot.answer(asked(question)).text


def test_ranking_names_the_best_articles_first(bot: Answerer, base: Base) -> None:
    best = bot.ranking("占用堵塞疏散通道", "全国", 5)
    assert "疏散通道" in base.article(best[0]).text
    assert len(best) == len(set(best)) <= 5
    assert bot.ranking("qwertz", "全国", 5) == []


def test_answer_beside_the_one_that_was_told_is_another(bot: Answerer) -> None:
    told = bot.base.entry_by_id("heat-stop")
    assert told is not None
    assert bot.beside(asked("高温几度停工"), told).entry != "heat-stop"
    assert bot.beside(asked("qwertz"), told).rejected
