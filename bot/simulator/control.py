"""Switches for tests and demos: faults, clock, settings, quotas, pushes, and what has been recorded."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from .config import Mode, Profile
from .deeds import compose
from .envelope import Tamper
from .faults import Fault
from .inputs import BadInput, checked, read_json
from .push import Attempt, PushOutcome, Repeats

if TYPE_CHECKING:
    from .simulator import Simulator

_NUMBER = (int, float)
_OPTIONAL_TEXT = (str, type(None))
_OPTIONAL_INT = (int, type(None))
FAULT_FIELDS: dict[str, type | tuple[type, ...]] = {
    "path": str,
    "slow_ms": int,
    "errcode": _OPTIONAL_INT,
    "http_status": _OPTIONAL_INT,
    "body": _OPTIONAL_TEXT,
    "drop": bool,
    "after_acceptance": bool,
    "times": _OPTIONAL_INT,
}
CONFIG_FIELDS: dict[str, type | tuple[type, ...]] = {
    "account_name": str,
    "callback_url": str,
    "public_url": str,
    "mode": str,
    "profile": str,
    "deadline_s": _NUMBER,
    "attempts": int,
    "handover_s": _NUMBER,
    "retries_abnormal": bool,
    "unfollowed_errcode": int,
    "user_page_size": int,
    "mass_lasts_s": _NUMBER,
    "mass_needs_admin": bool,
    "event_delay_s": _NUMBER,
}
QUOTA_FIELDS: dict[str, type | tuple[type, ...]] = {"path": str, "per_day": int, "per_minute": int}
MAX_FAULT_STATUS = 599


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """Everything below /control. Answers name no secret."""
    _add_switches(blueprint, simulator)
    _add_settings(blueprint, simulator)
    _add_pushes(blueprint, simulator)
    _add_records(blueprint, simulator)


def _add_switches(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.get("/control/faults")
    def faults() -> Response:
        return jsonify(faults=[asdict(fault) for fault in simulator.faults.active()])

    @blueprint.post("/control/faults")
    def add_fault() -> Response:
        simulator.faults.add(_fault(read_json()))
        return jsonify(ok=True)

    @blueprint.delete("/control/faults")
    def clear_faults() -> Response:
        simulator.faults.clear()
        return jsonify(ok=True)

    @blueprint.post("/control/repeats")
    def set_repeats() -> Response:
        given = checked(read_json(), {"count": int, "concurrently": bool})
        simulator.repeats = Repeats(**given)
        return jsonify(ok=True)

    @blueprint.post("/control/whitelist")
    def set_whitelist() -> Response:
        ips = checked(read_json(), {"ips": (list, type(None))}).get("ips")
        simulator.ip_whitelist = None if ips is None else frozenset(map(str, ips))
        return jsonify(ok=True)

    @blueprint.post("/control/tokens/expire")
    def expire_tokens() -> Response:
        read_json()
        with simulator.lock:
            simulator.tokens.expire_all()
        return jsonify(ok=True)


def _add_settings(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.get("/control/state")
    def state() -> Response:
        with simulator.lock:
            return jsonify(_overview(simulator))

    @blueprint.post("/control/clock")
    def advance() -> Response:
        seconds = checked(read_json(), {"advance_s": _NUMBER}).get("advance_s", 0)
        simulator.advance(float(seconds))
        return jsonify(now=simulator.now())

    @blueprint.post("/control/config")
    def configure() -> Response:
        simulator.reconfigure(**_config_changes(read_json()))
        return jsonify(ok=True)

    @blueprint.post("/control/quotas")
    def set_quota() -> Response:
        given = checked(read_json(), QUOTA_FIELDS)
        _set_quota(simulator, given)
        return jsonify(ok=True)

    @blueprint.post("/control/followers")
    def set_follower() -> Response:
        given = checked(read_json(), {"openid": str, "refuses_messages": bool})
        with simulator.lock:
            follower = simulator.state.person(_openid(given))
            follower.refuses_messages = given.get("refuses_messages", follower.refuses_messages)
        return jsonify(ok=True)


def _add_pushes(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/control/deeds")
    def deed() -> Response:
        """As the phone's, but it waits for the bot and tells how it went; may be tampered with."""
        given = read_json()
        tamper = read_tamper(given.pop("tamper", None))
        openid, name = _openid(given), str(given.get("deed", ""))
        pushes = compose(simulator, openid, name, given, tamper)
        return jsonify(outcomes=[outcome_json(simulator.deliver(push)) for push in pushes])

    @blueprint.post("/control/verify")
    def verify() -> Response:
        return jsonify(outcome_json(simulator.verify_url(read_tamper(read_json().get("tamper")))))

    @blueprint.get("/control/pushes")
    def pushes() -> Response:
        with simulator.lock:
            outcomes = list(simulator.outcomes)
        return jsonify(pushes=[outcome_json(outcome) for outcome in outcomes])


