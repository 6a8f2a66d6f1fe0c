"""Where a setting comes from, which one wins, and what a mistake is answered with."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import ROOT, Settings, load, names

AES = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An empty config folder."""
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def test_without_any_file_or_variable_the_defaults_hold(config: Path) -> None:
    assert load({}, config) == Settings()


def test_missing_config_folder_is_no_error(tmp_path: Path) -> None:
    assert load({}, tmp_path / "none") == Settings()


def test_shipped_config_loads() -> None:
    load({}, ROOT / "config")


def test_toml_table_sets_nested_names(config: Path) -> None:
    (config / "safetybot.toml").write_text(
        'log_level = "DEBUG"\n[office]\nname = "江海区应急管理局"\n', encoding="utf-8"
    )
    settings = load({}, config)
    assert settings.office.name == "江海区应急管理局"
    assert settings.log_level == "DEBUG"


def test_later_file_wins_and_leaves_its_neighbours_alone(config: Path) -> None:
    (config / "a.toml").write_text('[office]\nname = "甲"\nphone = "110"\n', encoding="utf-8")
    (config / "b.toml").write_text('[office]\nname = "乙"\n', encoding="utf-8")
    office = load({}, config).office
    assert (office.name, office.phone) == ("乙", "110")


def test_environment_wins_over_files(config: Path) -> None:
    (config / "a.toml").write_text('[office]\nname = "文件"\nregion = "广东省"\n', encoding="utf-8")
    office = load({"SAFETYBOT_OFFICE__NAME": "环境"}, config).office
    assert (office.name, office.region) == ("环境", "广东省")


def test_variables_of_others_are_not_looked_at(config: Path) -> None:
    assert load({"PATH": "/bin", "OFFICE__NAME": "x", "BOT_X": "1"}, config) == Settings()


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("SERVER__PORT", "0", 0),
        ("SERVER__THREADS", "16", 16),
        ("SERVER__SIMULATOR", "yes", True),
        ("SERVER__SIMULATOR", "0", False),
        ("ANSWERS__ANSWER_AT", "0.75", 0.75),
        ("WECHAT__REPLY_DEADLINE_S", "3", 3.0),
        ("WECHAT__APP_ID", " wx0123456789abcdef ", "wx0123456789abcdef"),
        ("DATABASE_URL", "postgresql://bot@db/bot", "postgresql://bot@db/bot"),
        ("REDIS_URL", "redis://cache:6379/0", "redis://cache:6379/0"),
    ],
)
def test_text_of_a_variable_becomes_the_kind_of_value_that_is_wanted(
    config: Path, name: str, raw: str, value: object
) -> None:
    held: object = load({f"SAFETYBOT_{name}": raw}, config)
    for part in name.lower().split("__"):
        held = getattr(held, part)
    assert held == value
    assert type(held) is type(value)


def test_folders_are_made_absolute(config: Path) -> None:
    settings = load({"SAFETYBOT_VAR_DIR": "var/x"}, config)
    assert settings.var_dir.is_absolute()
    assert settings.database == f"sqlite:///{settings.var_dir}/safetybot.db"


def test_given_database_is_used_in_place_of_the_embedded_one(config: Path) -> None:
    assert load({"SAFETYBOT_DATABASE_URL": "postgresql://db/bot"}, config).database == "postgresql://db/bot"


