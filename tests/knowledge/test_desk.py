"""What staff do with entries: drafts, review, going live, withdrawing, going back; and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ContentErrors, KnowledgeError
from bot.ingest.items import read_items
from bot.knowledge import Clash, Desk, State, live
from bot.store.database import Database
from tests.small_office import SHIPPED

from .conftest import EDIT, ME, OWN, YOU

Write = Callable[..., Path]
Publish = Callable[..., None]


def states(desk: Desk, entry: str) -> list[State]:
    return [v.state for v in desk.history(entry)[0]]


def answer(database: Database, entry: str) -> str | None:
    """What is live of an entry, None where it is hidden, KeyError where the database holds nothing of it."""
    held = live.read(database).entries[entry]
    return held.answer if held else None


def test_a_draft_becomes_live_by_way_of_review_and_history_names_both(
    desk: Desk, database: Database, write: Write
) -> None:
    desk.draft(read_items(write(OWN)), ME, "新办法")
    assert not live.read(database).entries
    desk.submit("own-drone", ME)
    assert not live.read(database).entries
    desk.publish("own-drone", YOU, "核对过")
    assert answer(database, "own-drone") == "要在街道安监所登记。"
    [version], events = desk.history("own-drone")
    assert (version.author, version.reviewer, version.why) == (ME, YOU, "新办法")
    assert [(e.move, e.before, e.after, e.who) for e in events] == [
        ("write", "", "draft", ME), ("submit", "draft", "in_review", ME), ("publish", "in_review", "live", YOU),
    ]  # fmt: skip


def test_what_is_returned_is_a_draft_again(desk: Desk, write: Write) -> None:
    desk.draft(read_items(write(OWN)), ME)
    desk.submit("own-drone", ME)
    desk.give_back("own-drone", YOU, "写上电话")
    assert states(desk, "own-drone") == [State.DRAFT]


@pytest.mark.parametrize("deed", ["publish", "give_back"])
def test_what_was_not_submitted_cannot_be_published_or_returned(desk: Desk, write: Write, deed: str) -> None:
    desk.draft(read_items(write(OWN)), ME)
    with pytest.raises(KnowledgeError, match="现在是“草稿”，不能"):
        getattr(desk, deed)("own-drone", YOU)


def test_an_edit_takes_the_place_of_the_shipped_entry_and_can_be_taken_back(
    desk: Desk, database: Database, publish: Publish
) -> None:
    publish(EDIT)
    assert answer(database, "heat-stop") == "三十九度停工，这是本区的。"
    desk.restore("heat-stop", YOU)
    assert "heat-stop" not in live.read(database).entries
    with pytest.raises(KnowledgeError, match="现在用的就是随附内容"):
        desk.restore("heat-stop", YOU)


def test_a_newer_version_replaces_the_live_one_only_when_it_is_published(
    desk: Desk, database: Database, publish: Publish, write: Write
) -> None:
    publish(EDIT)
    desk.draft(read_items(write(EDIT.replace("三十九", "三十八"))), ME)
    assert answer(database, "heat-stop") == "三十九度停工，这是本区的。"
    desk.submit("heat-stop", ME)
    desk.publish("heat-stop", YOU)
    assert answer(database, "heat-stop") == "三十八度停工，这是本区的。"
    assert states(desk, "heat-stop") == [State.WITHDRAWN, State.LIVE]


def test_a_draft_gives_way_to_a_newer_one(desk: Desk, write: Write) -> None:
    for _ in range(2):
        desk.draft(read_items(write(OWN)), ME)
    assert states(desk, "own-drone") == [State.WITHDRAWN, State.DRAFT]


def test_a_shipped_entry_can_be_hidden_and_comes_back(desk: Desk, database: Database) -> None:
    desk.withdraw("heat-pay", ME, "各镇不同")
    assert answer(database, "heat-pay") is None
    with pytest.raises(KnowledgeError, match="已经隐藏了"):
        desk.withdraw("heat-pay", ME)
    desk.restore("heat-pay", ME)
    assert "heat-pay" not in live.read(database).entries


def test_withdrawing_an_edit_does_not_bring_back_what_was_shipped(
    desk: Desk, database: Database, publish: Publish
) -> None:
    publish(EDIT)
    desk.withdraw("heat-stop", YOU)
    assert answer(database, "heat-stop") is None


def test_an_own_entry_is_withdrawn_and_comes_back_as_it_was_last_live(
    desk: Desk, database: Database, publish: Publish, write: Write
) -> None:
    publish(OWN)
    desk.withdraw("own-drone", YOU)
    assert "own-drone" not in live.read(database).entries
    desk.draft(read_items(write(OWN.replace("街道", "区"))), ME)
    desk.restore("own-drone", YOU)
    assert answer(database, "own-drone") == "要在街道安监所登记。"
    with pytest.raises(KnowledgeError, match="现在就是已发布的"):
        desk.restore("own-drone", YOU)


def test_any_version_can_be_brought_back(desk: Desk, database: Database, publish: Publish) -> None:
    for degrees in ("三十九", "三十八", "三十七"):
        publish(EDIT.replace("三十九", degrees))
    desk.roll_back("heat-stop", 1, YOU, "弄错了")
    assert answer(database, "heat-stop") == "三十九度停工，这是本区的。"
    found, events = desk.history("heat-stop")
    assert [v.version for v in found] == [1, 2, 3, 4]
    assert (events[-1].move, events[-1].version, events[-1].why) == ("roll_back", 4, "弄错了")
    with pytest.raises(KnowledgeError, match="没有第 9 版"):
        desk.roll_back("heat-stop", 9, YOU)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("verb", ["submit", "publish", "give_back", "withdraw", "restore"])
def test_what_nobody_knows_is_refused_by_name(desk: Desk, verb: str) -> None:
    with pytest.raises(KnowledgeError, match="nothing"):
        getattr(desk, verb)("nothing", ME)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("飞无人机要登记吗, 无人机报备, ", ""),
        ("飞无人机要登记吗", "几度停工"),
        ("无人机巡检要登记吗", "多少度停工"),
        ("\n  sources: [{name: 江海区无人机巡检办法, issuer: 江海区应急局}]", ""),
        ("reviewed: 2026-01-01", "reviewed: 2031-01-01"),
        ("reviewed: 2026-01-01", "reviewed: 去年"),
        ("  answer:", "  next: [no-such]\n  answer:"),
        ("要在街道安监所登记。", "长" * 400),
        ("  title:", "  titel: 错\n  title:"),
    ],
)
def test_what_is_wrong_is_told_when_it_is_submitted_and_it_stays_a_draft(
    desk: Desk, write: Write, old: str, new: str
) -> None:
    assert old in OWN
    desk.draft(read_items(write(OWN.replace(old, new))), ME)
    with pytest.raises(ContentErrors) as refused:
        desk.submit("own-drone", ME)
    assert len(refused.value.errors) == 1
    assert not re.search(r"[a-z]+ (is|has|must)", str(refused.value))
    assert states(desk, "own-drone") == [State.DRAFT]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (OWN.replace("id: own-drone", "x: y"), "given.yaml:6: 缺少 id"),
        (OWN.replace("own-drone", "em-fire"), "已用于应急卡片"),
        (OWN.replace("topic: own", "topic: a/b"), "topic 只能用"),
        ("hotlines:\n- id: heat-stop\n", "是另一类条目，请写在 entries: 之下"),
    ],
)
def test_what_cannot_even_be_a_draft_is_refused_whole(desk: Desk, write: Write, text: str, wanted: str) -> None:
    items = [*read_items(write(text)), *read_items(write(EDIT, "more.yaml"))]
    with pytest.raises(ContentErrors, match=wanted):
        desk.draft(items, ME)
    assert desk.versions() == []


def test_a_file_that_is_not_of_ours_is_refused(write: Write) -> None:
    with pytest.raises(Exception, match="entries:"):
        read_items(write("a: b"))


def test_an_edit_survives_an_upgrade_and_staff_are_told_what_changed_under_it(
    desk: Desk, database: Database, publish: Publish, knowledge_dir: Path
) -> None:
    publish(EDIT)
    publish(OWN)
    assert desk.conflicts() == []
    newer = SHIPPED.replace("四十度停工。", "四十度以上停工。")
    (knowledge_dir / "entries" / "heat.yaml").write_text(newer, encoding="utf-8")
    (knowledge_dir / "entries" / "own.yaml").write_text(OWN, encoding="utf-8")
    after = Desk(database, knowledge_dir)
    assert answer(database, "heat-stop") == "三十九度停工，这是本区的。"
    assert [(c.version.entry, c.clash) for c in after.conflicts()] == [
        ("heat-stop", Clash.CHANGED), ("own-drone", Clash.CAME),
    ]  # fmt: skip
    after.roll_back("heat-stop", 1, ME, "保留本区的")
    after.restore("own-drone", ME)
    assert after.conflicts() == []
    (knowledge_dir / "entries" / "heat.yaml").write_text(newer.replace("heat-stop", "heat-new"), encoding="utf-8")
    assert [c.clash for c in Desk(database, knowledge_dir).conflicts()] == [Clash.GONE]


def test_two_who_publish_at_once_do_not_both_succeed(desk: Desk, write: Write) -> None:
    from concurrent.futures import ThreadPoolExecutor

    desk.draft(read_items(write(OWN)), ME)
    desk.submit("own-drone", ME)

    def publish(_: int) -> str:
        try:
            return desk.publish("own-drone", YOU).state
        except KnowledgeError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(publish, range(4))) == ["live", "refused", "refused", "refused"]


def test_what_is_read_ahead_with_pauses_is_what_is_read_in_one_go(database: Database, knowledge_dir: Path) -> None:
    pauses, desk = list[int](), Desk(database, knowledge_dir)
    desk.read_ahead(lambda: pauses.append(1))
    desk.read_ahead(lambda: pauses.append(1))  # it is there
    assert len(pauses) == len(list(knowledge_dir.rglob("*.*ml")))
    assert desk.shipped.entries == Desk(database, knowledge_dir).shipped.entries
