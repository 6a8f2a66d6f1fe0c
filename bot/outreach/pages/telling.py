"""Words of the pages: what troubles mean and what to do about them, times and durations as staff read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach.drafts import Broadcast
from bot.outreach.outcome import Progress, because
from bot.outreach.states import State
from bot.settings import BEIJING

_WEEK = "一二三四五六日"
#: State -> how it looks; see ui.status.
TONES: Mapping[State, str] = {
    State.DRAFT: "calm", State.IN_REVIEW: "wait", State.APPROVED: "good", State.SCHEDULED: "good",
    State.SENDING: "wait", State.PAUSED: "bad", State.SENT: "good", State.CANCELLED: "calm", State.FAILED: "bad",
}  # fmt: skip
DELIVERY_TONES: Mapping[Delivery, str] = {
    Delivery.SENT: "good", Delivery.DELIVERED: "good", Delivery.PERMANENT_FAILURE: "bad",
    Delivery.TECHNICAL_FAILURE: "bad", Delivery.TEMPORARY_FAILURE: "wait", Delivery.UNKNOWN: "wait",
}  # fmt: skip
#: Why somebody does not get it -> what staff can do about it.
_HELP: Mapping[str, str] = {
    "no_channel": "在“发送方式”里加选他们所在的渠道（如企业微信、短信）",
    "not_carried": "给这一版写成文字，或加选能发这种内容的方式",
    "window_closed": "加选“按名单群发”或“订阅通知”；平时引导大家多提问，48 小时内就能收到",
    "window_used_up": "等他们再来消息，或加选“按名单群发”",
    "no_consent": "请他们在菜单或回复“订阅”时点允许；或加选别的方式",
    "no_window_no_consent": "加选“按名单群发”，或引导他们提问、点允许订阅通知",
    "mass_used_up": "下月再发，或改用客服消息、订阅通知",
    "too_few": "扩大受众到两人以上",
    "left": "不用处理",
    "cut_off": "结果查不到，不会自动重发；要紧的事请电话通知这些人",
    "expired": "需要的话“复制为新稿”，只发给没收到的人",
    Refusal.WINDOW_CLOSED: "改用群发或订阅通知，或等他们再来消息",
    Refusal.RECIPIENT_BUSY: "不用处理，一分钟后自动再发",
    Refusal.RECIPIENT_GONE: "不用处理，同步关注者后名单会更新",
    Refusal.RECIPIENT_FOREIGN: "只有几个人时不用处理；人多时请安装人员核对公众号的 AppID 是不是换过",
    Refusal.AWAITS_ADMIN: "请公众号管理员 30 分钟内在微信里点确认",
    Refusal.RECIPIENT_DECLINED: "尊重对方的选择，不用处理",
    Refusal.QUOTA_USED_UP: "日额度零点后自动继续；月额度用完的下月再发",
    Refusal.THROTTLED: "不用处理，稍后自动继续",
    Refusal.BAD_CONTENT: "停止本次发送，改内容后重新提交",
    Refusal.ACCOUNT_BLOCKED: "请安装人员检查公众号密钥和 IP 白名单，再点“继续”",
    Refusal.TOKEN_REJECTED: "请安装人员检查是否有别的程序在用同一个密钥",
    Refusal.UNSUPPORTED: "换一种形式或渠道",
    Refusal.UNREACHABLE: "请安装人员检查网络；会自动重试",
    Refusal.UNKNOWN: "请安装人员按错误码查明",
}


def help_with(why: str) -> str:
    """What staff can do about a reason of the ledger, "" where nothing is to be done."""
    return _HELP.get(why, "")


def problems(held: Progress) -> Iterator[tuple[str, int, str, str]]:
    """Code, people, what happened, what to do."""
    for why, count in held.problems.items():
        yield why, count, because(why), help_with(why)


def duration(seconds: float) -> str:
    """40 秒, 5 分钟, 1.5 小时."""
    if seconds < 60:
        return f"{max(1, round(seconds))} 秒"
    return f"{round(seconds / 60)} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def remaining(held: Progress, now: datetime) -> str:
    """How long it will take at the pace so far, "" where that cannot be said."""
    begun, done = held.held.started_at, held.total - held.open
    if held.held.state is not State.SENDING or begun is None or not done or not held.open:
        return ""
    elapsed = (now - begun).total_seconds()
    return f"约还要 {duration(elapsed / done * held.open)}" if elapsed > 2 else ""


def number(count: int) -> str:
    """12,345."""
    return f"{count:,}"


def clock(at: datetime | None) -> str:
    """6月16日（周二）08:30, of Beijing."""
    return f"{day(at)}{at.astimezone(BEIJING):%H:%M}" if at else ""


def day(at: date | None) -> str:
    """6月16日（周二）, of Beijing."""
    here = at.astimezone(BEIJING) if isinstance(at, datetime) else at
    return f"{here.month}月{here.day}日（周{_WEEK[here.weekday()]}）" if here else ""


def title(held: Broadcast) -> str:
    """What staff know it by."""
    return f"推送 {held.id}《{held.draft.title}》"
