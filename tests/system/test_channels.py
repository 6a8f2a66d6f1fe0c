"""Every way to reach people, from the settings to the stand-ins of the platforms, which were written apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.channels.official.material import Article, Material, Previewer
from bot.channels.sms import parts
from bot.errors import OutreachError, Refusal, SendError
from bot.sending import Kind, Message
from bot.services import Services
from bot.settings import Settings, SmsSettings, WeChatSettings, WeComSettings
from bot.simulator import Simulator, SimulatorConfig, create_app
from bot.simulator.wecom_push import send_text, verify_url

TEXT = Message(text="明天有大风，请停止高处作业。")
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 64
JPG = b"\xff\xd8\xff\xe0" + b"j" * 64


@dataclass
class House:
    """The stand-ins behind one address, and our services with settings that lead there."""

    platforms: Simulator
    services: Services

    def send(self, way: str, *to: str, message: Message = TEXT, key: str = "b1") -> Any:
        return self.services.senders[way].send(to, message, key)

    def refusal(self, way: str, *to: str, message: Message = TEXT) -> Refusal:
        with pytest.raises(SendError) as raised:
            self.send(way, *to, message=message)
        return raised.value.refusal


@pytest.fixture
def platforms() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(SimulatorConfig())
    server = make_server("127.0.0.1", 0, create_app(simulator), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield simulator, f"http://127.0.0.1:{server.server_port}/simulator"
    server.shutdown()
    thread.join()
    server.server_close()


def settings(config: SimulatorConfig, base: str, provider: str = "aliyun") -> Settings:
    gateway = config.sms
    by_provider = {
        "aliyun": {
            "key_id": gateway.access_key_id,
            "secret": gateway.access_key_secret,
            "template": gateway.aliyun_templates[0][0],
        },
        "tencent": {
            "key_id": gateway.secret_id,
            "secret": gateway.secret_key,
            "template": gateway.tencent_templates[0][0],
            "app_id": gateway.sdk_app_id,
        },
    }
    corp = config.wecom
    return Settings(
        wechat=WeChatSettings(app_id=config.app_id, secret=config.secret, api_base=base),
        wecom=WeComSettings(
            corp_id=corp.corp_id,
            agent_id=corp.agent_id,
            secret=corp.secret,
            token=corp.token,
            aes_key=corp.aes_key,
            api_base=f"{base}/wecom",
        ),
        sms=SmsSettings(
            provider=provider, sign=gateway.sign_name, api_base=f"{base}/sms/{provider}", **by_provider[provider]
        ),
    )


@pytest.fixture(params=["aliyun", "tencent"])
def house(
    request: pytest.FixtureRequest, platforms: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    simulator, base = platforms
    services = Services(settings(simulator.config, base, request.param))
    yield House(simulator, services)
    services.official.close()
    services.wecom.close()


def test_text_messages_are_read_as_they_were_written_and_billed_as_we_count(house):
    text = "明天有大风 ~*+&=%，请停止高处作业。" * 4
    receipt = house.send("sms", "+8613800000001", message=Message(text=text))
    [shown] = house.platforms.sms.messages
    assert (shown.phone, shown.serial) == ("13800000001", receipt.platform_id)
    assert text in shown.text
    assert shown.parts == parts(shown.text)
    house.platforms.sms.unreachable.add("13800000002")
    house.platforms.sms.refusals[house.services.settings.sms.provider].append(
        "isv.AMOUNT_NOT_ENOUGH"
        if house.services.settings.sms.provider == "aliyun"
        else "FailedOperation.InsufficientBalanceInSmsPackage"
    )
    assert house.refusal("sms", "13900000003") is Refusal.ACCOUNT_BLOCKED


@pytest.mark.parametrize("house", ["aliyun"], indirect=True)
class TestWeChatAndWeCom:
    def test_an_app_tells_whom_it_did_not_reach_and_tells_nobody_twice(self, house):
        receipt = house.send("wecom.app", "ZhangSan", "nobody", "lisi")
        assert receipt.refused == {"nobody": 60111}
        house.send("wecom.app", "ZhangSan", "nobody", "lisi")
        assert [message.to for message in house.platforms.wecom.messages] == ["zhangsan", "lisi"]
        assert house.send("wecom.app", "nobody").refused == {"nobody": 81013}

    def test_a_robot_tells_its_group(self, house):
        [key] = house.platforms.config.wecom.robot_keys
        house.send("wecom.robot", key)
        house.send("wecom.robot", key, message=Message(kind=Kind.FILE, text="请下载", url="https://example.cn/a.pdf"))
        news = Message(kind=Kind.NEWS, title="大风", text="停工", url="https://example.cn")
        house.send("wecom.robot", key, message=news)
        assert [m.kind for m in house.platforms.wecom.messages] == ["text", "markdown", "news"]
        assert house.refusal("wecom.robot", "11111111-2222-4333-8444-555555555555") is Refusal.RECIPIENT_GONE

    def test_an_address_that_is_not_trusted_is_a_matter_for_staff(self, house):
        house.platforms.wecom.trusted_ips = frozenset()
        assert house.refusal("wecom.app", "lisi") is Refusal.ACCOUNT_BLOCKED

    def test_every_way_of_the_settings_is_there(self, house):
        assert set(house.services.senders) == {
            "official.service", "official.notice", "official.template", "official.mass", "official.tag", "wecom.app",
            "wecom.robot", "sms",
        }  # fmt: skip
        assert set(Services(Settings()).senders) == {"wecom.robot"}

    def test_a_draft_is_made_and_sent_to_all(self, house):
        material = Material(house.services.official)
        draft = material.add_draft(
            [Article(title="安全月", content='<p>看图</p><img src="a.png">', cover=JPG)], {"a.png": PNG}
        )
        assert house.send("official.tag", "", message=Message(kind=Kind.NEWS, media=draft)).platform_id

    def test_one_follower_is_shown_a_preview(self, house):
        openid = house.platforms.state.new_phone().openid
        house.platforms.state.followers[openid].subscribed = True
        assert Previewer(house.services.material).send([openid], TEXT, "t1").platform_id == ""

    def test_a_picture_is_taken_over_where_wechat_takes_it(self, house):
        assert house.services.keep_picture(PNG, for_good=True)
        assert house.services.keep_picture(JPG, for_good=False)
        with pytest.raises(OutreachError, match="jpg、png、gif"):
            house.services.keep_picture(b"<svg/>", for_good=True)
        with pytest.raises(OutreachError, match="小于 2 MB"):
            house.services.keep_picture(PNG + bytes(2 << 20), for_good=True)

    def test_a_repeat_of_a_mass_message_is_the_job_that_was_taken(self, house):
        first = house.send("official.tag", "")
        assert house.refusal("official.tag", "") is Refusal.THROTTLED
        house.platforms.advance(61)
        assert first.platform_id
        assert house.send("official.tag", "") == first

    def test_a_tag_that_is_not_there_is_told(self, house):
        assert house.refusal("official.tag", "没有这个标签") is Refusal.BAD_CONTENT


def test_wecom_verifies_the_callback_and_hears_an_answer(platforms, built_var_dir, monkeypatch):
    from dataclasses import replace

    from bot.app import create_app as create_bot

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    simulator, base = platforms
    services = Services(replace(settings(simulator.config, base), var_dir=built_var_dir))
    server = make_server("127.0.0.1", 0, create_bot(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/wecom"
        simulator.config = replace(simulator.config, wecom=replace(simulator.config.wecom, callback_url=url))
        assert not verify_url(simulator).problem
        outcome = send_text(simulator, "zhangsan", "灭火器多久换一次")
        assert not outcome.problem
        assert "灭火器" in str(outcome)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        services.close()
