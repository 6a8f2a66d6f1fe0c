"""What the doctor sees, whether it names the cure, and that it shows no secret."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from bot import doctor
from bot.answers import dense
from bot.channels.official import Callback
from bot.doctor import examine, machine
from bot.services import Services
from bot.settings import (
    AnswerSettings,
    LlmSettings,
    OfficeSettings,
    ServerSettings,
    Settings,
    SmsSettings,
    WeChatSettings,
    WeComSettings,
)
from bot.simulator import Simulator, SimulatorConfig
from bot.simulator import create_app as create_stand_in
from bot.store import refused
from bot.store.database import Database
from tests.llm.model_server import ModelServer, says, sends
from tests.wire_server import WireServer, http

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SECRETS = ("TokenGeheim", "AppSecretGeheim", "A1" * 21 + "B", "passwort", "sk-geheim")
OFFICE = OfficeSettings(name="江门市江海区应急管理局", region="广东省江门市江海区")
ACCOUNT = WeChatSettings(token=SECRETS[0], secret=SECRETS[1], aes_key=SECRETS[2], app_id="wx0123456789abcdef")
Examine = Callable[..., tuple[int, dict[str, list[str]]]]


@pytest.fixture
def findings(built_var_dir: Path) -> Iterator[Examine]:
    """The doctor's exit code and lines, by what they are about; every line is searched for secrets. Names: looks."""
    opened: list[Services] = []

    def run(*only: str, **changes: Any) -> tuple[int, dict[str, list[str]]]:
        settings = replace(Settings(office=OFFICE, var_dir=built_var_dir), **changes)
        opened.append(services := Services(settings))
        lines: list[str] = []
        code = examine(services, lines.append, only)
        assert not [secret for secret in SECRETS if secret in "\n".join(lines)]
        return code, by_name(lines[:-1])

    yield run
    for services in opened:
        if "database" in vars(services):
            services.database.close()


