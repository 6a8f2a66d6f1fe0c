"""The pages of outreach: what is written, checked, approved, sent, and seen of it; the calendar, warnings, tips."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.calendar_tables import firing_move
from bot.outreach.ledger import tallies
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast, delivery
from bot.people.tables import follower
from bot.settings import BEIJING
from bot.staff import Role
from bot.staff.trail import Search
from tests.console.pages import NOW, Client, Office

from .conftest import EAST, HOME, WEST, does, form, state, text_of, written

PAGES = ["/broadcasts", "/broadcasts/new", "/calendar", "/calendar/list", "/campaigns", "/programme", "/tips",
         "/tips/ahead", "/tips/book", "/warnings"]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens(author: Client, district: Client, url: str) -> None:
    assert "<h1>" in text_of(author, url) or url == "/tips/ahead"
    text_of(district, url)


def test_a_draft_goes_to_sent_by_two_people(office: Office, author: Client, approver: Client) -> None:
    number = written(author)
    assert "提交审核" in text_of(author, f"/broadcasts/{number}")
    assert "受众 <b>10</b> 人" in text_of(author, f"/broadcasts/{number}/reach")
    assert does(author, number, "submit").status_code == 303
    assert "不能自己审核" in text_of(author, f"/broadcasts/{number}")
    assert does(author, number, "approve", version="1").status_code == 403
    page = text_of(approver, f"/broadcasts/{number}")
    assert "请您审核" in page
    assert "今天高温，午间别在太阳下干活。" in page
    assert does(approver, number, "approve", version="1", then="send").status_code == 303
    assert state(office, number) is State.SENDING
    assert "发送进度" in text_of(author, f"/broadcasts/{number}")


def test_approval_is_of_what_was_read(author: Client, approver: Client) -> None:
    number = written(author)
    does(author, number, "submit")
    author.post(f"{HOME}/broadcasts/{number}/edit", form("改过的话", version="1"))
    does(author, number, "submit")
    answer = does(approver, number, "approve", version="1")
    assert answer.status_code == 409
    assert "请重新看过再审核" in answer.text


def test_an_edit_of_an_old_version_is_refused_and_loses_nothing(author: Client) -> None:
    number = written(author)
    author.post(f"{HOME}/broadcasts/{number}/edit", form("第二版", version="1"))
    author.post(f"{HOME}/unsaved/{number}", form("又一个第二版", version="1"))
    answer = author.post(f"{HOME}/broadcasts/{number}/edit", form("又一个第二版", version="1"))
    assert answer.status_code == 409
    assert "又一个第二版" in text_of(author, f"/broadcasts/{number}/edit")
    beside, below = answer.text.split("不一样的地方</caption>")[1].split("</table>", 1)
    assert "第二版" in beside
    assert "又一个第二版" in beside
    assert "又一个第二版" in below  # in the form: without script nothing else has kept it
    assert 'name="version" value="2"' in below
    assert author.post(f"{HOME}/broadcasts/{number}/edit", form("又一个第二版", version="2")).status_code == 303


def test_approved_with_a_time_it_is_scheduled(office: Office, author: Client, approver: Client) -> None:
    number = written(author, text="明天再发的", send_at="2026-06-02T09:00")
    does(author, number, "submit")
    assert does(approver, number, "approve", version="1", then="schedule").status_code == 303
    assert state(office, number) is State.SCHEDULED
    assert "防暑提醒" in text_of(author, "/calendar/list")


def test_what_cannot_begin_is_approved_and_says_why(office: Office, author: Client, approver: Client) -> None:
    number = written(author, **{"to-region": "广东省深圳市"})
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    assert state(office, number) is State.APPROVED
    assert "没有一个人能收到" in text_of(approver, f"/broadcasts/{number}")


def test_what_is_wrong_is_said_at_submission(author: Client) -> None:
    number = written(author, text="", title="")
    answer = does(author, number, "submit")
    assert answer.status_code == 409
    assert "没有标题" in answer.text
    assert "没有正文" in answer.text


def test_what_cannot_be_saved_is_shown_again(author: Client) -> None:
    answer = author.post(f"{HOME}/broadcasts/new", form("写了半天的话", send_at="明天早上", **{"to-wrote": "99"}))
    assert answer.status_code == 422
    assert "写了半天的话" in answer.text
    assert "有地方要改" in answer.text


def test_levels_and_rules_are_kept(office: Office, author: Client) -> None:
    number = written(
        author, urgent="y", until="2026-06-01T20:00", channels=["official.mass", "official.service"], last_mass="y",
        **{
            "worker-kind": "news", "worker-title": "班前会", "worker-url": "https://example.org/a",
            "officer-kind": "text", "officer-body": "请报送", "officer-template": "T1",
            "officer-fields": "thing1：报送\ntime2: 2026-06-05",
            "to-region": f"{EAST}\n{WEST}", "to-audience": ["企业", "机关"], "to-officer": "是", "to-wrote": "24",
            "to-followed": "2026-01-01", "to-frequency": ["每天"], "to-except_unit": "某公司",
        },
    )  # fmt: skip
    held = office.services.broadcasts.get(number).draft
    assert {str(level) for level in held.content} == {"officer", "public", "worker"}
    assert held.content["officer"].fields == {"thing1": "报送", "time2": "2026-06-05"}  # type: ignore[index]
    assert held.channels == ("official.service", "official.mass")
    assert held.mass_left == 2
    assert held.until == NOW.astimezone(BEIJING).replace(hour=20, minute=0)
    page = text_of(author, f"/broadcasts/{number}/edit")
    assert f"{EAST}\n{WEST}</textarea>" in page
    assert re.search(r'value="企业" checked', page)
    author.post(f"{HOME}/broadcasts/{number}/edit", typed(page, version="1"))
    again = office.services.broadcasts.get(number).draft
    assert again == replace(held, content=again.content)
    assert dict(again.content) == dict(held.content)


def typed(page: str, **values: str) -> dict[str, list[str]]:
    """What a browser sends of the composer as it was opened."""
    body = page[page.index('id="compose"') : page.index("savebar")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value, kind = (_attribute(tag, key) for key in ("name", "value", "type"))
        if name and name != "csrf" and (kind not in ("radio", "checkbox") or " checked" in tag):
            found.setdefault(name, []).append(value)
    for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n([^<]*)</textarea>', body):
        found[name] = [value]
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', body, re.S):
        found[name] = re.findall(r'value="([^"]*)" selected', options)[:1] or [""]
    return {**found, **{name: [value] for name, value in values.items()}}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""


def test_a_rule_that_the_fields_cannot_show_stays_as_it_is(office: Office, author: Client) -> None:
    rule = {
        "any": [{"field": "region", "op": "in", "values": [EAST]}, {"field": "tag", "op": "in", "values": ["重点"]}]
    }
    number = written(author, **{"to-rule": __import__("json").dumps(rule, ensure_ascii=False)})
    assert office.services.broadcasts.get(number).draft.audience == rule
    author.post(f"{HOME}/broadcasts/{number}/edit", typed(text_of(author, f"/broadcasts/{number}/edit")))
    assert office.services.broadcasts.get(number).draft.audience == rule


def test_typing_is_kept_until_it_is_saved_or_dropped(office: Office) -> None:
    me = office.sign_in(Role.AUTHOR)
    assert "已自动保存" in me.post(f"{HOME}/unsaved/new", form("写到一半")).text
    assert "写到一半" in text_of(me, "/broadcasts/new")
    other = office.sign_in(Role.AUTHOR)
    assert "写到一半" not in text_of(other, "/broadcasts/new")
    me.post(f"{HOME}/unsaved/new/drop")
    assert "写到一半" not in text_of(me, "/broadcasts/new")
    me.post(f"{HOME}/unsaved/new", form("写完了"))
    written(me, text="写完了")
    assert "写完了" not in text_of(me, "/broadcasts/new")


def test_the_audience_is_counted_while_it_is_built(author: Client) -> None:
    answer = author.post(f"{HOME}/audience", {"to-region": EAST})
    assert ">6</b> 人" in answer.text
    assert "不认识" in author.post(f"{HOME}/audience", {"to-rule": '{"field": "x", "values": [1]}'}).text


def test_the_phone_is_drawn_while_it_is_written(author: Client) -> None:
    assert "<svg" in author.post(f"{HOME}/preview", form("看看样子")).text


def test_progress_outcome_pause_and_stop(office: Office, author: Client, approver: Client) -> None:
    number = written(author, text="进度的样子")
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    live = author.get(f"{HOME}/broadcasts/{number}/events")
    assert live.mimetype == "text/event-stream"
    assert "10 人" in live.text
    does(author, number, "pause")
    assert state(office, number) is State.PAUSED
    does(author, number, "resume")
    with office.services.database.begin() as db:
        tallies.touch(db, batch.c.broadcast_id == number)  # as whoever changes what came of single people
        mine = (delivery.c.broadcast_id == number, delivery.c.follower_id <= 3)
        db.execute(sa.update(delivery).where(*mine).values(state=Delivery.PERMANENT_FAILURE, why="recipient_gone"))
    page = text_of(author, f"/broadcasts/{number}/progress")
    assert "对方已取消关注" in page
    assert "不用处理" in page
    people = text_of(author, f"/broadcasts/{number}/people?state=permanent_failure")
    assert people.count('data-label="关注者"') == 3
    assert "o0000" not in people
    does(author, number, "cancel", reason="发错了")
    assert state(office, number) is State.CANCELLED
    office.pass_time(minutes=5)
    assert author.get(f"{HOME}/broadcasts/{number}/events").status_code == 204


def test_people_of_an_outcome_come_page_by_page(
    office: Office, author: Client, approver: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.outreach.pages import showing

    monkeypatch.setattr(showing, "_ROWS", 4)
    number = written(author, text="一页一页看")
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    seen, url = [], f"/broadcasts/{number}/people"
    while url:
        page = text_of(author, url)
        seen += re.findall(r"…\d+", page)
        more = re.search(r'href="(\?[^"]+)" rel="next"', page)
        url = f"/broadcasts/{number}/people{more[1].replace('&amp;', '&')}" if more else ""
    assert len(seen) == len(set(seen)) == 10


def test_an_urgent_one_goes_alone_and_waits_for_a_second(office: Office, author: Client, approver: Client) -> None:
    number = written(author, text="暴雨红色预警", urgent="y")
    assert does(author, number, "alert", reason=" ").status_code == 409
    assert does(author, number, "alert", reason="来不及审核").status_code == 303
    assert "还没有第二个人确认" in text_of(author, "/broadcasts")
    assert "要另一个人事后确认" in approver.get("/staff/").text
    does(approver, number, "confirm")
    assert office.services.broadcasts.get(number).confirmed_by == approver.staff.name


def test_an_objection_is_told_to_sender_and_approvers_until_it_is_settled(
    office: Office, author: Client, approver: Client
) -> None:
    number = written(author, text="暴雨橙色预警：发错地方的", urgent="y")
    does(author, number, "alert", reason="来不及审核")
    assert does(author, number, "object", reason="不对").status_code == 403
    assert "有异议" in text_of(approver, f"/broadcasts/{number}")
    assert does(approver, number, "object", reason="<b>地区不对</b>").status_code == 303
    assert state(office, number) is State.CANCELLED
    for who in (author, approver):
        assert "有异议（" in who.get("/staff/").text
        assert "提出异议：&lt;b&gt;地区不对&lt;/b&gt;" in text_of(who, "/broadcasts")
    assert "了结异议" in text_of(approver, f"/broadcasts/{number}")
    assert does(approver, number, "confirm").status_code == 409
    assert does(approver, number, "settle", reason="").status_code == 409
    assert does(approver, number, "settle", reason="已发更正").status_code == 303
    assert "有异议（" not in approver.get("/staff/").text
    found = [line.action for line in office.services.trail.find(Search(kind="broadcast", object_id=str(number)))]
    assert found[:2] == ["broadcast.settle", "broadcast.object"]


def test_a_copy_is_a_new_draft(office: Office, author: Client) -> None:
    number = written(author, text="抄一份", send_at="2026-06-03T09:00")
    copied = does(author, number, "copy").location.split("/")[-2]
    held = office.services.broadcasts.get(int(copied))
    assert held.state is State.DRAFT
    assert held.draft.send_at is None


def test_a_trouble_is_on_the_page_and_on_today(office: Office, author: Client) -> None:
    number = written(author, text="出了问题")
    with office.services.database.begin() as db:
        mine = broadcast.c.id == number
        db.execute(
            sa.update(broadcast).where(mine).values(state=State.PAUSED, trouble="平台不认访问凭证", started_at=NOW)
        )
    assert "平台不认访问凭证" in text_of(author, f"/broadcasts/{number}")
    assert "平台不认访问凭证" in author.get("/staff/").text
    does(author, number, "cancel")


def test_reviews_wait_on_today_for_others(author: Client, approver: Client) -> None:
    number = written(author, title="等着审核的那条")
    does(author, number, "submit")
    assert "等您审核" in approver.get("/staff/").text
    assert "等您审核" not in author.get("/staff/").text
    does(author, number, "cancel")


FIRING = "consult-day:2026-06-16:0:公众"


def test_a_firing_is_moved_and_left_out_with_a_reason(office: Office, author: Client) -> None:
    url = "/calendar/firing?id=consult-day-officer:2026-06-16:7:联络员"
    assert "安全宣传咨询日" in text_of(author, url)
    name = "consult-day-officer:2026-06-16:7:联络员"
    assert author.post(f"{HOME}/calendar/move", {"id": name, "at": "2026-06-10T09:00"}).status_code == 409
    moved = author.post(f"{HOME}/calendar/move", {"id": name, "at": "2026-06-10T09:00", "reason": "那天有三条"})
    assert moved.status_code == 303
    with office.services.database.begin() as db:
        assert db.scalar(sa.select(firing_move.c.why)) == "那天有三条"
    assert author.post(f"{HOME}/calendar/skip", {"id": name, "reason": "不办了"}).status_code == 303
    assert "已取消" in text_of(author, "/calendar/list")
    assert "6月" in text_of(author, "/calendar?month=2026-06")


def test_a_reminder_goes_out_by_itself_once_two_persons_let_it(
    office: Office, author: Client, approver: Client, district: Client
) -> None:
    url, ids = f"/calendar/firing?id={FIRING}", {"reminder": "consult-day", "firing": FIRING}
    assert district.post(f"{HOME}/calendar/propose", ids).status_code == 404
    assert author.post(f"{HOME}/calendar/propose", ids).status_code == 303
    assert "等另一人批准" in text_of(author, url)
    assert "长期批准，以后每年自动发" in approver.get("/staff/").text
    assert "长期批准，以后每年自动发" not in author.get("/staff/").text
    mark = re.findall(r'name="mark" value="(\w+)"', text_of(approver, url))[0]
    assert author.post(f"{HOME}/calendar/approve", {**ids, "mark": mark}).status_code == 403
    assert approver.post(f"{HOME}/calendar/approve", {**ids, "mark": "00000000"}).status_code == 409
    assert approver.post(f"{HOME}/calendar/approve", {**ids, "mark": mark}).status_code == 303
    assert office.services.calendar.standings()["consult-day"].lets
    assert "自动发" in text_of(district, "/calendar/standing")
    assert author.post(f"{HOME}/calendar/revoke", ids).status_code == 303  # anybody may
    assert not office.services.calendar.standings()["consult-day"].lets
    found = [line.action for line in office.services.trail.find(Search(kind="reminder"))]
    assert found[:3] == ["reminder.revoke", "reminder.approve", "reminder.propose"]


def test_nobody_approves_a_reminder_that_they_put_forward(approver: Client, office: Office) -> None:
    ids = {"reminder": "consult-day", "firing": FIRING}
    approver.post(f"{HOME}/calendar/propose", ids)
    mark = office.services.calendar.standings()["consult-day"].mark
    answer = approver.post(f"{HOME}/calendar/approve", {**ids, "mark": mark})
    assert (answer.status_code, "须由另一人批准" in answer.text) == (409, True)
    approver.post(f"{HOME}/calendar/revoke", ids)


def test_the_consultation_day_has_its_stages(author: Client) -> None:
    page = text_of(author, "/programme")
    assert "6月16日 安全宣传咨询日" in page
    assert page.count("<b>6月") >= 6
    assert "致谢" in page


WARNING = {
    "body": "江门市气象台发布暴雨橙色预警信号。", "issuer": "江门市气象台", "issued_at": "2026-06-01T08:30",
    "regions": EAST, "source": "江门天气网页", "then": "draft",
}  # fmt: skip


def test_a_warning_is_relayed_once_and_word_for_word(office: Office, author: Client) -> None:
    office.now = NOW
    answer = author.post(f"{HOME}/warnings", WARNING)
    assert answer.status_code == 303
    held = office.services.broadcasts.get(int(answer.location.rpartition("/")[2]))
    assert WARNING["body"] in held.draft.content["public"].text  # type: ignore[index]
    assert held.draft.urgent
    assert author.post(f"{HOME}/warnings", WARNING).location == answer.location
    assert "江门市气象台" in text_of(author, "/warnings")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("issuer", "某某公司", "有权发布"), ("body", "", "请贴上预警原文"), ("issued_at", "", "请填发布时间"),
     ("regions", "", "请填影响地区"), ("issued_at", "2026-05-01T08:00", "已经失效")],
)  # fmt: skip
def test_a_warning_without_what_is_needed_is_not_relayed(author: Client, field: str, value: str, told: str) -> None:
    answer = author.post(f"{HOME}/warnings", {**WARNING, field: value})
    assert answer.status_code == 422
    assert told in answer.text


def test_the_tip_book_is_searched_and_paged(author: Client) -> None:
    page = text_of(author, "/tips/book?industry=建筑&season=now")
    assert "<table" in page
    first = text_of(author, "/tips/book")
    more = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert more
    second = text_of(author, "/tips/book" + more[1].replace("&amp;", "&"))
    assert not set(re.findall(r"tips/book/([\w-]+)", first)) & set(re.findall(r"tips/book/([\w-]+)", second))
    name = re.findall(r"tips/book/([\w-]+)", first)[0]
    assert "依据" in text_of(author, f"/tips/book/{name}")


def test_quotas_of_the_month_are_in_sight(author: Client) -> None:
    for url in ("/broadcasts", "/calendar/list", "/tips", "/warnings", "/programme"):
        assert "本月群发" in text_of(author, url), url


def test_deeds_are_on_record(office: Office, author: Client) -> None:
    number = written(author, text="留痕")
    does(author, number, "submit")
    from bot.staff.tables import audit

    with office.services.database.begin() as db:
        rows = db.execute(sa.select(audit).where(audit.c.object_id == str(number))).all()
    assert [row.action for row in rows] == ["broadcast.edit", "broadcast.submit"]


def test_tips_go_out_by_themselves_once_two_people_let_them(
    office: Office, author: Client, approver: Client, district: Client
) -> None:
    assert district.post(f"{HOME}/tips/propose").status_code == 403
    author.post(f"{HOME}/tips/propose")
    assert author.post(f"{HOME}/tips/approve").status_code == 403
    approver.post(f"{HOME}/tips/approve")
    assert office.services.tip_rounds.standing().approver == approver.staff.name
    assert "批准，自动发" in text_of(author, "/tips")
    author.post(f"{HOME}/tips/stop")
    assert "还没有人提交" in text_of(author, "/tips")


def test_the_many_broadcasts_of_tips_have_a_tab_of_their_own(office: Office, author: Client) -> None:
    number = written(author, title="每日提示一条", campaign="tips-2026-06-01-morning")
    assert f'/broadcasts/{number}"' not in text_of(author, "/broadcasts")
    assert f'/broadcasts/{number}"' in text_of(author, "/broadcasts?state=tips")


def test_the_next_days_of_tips_are_shown_and_not_written(office: Office, author: Client) -> None:
    with office.services.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.id <= 4).values(frequency="daily", industry="建筑"))
    office.services.tip_rounds.plan(office.now)
    page = text_of(author, "/tips/ahead")
    assert "建筑（每天） · 4 人" in page
    shown = re.findall(r"tips/book/([\w-]+)", page)
    assert len(shown) == len(set(shown)) == 7
    assert text_of(author, "/tips").count('data-label="人数"') >= 1
