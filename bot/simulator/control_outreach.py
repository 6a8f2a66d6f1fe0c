"""Switches for outreach: crowds, consents, how mass messages end, and who received what how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from . import mass_end
from .crowd import Crowd
from .inputs import BadInput, checked, read_json
from .mass import SENT, Fate, MassJob
from .notices import NoticeKind, NoticeTemplate
from .received import Content

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_PAGE = 10_000
MAX_CROWD = 5_000_000


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """Everything below /control that outreach is tested with."""
    _add_people(blueprint, simulator)
    _add_mass(blueprint, simulator)
    _add_received(blueprint, simulator)


def _add_people(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/control/crowd")
    def gather() -> Response:
        """`wrote` opens everybody's reply window from now."""
        given = checked(read_json(), {"size": int, "tag_ids": list, "wrote": bool})
        size = given.get("size", 0)
        if not 0 <= size <= MAX_CROWD:
            raise BadInput(f"size must be from 0 to {MAX_CROWD}")
        wrote_at = simulator.now() if given.get("wrote") else None
        with simulator.lock:
            simulator.state.gather(Crowd(size, tuple(map(int, given.get("tag_ids", []))), wrote_at))
            return jsonify(first=simulator.state.crowd.openid(0), followers=simulator.state.count_followers())

    @blueprint.post("/control/templates")
    def add_template() -> Response:
        given = checked(read_json(), {"template_id": str, "kind": str, "title": str, "labels": dict})
        if not given.get("template_id") or not given.get("labels"):
            raise BadInput("template_id and labels are needed")
        kind = NoticeKind(given.get("kind", NoticeKind.ONCE))
        labels = {str(key): str(label) for key, label in given["labels"].items()}
        template = NoticeTemplate(given["template_id"], kind, given.get("title", ""), labels)
        with simulator.lock:
            simulator.state.templates[template.template_id] = template
        return jsonify(ok=True)

    @blueprint.post("/control/consents")
    def consent() -> Response:
        """Acceptances that nobody is told of: of one person, or of everybody in the crowd."""
        given = checked(read_json(), {"template_id": str, "openid": str, "count": int})
        with simulator.lock:
            _consent(simulator, given)
        return jsonify(ok=True)


def _consent(simulator: Simulator, given: dict[str, Any]) -> None:
    if given.get("template_id") not in simulator.state.templates:
        raise BadInput("template_id is unknown")
    tally, count = simulator.state.consents_to(given["template_id"]), given.get("count", 1)
    if "openid" in given:
        tally.add(given["openid"], count)
        return
    for rank in range(simulator.state.crowd.size):
        tally.add_rank(rank, count)


def _add_mass(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/control/mass")
    def set_fate() -> Response:
        """How the next `times` mass messages end."""
        given = checked(read_json(), {"status": str, "errors": int, "times": int})
        fate = Fate(given.get("status", SENT), given.get("errors", 0))
        with simulator.lock:
            simulator.mass.fates.extend([fate] * given.get("times", 1))
        return jsonify(ok=True)

    @blueprint.post("/control/mass/confirm")
    def confirm() -> Response:
        """The administrator's answer to everything that waits for it."""
        approve = checked(read_json(), {"approve": bool}).get("approve", True)
        with simulator.lock:
            waiting = [job for job in simulator.mass.jobs.values() if job.waits_for_admin]
        for job in waiting:
            _confirm(simulator, job, approve)
        return jsonify(jobs=[job.msg_id for job in waiting])

    @blueprint.get("/control/mass")
    def jobs() -> Response:
        with simulator.lock:
            return jsonify(jobs=[_job_json(job) for job in simulator.mass.jobs.values()])

    @blueprint.post("/control/events")
    def lose_events() -> Response:
        """The next `lose` events of this name never arrive."""
        given = checked(read_json(), {"event": str, "lose": int})
        simulator.outbox.lose(str(given.get("event", mass_end.EVENT)), given.get("lose", 1))
        return jsonify(ok=True)


def _confirm(simulator: Simulator, job: MassJob, approve: bool) -> None:
    if not approve:
        mass_end.refuse(simulator, job, mass_end.REFUSED_BY_ADMIN)
        return
    with simulator.lock:
        job.waits_for_admin = False
    mass_end.end(simulator, job)


def _job_json(job: MassJob) -> dict[str, Any]:
    return {
        "msg_id": job.msg_id,
        "state": job.state,
        "kind": job.kind,
        "to_all": job.to_all,
        "tag_id": job.tag_id,
        "openids": None if job.openids is None else len(job.openids),
        "waits_for_admin": job.waits_for_admin,
    }


def _add_received(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.get("/control/received")
    def received() -> Response:
        """All contents with how many people received each how often; of one person with `address`."""
        address, kind = request.args.get("address", ""), request.args.get("kind", "")
        with simulator.lock:
            contents = simulator.received.all(kind)
            if address:
                return jsonify(contents=_of_person(contents, address))
            return jsonify(contents=[_content_json(content) for content in contents])

    @blueprint.get("/control/received/<key>")
    def received_by(key: str) -> tuple[Response, int] | Response:
        """Who received one content how often, up to 10 000 people from `offset`."""
        offset = request.args.get("offset", 0, type=int)
        with simulator.lock:
            content = simulator.received.get(key)
            if content is None:
                return jsonify(error="no such content"), 404
            people = list(content.tally.people())[offset : offset + MAX_PAGE]
        return jsonify(people=dict(people), next=offset + len(people) if len(people) == MAX_PAGE else None)

    @blueprint.delete("/control/received")
    def forget_received() -> Response:
        with simulator.lock:
            simulator.received.clear()
        return jsonify(ok=True)


def _of_person(contents: list[Content], address: str) -> list[dict[str, Any]]:
    counted = ((content, content.tally.of(address)) for content in contents)
    return [
        {"key": content.key, "kind": content.kind, "excerpt": content.excerpt, "times": times}
        for content, times in counted
        if times
    ]


def _content_json(content: Content) -> dict[str, Any]:
    """`spread` says how many people received it once, twice, …; its keys are texts, as JSON has it."""
    spread = content.tally.spread()
    return {
        "key": content.key,
        "kind": content.kind,
        "excerpt": content.excerpt,
        "people": sum(spread.values()),
        "messages": sum(times * people for times, people in spread.items()),
        "spread": {str(times): people for times, people in spread.items()},
    }
