"""A person on WeChat talks to the bot: signed and encrypted callbacks of the stand-in, over HTTP, into the real app."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from werkzeug.serving import BaseWSGIServer, make_server

from bot.app import create_app
from bot.services import Services
from bot.settings import OfficeSettings, Settings, WeChatSettings
from bot.simulator import Mode, Outcome, PushOutcome, Repeats, Simulator, SimulatorConfig, Tamper
from bot.store.tables import message_log, rating, unanswered
from tests import bases

ME, YOU = "oTEST0000000000000000000001", "oTEST0000000000000000000002"
SETTINGS = WeChatSettings(
    account_id="gh_0000000000aa",
    app_id="wx0000000000000001",
    secret="simulator-secret",
    token="simulator2026",
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)


@dataclass
class Account:
    """The bot behind an official account, and WeChat in front of it."""

    services: Services
    wechat: Simulator

    def says(self, text: str, openid: str = ME) -> PushOutcome:
        """One text message from a follower."""
        return self.wechat.send_text(openid, text)


def _listening(services: Services) -> tuple[BaseWSGIServer, threading.Thread]:
    server = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return server, thread


def _account(settings: Settings, mode: Mode) -> Iterator[Account]:
    services = Services(settings)
    services.__dict__["keeper"] = bases.Fixed(bases.shipped(), settings)
    services.records.start()
    server, thread = _listening(services)
    callback = f"http://127.0.0.1:{server.server_port}/wechat"
    config = replace(SimulatorConfig(), callback_url=callback, mode=mode)
    yield Account(services, Simulator(config))
    server.shutdown()
    thread.join(120)
    server.server_close()
    services.close()


@pytest.fixture(params=[Mode.SAFE, Mode.COMPATIBLE, Mode.PLAIN])
def in_mode(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    """An account in each of the three modes."""
    wechat = replace(SETTINGS, aes_key="") if request.param is Mode.PLAIN else SETTINGS
    yield from _account(Settings(wechat=wechat, var_dir=tmp_path), request.param)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An account in safe mode, with everything in one process."""
    yield from _account(Settings(wechat=SETTINGS, var_dir=tmp_path), Mode.SAFE)


@pytest.fixture
def at_scale(tmp_path: Path, postgres_database_url: str, redis_url: str) -> Iterator[Account]:
    """The same on PostgreSQL and Redis."""
    office = OfficeSettings(name="江海区应急管理局", region="广东省江门市江海区", phone="0750-3861000")
    settings = Settings(
        office=office, wechat=SETTINGS, var_dir=tmp_path, database_url=postgres_database_url, redis_url=redis_url
    )
    yield from _account(settings, Mode.SAFE)


def test_wechat_accepts_the_address(in_mode: Account) -> None:
    assert in_mode.wechat.verify_url().outcome is Outcome.SUCCESS


def test_a_question_gets_its_answer_with_the_source(in_mode: Account) -> None:
    told = in_mode.says("楼道里能停电动车吗")
    assert told.outcome is Outcome.REPLY
    assert told.text.startswith("不能")
    assert "《高层民用建筑消防安全管理规定》第三十七条" in told.text


def test_following_is_greeted_and_unfollowing_forgets(account: Account) -> None:
    assert "您好" in account.wechat.follow(ME).text
    account.says("楼道里能停电动车吗")
    account.says("道路交通安全法第三条")
    assert account.wechat.unfollow(ME).outcome is not Outcome.FAILURE
    account.services.records.stop()
    with account.services.database.begin() as db:
        mine = sa.select(sa.func.count()).select_from(message_log).where(message_log.c.address == ME)
        assert db.scalar(mine) == 0
        assert ME not in db.scalars(sa.select(unanswered.c.address)).all()


@pytest.mark.parametrize("text", ["厨房着火了快来人", "屋里有煤气味", "有人触电了怎么办"])
def test_an_emergency_gets_the_number_in_the_first_line(account: Account, text: str) -> None:
    first, *steps = account.says(text).text.split("\n")
    assert any(number in first for number in ("119", "120", "110"))
    assert 1 <= len(steps) <= 3


def test_a_tapped_suggestion_and_its_number_say_the_same(account: Account) -> None:
    offered = account.says("楼道里能停电动车吗").text
    assert "weixin://bizmsgmenu" in offered
    by_number = account.says("1").text
    account.says("楼道里能停电动车吗")
    label = offered.split("1. ")[1].split("</a>")[0]
    assert account.wechat.send_text(ME, label, menu_id="101").text == by_number


def test_a_repeat_gets_the_very_same_bytes_and_is_worked_on_once(account: Account) -> None:
    account.wechat.repeats = Repeats(count=2)
    told = account.says("灭火器怎么用")
    assert {a.body for a in (*told.attempts, *told.repeats)} == {told.attempts[0].body}
    account.services.records.stop()
    with account.services.database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(message_log)) == 1


