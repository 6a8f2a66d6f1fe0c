"""The ledger of a broadcast in SQL: laid out at the start, claimed, marked before a call and closed after it.

Every function takes an open transaction and none of them is kept open during a call to a platform. The same statements
run on SQLite and PostgreSQL, but for `close`, which has two.
"""

from bot.outreach.ledger import tallies
from bot.outreach.ledger.claims import (
    LEASE,
    Claimed,
    claim,
    claim_stopped,
    extend,
    free,
    hold,
    hold_back,
    let_go,
    of_batch,
    stopped,
    waiting,
    whole,
)  # fmt: skip
from bot.outreach.ledger.ends import finish, progress, put_back, recount, renew, skip
from bot.outreach.ledger.laying import PORTION, fan_out, lay_batches, lay_whole
from bot.outreach.ledger.marks import (
    OPEN,
    Asked,
    Outcome,
    ask,
    close,
    close_all,
    forget_asked,
    mark,
    mark_all,
    set_platform_id,
    settle_cut_off,
)  # fmt: skip
from bot.outreach.ledger.months import count, count_done, counts, uncount

__all__ = [
    "LEASE", "OPEN", "PORTION", "Asked", "Claimed", "Outcome", "ask", "claim", "claim_stopped", "close", "close_all",
    "count", "count_done", "counts", "extend", "fan_out", "finish", "forget_asked", "free", "hold", "hold_back",
    "lay_batches", "lay_whole", "let_go", "mark", "mark_all", "of_batch", "progress", "put_back", "recount", "renew",
    "set_platform_id", "settle_cut_off", "skip", "stopped", "tallies", "uncount", "waiting", "whole",
]  # fmt: skip