def by_name(lines: list[str]) -> dict[str, list[str]]:
    """Name -> "ok …", "warn …" or "FAIL …" without the name."""
    out: dict[str, list[str]] = {}
    for line in lines:
        level, name, text = line[:4].strip(), line[5:17].strip(), line[18:]
        out.setdefault(name, []).append(f"{level} {text}")
    return out


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """The address of an app on this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def wechat(**changes: Any) -> Iterator[tuple[Simulator, WeChatSettings]]:
    """The stand-in of WeChat, and settings that call it."""
    account = replace(ACCOUNT, **changes)
    stand_in = Simulator(SimulatorConfig(app_id=ACCOUNT.app_id, secret=ACCOUNT.secret, token=ACCOUNT.token))
    with served(create_stand_in(stand_in)) as address:
        yield stand_in, replace(account, api_base=f"{address}/simulator")


def test_without_an_account_all_is_well_but_for_warnings(findings: Examine) -> None:
    code, lines = findings()
    assert code == 0
    assert {name for name, held in lines.items() if any(line.startswith("ok") for line in held)} >= {
        "settings", "var_dir", "clock", "database", "redis", "knowledge",
    }  # fmt: skip
    assert lines["wechat"][0].startswith("warn no official account")
    assert "  -> safetybot statutes" in lines["statutes"][0]


def test_names_every_part_once_in_order(findings: Examine) -> None:
    _, lines = findings()
    assert list(lines) == list(doctor.LOOKS)


def test_articles_by_meaning_are_off(findings: Examine) -> None:
    _, lines = findings("dense")
    assert lines["dense"] == ["ok off: articles are found by words alone"]


def test_vectors_that_cannot_be_had_are_a_warning_with_its_cure(findings: Examine) -> None:
    code, lines = findings("dense", answers=AnswerSettings(dense=True))
    assert code == 0
    assert lines["dense"][0].startswith("warn articles are found by words alone: ")
    assert ("pip install" if dense.missing() else "safetybot vectors") in lines["dense"][0]


def test_offices_own_name_is_asked_for(findings: Examine) -> None:
    _, lines = findings("settings", office=OfficeSettings())
    assert any(line.startswith("warn office.name") for line in lines["settings"])


def test_folder_that_cannot_be_written_fails(findings: Examine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, lines = findings("var_dir", var_dir=tmp_path / "file" / "var", database_url="sqlite:////dev/null/x.db")
    assert code == 1
    assert lines["var_dir"][0].startswith("FAIL")
    assert " -> " in lines["var_dir"][0]


def test_real_databases_are_reached(findings: Examine, empty_database_url: str) -> None:
    code, lines = findings("database", database_url=empty_database_url)
    assert code == 0
    assert lines["database"] == [f"ok {empty_database_url.split(':')[0]}, schema {doctor_head()}"]


def doctor_head() -> str:
    from bot.store.migrations import HEAD

    return HEAD


def test_database_out_of_reach_fails_and_its_password_is_not_shown(findings: Examine) -> None:
    code, lines = findings("database", database_url=f"postgresql://bot:{SECRETS[3]}@127.0.0.1:1/bot")
    assert code == 1
    assert lines["database"][0].startswith("FAIL postgresql: ")
    assert "is it running" in lines["database"][0]


def test_rows_that_the_database_refused_are_something_to_think_about(findings: Examine, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'aside.db'}"
    with closing(Database(url)) as database:
        database.migrate()
        with database.begin() as db:
            refused.put_aside(db, "ChoseRow", {"channel": "official", "address": "o1"}, "too long", datetime.now(UTC))
    code, lines = findings("database", database_url=url)
    assert code == 0
    assert "refused 1 rows" in lines["database"][1]


def test_database_of_a_newer_program_fails(findings: Examine, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with closing(Database(url)) as database:
        database.migrate()
        with database.begin() as db:
            db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    code, lines = findings("database", database_url=url)
    assert code == 1
    assert "install the newer version" in lines["database"][0]


def test_everything_is_looked_at_even_without_a_database(findings: Examine) -> None:
    code, lines = findings(database_url=f"postgresql://bot:{SECRETS[3]}@127.0.0.1:1/bot")
    assert code == 1
    assert list(lines) == list(doctor.LOOKS)
    assert lines["clock"][0].startswith("ok")


def test_real_redis_answers(findings: Examine, redis_url: str) -> None:
    code, lines = findings("redis", redis_url=redis_url)
    assert (code, lines["redis"]) == (0, ["ok answers"])


def test_redis_out_of_reach_fails(findings: Examine) -> None:
    code, lines = findings("redis", redis_url=f"redis://:{SECRETS[3]}@127.0.0.1:1/0")
    assert code == 1
    assert lines["redis"][0].startswith("FAIL")


def test_content_that_is_wrong_is_named_with_its_file(findings: Examine, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "broken.yaml").write_text("entries: [", encoding="utf-8")
    code, lines = findings("knowledge", knowledge_dir=folder)
    assert code == 1
    assert "broken.yaml" in "".join(lines["knowledge"])
    assert "safetybot check" in lines["knowledge"][0]


def test_clock_before_this_program_was_written_fails(findings: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_WRITTEN_ON", datetime.now(UTC) + timedelta(days=1))
    code, lines = findings("clock")
    assert code == 1
    assert "set the clock" in lines["clock"][0]


@pytest.mark.parametrize(
    ("account", "line"),
    [
        (WeChatSettings(token="abc123"), "warn not set: wechat.app_id, wechat.aes_key, wechat.secret"),
        (WeChatSettings(app_id=ACCOUNT.app_id), "FAIL wechat.token is not set"),
    ],
)
def test_half_an_account_is_noticed(findings: Examine, account: WeChatSettings, line: str) -> None:
    _, lines = findings("wechat", wechat=account)
    assert lines["wechat"][0].startswith(line)


def test_account_that_is_right_passes(findings: Examine) -> None:
    with wechat() as (_, account):
        code, lines = findings(wechat=account)
    assert code == 0
    assert lines["wechat"] == ["ok token, app_id, aes_key and secret are set"]
    assert lines["access token"][0].startswith("ok fetched")


def test_address_missing_from_the_ip_list_is_named(findings: Examine) -> None:
    with wechat() as (stand_in, account):
        stand_in.ip_whitelist = frozenset({"192.0.2.1"})
        code, lines = findings("access token", wechat=account)
    assert code == 1
    assert "add 127.0.0.1 to the IP list" in lines["access token"][0]


@pytest.mark.parametrize(
    ("changes", "cure"),
    [({"secret": "wrong" * 6 + "xx"}, "wechat.secret"), ({"app_id": "wxffffffffffffffff"}, "wechat.app_id")],
)
def test_wrong_credentials_are_named(findings: Examine, changes: dict[str, str], cure: str) -> None:
    with wechat(**changes) as (_, account):
        code, lines = findings("access token", wechat=account)
    assert code == 1
    assert f"-> {cure}" in lines["access token"][0]


def test_wechat_out_of_reach_fails(findings: Examine) -> None:
    code, lines = findings("access token", wechat=replace(ACCOUNT, api_base="http://127.0.0.1:1"))
    assert code == 1
    assert "can this machine reach" in lines["access token"][0]


def test_callback_that_gives_the_echo_back_passes(findings: Examine) -> None:
    account = WeChatSettings(token=SECRETS[0])
    with served(Callback(account, None)) as address:  # type: ignore[arg-type]  # a verification needs no inbox
        _, lines = findings("callback", wechat=account, server=ServerSettings(public_url=address + "/"))
    assert lines["callback"] == [f"ok {address}/wechat gave the echostr back"]


def test_callback_with_another_token_fails(findings: Examine) -> None:
    with served(Callback(WeChatSettings(token="other1"), None)) as address:  # type: ignore[arg-type]
        code, lines = findings(
            "callback", wechat=WeChatSettings(token=SECRETS[0]), server=ServerSettings(public_url=address)
        )
    assert code == 1
    assert "HTTP 403" in lines["callback"][0]


def test_callback_out_of_reach_fails(findings: Examine) -> None:
    server = ServerSettings(public_url="http://127.0.0.1:1")
    code, lines = findings("callback", wechat=WeChatSettings(token=SECRETS[0]), server=server)
    assert code == 1
    assert "is the server running" in lines["callback"][0]


def test_stand_in_beside_a_real_account_is_warned_of(findings: Examine) -> None:
    _, lines = findings("settings", wechat=WeChatSettings(token=SECRETS[0]), server=ServerSettings(simulator=True))
    assert any("/simulator" in line for line in lines["settings"])


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A server with a language model."""
    server = ModelServer()
    yield server
    server.stop()


