"""How the pages of talks speak of what happened."""

from __future__ import annotations

from bot.conversations.ledger import AGAIN, Written
from bot.conversations.talks import Talk
from bot.conversations.threads import Line
from bot.errors import Refusal
from bot.messages import Delivery

#: State of what was sent -> words and tone.
_STATES = {
    Delivery.SENDING: ("正在发送", "wait"),
    Delivery.SENT: ("已发出", "good"),
    Delivery.DELIVERED: ("对方已看到", "good"),
    Delivery.CREATED: ("没有发出", "bad"),
    Delivery.TEMPORARY_FAILURE: ("没有发出", "bad"),
    Delivery.PERMANENT_FAILURE: ("对方收不到", "bad"),
    Delivery.TECHNICAL_FAILURE: ("发送出错", "bad"),
    Delivery.UNKNOWN: ("不确定对方收到没有", "wait"),
    Delivery.SKIPPED: ("没有发", "calm"),
}
_REASONS = {
    Refusal.NOT_SENT: "平台连不上，可以再发一次。",
    Refusal.UNREACHABLE: "平台没有回应。",
    Refusal.TOKEN_REJECTED: "平台不认我们的凭证，请再发一次；还不行请联系安装人员。",
    Refusal.THROTTLED: "发得太密，过一分钟再发一次。",
    Refusal.QUOTA_USED_UP: "今天的客服消息额度用完了。",
    Refusal.WINDOW_CLOSED: "48小时或5条的限制已到，对方再来信才能发。",
    Refusal.RECIPIENT_FOREIGN: "对方不是现在这个账号的关注者：可能换过账号，请安装人员核对。",
    Refusal.RECIPIENT_GONE: "对方已取消关注，或不在企业微信里了。",
    Refusal.RECIPIENT_DECLINED: "对方拒收。",
    Refusal.ACCOUNT_BLOCKED: "账号的接口权限有问题，请联系安装人员。",
    Refusal.BAD_CONTENT: "平台不接受这些内容，请换个说法。",
}
#: Why a line of the program was not sent.
_SKIPPED = {"window": "超过48小时，或5条已用完。", "last": "微信只许再发1条，留给您回复。"}
_KINDS = {
    "image": "【图片】", "video": "【视频】", "location": "【位置】", "link": "【链接】", "voice": "【语音，没有听清】",
    "unknown": "【其他消息】",
}  # fmt: skip
_MARKS = {
    "unknown": ("没答上", "bad"), "choices": ("拿不准", "wait"), "emergency": ("险情", "bad"),
    "human": ("要人工", "wait"),
}  # fmt: skip


def state(written: Written) -> tuple[str, str]:
    """What became of a message, and its tone."""
    return _STATES.get(Delivery(written.state), (written.state, "calm"))


def reason(written: Written) -> str:
    """Why it was not sent, "" where there is nothing to say."""
    if written.why in _SKIPPED:
        return _SKIPPED[written.why]
    return _REASONS.get(Refusal(written.why), "") if written.why in set(Refusal) else ""


def may_go_again(written: Written) -> bool:
    """Whether staff may have it sent once more."""
    return written.state in AGAIN


def said(line: Line) -> str:
    """What a line says, where it has no words what it is."""
    if line.who == "person":
        return line.text or said_by_kind(line.kind)
    if line.text:
        return line.text
    return (
        "告诉了办公电话和工作时间，并记下“要人工”。" if line.status == "human" else "按登记信息作了答复，内容不留存。"
    )


def said_by_kind(kind: str) -> str:
    """What stands for a message without words."""
    return _KINDS.get(kind, "【没有文字】")


def mark(status: str) -> tuple[str, str] | None:
    """A word about a message that staff should notice, and its tone."""
    return _MARKS.get(status)


def speaks(talk: Talk) -> str:
    """Who speaks in a talk."""
    return f"{talk.owner_name or '同事'}在接待" if talk.owner else "机器人在回答"
