"""How a mass message ends: who receives it, who is filtered, and the event that tells the bot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .config import Profile
from .envelope import Node
from .mass import PER_FOLLOWER_AND_MONTH, SENT, Fate, JobState, MassJob
from .received import Content

if TYPE_CHECKING:
    from .simulator import Simulator

EVENT = "MASSSENDJOBFINISH"
REFUSED_BY_ADMIN = "err(40001)"
UNANSWERED_BY_ADMIN = "err(40002)"


@dataclass(slots=True)
class Counts:
    """The numbers of MASSSENDJOBFINISH."""

    total: int = 0
    filtered_to: int = 0
    sent: int = 0


def end(sim: Simulator, job: MassJob) -> None:
    """Let a job that is under way come to its end. Called without the lock."""
    with sim.lock:
        if job.state is not JobState.SENDING or job.waits_for_admin:
            return
        fate = sim.mass.fate()
        counts = _send(sim, job, fate)
        if fate.status == SENT:
            job.state = JobState.SUCCESS
            sim.state.drafts.pop(job.draft_id, None)
        else:
            job.state = JobState.FAIL
            sim.mass.give_back(job, sim.config.profile)
    tell(sim, job, fate.status, counts)


def refuse(sim: Simulator, job: MassJob, status: str) -> None:
    """The administrator refused, or did not answer."""
    with sim.lock:
        if not job.waits_for_admin:
            return
        job.waits_for_admin = False
        job.state = JobState.FAIL
        sim.mass.give_back(job, sim.config.profile)
    tell(sim, job, status, Counts())


def tell(sim: Simulator, job: MassJob, status: str, counts: Counts) -> None:
    """Push MASSSENDJOBFINISH, to be sent at once."""
    articles: list[Node] = [
        {"ArticleIdx": i, "ArticleUrl": article_url(sim, job, i)} for i in range(1, job.article_count + 1)
    ]
    fields: dict[str, Node] = {
        "MsgID": job.msg_id,
        "Status": status,
        "TotalCount": counts.total,
        "FilterCount": counts.filtered_to,
        "SentCount": counts.sent,
        "ErrorCount": counts.filtered_to - counts.sent,
        "CopyrightCheckResult": {"Count": 0, "ResultList": {}, "CheckState": 0},
        "ArticleUrlResult": {"Count": len(articles), "ResultList": {"item": articles}},
    }
    sim.push_event(EVENT, fields)


def article_url(sim: Simulator, job: MassJob, index: int) -> str:
    """Where an article of a mass message can be read, counted from 1."""
    return f"{sim.config.public_url.rstrip('/')}/articles/{job.msg_id}/{index}"


def _send(sim: Simulator, job: MassJob, fate: Fate) -> Counts:
    """Show the message to everybody it reaches, and count."""
    counts = Counts()
    screen = _on_screen(sim, job)
    content = sim.received.of("mass", {"kind": job.kind, **job.shown})
    sends = fate.status == SENT
    failing = fate.errors if sends else 0
    for openid, rank in _audience(sim, job):
        counts.total += 1
        if not _passes(sim, openid, rank):
            continue
        counts.filtered_to += 1
        if counts.filtered_to <= failing or not sends:
            continue
        counts.sent += 1
        _count(sim, content, openid, rank)
        if openid:
            sim.state.tell(openid, sim.now(), job.kind, screen)
    return counts


def _audience(sim: Simulator, job: MassJob) -> Iterator[tuple[str, int | None]]:
    """Openid and rank in the crowd of everybody meant; for one of the crowd never met the openid is ""."""
    state = sim.state
    if job.openids is not None:
        for openid in job.openids:
            yield openid, None
        return
    for follower in state.followers.values():
        if follower.subscribed and (job.tag_id is None or job.tag_id in follower.tag_ids):
            yield follower.openid, None
    if job.tag_id is None or job.tag_id in state.crowd.tag_ids:
        for rank in state.unmet():
            yield "", rank


def _passes(sim: Simulator, openid: str, rank: int | None) -> bool:
    """Whether the filters let the message through to this person."""
    if rank is None:
        follower = sim.state.followers.get(openid)
        if follower is None and sim.state.crowd.rank(openid) is None:
            return False
        if follower and (not follower.subscribed or follower.refuses_messages or follower.blacklisted):
            return False
    if sim.config.profile is not Profile.VERIFIED_SERVICE:
        return True
    month = sim.mass.month(sim.now())
    count = month.of(openid) if rank is None else month.of_rank(rank)
    return count < PER_FOLLOWER_AND_MONTH


def _on_screen(sim: Simulator, job: MassJob) -> dict[str, Any]:
    """What phones draw: an article opens its page, not the source that its author named."""
    if job.kind != "news":
        return dict(job.shown)
    articles = [
        {**article, "url": article_url(sim, job, i)} for i, article in enumerate(job.shown["articles"], start=1)
    ]
    return {"articles": articles}


def _count(sim: Simulator, content: Content, openid: str, rank: int | None) -> None:
    month = sim.mass.month(sim.now())
    if rank is not None:
        month.add_rank(rank)
        content.tally.add_rank(rank)
        return
    month.add(openid)
    content.tally.add(openid)
