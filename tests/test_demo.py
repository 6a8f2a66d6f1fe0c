"""The bot and the stand-in of WeChat, set up for each other."""

from dataclasses import replace
from pathlib import Path

from bot.demo import with_simulator
from bot.settings import Settings, SmsSettings, WeChatSettings, WeComSettings
from bot.simulated import joined, shared

ADDRESS = "http://127.0.0.1:8123"
ACCOUNT = WeChatSettings(token="abc123", app_id="wx0123456789abcdef", aes_key="A1" * 21 + "B", account_id="gh_abc")


def test_account_is_made_up_anew_at_each_start() -> None:
    (one, _), (other, _) = with_simulator(Settings(), ADDRESS), with_simulator(Settings(), ADDRESS)
    for name in ("token", "secret", "aes_key", "app_id", "account_id"):
        assert getattr(one.wechat, name) != getattr(other.wechat, name)


def test_made_up_account_is_the_same_on_both_sides() -> None:
    settings, simulator = with_simulator(Settings(), ADDRESS)
    for name in ("token", "secret", "aes_key", "app_id", "account_id"):
        assert getattr(settings.wechat, name) == getattr(simulator.config, name)
    assert simulator.config.mode == "safe"
    assert simulator.config.callback_url == f"{ADDRESS}/wechat"
    assert settings.wechat.api_base == simulator.config.public_url == f"{ADDRESS}/simulator"


def test_commands_beside_a_demonstration_use_its_accounts_as_long_as_it_runs(tmp_path: Path) -> None:
    own = Settings(var_dir=tmp_path)
    made_up, _ = with_simulator(own, ADDRESS)
    assert joined(own) == own
    with shared(own, made_up):
        assert joined(own) == made_up
        assert (tmp_path / "simulated.json").stat().st_mode & 0o077 == 0
        with shared(own, with_simulator(own, ADDRESS)[0]):  # a second one changes nothing
            assert joined(own) == made_up
        assert joined(own) == made_up
    assert joined(own) == own


def test_file_of_a_demonstration_that_was_killed_counts_for_nothing(tmp_path: Path) -> None:
    own = Settings(var_dir=tmp_path)
    for left in ('{"wechat.token": "abc123"}', "{", ""):
        (tmp_path / "simulated.json").write_text(left)
        assert joined(own) == own


def test_accounts_of_the_settings_are_no_part_of_a_demonstration(tmp_path: Path) -> None:
    own = Settings(var_dir=tmp_path, wechat=ACCOUNT)
    with shared(own, with_simulator(own, ADDRESS)[0]):
        assert joined(own).wechat == ACCOUNT
        assert joined(own).sms.provider == "aliyun"


def test_account_that_is_set_up_is_kept() -> None:
    settings, simulator = with_simulator(Settings(wechat=ACCOUNT), ADDRESS)
    assert settings.wechat == ACCOUNT
    assert (simulator.config.token, simulator.config.mode) == (ACCOUNT.token, "safe")


def test_account_without_a_key_is_served_in_plain() -> None:
    _, simulator = with_simulator(Settings(wechat=replace(ACCOUNT, aes_key="")), ADDRESS)
    assert simulator.config.mode == "plain"


def test_every_platform_is_connected_both_ways() -> None:
    settings, simulator = with_simulator(Settings(), ADDRESS)
    config = simulator.config
    assert config.wecom.callback_url == f"{ADDRESS}/wecom"
    for name in ("corp_id", "secret", "token", "aes_key"):
        assert getattr(settings.wecom, name) == getattr(config.wecom, name)
    assert settings.sms.secret == config.sms.access_key_secret
    assert config.sms.aliyun_receipt_url == f"{ADDRESS}/sms/{settings.sms.report_key}"


def test_robots_of_the_settings_are_known_to_the_stand_in() -> None:
    held = Settings(wecom=WeComSettings(robots="甲厂=0d3f0f4e-0001"))
    assert "0d3f0f4e-0001" in with_simulator(held, ADDRESS)[1].config.wecom.robot_keys


def test_a_gateway_that_is_set_up_is_kept() -> None:
    gateway = {"provider": "tencent", "key_id": "A", "secret": "S", "app_id": "1", "sign": "安办", "template": "11"}
    sms = SmsSettings(**gateway, report_key="k" * 16)  # type: ignore[arg-type]
    settings, simulator = with_simulator(Settings(sms=sms), ADDRESS)
    assert settings.sms == sms
    assert simulator.config.sms.tencent_templates[0][0] == "11"
    assert simulator.config.sms.tencent_receipt_url == f"{ADDRESS}/sms/{'k' * 16}"
