"""What stops a broadcast, in words for staff: what happened, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Refusal
from bot.outreach.states import Move, State
from bot.outreach.tables import broadcast, broadcast_event
from bot.settings import BEIJING
from bot.store.database import LATER


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why calls stop.

    hold  sending goes on by itself then; without it the broadcast pauses, for staff to act
    """

    refusal: Refusal
    errcode: int | None
    hold: datetime | None = None


#: Refusal -> what happened and what to do.
WORDS = {
    Refusal.UNREACHABLE: "平台几分钟没有应答，系统会一直重试到本次发送的截止时间，没发的人都还在。"
    "请安装人员检查网络；平台自身故障时等待即可。",
    Refusal.THROTTLED: "平台说发得太快，稍等一会儿会自动继续，不用处理。",
    Refusal.QUOTA_USED_UP: "平台给本账号的额度用完了。日额度零点恢复，过了静默时段自动继续；"
    "每月群发次数用完的，请换渠道或下月再发。",
    Refusal.ACCOUNT_BLOCKED: "平台拒绝了本账号的调用（密钥、IP 白名单或接口权限）。"
    "请安装人员运行 safetybot doctor，处理后点“继续”；没发的人都还在，不会丢。",
    Refusal.TOKEN_REJECTED: "平台不认访问凭证，刷新后仍不认，可能有别的程序在用同一个 AppSecret。"
    "请安装人员检查后点“继续”。",
    Refusal.AWAITS_ADMIN: "公众号开了群发保护：请账号管理员 30 分钟内在自己的微信里点确认，确认后自动继续，不会重发；"
    "不确认的，平台不发。",
    Refusal.RECIPIENT_FOREIGN: "平台接连说这些人不是本账号的关注者，多半是换过公众号，或 AppID 填成了别的号。"
    "请安装人员核对后点“继续”或取消；没发的人都还在，名单没有改动。",
    Refusal.BAD_CONTENT: "平台不接受这份内容。请取消本次发送，按错误码修改后重新提交审核；已经发出的不会重发。",
    Refusal.UNSUPPORTED: "本账号不能发这种消息。请取消本次发送，换一种形式或渠道。",
    Refusal.UNKNOWN: "平台连续拒绝，原因不明。请安装人员按错误码查明后再点“继续”或取消。",
}


def tell(db: sa.Connection, broadcast_id: int, trouble: Trouble, now: datetime) -> None:
    """Write down for staff what stops a broadcast; pause it where sending does not go on by itself."""
    code = f"（错误码 {trouble.errcode}）" if trouble.errcode is not None else ""
    words = WORDS.get(trouble.refusal, WORDS[Refusal.UNKNOWN]) + code
    _tell_at_end(db, broadcast_id, trouble, code)
    sending = sa.and_(broadcast.c.id == broadcast_id, broadcast.c.state == State.SENDING)
    values = {"trouble": words} if trouble.hold else {"trouble": words, "state": State.PAUSED}
    if db.execute(sa.update(broadcast).where(sending).values(**values)).rowcount == 1 and not trouble.hold:
        row = {"who": "system", "move": Move.PAUSE, "before": State.SENDING, "after": State.PAUSED, "why": words}
        db.execute(sa.insert(broadcast_event).values(broadcast_id=broadcast_id, at=now, **row))


def _tell_at_end(db: sa.Connection, broadcast_id: int, trouble: Trouble, code: str) -> None:
    """The last people were refused for a reason of ours, and there is nothing left to pause: staff must know."""
    if trouble.hold:
        return
    why = _AT_END.get(trouble.refusal, _AT_END[Refusal.UNKNOWN])
    if trouble.errcode is None:  # told by a report of the platform, which stands in the record
        why = "平台没有发出其中一批，原因见这条推送的记录"
    words = f"发完了，但最后有人没有收到：{why}{code}。改好以后点“复制为新稿”，只发给没收到的人。"
    done = sa.and_(broadcast.c.id == broadcast_id, broadcast.c.state == State.SENT)
    db.execute(sa.update(broadcast).where(done).values(trouble=words))


_AT_END = {
    Refusal.BAD_CONTENT: "平台不接受这份内容",
    Refusal.RECIPIENT_FOREIGN: "平台说他们不是本账号的关注者，请安装人员核对 AppID",
    Refusal.UNSUPPORTED: "本账号不能发这种消息",
    Refusal.UNKNOWN: "平台连续拒绝，请安装人员按错误码查明",
}


def rest(db: sa.Connection, broadcast_id: int, until: datetime) -> None:
    """Write down for staff that a broadcast waits for the quiet hours to end."""
    words = f"现在是静默时段，{until.astimezone(BEIJING):%m月%d日 %H:%M} 自动继续，不用处理；没发的人都还在。"
    sending = sa.and_(broadcast.c.id == broadcast_id, broadcast.c.state == State.SENDING)
    db.execute(sa.update(broadcast).where(sending).values(trouble=words))


def settled(db: sa.Connection, broadcast_id: int) -> None:
    """Calls are taken again: what was in the way is over."""
    told = (broadcast.c.id == broadcast_id, broadcast.c.state == State.SENDING, broadcast.c.trouble != "")
    db.execute(sa.update(broadcast).where(*told).values(trouble=""), execution_options=LATER)
