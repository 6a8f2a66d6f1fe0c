"""How a mass message ends: who receives it, who is filtered, and the event that tells the bot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .config import Profile
from .crowd import MOST, Tally
from .envelope import Node
from .mass import PER_FOLLOWER_AND_MONTH, SENT, Fate, JobState, MassJob

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
    counts, now, screen = Counts(), sim.now(), _on_screen(sim, job)
    received = sim.received.of("mass", {"kind": job.kind, **job.shown}).tally
    month = sim.mass.month(now)
    most = PER_FOLLOWER_AND_MONTH if sim.config.profile is Profile.VERIFIED_SERVICE else MOST
    sends = fate.status == SENT
    for openid, rank in _audience(sim, job):
        counts.total += 1
        if rank is None and not _wants(sim, openid):
            continue
        if (month.of(openid) if rank is None else month.of_rank(rank)) >= most:
            continue
        counts.filtered_to += 1
        if not sends or counts.filtered_to <= fate.errors:
            continue
        counts.sent += 1
        _count(month, openid, rank)
        _count(received, openid, rank)
        sim.state.tell(openid, now, job.kind, screen)
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


def _wants(sim: Simulator, openid: str) -> bool:
    """Whether this person follows and has not switched messages off."""
    follower = sim.state.followers.get(openid)
    if follower is None:
        return sim.state.crowd.rank(openid) is not None
    return follower.subscribed and not follower.refuses_messages and not follower.blacklisted


def _on_screen(sim: Simulator, job: MassJob) -> dict[str, Any]:
    """What phones draw: an article opens its page, not the source that its author named."""
    if job.kind != "news":
        return dict(job.shown)
    articles = [
        {**article, "url": article_url(sim, job, i)} for i, article in enumerate(job.shown["articles"], start=1)
    ]
    return {"articles": articles}


def _count(tally: Tally, openid: str, rank: int | None) -> None:
    if rank is None:
        tally.add(openid)
    else:
        tally.add_rank(rank)
