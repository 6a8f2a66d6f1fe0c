"""Firings happen once: at their time, late, by two at once, through clock jumps and kills; else missed once."""

from __future__ import annotations

import random
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach import book as books
from bot.outreach import drafts
from bot.outreach.announcing import AUTHOR, announce
from bot.outreach.approval import is_approved
from bot.outreach.calendar import Calendar, Ran
from bot.outreach.calendar_tables import firing
from bot.outreach.drafts import Broadcast
from bot.outreach.firings import Firing
from bot.outreach.states import State
from bot.store.database import Database

from .conftest import BOOK, KNOWLEDGE, SETTINGS, Opens, beijing, lets

CONSULT = "consult-day:2027-06-16:0:公众"


def broadcasts(database: Database) -> list[Broadcast]:
    with database.begin() as db:
        return list(reversed(drafts.listed(db)))


def campaigns(database: Database) -> list[str]:
    return [b.draft.campaign for b in broadcasts(database)]


def run(calendar: Calendar, at: str) -> Ran:
    return calendar.run(beijing(at), announce)


def fates(database: Database) -> dict[str, str]:
    with database.begin() as db:
        return {r.id: r.state for r in db.execute(sa.select(firing))}


def test_a_firing_waits_for_its_time_and_becomes_a_broadcast_in_review(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    assert run(calendar, "2027-06-16 08:29").fired == ()
    fired = run(calendar, "2027-06-16 08:30").fired
    assert [f.firing.id for f in fired] == [CONSULT]
    (made,) = broadcasts(database)
    assert (made.state, made.author, made.draft.campaign, made.draft.audience) == (
        State.IN_REVIEW, AUTHOR, CONSULT, {},
    )  # fmt: skip
    assert made.draft.until == beijing("2027-06-16 18:30")
    assert made.draft.content["public"].text == (
        "今天是6月16日，星期三，请来提问。主题是“测试用的主题”。\n回复“安全宣传咨询日是哪天”，看详细内容。"
    )


def test_running_again_and_again_fires_nothing_twice(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    for minute in range(30, 40):
        run(calendar, f"2027-06-16 08:{minute}")
    assert campaigns(database) == [CONSULT]


def test_what_was_due_in_downtime_is_caught_up_inside_its_window(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    run(calendar, "2027-06-14 12:00")
    caught = run(calendar, "2027-06-16 18:29")
    assert [f.firing.id for f in caught.fired] == [CONSULT]
    assert [f.id for f in caught.missed] == ["consult-officer:2027-06-16:1:联络员"]


def test_what_was_due_too_long_ago_is_reported_as_missed_once(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    run(calendar, "2027-06-15 20:00")
    missed = run(calendar, "2027-06-17 09:00")
    assert (missed.fired, [f.id for f in missed.missed]) == ((), [CONSULT])
    assert run(calendar, "2027-06-17 09:01") == Ran()
    assert run(calendar, "2027-06-19 09:00") == Ran()
    assert broadcasts(database) == []


def test_a_new_calendar_misses_nothing_of_the_time_before_it(database: Database, opens: Opens) -> None:
    assert run(opens(database), "2027-06-17 09:00") == Ran()


@pytest.mark.parametrize("away", [timedelta(hours=5), timedelta(days=1), timedelta(days=40), timedelta(days=20_000)])
def test_a_clock_that_jumps_ahead_and_back_still_fires_once(database: Database, opens: Opens, away: timedelta) -> None:
    calendar = opens(database)
    for now in ("2027-06-16 08:00", "2027-06-16 08:29"):
        run(calendar, now)
    calendar.run(beijing("2027-06-16 08:29") + away, announce)
    for now in ("2027-06-16 08:30", "2027-06-16 08:31", "2027-06-16 12:00"):
        run(calendar, now)
    assert campaigns(database).count(CONSULT) == 1
    assert fates(database)[CONSULT] == "fired"


def test_a_clock_that_jumps_back_fires_nothing_again(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    run(calendar, "2027-06-16 08:30")
    for hours in (1, 24, 24 * 30):
        calendar.run(beijing("2027-06-16 08:30") - timedelta(hours=hours), announce)
    run(calendar, "2027-06-16 08:30")
    assert campaigns(database).count(CONSULT) == 1


def test_a_wandering_clock_fires_each_once_and_misses_none_for_good(database: Database, opens: Opens) -> None:
    calendar, dice = opens(database), random.Random(7)
    at = beijing("2027-06-08 08:00")
    while at < beijing("2027-06-17 12:00"):
        calendar.run(at + timedelta(minutes=dice.randint(-600, 600)), announce)
        calendar.run(at, announce)
        at += timedelta(hours=3)
    held = fates(database)
    assert set(held) == {CONSULT, "consult-officer:2027-06-16:7:联络员", "consult-officer:2027-06-16:1:联络员"}
    assert set(held.values()) == {"fired"}
    assert sorted(campaigns(database)) == sorted(held)


def test_quiet_hours_put_an_ordinary_firing_off_to_the_morning(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    run(calendar, "2027-11-09 20:00")
    for now in ("2027-11-09 21:00", "2027-11-10 03:00", "2027-11-10 07:59"):
        assert run(calendar, now) == Ran()
    (late,) = run(calendar, "2027-11-10 08:00").fired
    assert (late.firing.moved, late.firing.due_at) == (True, beijing("2027-11-10 08:00"))


def test_nothing_ordinary_is_caught_up_in_quiet_hours(database: Database, opens: Opens) -> None:
    long = BOOK.replace('at: "08:30"\n', 'at: "19:00"\n  window_h: 20\n')
    calendar = opens(database, long)
    run(calendar, "2027-06-16 12:00")
    assert run(calendar, "2027-06-16 23:00") == Ran()
    assert [f.firing.id for f in run(calendar, "2027-06-17 08:05").fired] == [CONSULT]


def test_a_window_that_ends_in_quiet_hours_is_missed_and_says_why(database: Database, opens: Opens) -> None:
    calendar = opens(database, BOOK.replace("window_h: 14", "window_h: 3"))
    for now in ("2027-11-09 20:00", "2027-11-09 22:00"):
        assert run(calendar, now) == Ran()
    assert [f.id for f in run(calendar, "2027-11-10 00:30").missed] == ["fire-night:2027-11-09:0:社区+家庭"]
    assert run(calendar, "2027-11-10 08:30") == Ran()
    with database.begin() as db:
        assert "静默时段" in str(db.scalar(sa.select(firing.c.why)))


def test_the_officers_version_goes_on_the_workday_before(database: Database, opens: Opens) -> None:
    # 2030-06-16 is a Sunday: the public is told on the day, officers on the Friday before.
    calendar = opens(database)
    found = calendar.firings(beijing("2030-06-01 00:00"), beijing("2030-06-30 00:00"))
    assert [(f.reminder, str(f.send_day)) for f in found] == [
        ("consult-officer", "2030-06-07"), ("consult-officer", "2030-06-14"), ("consult-day", "2030-06-16"),
    ]  # fmt: skip
    assert found[1].texts["public"].startswith("后天，6月16日")


def test_a_reminder_approved_for_good_is_scheduled_by_itself(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    lets(calendar, "consult-day", beijing("2027-01-04 10:00"))
    (fired,) = run(calendar, "2027-06-16 08:30").fired
    (made,) = broadcasts(database)
    assert (fired.approver, made.state, made.approver) == ("李四", State.SCHEDULED, "李四")
    assert is_approved(made)
    assert made.draft.send_at == beijing("2027-06-16 08:30")


@pytest.mark.parametrize("edit", [("请来提问", "请来看看"), ("[公众]", "[社区]"), ('"08:30"', '"09:30"')])
def test_another_text_or_audience_needs_both_persons_again(
    database: Database, opens: Opens, edit: tuple[str, str]
) -> None:
    assert edit[0] in BOOK
    lets(opens(database), "consult-day", beijing("2027-01-04 10:00"))
    changed = opens(database, BOOK.replace(*edit))
    assert not [held for held in changed.standings().values() if held.lets]
    run(changed, "2027-06-16 09:30")
    assert broadcasts(database)[0].state is State.IN_REVIEW


def test_one_person_alone_lets_nothing_go_out_by_itself(sqlite: Database, opens: Opens) -> None:
    calendar, now = opens(sqlite), beijing("2027-01-04 10:00")
    with pytest.raises(OutreachError, match="还没有人提交"):
        calendar.approve("consult-day", calendar.standings()["consult-day"].mark, "张三", now)
    calendar.propose("consult-day", "张三", now)
    held = calendar.standings()["consult-day"]
    with pytest.raises(OutreachError, match="须由另一人批准"):
        calendar.approve("consult-day", held.mark, "张 三", now)
    with pytest.raises(OutreachError, match="请重新看过再批准"):
        calendar.approve("consult-day", "0" * 8, "李四", now)
    assert not calendar.standings()["consult-day"].lets
    run(calendar, "2027-06-16 08:30")
    assert broadcasts(sqlite)[0].state is State.IN_REVIEW


def test_what_hangs_on_another_file_is_approved_too(sqlite: Database, opens: Opens) -> None:
    lets(opens(sqlite), "consult-day", beijing("2027-01-04 10:00"))
    calendar = opens(sqlite)
    other = replace(calendar.book, themes={**calendar.book.themes, 2028: "另一年的主题"})
    changed = replace(calendar, get_book=lambda: other)
    assert (calendar.standings()["consult-day"].lets, changed.standings()["consult-day"].lets) == (True, False)


def test_an_approval_is_taken_back(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    lets(calendar, "consult-day", beijing("2027-01-04 10:00"))
    assert calendar.standings()["consult-day"].lets
    assert (calendar.revoke("consult-day"), calendar.revoke("consult-day")) == (True, False)
    run(calendar, "2027-06-16 08:30")
    assert broadcasts(database)[0].state is State.IN_REVIEW


@pytest.mark.parametrize(("name", "who"), [("no-such", "张三"), ("consult-day", "  ")])
def test_what_cannot_be_approved_is_refused(sqlite: Database, opens: Opens, name: str, who: str) -> None:
    with pytest.raises(OutreachError, match=r"no-such|谁"):
        opens(sqlite).propose(name, who, beijing("2027-01-04 10:00"))


def test_one_firing_can_be_left_out(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    calendar.skip(CONSULT, "张三", "已在电视上说过", beijing("2027-06-01 10:00"))
    for now in ("2027-06-15 21:00", "2027-06-16 08:30", "2027-06-17 09:00"):
        assert all(f.firing.id != CONSULT for f in run(calendar, now).fired)
    assert CONSULT not in campaigns(database)
    with pytest.raises(OutreachError, match="不能再取消"):
        calendar.skip(CONSULT, "张三", "", beijing("2027-06-16 10:00"))
    with pytest.raises(OutreachError, match="没有编号为"):
        calendar.skip("no-such", "张三", "", beijing("2027-06-16 10:00"))


def test_what_hinders_is_told_and_tried_again(database: Database, opens: Opens) -> None:
    def hindered(db: sa.Connection, due: Firing, approver: str, now: datetime) -> int:
        drafts.add(db, drafts.Draft(title="半成品", content={}), AUTHOR, now)
        raise OutreachError("渠道还没有配置")

    calendar = opens(database)
    for _ in range(2):
        ran = calendar.run(beijing("2027-06-16 08:30"), hindered)
        assert [(f.id, why) for f, why in ran.hindered] == [(CONSULT, "渠道还没有配置")]
    assert broadcasts(database) == []
    assert len(run(calendar, "2027-06-16 08:40").fired) == 1
    assert fates(database) == {CONSULT: "fired"}


def test_what_hinders_to_the_end_is_missed(database: Database, opens: Opens) -> None:
    def hindered(db: sa.Connection, due: Firing, approver: str, now: datetime) -> int:
        raise OutreachError("渠道还没有配置")

    calendar = opens(database)
    for now in ("2027-06-16 08:30", "2027-06-16 18:29"):
        calendar.run(beijing(now), hindered)
    assert [f.id for f in calendar.run(beijing("2027-06-16 18:30"), hindered).missed] == [CONSULT]
    with database.begin() as db:
        assert db.execute(sa.select(firing.c.state, firing.c.why)).all() == [("missed", "渠道还没有配置")]


def test_two_schedulers_at_once_fire_once(database_url: str, database: Database, opens: Opens) -> None:
    calendars = [opens(Database(database_url)) for _ in range(4)]
    start = threading.Barrier(4)

    def fire(calendar: Calendar) -> int:
        start.wait()
        fired = run(calendar, "2027-06-16 08:30").fired
        calendar.database.close()
        return len(fired)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(fire, calendars)) == 1
    assert campaigns(database) == [CONSULT]


PROGRAM = """
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from bot.outreach import book
from bot.outreach.announcing import announce
from bot.outreach.calendar import Calendar
from bot.settings import OutreachSettings
from bot.store.database import Database
folder = Path(sys.argv[2])
held = book.load(folder / "reminders.yaml", folder, "全国")
calendar = Calendar(Database(sys.argv[1]), lambda: held, OutreachSettings)
print("ready", flush=True)
for line in sys.stdin:
    calendar.run(datetime.fromisoformat(line.strip()), announce)
    print("ran", flush=True)
"""


def many(count: int) -> str:
    """A book with many reminders at once, so that a kill meets one in the middle."""
    one = BOOK.split("- id: consult-officer")[0].removeprefix("\nreminders:\n")
    return "reminders:\n" + "".join(one.replace("id: consult-day", f"id: consult-day-{n}") for n in range(count))


@pytest.mark.parametrize("seed", [3, 42])
def test_killed_schedulers_lose_nothing_and_fire_nothing_twice(
    database_url: str, database: Database, tmp_path: Path, seed: int
) -> None:
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    (tmp_path / "reminders.yaml").write_text(many(15), encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    dice = random.Random(seed)
    command = [sys.executable, str(tmp_path / "program.py"), database_url, str(tmp_path)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("2027-06-16T08:30:00+08:00\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    until = dice.randint(1, 10)
    pipes = [process.stdout for process in both]
    while len(broadcasts(database)) < until and not select.select(pipes, [], [], 0.01)[0]:
        pass  # until so many are made, or one of them is through
    for process in both:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    book = books.load(tmp_path / "reminders.yaml", tmp_path, "全国")
    calendar = Calendar(database, lambda: book, lambda: SETTINGS)
    run(calendar, "2027-06-16 08:31")
    held = campaigns(database)
    assert len(held) == len(set(held)) == 15
    with database.begin() as db:
        rows = db.execute(sa.select(firing.c.state, firing.c.broadcast_id)).all()
    assert [state for state, _number in rows] == ["fired"] * 15
    assert len({number for _state, number in rows}) == 15
