"""The menu of an account, over HTTP against the stand-in: what is there is seen, kept, replaced and put back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from bot.channels.official import MenuCalls, OfficialClient
from bot.errors import ContentErrors, OutreachError
from bot.outreach.menu_buttons import Button, faults, lines
from bot.outreach.menu_file import MENU, read_menu
from bot.outreach.menus import MenuDesk, MenuState
from bot.settings import WeChatSettings
from bot.simulator import Profile, Simulator, SimulatorConfig, create_app
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.store.tables import metadata

NOW = datetime(2027, 6, 1, 2, 0, tzinfo=UTC)
DAY = date(2027, 6, 16)
USUAL = (
    Button(name="安全问答", kind="click", value="帮助"),
    Button(name="更多", subs=(Button(name="官网", kind="view", value="https://example.cn/a?b=1"),)),
)
DAYS = (Button(name="我要咨询", kind="click", value="咨询"),)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[list[Simulator], str]]:
    """One server for all tests; each puts a platform of its own behind it."""
    held: list[Simulator] = [Simulator(SimulatorConfig())]
    app = lambda environ, start: create_app(held[0])(environ, start)  # noqa: E731
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield held, f"http://127.0.0.1:{server.server_port}/simulator"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wechat(address: tuple[list[Simulator], str]) -> Simulator:
    address[0][0] = Simulator(SimulatorConfig())
    return address[0][0]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def desk(wechat: Simulator, address: tuple[list[Simulator], str], database: Database) -> Iterator[MenuDesk]:
    config = wechat.config
    settings = WeChatSettings(app_id=config.app_id, secret=config.secret, api_base=address[1])
    client = OfficialClient(settings, MemoryKeyValue())
    yield MenuDesk(database, MenuCalls(client))
    client.close()


def names(wechat: Simulator) -> list[str]:
    return [button["name"] for button in wechat.state.menu or ()]


def put_up(desk: MenuDesk, buttons: tuple[Button, ...]) -> int:
    number = desk.propose(buttons, "张三", "", NOW).id
    return desk.publish(number, "李四", NOW).id


def test_a_menu_goes_from_one_person_to_another_to_the_account(desk: MenuDesk, wechat: Simulator) -> None:
    held = desk.propose(USUAL, "张三", "新菜单", NOW)
    assert (held.state, names(wechat)) == (MenuState.PROPOSED, [])
    with pytest.raises(OutreachError, match="须由另一人发布"):
        desk.publish(held.id, "张三", NOW)
    published = desk.publish(held.id, "李四", NOW)
    assert (published.state, published.publisher, published.is_shown) == (MenuState.PUBLISHED, "李四", True)
    assert names(wechat) == ["安全问答", "更多"]
    present = desk.present()
    assert (present.buttons, present.version, present.conditional) == (USUAL, held.id, 0)
    with pytest.raises(OutreachError, match="发布过"):
        desk.publish(held.id, "李四", NOW)


def test_what_was_there_before_is_kept_and_may_be_restored(desk: MenuDesk, wechat: Simulator) -> None:
    wechat.state.menu = [{"name": "老菜单", "type": "click", "key": "K", "sub_button": []}]
    put_up(desk, USUAL)
    newest, before = desk.listed()[0], desk.listed()[1]
    found = next(menu for menu in (newest, before) if menu.state is MenuState.FOUND)
    desk.restore(found.id, "李四", NOW)
    assert names(wechat) == ["老菜单"]
    assert desk.present().version == found.id
    assert len(desk.listed()) == 2  # the one that was replaced is known already


def test_the_present_menu_is_taken_over_once(desk: MenuDesk, wechat: Simulator) -> None:
    wechat.state.menu = [{"name": "老菜单", "type": "view", "url": "https://example.cn", "sub_button": []}]
    kept = desk.keep("张三", NOW)
    assert lines(kept.buttons) == ["老菜单  →  打开网页：https://example.cn"]
    assert desk.keep("李四", NOW).id == kept.id


def test_buttons_of_the_console_are_not_lost_unawares(desk: MenuDesk, wechat: Simulator) -> None:
    wechat.state.console_menu = [
        {"name": "联系我们", "type": "text", "value": "电话12345"},
        {"name": "看看", "sub_button": {"list": [{"name": "官网", "type": "view", "url": "https://example.cn"}]}},
    ]
    assert desk.present().lost == ("联系我们",)
    number = desk.propose(USUAL, "张三", "", NOW).id
    with pytest.raises(OutreachError, match="联系我们.*放不回去"):
        desk.publish(number, "李四", NOW)
    with pytest.raises(OutreachError, match="放不回去"):
        desk.dress(DAY, DAYS, NOW)
    assert wechat.state.console_menu is not None
    assert desk.publish(number, "李四", NOW, even_if_lost=True).state is MenuState.PUBLISHED
    assert desk.present().lost == ()


def test_menus_for_groups_stay_as_they_are(desk: MenuDesk, wechat: Simulator) -> None:
    put_up(desk, USUAL)
    wechat.state.conditional_menus[1] = {"button": [], "matchrule": {"tag_id": "2"}, "menuid": 1}
    assert desk.present().conditional == 1
    desk.dress(DAY, DAYS, NOW)
    desk.undress(DAY, NOW)
    assert names(wechat) == ["安全问答", "更多"]
    assert list(wechat.state.conditional_menus) == [1]


def test_dressing_again_after_a_crash_keeps_what_was_there_at_first(desk: MenuDesk, wechat: Simulator) -> None:
    put_up(desk, USUAL)
    for _ in range(2):
        desk.dress(DAY, DAYS, NOW)
    assert names(wechat) == ["我要咨询"]
    for _ in range(2):
        desk.undress(DAY, NOW)
    assert names(wechat) == ["安全问答", "更多"]


def test_an_account_without_a_menu_has_none_afterwards(desk: MenuDesk, wechat: Simulator) -> None:
    desk.dress(DAY, DAYS, NOW)
    assert desk.undress(DAY, NOW) == "已换回原来的菜单"
    assert wechat.state.menu is None
    assert desk.undress(DAY, NOW) == "菜单已经是原来的"


def test_who_changed_the_menu_on_the_day_is_not_overruled(desk: MenuDesk, wechat: Simulator) -> None:
    put_up(desk, USUAL)
    desk.dress(DAY, DAYS, NOW)
    put_up(desk, (Button(name="抢险", kind="click", value="险情"),))
    assert "没有动它" in desk.undress(DAY, NOW)
    assert names(wechat) == ["抢险"]


def test_what_wechat_refuses_is_told_in_words_and_may_be_tried_again(desk: MenuDesk, wechat: Simulator) -> None:
    number = desk.propose(USUAL, "张三", "", NOW).id
    wechat.reconfigure(profile=Profile.UNVERIFIED)
    with pytest.raises(OutreachError, match="认证"):
        desk.publish(number, "李四", NOW)
    assert desk.get(number).state is MenuState.PROPOSED
    wechat.reconfigure(profile=Profile.VERIFIED_SERVICE)
    assert desk.publish(number, "李四", NOW).state is MenuState.PUBLISHED


@pytest.mark.parametrize(
    ("buttons", "said"),
    [
        ((), "1到3个"),
        ((DAYS[0],) * 4, "现在4个"),
        ((Button(name="一二三四五六", kind="click", value="x"),), "最多16个字节"),
        ((Button(name="甲", subs=(Button(name="乙" * 21, kind="click", value="x"),)),), "最多60个字节"),
        ((Button(name="甲", subs=(DAYS[0],) * 6),), "最多5个子按钮"),
        ((Button(name="甲", subs=(Button(name="乙", subs=DAYS),)),), "不能再有按钮"),
        ((Button(name="甲"),), "没有写点了以后做什么"),
        ((Button(name="甲", kind="view", value="example.cn"),), "https://"),
        ((Button(name="甲", kind="view", value="https://e.cn/" + "a" * 1020),), "最多1024个字节"),
        ((Button(name="甲", kind="click", value="长" * 43),), "最多128个字节"),
        ((Button(name="甲", kind="click"),), "没有写内容"),
        ((Button(name="甲", kind="news", value="x"),), "不能用接口发布"),
        ((Button(name="甲", kind="miniprogram", value="https://e.cn"),), "appid"),
    ],
)
def test_what_wechat_would_refuse_is_told_before(buttons: tuple[Button, ...], said: str, desk: MenuDesk) -> None:
    assert said in "\n".join(faults(buttons))
    with pytest.raises(OutreachError):
        desk.propose(buttons, "张三", "", NOW)


def test_the_shipped_menu_of_the_day_is_right_with_and_without_a_quiz(desk: MenuDesk, wechat: Simulator) -> None:
    plain, with_quiz = read_menu(MENU, "consultation"), read_menu(MENU, "consultation", "https://quiz.example.cn/616")
    assert "安全答题" not in "".join(lines(plain))
    assert "    安全答题  →  打开网页：https://quiz.example.cn/616" in lines(with_quiz)
    desk.dress(DAY, with_quiz, NOW)
    assert desk.present().buttons == with_quiz


def test_a_file_names_line_and_fault(tmp_path: Path) -> None:
    path = tmp_path / "menu.yaml"
    path.write_text("menu:\n- {name: 甲, say: 好}\n- {name: 乙, says: 好}\n", encoding="utf-8")
    with pytest.raises(ContentErrors) as raised:
        read_menu(path)
    assert "menu.yaml:3" in str(raised.value)
