"""What staff read: dates in words, a history that begins with the writing, no daily tips among the broadcasts."""

from __future__ import annotations

from tests.console.pages import Client, Office
from tests.outreach.pages.conftest import HOME, does, form, text_of, written


def test_daily_tips_stay_out_of_the_list_and_dates_are_told_in_words(
    office: Office, author: Client, approver: Client
) -> None:
    number, tips = (
        written(author, title="雷雨提醒", **{"public-body": "明天有雷雨，收好脚手板。"}),
        written(author, campaign="tips-2026-06-01-1"),
    )
    page = text_of(author, "/broadcasts")
    assert f"/broadcasts/{number}" in page
    assert f'/broadcasts/{tips}"' not in page
    does(author, number, "submit")
    does(approver, number, "approve", version="1")
    does(author, number, "schedule", at="2026-06-02T08:30")
    assert "已定时，6月2日（周二）08:30 自动开始发送" in text_of(author, f"/broadcasts/{number}")
    assert "6月2日（周二）08:30" in author.get("/staff/").text
    assert "06-02 08:30" not in author.get("/staff/").text
    assert "（周" in text_of(author, "/programme")


def test_history_begins_with_the_writing(author: Client) -> None:
    number = written(author)
    history = text_of(author, f"/broadcasts/{number}").partition("h-history")[2]
    assert "写成初稿" in history
    assert "修改" not in history
    author.post(f"{HOME}/broadcasts/{number}/edit", form("今天有大风，不要吊装。", version="1"))
    assert text_of(author, f"/broadcasts/{number}").partition("h-history")[2].count(">修改<") == 1
