"""Staff change a setting: it holds at once in every process, is on record, and can be put back."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from bot.answers import Asked
from bot.errors import OfficeError, OutreachError
from bot.office import OfficeDesk
from bot.office.tables import office_change
from bot.services import Services
from bot.settings import Settings, changed
from bot.switches import Function
from tests.store.conftest import Outage

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
ME, YOU = "张三", "李四"


@pytest.fixture
def desk(office: Services) -> OfficeDesk:
    return office.office_desk


def told(services: Services, text: str) -> str:
    return services.answerer.answer(Asked(text, date(2026, 11, 24), "广东省江门市江海区")).text


def test_a_change_holds_here_at_once_and_elsewhere_when_it_looks(office: Services, another: Services) -> None:
    assert another.office.settings.office.phone == "12345"
    office.office_desk.set("office.phone", "0750-3860000", ME, "装了新电话", NOW)
    assert office.office.settings.office.phone == "0750-3860000"
    another.office_keeper.look()
    assert another.office.settings.office.phone == "0750-3860000"
    assert another.settings.office.phone == "12345"


def test_what_holds_is_laid_over_what_files_say_and_can_be_put_back(desk: OfficeDesk, office: Services) -> None:
    line = desk.set("outreach.quiet_from", "21:00", ME, "夏天晚一点", NOW)
    assert (line.value, line.default, line.is_changed) == ("21:00", "20:30", True)
    assert office.office.settings.outreach.quiet_from == "21:00"
    assert not desk.reset("outreach.quiet_from", YOU, "秋天了", NOW).is_changed
    assert office.office.settings.outreach.quiet_from == "20:30"
    with pytest.raises(OfficeError, match="现在就是默认的"):
        desk.reset("outreach.quiet_from", YOU, "秋天了", NOW)


def test_history_says_who_when_and_why_and_an_earlier_version_comes_back(desk: OfficeDesk) -> None:
    desk.set("office.name", "甲局", ME, "改名", NOW)
    desk.set("office.name", "乙局", YOU, "又改名", NOW)
    desk.reset("office.name", ME, "改错了", NOW)
    desk.restore("office.name", 1, YOU, "还是甲", NOW)
    held = [(c.version, c.value, c.who, c.why, c.at) for c in desk.history("office.name")]
    assert held == [
        (4, "甲局", YOU, "还是甲", NOW), (3, None, ME, "改错了", NOW), (2, "乙局", YOU, "又改名", NOW),
        (1, "甲局", ME, "改名", NOW),
    ]  # fmt: skip
    assert [c.version for c in desk.latest(2)] == [4, 3]
    assert [c.version for c in desk.latest(9, before=desk.latest(2)[1].id)] == [2, 1]
    with pytest.raises(OfficeError, match="没有第 9 版"):
        desk.restore("office.name", 9, ME, "?", NOW)


def test_of_two_who_edit_at_once_one_is_told(desk: OfficeDesk) -> None:
    read = desk.line("office.name").version
    desk.set("office.name", "甲局", ME, "改名", NOW, read)
    with pytest.raises(OfficeError, match="张三也改了"):
        desk.set("office.name", "乙局", YOU, "改名", NOW, read)
    assert desk.line("office.name").value == "甲局"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("key", "given", "who", "why", "said"),
    [
        ("wechat.secret", "x", ME, "y", "没有“wechat.secret”"),
        ("office.name", "甲局", " ", "改名", "谁"),
        ("office.name", "甲局", ME, " ", "为什么"),
        ("answers.offer_at", 0.9, ME, "试试", "不能高于"),
        ("outreach.mass_kept", 4, ME, "都留着", "要少于"),
        ("office.phone", "12345", ME, "没变", "没有要改的"),
    ],
)
def test_what_cannot_be_changes_nothing(
    desk: OfficeDesk, office: Services, key: str, given: object, who: str, why: str, said: str
) -> None:
    with pytest.raises(OfficeError, match=said):
        desk.set(key, given, who, why, NOW)
    with office.database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(office_change)) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_text_is_told_in_its_new_words_though_the_old_ones_are_remembered(
    office: Services, another: Services
) -> None:
    before = told(another, "宇宙飞船怎么开")
    assert told(another, "宇宙飞船怎么开") == before
    office.office_desk.set("texts.answers.unknown_bare", "这个我真不会。", ME, "说短一点", NOW)
    another.office_keeper.look()
    another.keeper.look()
    assert told(another, "宇宙飞船怎么开") == "这个我真不会。"
    office.office_desk.reset("texts.answers.unknown_bare", ME, "改回来", NOW)
    another.office_keeper.look()
    another.keeper.look()
    assert told(another, "宇宙飞船怎么开") == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_own_hotline_is_told_by_its_name_and_number_and_is_gone_again(office: Services) -> None:
    office.office_desk.set("hotlines.own", "0750-3860119，燃气抢修，24小时", ME, "公布了", NOW)
    office.keeper.look()
    assert told(office, "燃气抢修电话多少").startswith("燃气抢修：0750-3860119。24小时。")
    office.office_desk.reset("hotlines.own", ME, "停用", NOW)
    office.keeper.look()
    assert "0750-3860119" not in told(office, "燃气抢修电话多少")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_own_places_are_known_by_their_short_names(office: Services) -> None:
    assert office.base.gazetteer.find("我在礼乐") == ""
    office.office_desk.set("places.own", "广东省江门市江海区礼乐街道", ME, "加街道", NOW)
    office.keeper.look()
    assert office.base.gazetteer.find("我在礼乐") == "广东省江门市江海区礼乐街道"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_confidence_line_is_that_of_staff(office: Services) -> None:
    assert told(office, "几度停工").startswith("四十度停工")
    office.office_desk.set("answers.scope_at", 1, ME, "试试", NOW)
    office.office_desk.set("answers.answer_at", 1, ME, "试试", NOW)
    office.keeper.look()
    assert not told(office, "停工的温度是多少度").startswith("四十度停工")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_failure_is_told_in_the_words_of_staff(office: Services) -> None:
    assert "系统刚才出了点问题" in office._failure().text
    office.office_desk.set("texts.chat.failure", "系统忙，险情拨119。", ME, "说短一点", NOW)
    assert office._failure().text == "系统忙，险情拨119。"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_broadcasts_and_calendar_ask_each_time(office: Services) -> None:
    night = datetime(2026, 11, 27, 12, 45, tzinfo=UTC)  # 20:45 in Beijing
    assert office.broadcasts._settings.quiet_from == "20:30"
    office.office_desk.set("outreach.quiet_from", "21:00", ME, "夏天", night)
    assert office.broadcasts._settings.quiet_from == "21:00"


def test_broadcasts_that_are_off_do_not_begin_and_are_not_sent_home(office: Services) -> None:
    office.office_desk.switch_off(Function.BROADCASTS, "发错了内容，正在核对", ME, "", NOW)
    assert office.broadcasts.start_due(NOW) == []
    assert "发错了内容" in office.broadcasts._closed()
    assert not office.office.is_on(Function.BROADCASTS)
    office.office_desk.switch_on(Function.BROADCASTS, ME, "", NOW)
    assert office.office.is_on(Function.BROADCASTS)
    with pytest.raises(OfficeError, match="就是打开的"):
        office.office_desk.switch_on(Function.BROADCASTS, ME, "", NOW)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_warnings_that_are_off_are_not_relayed(office: Services) -> None:
    from bot.outreach.warnings import Warnings

    office.office_desk.switch_off(Function.WARNINGS, "改用电话通知", ME, "", NOW)
    warnings = Warnings(office.database, None, lambda: office.office.why_off(Function.WARNINGS))
    with pytest.raises(OutreachError, match="改用电话通知"):
        warnings.relay(None, ME, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_another_version_wrote_is_left_out(office: Services, another: Services) -> None:
    row = {"version": 1, "who": ME, "why": "x", "at": NOW}
    with office.database.begin() as db:
        for key, value in (
            ("gone.away", '"x"'),
            ("office.phone", "{broken"),
            ("office.name", "7"),
            ("office.hours", '"全天"'),
        ):
            db.execute(sa.insert(office_change).values(**row, key=key, value=value))
    assert another.office.settings.office == changed(another.settings, {"office.hours": "全天"}).office


def test_without_a_database_what_holds_goes_on_holding(office: Services, another: Services, outage: Outage) -> None:
    office.office_desk.set("office.phone", "0750-3860000", ME, "新电话", NOW)
    assert another.office.settings.office.phone == "0750-3860000"
    outage.begin()
    assert another.office.settings.office.phone == "0750-3860000"


_LISTENER = """
import sys, time
from pathlib import Path
from bot.services import Services
from bot.settings import Settings
services = Services(Settings(database_url=sys.argv[1], var_dir=Path(sys.argv[2]), knowledge_dir=Path(sys.argv[3])))
services.office_keeper.start()
print(services.office.settings.office.name, flush=True)
until = time.monotonic() + 120
while services.office.settings.office.name != "甲局" and time.monotonic() < until:
    time.sleep(0.01)
print(services.office.settings.office.name, flush=True)
services.close()
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_process_has_it_soon(office: Services, settings: Settings) -> None:
    _ = office.database
    given = [settings.database_url, str(settings.var_dir), str(settings.knowledge_dir)]
    command = [sys.executable, "-X", "utf8", "-c", _LISTENER, *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "安全生产宣传办公室"
        office.office_desk.set("office.name", "甲局", ME, "改名", NOW)
        assert process.stdout.readline().strip() == "甲局"


def test_a_setting_that_is_asked_for_first_inside_a_transaction_is_what_staff_changed(
    office: Services, another: Services
) -> None:
    office.office_desk.set("outreach.quiet_from", "19:00", ME, "早些休息", NOW)
    with another.database.begin():
        assert another.office.settings.outreach.quiet_from == "19:00"
