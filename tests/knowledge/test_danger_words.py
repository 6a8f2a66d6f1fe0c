"""The office's own words of danger: proposed by one, tried, let by another, in force everywhere, and taken back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.answers import Asked, Status
from bot.answers.lexicon import load_lexicon
from bot.answers.own_dangers import wrong_words
from bot.answers.synonyms import Pair
from bot.knowledge.files import bring, export
from bot.services import LEXICON, Services
from bot.staff import Role
from tests.console.pages import Client, Office, make_office
from tests.small_office import small_office

from .conftest import YOU
from .test_pages import finished

PAGE = "/staff/knowledge/danger"
#: With a word that no list knows.
ASKED = "厨房祝融到访了，怎么办"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("danger")
    built, _ = small_office(tmp_path_factory.getbasetemp() / "small-office")
    shutil.copytree(built / "var" / "index", folder / "var" / "index", copy_function=os.link)
    held = make_office(folder / "var", knowledge_dir=built / "knowledge")
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


@pytest.fixture(scope="module")
def approver(office: Office) -> Client:
    return office.sign_in(Role.APPROVER)


def status(services: Services, text: str) -> Status:
    services.keeper.look()
    return services.answerer.answer(Asked(text, date(2026, 11, 24), "广东省江门市江海区")).status


def test_a_word_is_proposed_tried_let_by_another_and_taken_back(
    office: Office, author: Client, approver: Client
) -> None:
    services = office.services
    assert status(services, ASKED) is not Status.EMERGENCY
    line = {"pairs": "祝融到访=着火"}
    author.post("/staff/knowledge/regression/sets", {"name": "险情", "questions": ASKED})
    tried = finished(author, author.post(PAGE, line | {"do": "try"}))
    assert ASKED in tried.text
    assert "<strong>1 条的回答会变</strong>" in tried.text
    assert author.post(PAGE, line | {"do": "submit", "why": "老人这样说"}).status_code == 303
    assert author.post(f"{PAGE}/publish", {"version": "1"}).status_code == 403
    assert status(services, ASKED) is not Status.EMERGENCY  # a word that waits holds nowhere
    assert "险情词第1版等您审核" in approver.get("/staff/").text
    page = approver.get(PAGE).text
    assert "请您审核第1版" in page
    assert "老人这样说" in page
    again = re.search(r"hidden aria-label[^>]*>\n([^<]*)</textarea>", page)
    assert again
    assert "1 条的回答会变" in finished(approver, approver.post(PAGE, {"pairs": again[1], "do": "try"})).text
    assert approver.post(f"{PAGE}/publish", {"version": "1"}).status_code == 303
    assert status(services, ASKED) is Status.EMERGENCY
    assert "在用：第1版" in author.get(PAGE).text

    author.post(PAGE, {"pairs": "", "do": "submit"})
    approver.post(f"{PAGE}/publish", {"version": "2"})
    assert status(services, ASKED) is not Status.EMERGENCY
    approver.post(f"{PAGE}/roll-back", {"version": "1"})
    assert status(services, ASKED) is Status.EMERGENCY
    approver.post(f"{PAGE}/withdraw", {"reason": "误伤"})
    assert status(services, ASKED) is not Status.EMERGENCY
    trail = office.sign_in(Role.AUDITOR).get("/staff/audit/").text
    assert all(said in trail for said in ("提交审核险情词", "发布险情词", "回退险情词", "撤下险情词"))


def test_nobody_lets_a_word_alone(office: Office, approver: Client) -> None:
    approver.post(PAGE, {"pairs": "祝融光顾=着火", "do": "submit"})
    version = office.services.danger_desk.history()[0][-1].version
    refused = approver.post(f"{PAGE}/publish", {"version": str(version)})
    assert refused.status_code == 409
    assert "请另一位同事" in refused.text
    approver.post(f"{PAGE}/withdraw", {"reason": "算了"})
    refused = approver.post(f"{PAGE}/roll-back", {"version": str(version)})  # it was never live
    assert refused.status_code == 409
    assert "没有发布过" in refused.text
    assert not office.services.danger_desk.live()
    assert f"退回第{version}版" not in approver.get(PAGE).text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("着火了=不是险情", "遇险的人会说"),
        ("煤气中=不是险情", "就在险情词"),
        ("火=着火", "2 到 12 个字"),
        ("山火=森林火警", "已经认得"),
        ("祝融到访=没有的词", "还不认得"),
        ("祝融.*=着火", "只能写汉字"),
        ("祝融到访=着火 @广东省", "不分地区"),
        ("祝融到访=着火\n祝融到访=漏气", "写了两遍"),
        ("祝融到访", "写得不对"),
    ],
)
def test_what_would_do_harm_is_told_at_once(author: Client, line: str, said: str) -> None:
    for wish in ("try", "submit"):
        refused = author.post(PAGE, {"pairs": line, "do": wish})
        assert refused.status_code == 422
        assert said in refused.text
        assert line.split("\n")[0] in refused.text  # nothing typed is lost


def test_what_sounds_like_danger_a_cry_and_a_report_are_words_too(office: Office) -> None:
    desk, services = office.services.danger_desk, office.services
    assert status(services, "今天的演唱会炸了啊爆炸了现场") is Status.EMERGENCY
    desk.draft([
        Pair("演唱会炸了啊爆炸了", "不是险情"), Pair("打救我哋", "求救"), Pair("插线板泡水槽", "隐患：用电"),
    ], "甲")  # fmt: skip
    desk.submit("甲")
    desk.publish("乙")
    assert status(services, "今天的演唱会炸了啊爆炸了现场") is not Status.EMERGENCY
    assert status(services, "打救我哋") is Status.EMERGENCY
    hazards = services.answerer.parts.hazards
    assert hazards.department("车间插线板泡水槽没人管").kind == "power"
    desk.withdraw("乙")


def test_the_list_moves_with_all_other_knowledge(office: Office, tmp_path: Path) -> None:
    services = office.services
    desk = services.danger_desk
    desk.draft([Pair("祝融到访", "着火")], "甲")
    desk.submit("甲")
    desk.publish("乙")
    export(services.database, tmp_path / "out")
    assert (tmp_path / "out" / "danger_words.toml").read_text(encoding="utf-8") == '"祝融到访" = "着火"\n'
    desk.withdraw("乙")
    lines = bring(services.database, services.desk, services.word_lists, services.tell, tmp_path / "out", YOU)
    assert "险情词 1：" not in lines
    assert "险情词 1" in lines
    assert status(services, ASKED) is Status.EMERGENCY
    desk.withdraw("乙")


def test_a_word_of_danger_is_no_synonym(office: Office) -> None:
    services = office.services
    desk = services.danger_desk
    desk.draft([Pair("祝融到访", "着火")], "甲")
    desk.submit("甲")
    desk.publish("乙")
    [wrong] = services.synonym_desk.check([Pair("祝融到访", "高温")])
    assert "判断险情用的词" in wrong.reason
    desk.withdraw("乙")


def test_every_kind_of_hazard_has_a_name() -> None:
    from bot.answers.own_dangers import HAZARDS

    lexicon = load_lexicon(LEXICON)
    assert set(lexicon["hazard"]) == set(HAZARDS)
    assert not list(wrong_words([Pair("某某说法", f"隐患：{name}") for name in HAZARDS.values()][:1], lexicon))
