"""The states of a version of an entry, and the moves between them; the states of a plan."""

from __future__ import annotations

from enum import StrEnum

from bot.errors import KnowledgeError


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What is done to a version."""

    WRITE = "write"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    REPLACE = "replace"  # another version goes live, or is drafted, in its place
    HIDE = "hide"
    RESTORE = "restore"
    ROLL_BACK = "roll_back"
    IMPORT = "import"


class PlanState(StrEnum):
    """Where a plan stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


#: What may be done in which state, and where it leads. What is not here is refused.
MOVES = {
    (State.DRAFT, Move.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Move.REPLACE): State.WITHDRAWN,
    (State.DRAFT, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.PUBLISH): State.LIVE,
    (State.IN_REVIEW, Move.RETURN): State.DRAFT,
    (State.IN_REVIEW, Move.REPLACE): State.WITHDRAWN,
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.LIVE, Move.REPLACE): State.WITHDRAWN,
    (State.LIVE, Move.WITHDRAW): State.WITHDRAWN,
}
#: As staff read them.
WORDS = {
    State.DRAFT: "草稿",
    State.IN_REVIEW: "待审核",
    State.LIVE: "已发布",
    State.WITHDRAWN: "已撤下",
    Move.WRITE: "写入",
    Move.SUBMIT: "提交审核",
    Move.RETURN: "退回修改",
    Move.PUBLISH: "发布",
    Move.WITHDRAW: "撤下",
    Move.REPLACE: "被新版本替换",
    Move.HIDE: "隐藏",
    Move.RESTORE: "恢复随附内容",
    Move.ROLL_BACK: "恢复旧版",
    Move.IMPORT: "导入",
}
PLAN_WORDS = {PlanState.PROPOSED: "待确认", PlanState.ACCEPTED: "已采用", PlanState.WITHDRAWN: "已撤回"}


def after(state: State, move: Move, subject: str) -> State:
    """Where a move leads. Raises KnowledgeError where it is not allowed."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise KnowledgeError(f"{subject}：现在是“{WORDS[state]}”，不能{WORDS[move]}") from None