def test_secret_is_read_from_the_file_that_is_named(config: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("geheim123\n", encoding="utf-8")
    assert load({"SAFETYBOT_WECHAT__TOKEN_FILE": str(tmp_path / "token")}, config).wechat.token == "geheim123"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SAFETYBOT_WECHAT__TOKEN_FILE": "/nowhere/token"}, ["SAFETYBOT_WECHAT__TOKEN_FILE", "/nowhere/token"]),
        ({"SAFETYBOT_OFFICE__NAMES": "x"}, ["office.names", "environment", "known here: name"]),
        ({"SAFETYBOT_OFFISE__NAME": "x"}, ["offise"]),
        ({"SAFETYBOT_SERVER__PORT": "eighty"}, ["server.port", "'eighty'", "environment"]),
        ({"SAFETYBOT_SERVER__PORT": "65536"}, ["server.port", "0 and 65535"]),
        ({"SAFETYBOT_SERVER__THREADS": "0"}, ["server.threads"]),
        ({"SAFETYBOT_SERVER__SIMULATOR": "maybe"}, ["server.simulator", "true or false"]),
        ({"SAFETYBOT_ANSWERS__ANSWER_AT": "1.5"}, ["answers.answer_at", "0 and 1"]),
        ({"SAFETYBOT_ANSWERS__ANSWER_AT": "nan"}, ["answers.answer_at"]),
        ({"SAFETYBOT_ANSWERS__ANSWER_AT": "0.1", "SAFETYBOT_ANSWERS__OFFER_AT": "0.2"}, ["answers.offer_at"]),
        ({"SAFETYBOT_WECHAT__APP_ID": "gh_123"}, ["wechat.app_id", "gh_"]),
        ({"SAFETYBOT_WECHAT__REPLY_DEADLINE_S": "5"}, ["wechat.reply_deadline_s"]),
        ({"SAFETYBOT_WECHAT__AES_KEY": AES}, ["wechat.app_id", "wechat.aes_key"]),
        ({"SAFETYBOT_WECHAT__API_BASE": "ftp://x"}, ["wechat.api_base"]),
        ({"SAFETYBOT_SERVER__PUBLIC_URL": "bot.example"}, ["server.public_url"]),
        ({"SAFETYBOT_LLM__REPHRASE": "1"}, ["llm.base_url", "llm.model"]),
        ({"SAFETYBOT_LLM__PICK": "1", "SAFETYBOT_LLM__BASE_URL": "https://x/v1"}, ["llm.model"]),
        ({"SAFETYBOT_LLM__BASE_URL": "https://me:word@x/v1"}, ["llm.base_url"]),
        ({"SAFETYBOT_LLM__TIMEOUT_S": "5"}, ["llm.timeout_s", "0.1 and 4"]),
        (
            {
                f"SAFETYBOT_{name}": value
                for name, value in (
                    ("LLM__PICK", "1"),
                    ("LLM__BASE_URL", "https://x/v1"),
                    ("LLM__MODEL", "m"),
                    ("LLM__TIMEOUT_S", "2"),
                    ("WECHAT__REPLY_DEADLINE_S", "2"),
                )
            },
            ["llm.timeout_s", "wechat.reply_deadline_s"],
        ),
        ({"SAFETYBOT_DATABASE_URL": "mysql://x"}, ["database_url"]),
        ({"SAFETYBOT_REDIS_URL": "localhost:6379"}, ["redis_url"]),
        ({"SAFETYBOT_LOG_LEVEL": "LOUD"}, ["log_level"]),
        ({"SAFETYBOT_OFFICE": "x"}, ["office", "table"]),
        ({"SAFETYBOT_LOG_LEVEL__X": "x"}, ["log_level", "single value"]),
    ],
)
def test_mistake_stops_the_start_and_is_named(config: Path, environ: dict[str, str], told: list[str]) -> None:
    with pytest.raises(SettingsError) as e:
        load(environ, config)
    for words in told:
        assert words in str(e.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[office]\nnmae = 'x'\n", "office.nmae"),
        ("[server]\nport = 'http'\n", "server.port"),
        ("[server]\nport = true\n", "server.port"),
        ("[server]\nport = 80.5\n", "server.port"),
        ("[office]\nname = 5\n", "office.name"),
        ("var_dir = 5\n", "var_dir"),
        ("office = 'x'\n", "office"),
        ("[log_level]\nx = 1\n", "log_level"),
        ("[office\n", "not valid TOML"),
    ],
)
def test_mistake_in_a_file_is_named_with_the_file(config: Path, text: str, told: str) -> None:
    (config / "office.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as e:
        load({}, config)
    assert told in str(e.value)


def test_file_that_is_not_utf8_is_named(config: Path) -> None:
    (config / "office.toml").write_bytes("[office]\nname = '办'\n".encode("gbk"))
    with pytest.raises(SettingsError, match="office.toml"):
        load({}, config)


def test_secrets_are_not_shown(config: Path) -> None:
    environ = {
        "SAFETYBOT_WECHAT__TOKEN": "geheimtoken",
        "SAFETYBOT_WECHAT__SECRET": "geheimsecret",
        "SAFETYBOT_WECHAT__APP_ID": "wx0123456789abcdef",
        "SAFETYBOT_WECHAT__AES_KEY": AES,
        "SAFETYBOT_WECHAT__PREVIOUS_AES_KEY": AES,
        "SAFETYBOT_DATABASE_URL": "postgresql://bot:geheimdb@db/bot",
        "SAFETYBOT_REDIS_URL": "redis://:geheimredis@cache/0",
        "SAFETYBOT_LLM__API_KEY": "sk-geheim",
    }
    shown = repr(load(environ, config))
    assert "geheim" not in shown
    assert AES not in shown


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("WECHAT__TOKEN", "geheim-token!"),
        ("WECHAT__AES_KEY", "geheim"),
        ("DATABASE_URL", "oracle://u:geheim@x"),
        ("REDIS_URL", "http://:geheim@x"),
        ("LLM__API_KEY", "sk geheim"),
    ],
)
def test_bad_secret_is_named_but_not_shown(config: Path, name: str, bad: str) -> None:
    with pytest.raises(SettingsError) as e:
        load({f"SAFETYBOT_{name}": bad}, config)
    assert name.lower().replace("__", ".") in str(e.value)
    assert "geheim" not in str(e.value)


def test_every_name_may_be_set_by_a_variable(config: Path) -> None:
    for name in names():
        with pytest.raises(SettingsError, match=name):
            load({"SAFETYBOT_" + name.upper().replace(".", "__") + "__X": "1"}, config)


def test_wecom_and_text_messages_name_what_they_lack(config: Path) -> None:
    with pytest.raises(SettingsError, match="wecom.aes_key, wecom.corp_id"):
        load({"SAFETYBOT_WECOM__TOKEN": "abc"}, config)
    with pytest.raises(SettingsError, match="sms.secret, sms.sign, sms.template, sms.app_id: needed"):
        load({"SAFETYBOT_SMS__PROVIDER": "tencent", "SAFETYBOT_SMS__KEY_ID": "x"}, config)
    with pytest.raises(SettingsError, match="sms.provider"):
        load({"SAFETYBOT_SMS__PROVIDER": "huawei"}, config)
    with pytest.raises(SettingsError, match="sms.sign"):
        load({"SAFETYBOT_SMS__SIGN": "【江海应急】"}, config)


def test_secrets_of_channels_are_not_shown() -> None:
    shown = repr(Settings())
    assert "wecom" in shown
    assert not [name for name in ("secret=", "token=", "aes_key=") if name in shown]