def test_no_message_and_no_event_shows_the_failure_line(account: Account) -> None:
    wechat = account.wechat
    wechat.follow(ME)
    outcomes = [
        wechat.send_image(ME), wechat.send_voice(ME, recognition="工伤认定多久内申请"), wechat.send_voice(ME),
        wechat.send_video(ME), wechat.send_location(ME, 22.57, 113.08, label="江海区政府"),
        wechat.send_link(ME, "标题", "说明", "https://example.cn/"), wechat.click(ME, "menu_help"),
        wechat.send_event(ME, "LOCATION", Latitude="22.5", Longitude="113.0", Precision="10"),
        wechat.send_event(ME, "MASSSENDJOBFINISH", MsgID="1", Status="send success"),
        wechat.send_event(ME, "一种没有听说过的事件", EventKey="]]>"),
        account.says(""), account.says("😂😂"), account.says("]]><a>" * 50), account.says("问" * 3000),
    ]  # fmt: skip
    assert [o.problem for o in outcomes if o.outcome is Outcome.FAILURE] == []
    assert wechat.state.failure_lines == 0


def test_voice_is_answered_like_text(account: Account) -> None:
    spoken = account.wechat.send_voice(ME, recognition="灭火器怎么用")
    assert spoken.text == account.says("灭火器怎么用", YOU).text


@pytest.mark.parametrize("tamper", list(Tamper))
def test_a_forged_message_gets_no_answer(account: Account, tamper: Tamper) -> None:
    told = account.wechat.send_text(ME, "灭火器怎么用", tamper=tamper)
    assert told.outcome is not Outcome.REPLY


def test_a_long_answer_goes_on_after_a_tap(account: Account) -> None:
    first = account.says("工伤保险条例第十四条和工伤保险条例第三十七条和安全生产法第二十一条")
    if "工伤保险条例" not in account.services.base.statutes:
        pytest.skip("needs the statutes of ../shared")
    assert len(first.text.encode()) <= 2048
    assert "查看更多" in first.text
    assert account.says("更多").text not in first.text


def test_it_runs_the_same_on_postgresql_and_redis(at_scale: Account) -> None:
    assert at_scale.says("楼道里能停电动车吗").text.startswith(("不能", "在广东"))
    assert "江海区应急管理局" in at_scale.wechat.follow(YOU).text
    at_scale.says("道路交通安全法第三条")
    at_scale.services.records.stop()
    with at_scale.services.database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(message_log)) == 3


def test_answers_go_on_while_redis_and_the_database_are_away(account: Account) -> None:
    account.services.database.close()
    (account.services.settings.var_dir / "safetybot.db").unlink()
    (account.services.settings.var_dir / "safetybot.db").mkdir()
    assert account.says("灭火器怎么用").outcome is Outcome.REPLY
    assert account.says("道路交通安全法第三条").outcome is Outcome.REPLY
    rows = [json.loads(line) for line in _spool(account).splitlines() if line]
    assert "道路交通安全法第三条" in [row["question"] for kind, row in rows if kind == "UnansweredRow"]


def _spool(account: Account) -> str:
    return (account.services.settings.var_dir / "spool.jsonl").read_text(encoding="utf-8")


def taps(text: str) -> list[tuple[str, str]]:
    """What the links of a message say in the person's name, with their ids."""
    return re.findall(r'weixin://bizmsgmenu\?msgmenucontent=([^&"]*)&msgmenuid=([^"]*)"', text)


def test_talk_with_taps_numbers_and_ratings_stands_in_the_database(account: Account) -> None:
    wechat = account.wechat
    offered = taps(account.says("电动车能停楼道吗").text)
    assert offered
    told = wechat.send_text(ME, unquote(offered[0][0]), menu_id=offered[0][1]).text
    assert "依据" in told
    assert account.says("再看第1个").text == told
    assert "接着说" in account.says("那找谁？").text
    why = taps(account.says("没用").text)
    assert [unquote(said) for said, _ in why] == ["没答到点上", "看不懂", "和我们这里不一样", "想找人工", "其他"]
    assert "谢谢" in wechat.send_text(ME, unquote(why[0][0]), menu_id=why[0][1]).text
    assert "灭火" in account.says("灭火器怎么用", YOU).text
    assert "谢谢" in account.says("👍", YOU).text
    with account.services.database.begin() as db:
        rows = db.execute(sa.select(rating).order_by(rating.c.id)).all()
    assert [(r.address, r.useful, r.reason) for r in rows] == [(ME, 0, "没答到点上"), (YOU, 1, "")]
    assert all(r.channel == "official" and r.question and r.entry for r in rows)
    wechat.unfollow(ME)
    with account.services.database.begin() as db:
        assert db.scalars(sa.select(rating.c.address).order_by(rating.c.id)).all() == ["", YOU]


def test_every_reply_of_a_long_talk_fits_and_says_nothing_back(at_scale: Account) -> None:
    mark = "缢魑魍魉"
    for text in (
        "1、电动车能停楼道吗 2、工伤认定多久内申请 3、灭火器怎么用", "第二个", "要什么材料", f"那{mark}呢", "原文",
        "说得简单点", "还有呢", "我们这里呢", f"我在{mark}", "没用", "4", f"不是，我问的是{mark}", "更多", "转人工",
    ):  # fmt: skip
        told = at_scale.says(text)
        assert told.outcome is Outcome.REPLY
        assert len(told.text.encode()) <= 2048
        assert mark not in told.text
    wechat = at_scale.wechat
    assert mark not in wechat.send_location(ME, 22.5, 113.0, label=f"{mark}江海区").text
