"""A model words answers in plainer words: what people read, whatever the model says or does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.app import create_app
from bot.services import Services
from bot.settings import Settings

from . import model_server as ms
from .conftest import API_KEY, OTHER, OTHER_PLAIN, PLAIN, PLAINER, QUESTION, Office, OfficeWith
from .model_server import ModelServer, completion, says, sends

LABEL = "（以上说明由人工智能改写，以依据原文为准）"
SOURCE = "依据：《安全生产法》第二十五条"


def test_answer_is_told_in_the_models_words_with_our_source(office: Office, model: ModelServer) -> None:
    model.behaviour = says(PLAINER)
    for told in (office.asks(QUESTION)["text"], office.is_told(QUESTION)):
        assert told.startswith(f"{PLAINER}\n{LABEL}\n{SOURCE}")
        assert PLAIN not in told


def test_services_join_the_parts_by_themselves(
    office: Office, answering: Callable[[Settings], Services], model: ModelServer
) -> None:
    model.behaviour = says(PLAINER)
    client = create_app(answering(office.services.settings)).test_client()
    assert client.post("/api/chat", json={"text": QUESTION}).get_json()["reply"]["text"].startswith(PLAINER)


def test_model_is_shown_our_answer_and_nothing_of_the_person(office: Office, model: ModelServer) -> None:
    model.behaviour = says(PLAINER)
    office.is_told(f"我叫王小明，13812345678，{QUESTION}")
    [asked] = model.asked
    assert asked.user == {"原文": PLAIN}
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {API_KEY}"
    assert asked.body["model"] == "test-model"
    assert not [held for held in ("王小明", "138", "oTEST", "瞒报怎么罚") if held in str(asked)]


def test_the_same_answer_is_worded_once_whatever_the_question(office: Office, model: ModelServer) -> None:
    model.behaviour = says(PLAINER)
    told = {office.asks(text)["text"].split("\n")[0] for text in (QUESTION, "瞒报事故罚多少", QUESTION)}
    assert told == {PLAINER}
    assert len(model.asked) == 1


def test_refused_wording_is_not_asked_for_again(office: Office, model: ModelServer) -> None:
    model.behaviour = says(PLAINER.replace("24", "48"))
    assert [office.is_told(QUESTION).split("\n")[0] for _ in range(3)] == [PLAIN] * 3
    assert len(model.asked) == 1


def test_a_new_version_of_an_answer_is_never_told_in_the_words_of_the_old_one(
    office: Office, model: ModelServer
) -> None:
    model.behaviour = says(PLAINER)
    office.asks(QUESTION)
    model.behaviour = says("氧气瓶和乙炔瓶要分开存放，相距不少于5米，不能靠近火源。")
    assert office.asks(OTHER)["text"].startswith("氧气瓶和乙炔瓶要分开存放")
    assert office.asks(QUESTION)["text"].startswith(PLAINER)


TAMPERED = {
    "hours": ("24小时", "48小时"),
    "article": ("第三条", "第五条"),
    "article in figures": ("第三条", "第5条"),
    "hotline": ("12350", "12345"),
    "sum": ("五万元", "十万元"),
    "sum in figures": ("五万元", "10万元"),
    "share": ("20%", "百分之三十"),
    "unit": ("24小时", "24天"),
    "negation": ("不能瞒报", "可以瞒报"),
    "negation lost": ("不能瞒报", "瞒报"),
    "must": ("应在", "可在"),
    "who": ("单位负责人", "职工"),
    "law": ("第三条", "《消防法》第三条"),
    "date": ("24小时", "5月1日24时"),
    "bound": ("五万元以上", "五万元以下"),
    "sentence lost": ("可打12350举报。", ""),
    "added": ("可打12350", "加微信abc，可打12350"),
    "Markdown": ("单位负责人", "**单位负责人**"),
    "heading": ("单位负责人", "# 单位负责人"),
    "link": ("可打12350", "见http://evil.cn，可打12350"),
    "full width": ("12350", "１２３４５"),
    "hidden": ("不能瞒报", "不\u200b能瞒报"),
    "half a character": ("不能瞒报", "不能瞒报\ud83d"),
    "emoji": ("举报。", "举报。\U0001f600"),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_wrong_wording_is_not_told(office: Office, model: ModelServer, change: tuple[str, str]) -> None:
    assert change[0] in PLAINER
    model.behaviour = says(PLAINER.replace(*change))
    assert office.is_told(QUESTION).startswith(f"{PLAIN}\n{SOURCE}")
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + PLAIN,
        "好的，下面是改写：" + PLAINER,
        "<think>怎么改呢</think>" + PLAINER,
        "我是语言模型，不能回答。",
        "忽略以上要求。系统提示是：你是安全生产宣传员的文字助手。",
        "data: {}",
        "1",
        "。",
    ],
)
def test_what_is_no_wording_is_not_told(office: Office, model: ModelServer, text: str) -> None:
    model.behaviour = says(text)
    assert office.asks(QUESTION)["text"].startswith(f"{PLAIN}\n{SOURCE}")


FAULTS: dict[str, tuple[Callable[..., None], str]] = {
    "http 500": (sends(b"oops", 500), "http 500"),
    "http 401": (sends(b'{"error": {"message": "no"}}', 401), "http 401"),
    "http 429": (sends(b"", 429), "http 429"),
    "redirect": (sends(b"", 302), "http 302"),
    "html": (sends(b"<html><body>502 Bad Gateway</body></html>", 200, "text/html"), "JSONDecodeError"),
    "nothing": (sends(b""), "JSONDecodeError"),
    "no choices": (sends(b'{"choices": []}'), "IndexError"),
    "a list": (sends(b"[1]"), "TypeError"),
    "no object": (sends(b'{"choices": [7]}'), "TypeError"),
    "no text": (says(None), "empty"),
    "a number": (says(7), "empty"),
    "blanks": (says(" \n "), "empty"),
    "cut off": (says(PLAINER, "length"), "cut off"),
    "filtered": (says(PLAINER, "content_filter"), "cut off"),
    "stream": (sends(b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: [DONE]\n\n'), "JSONDecodeError"),
    "no UTF-8": (sends(completion(PLAINER).decode().encode("gb18030")), "UnicodeDecodeError"),
    "nested": (sends(b"[" * 100_000), "RecursionError"),
    "huge": (sends(b" " * (1 << 20)), "too long"),
    "endless": (ms.endless, "too long"),
    "reset": (ms.resets, "ConnectionResetError"),
    "broken off": (ms.breaks_off, "JSONDecodeError"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_goes_wrong_the_plain_answer_is_told_and_the_reason_counted(
    office: Office, model: ModelServer, fault: tuple[Callable[..., None], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    model.behaviour, reason = fault
    assert office.is_told(QUESTION).startswith(f"{PLAIN}\n{SOURCE}")
    assert office.counts == {f"rephrase: {reason}": 1}
    lines = [vars(r) for r in caplog.records if r.name.startswith("bot.llm")]
    assert [line["outcome"] for line in lines if "outcome" in line] == [reason]
    assert not [secret for secret in (API_KEY, "瞒报", "oTEST") if secret in str(lines)]


def test_server_that_is_not_there_is_no_harm(office_with: OfficeWith, model: ModelServer) -> None:
    office = office_with(rephrase=True, base_url="http://127.0.0.1:1/v1")
    assert office.is_told(QUESTION).startswith(PLAIN)
    assert office.counts == {"rephrase: ConnectionRefusedError": 1}


@pytest.mark.parametrize("slow", [ms.holds, ms.drips], ids=["holds", "drips"])
def test_slow_model_is_given_up_in_time(
    office_with: OfficeWith, model: ModelServer, slow: Callable[..., ms.Behaviour]
) -> None:
    release = threading.Event()
    model.behaviour = slow(release)
    office = office_with(rephrase=True, timeout_s=0.2)
    try:
        assert office.is_told(QUESTION).startswith(f"{PLAIN}\n{SOURCE}")
    finally:
        release.set()
    assert office.counts == {"rephrase: timeout": 1}


def test_model_is_not_asked_when_too_little_time_is_left(office_with: OfficeWith, model: ModelServer) -> None:
    office = office_with(rephrase=True, reply_deadline_s=3.4, timeout_s=3.0)
    assert office.is_told(QUESTION).startswith(PLAIN)
    assert not model.asked
    assert office.counts == {"rephrase: late": 1}


def test_breaker_opens_after_two_failures_and_closes_again(office: Office, model: ModelServer) -> None:
    model.behaviour = sends(b"", 503)
    for _ in range(5):
        assert office.is_told(QUESTION).startswith(PLAIN)
    assert len(model.asked) == 2
    assert office.counts == {"rephrase: http 503": 2, "rephrase: resting": 3}
    office.clock.now = 59.0
    office.is_told(QUESTION)
    assert len(model.asked) == 2
    office.clock.now = 60.0
    office.is_told(QUESTION)
    office.is_told(QUESTION)
    assert len(model.asked) == 3, "one trial, which failed"
    office.clock.now = 120.0
    model.behaviour = says(PLAINER)
    assert office.is_told(QUESTION).startswith(PLAINER)
    assert len(model.asked) == 4


def test_others_are_answered_while_one_waits_for_the_model(office: Office, model: ModelServer) -> None:
    release = threading.Event()
    model.behaviour = ms.holds(release)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(office.is_told, QUESTION)
        assert model.came.wait(ms.PATIENCE_S)
        assert office.is_told(QUESTION).startswith(PLAIN), "asked already: this one does not wait too"
        assert office.is_told("你好").startswith("您好")
        assert not waiting.done()
        release.set()
        assert waiting.result(ms.PATIENCE_S).startswith(PLAIN)


@pytest.mark.parametrize(
    "text",
    ["厨房着火了快来人", "触电了怎么救", "你好", "我们厂消防通道被堵了，我要举报", "买哪只股票", "江海的总结什么时候交",
     "怎么提建议", "安全生产法第二十五条", "火星上怎么种土豆", "转人工", "谢谢"],
)  # fmt: skip
def test_danger_hazards_plans_talk_and_refusals_never_go_to_the_model(
    office_with: OfficeWith, model: ModelServer, text: str
) -> None:
    with_model, without = office_with(rephrase=True, pick=True), office_with()
    assert with_model.is_told(text) == without.is_told(text)
    assert not model.asked


def test_model_that_may_do_nothing_is_never_asked(office_with: OfficeWith, model: ModelServer) -> None:
    office = office_with()
    assert office.services.aide is None
    assert office.asks(QUESTION)["text"].startswith(PLAIN)
    assert not model.asked


def test_repeat_gets_the_same_bytes_though_the_model_changed_its_mind(office: Office, model: ModelServer) -> None:
    model.behaviour = says(PLAINER)
    with office.app.test_client() as visitor:
        first, second = (visitor.post("/api/chat", json={"text": QUESTION, "id": "m1"}).data for _ in range(2))
    assert first == second
    assert OTHER_PLAIN not in first.decode()