def _add_records(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.get("/control/requests")
    def requests() -> Response:
        records = simulator.recorder.all(request.args.get("path", ""))
        return jsonify(requests=[asdict(record) for record in records])

    @blueprint.delete("/control/requests")
    def forget_requests() -> Response:
        simulator.recorder.clear()
        return jsonify(ok=True)


def outcome_json(outcome: PushOutcome) -> dict[str, Any]:
    """A push and its fate, for people to read; the request itself is left out, it bears signatures."""
    push = outcome.push
    return {
        "openid": push.openid if push else "",
        "msg_type": push.msg_type if push else "",
        "event": push.event if push else "",
        # As text: it exceeds what a JSON number holds in a browser.
        "msg_id": str(push.msg_id) if push and push.msg_id is not None else None,
        "outcome": outcome.outcome,
        "problem": outcome.problem,
        "reply": asdict(outcome.reply) if outcome.reply else None,
        "attempts": [_attempt_json(attempt) for attempt in outcome.attempts],
        "repeats": [_attempt_json(attempt) for attempt in outcome.repeats],
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "status": attempt.status,
        "elapsed_s": round(attempt.elapsed_s, 4),
        "error": attempt.error,
        "body": attempt.body.decode(errors="replace"),
    }


def _overview(simulator: Simulator) -> dict[str, Any]:
    config = {name: getattr(simulator.config, name) for name in CONFIG_FIELDS}
    return {
        "now": simulator.now(),
        "config": {**config, "app_id": simulator.config.app_id, "account_id": simulator.config.account_id},
        "followers": simulator.state.count_followers(),
        "events_lost": simulator.outbox.lost,
        "failure_lines": simulator.state.failure_lines,
        "pushes": len(simulator.outcomes),
        "requests": len(simulator.recorder.all()),
        "repeats": asdict(simulator.repeats),
        "whitelist": None if simulator.ip_whitelist is None else sorted(simulator.ip_whitelist),
    }


def _fault(given: dict[str, Any]) -> Fault:
    fault = Fault(**checked(given, FAULT_FIELDS))
    if fault.http_status is not None and not 200 <= fault.http_status <= MAX_FAULT_STATUS:
        raise BadInput(f"http_status must be from 200 to {MAX_FAULT_STATUS}")
    if fault.slow_ms < 0 or (fault.times is not None and fault.times < 1):
        raise BadInput("slow_ms must not be negative, times must be at least 1")
    return fault


def _config_changes(given: dict[str, Any]) -> dict[str, Any]:
    changes = checked(given, CONFIG_FIELDS)
    if "mode" in changes:
        changes["mode"] = Mode(changes["mode"])
    if "profile" in changes:
        changes["profile"] = Profile(changes["profile"])
    return changes


def _set_quota(simulator: Simulator, given: dict[str, Any]) -> None:
    path = given.get("path")
    if not path:
        raise BadInput("path is missing")
    with simulator.lock:
        if "per_day" in given:
            simulator.quotas.daily_limits[path] = given["per_day"]
        if "per_minute" in given:
            simulator.quotas.minute_limits[path] = given["per_minute"]


def _openid(given: dict[str, Any]) -> str:
    openid = given.get("openid")
    if not isinstance(openid, str) or not openid:
        raise BadInput("openid is missing")
    return openid


def read_tamper(value: object) -> Tamper | None:
    """What is to be spoilt. Raises ValueError for a word unknown."""
    return None if value is None else Tamper(str(value))