def llm(base_url: str, **changes: Any) -> LlmSettings:
    return replace(LlmSettings(base_url=base_url, model="m", api_key=SECRETS[4], rephrase=True, timeout_s=4), **changes)


def test_model_that_is_not_used_is_not_asked(findings: Examine, model: ModelServer) -> None:
    code, lines = findings("model", llm=llm(model.base_url, rephrase=False))
    assert (code, lines["model"]) == (0, ["ok not used"])
    assert not model.asked


def test_model_that_answers_is_well(findings: Examine, model: ModelServer) -> None:
    model.behaviour = says("1")
    code, lines = findings("model", llm=llm(model.base_url))
    assert code == 0
    assert lines["model"][0].startswith("ok m answered in 0.")


@pytest.mark.parametrize(("status", "cure"), [(401, "llm.api_key"), (404, "llm.base_url"), (503, "is it running")])
def test_model_that_refuses_fails_with_the_cure(findings: Examine, model: ModelServer, status: int, cure: str) -> None:
    model.behaviour = sends(SECRETS[4].encode(), status)
    code, lines = findings("model", llm=llm(model.base_url))
    assert code == 1
    assert f"http {status}" in lines["model"][0]
    assert cure in lines["model"][0].partition("->")[2]


def test_what_makes_a_model_useless_or_unsafe_is_told(findings: Examine) -> None:
    _, lines = findings("model", llm=llm("http://0.0.0.0:1/v1", pick=True), answers=AnswerSettings())
    assert lines["model"][0].startswith("warn http://0.0.0.0:1/v1 is not encrypted")
    assert lines["model"][1].startswith("warn llm.pick has nothing to pick from")
    assert lines["model"][2].startswith("FAIL")


