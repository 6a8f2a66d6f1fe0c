"""The states of a broadcast and the moves between them; the states of a batch and of a delivery."""

from __future__ import annotations

from enum import StrEnum

from bot.errors import OutreachError
from bot.messages import Delivery


class State(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Move(StrEnum):
    """What is done to a broadcast."""

    EDIT = "edit"
    TEST = "test"  # to one of staff; it changes nothing
    EXPORT = "export"  # who got what leaves the house; it changes nothing
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    SCHEDULE = "schedule"
    START = "start"
    ALERT = "alert"  # an urgent one goes with one person; a second confirms it afterwards
    CONFIRM = "confirm"
    OBJECT = "object"  # the second one objects to it instead: it is stopped
    SETTLE = "settle"  # what was done about an objection
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    FINISH = "finish"
    FAIL = "fail"
    REPORT = "report"  # the platform tells what came of a mass message; it changes nothing


class Batch(StrEnum):
    """Where a batch stands. SENT: the platform has it. UNKNOWN: the call was cut off; for staff to judge."""

    CREATED = "created"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: A broadcast is finished only when every delivery is one of these.
FINAL = frozenset(
    {
        Delivery.SENT, Delivery.DELIVERED, Delivery.PERMANENT_FAILURE, Delivery.TECHNICAL_FAILURE, Delivery.UNKNOWN,
        Delivery.SKIPPED,
    }
)  # fmt: skip

_BEGUN = (State.SENDING, State.PAUSED, State.SENT, State.CANCELLED, State.FAILED)
#: What may be done in which state, and where it leads. What is not here is refused.
MOVES = {
    (State.DRAFT, Move.EDIT): State.DRAFT,
    **{(state, Move.TEST): state for state in (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED)},
    **{(state, Move.EXPORT): state for state in State},
    (State.DRAFT, Move.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Move.ALERT): State.SENDING,
    (State.DRAFT, Move.CANCEL): State.CANCELLED,
    (State.IN_REVIEW, Move.EDIT): State.DRAFT,
    (State.IN_REVIEW, Move.RETURN): State.DRAFT,
    (State.IN_REVIEW, Move.APPROVE): State.APPROVED,
    (State.IN_REVIEW, Move.ALERT): State.SENDING,
    (State.IN_REVIEW, Move.CANCEL): State.CANCELLED,
    (State.APPROVED, Move.EDIT): State.DRAFT,
    (State.APPROVED, Move.SCHEDULE): State.SCHEDULED,
    (State.APPROVED, Move.START): State.SENDING,
    (State.APPROVED, Move.CANCEL): State.CANCELLED,
    (State.SCHEDULED, Move.EDIT): State.DRAFT,
    (State.SCHEDULED, Move.START): State.SENDING,
    (State.SCHEDULED, Move.RETURN): State.DRAFT,  # what it was approved on is no longer so when its time comes
    (State.SCHEDULED, Move.FAIL): State.FAILED,  # its time is over
    (State.SCHEDULED, Move.CANCEL): State.CANCELLED,
    (State.SENDING, Move.PAUSE): State.PAUSED,
    (State.SENDING, Move.CANCEL): State.CANCELLED,
    (State.SENDING, Move.FINISH): State.SENT,
    (State.SENDING, Move.FAIL): State.FAILED,
    (State.SENDING, Move.CONFIRM): State.SENDING,
    (State.PAUSED, Move.RESUME): State.SENDING,
    (State.PAUSED, Move.CANCEL): State.CANCELLED,
    (State.PAUSED, Move.CONFIRM): State.PAUSED,
    (State.SENT, Move.CONFIRM): State.SENT,
    (State.FAILED, Move.CONFIRM): State.FAILED,
    (State.CANCELLED, Move.CONFIRM): State.CANCELLED,  # an alert that was stopped has gone to some all the same
    **{(state, Move.OBJECT): state for state in (State.SENT, State.FAILED, State.CANCELLED)},
    (State.SENDING, Move.OBJECT): State.CANCELLED,
    (State.PAUSED, Move.OBJECT): State.CANCELLED,
    **{(state, Move.SETTLE): state for state in (State.SENT, State.FAILED, State.CANCELLED)},
    **{(state, Move.REPORT): state for state in _BEGUN},
}
#: As staff read them.
WORDS: dict[StrEnum, str] = {
    State.DRAFT: "草稿",
    State.IN_REVIEW: "待审核",
    State.APPROVED: "已通过",
    State.SCHEDULED: "已定时",
    State.SENDING: "发送中",
    State.PAUSED: "已暂停",
    State.SENT: "已发完",
    State.CANCELLED: "已取消",
    State.FAILED: "未能发出",
    Move.EDIT: "修改",
    Move.TEST: "试发给自己",
    Move.EXPORT: "导出结果",
    Move.SUBMIT: "提交审核",
    Move.RETURN: "退回修改",
    Move.APPROVE: "审核通过",
    Move.SCHEDULE: "定时",
    Move.START: "开始发送",
    Move.ALERT: "紧急发送",
    Move.CONFIRM: "事后确认",
    Move.OBJECT: "提出异议",
    Move.SETTLE: "了结异议",
    Move.PAUSE: "暂停",
    Move.RESUME: "继续",
    Move.CANCEL: "取消",
    Move.FINISH: "发完",
    Move.FAIL: "中止",
    Move.REPORT: "平台回报",
}
#: The same of one person's delivery: a table of its own, for "sent" is told otherwise of a person than of all.
DELIVERY_WORDS: dict[Delivery, str] = {
    Delivery.CREATED: "等待发送",
    Delivery.SENDING: "正在发送",
    Delivery.SENT: "平台已接收",
    Delivery.DELIVERED: "已送达",
    Delivery.TEMPORARY_FAILURE: "暂未成功，稍后再试",
    Delivery.PERMANENT_FAILURE: "无法送达",
    Delivery.TECHNICAL_FAILURE: "发送出错",
    Delivery.UNKNOWN: "结果不明",
    Delivery.SKIPPED: "未发送",
}


def after(state: State, move: Move, subject: str) -> State:
    """Where a move leads. Raises OutreachError where it is not allowed."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise OutreachError(f"{subject}：现在是“{WORDS[state]}”，不能{WORDS[move]}") from None
