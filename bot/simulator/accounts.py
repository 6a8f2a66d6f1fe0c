"""Who the other simulated platforms know: a corporation of 企业微信, and an account at each text-message gateway."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComConfig:
    """One corporation with one app.

    members    userids; a member may be named in any case
    callback_url   of the app, "" where none is set
    """

    corp_id: str = "ww0000000000000001"
    secret: str = field(default="wecom-simulator-secret", repr=False)
    agent_id: int = 1_000_002
    token: str = field(default="wecom2026", repr=False)
    aes_key: str = field(default="0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz", repr=False)
    callback_url: str = ""
    members: frozenset[str] = frozenset({"zhangsan", "lisi", "wangwu"})
    robot_keys: frozenset[str] = field(default=frozenset({"0d3f0f4e-5a4e-4c1b-9d5c-000000000001"}), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsConfig:
    """Accounts at Aliyun and at Tencent Cloud, with what each has approved.

    aliyun_templates    code -> text with ${name}
    tencent_templates   id -> text with {1}
    sign_name           approved by both
    …_receipt_url       where receipts are posted; "" where they are only asked for
    per_day             messages of one template to one number in a day (Aliyun), of any (Tencent)
    max_param_chars     of one variable, None where the template's kind sets no limit
    """

    access_key_id: str = "LTAI-simulator"
    access_key_secret: str = field(default="aliyun-simulator-secret", repr=False)
    secret_id: str = "AKID-simulator"
    secret_key: str = field(default="tencent-simulator-secret", repr=False)
    sdk_app_id: str = "1400000001"
    sign_name: str = "安全办"
    aliyun_templates: tuple[tuple[str, str], ...] = (("SMS_100000001", "安全提醒：${content}"),)
    tencent_templates: tuple[tuple[str, str], ...] = (("1100001", "安全提醒：{1}"),)
    aliyun_receipt_url: str = ""
    tencent_receipt_url: str = ""
    aliyun_per_day: int = 50
    tencent_per_day: int = 10
    tencent_gap_s: float = 30.0
    max_param_chars: int | None = None