WECOM = WeComSettings(corp_id="ww0000000000000001", agent_id=7, secret=SECRETS[1], token=SECRETS[0], aes_key=SECRETS[2])
TOKEN_OF_WECOM = {"errcode": 0, "access_token": "t", "expires_in": 7200}
ASKED_WECOM = {
    "well": ([TOKEN_OF_WECOM, {"errcode": 0, "name": "安全宣传"}], "ok", "knows the app 安全宣传"),
    "secret": ([{"errcode": 40001, "errmsg": f"invalid {SECRETS[1]}"}], "FAIL", "Secret: copy it"),
    "address": ([TOKEN_OF_WECOM, {"errcode": 60020, "errmsg": "from ip: 1.2.3.4, more"}], "FAIL", "-> add 1.2.3.4 to"),
    "app": ([TOKEN_OF_WECOM, {"errcode": 301002}], "FAIL", "of two different apps"),
    "new": ([TOKEN_OF_WECOM, {"errcode": 99999}], "FAIL", "全局错误码"),
    "page": ([TOKEN_OF_WECOM, b"<html>"], "FAIL", "reach wecom.api_base"),
}


@pytest.mark.parametrize(("answers", "level", "words"), ASKED_WECOM.values(), ids=ASKED_WECOM)
def test_wecom_is_asked_for_its_app(findings: Examine, answers: list[Any], level: str, words: str) -> None:
    left = list(answers)
    server = WireServer(lambda _request: [http(left.pop(0))])
    try:
        _, lines = findings("wecom", wecom=replace(WECOM, api_base=server.base))
    finally:
        server.close()
    [line] = lines["wecom"]
    assert line.startswith(level)
    assert words in line


def test_wecom_that_is_half_set_up_is_named(findings: Examine) -> None:
    code, lines = findings("wecom", wecom=WeComSettings(corp_id="ww0000000000000001"))
    assert code == 0
    assert lines["wecom"][0].startswith("warn not set: wecom.agent_id, wecom.secret, wecom.token, wecom.aes_key")
    assert findings("wecom")[1]["wecom"] == ["ok not used"]


def test_text_messages_are_named_and_none_is_sent(findings: Examine) -> None:
    sms = SmsSettings(provider="aliyun", key_id="LTAI", secret=SECRETS[1], sign="江海应急", template="SMS_1")
    assert findings("sms")[1]["sms"] == ["ok not used"]
    assert findings("sms", sms=sms)[1]["sms"] == ["ok aliyun, signed 江海应急, template SMS_1; no message was sent"]
    _, lines = findings("sms", sms=replace(sms, api_base="http://example.cn"))
    assert lines["sms"][1].startswith("warn http://example.cn is not encrypted")


def test_it_says_whose_word_counts_and_warns_where_the_proxy_is_elsewhere(findings: Examine) -> None:
    assert findings("proxies")[1]["proxies"][0].startswith("ok X-Forwarded-For, -Proto and -Host count from 127.0.0.0")
    apart = ServerSettings(host="0.0.0.0", public_url="https://safety.example")
    _, lines = findings("proxies", server=apart)
    assert lines["proxies"][0].startswith("warn")
    assert "server.trusted_proxies" in lines["proxies"][0]
    _, lines = findings("proxies", server=replace(apart, trusted_proxies="172.17.0.1"))
    assert lines["proxies"][0].startswith("ok")
    assert findings("proxies", server=ServerSettings(trusted_proxies=""))[1]["proxies"][0].startswith("ok none")
