"""The coming days as staff see them."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.outreach.announcing import announce
from bot.outreach.outlook import view
from bot.store.database import Database

from .conftest import BOOK, Opens, beijing, lets

CROWDED = (
    BOOK
    + """
- {id: more-1, day: cal-consult-day, audience: [社区, 联络员], text: 甲}
- {id: more-2, day: cal-consult-day, audience: [社区], text: 乙}
- {id: more-3, day: cal-consult-day, audience: [学校], text: 丙}
"""
)


def test_the_view_says_what_goes_to_whom_and_how(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    lets(calendar, "consult-day", beijing("2027-01-04 10:00"))
    outlook = view(calendar, beijing("2027-06-08 09:00"))
    seen = [(x.firing, x.state) for x in outlook.lines]
    assert [(f"{f.send_day:%m-%d}", f.reminder, f.audience.words, state) for f, state in seen] == [
        ("06-09", "consult-officer", "联络员", "到时生成草稿，待审核"),
        ("06-15", "consult-officer", "联络员", "到时生成草稿，待审核"),
        ("06-16", "consult-day", "公众", "到时自动发出"),
    ]  # fmt: skip
    assert outlook.collisions == ()


def test_only_as_many_days_as_were_asked_for(sqlite: Database, opens: Opens) -> None:
    calendar = opens(sqlite)
    now = beijing("2027-06-08 23:00")
    assert len(view(calendar, now, days=7).lines) == 2
    assert len(view(calendar, now, days=8).lines) == 3


def test_three_things_on_one_day_for_one_person_are_pointed_out(sqlite: Database, opens: Opens) -> None:
    # Whoever lives in a 社区 gets the public's reminder too; pupils get two.
    (told,) = view(opens(sqlite, CROWDED), beijing("2027-06-10 09:00")).collisions
    assert told.startswith("6月16日有3条都会发给社区：")
    assert "学校" not in told


def test_what_was_skipped_collides_no_more(sqlite: Database, opens: Opens) -> None:
    calendar, now = opens(sqlite, CROWDED), beijing("2027-06-10 09:00")
    calendar.skip("more-2:2027-06-16:0:社区", "张三", "太多", now)
    outlook = view(calendar, now)
    assert outlook.collisions == ()
    assert "已取消" in [line.state for line in outlook.lines]


def test_what_waits_for_review_and_what_was_missed_is_shown(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    calendar.run(beijing("2027-06-15 09:00"), announce)
    calendar.run(beijing("2027-06-17 09:00"), announce)
    outlook = view(calendar, beijing("2027-06-17 09:00"))
    (waiting,), (missed,) = outlook.waiting, outlook.missed
    assert "待审核" in waiting
    assert "请在 6月16日" in waiting or "请在 6月15日" in waiting
    assert re.match("“.+”（发给公众）6月16日 08:30 应发未发", missed), missed
    assert view(calendar, beijing("2027-06-30 09:00")).missed == ()


def test_what_goes_out_today_stays_in_sight(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    calendar.run(beijing("2027-06-16 08:30"), announce)
    (line,) = view(calendar, beijing("2027-06-16 20:00")).lines
    assert line.state == "推送 1：待审核"


def test_missing_holidays_themes_and_dates_are_said_in_time(sqlite: Database, opens: Opens) -> None:
    text = (
        BOOK
        + """
- {id: week, rule: given 05-06 2087-05-04..2087-05-10, title: 防灾减灾宣传周, source: 通知, audience: [公众], text: 甲}
- {id: forest, rule: season 森林防火期, title: 防火期, source: 公告, audience: [公众], text: 乙}
seasons:
- {name: 森林防火期, region: 广东省, rule: range 10-01 04-30, source: 条例}
holidays:
- {year: 2087, rest: [2087-01-01], source: 通知}
- {year: 2088, rest: [2088-01-01], source: 通知}
"""
    )
    calendar = opens(sqlite, text, "湖北省")

    def missing(at: str) -> str:
        return "\n".join(view(calendar, beijing(at)).missing)

    assert "2089" not in missing("2088-11-30 23:59")
    assert "没有2089年的放假调休安排" in missing("2088-12-01 00:00")
    assert "2088年安全生产月的主题还没有录入" in missing("2088-06-01 09:00")
    assert "湖北省的森林防火期起止没有录入" in missing("2088-06-01 09:00")
    assert "防灾减灾宣传周2088年的日期没有录入" in missing("2088-04-01 09:00")
    assert "防灾减灾宣传周" not in missing("2087-04-01 09:00")
    assert "防灾减灾宣传周" not in missing("2088-06-01 09:00")


def test_what_was_missed_in_months_of_downtime_is_told_when_it_is_found(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    calendar.run(beijing("2027-05-20 09:00"), announce)
    back = beijing("2027-08-10 09:00")
    ran = calendar.run(back, announce)
    assert len(ran.missed) == 3
    told = view(calendar, back).missed
    assert len(told) == 3
    assert all(re.match("“.+”（发给.+）6月.+ 应发未发。到时候程序没有运行", line) for line in told), told
    assert view(calendar, back + timedelta(days=8)).missed == ()
