"""Switches for 企业微信 and the text-message gateways, and what their people were shown."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify

from . import sms_receipts, wecom_push
from .control import outcome_json, read_tamper
from .inputs import BadInput, checked, read_json

if TYPE_CHECKING:
    from .simulator import Simulator

WECOM_FIELDS: dict[str, type | tuple[type, ...]] = {"callback_url": str, "members": list, "robot_keys": list}
SMS_FIELDS: dict[str, type | tuple[type, ...]] = {
    "aliyun_receipt_url": str,
    "tencent_receipt_url": str,
    "aliyun_per_day": int,
    "tencent_per_day": int,
    "tencent_gap_s": (int, float),
    "max_param_chars": (int, type(None)),
    "aliyun_templates": dict,
    "tencent_templates": dict,
}


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """/control/wecom and /control/sms."""
    _add_wecom(blueprint, simulator)
    _add_gateways(blueprint, simulator)


def _add_wecom(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/control/wecom")
    def set_wecom() -> Response:
        """Settings of the corporation; `trusted_ips` may be null: every address is trusted."""
        given = checked(read_json(), WECOM_FIELDS | {"trusted_ips": (list, type(None))})
        ips = given.pop("trusted_ips", None)
        changes: dict[str, Any] = {
            name: frozenset(map(str, value)) if isinstance(value, list) else value for name, value in given.items()
        }
        with simulator.lock:
            simulator.wecom.trusted_ips = None if ips is None else frozenset(map(str, ips))
            simulator.reconfigure(wecom=replace(simulator.config.wecom, **changes))
        return jsonify(ok=True)

    @blueprint.get("/control/wecom")
    def wecom() -> Response:
        with simulator.lock:
            messages = [asdict(message) for message in simulator.wecom.messages]
            return jsonify(messages=messages, dropped=simulator.wecom.dropped)

    @blueprint.post("/control/wecom/expire")
    def expire_wecom_token() -> Response:
        read_json()
        with simulator.lock:
            simulator.wecom.tokens.expire_all()
        return jsonify(ok=True)

    @blueprint.post("/control/wecom/deeds")
    def wecom_deed() -> Response:
        """A member writes `text`, or causes `event` with `key`; tells how the app answered."""
        given = read_json()
        tamper = read_tamper(given.pop("tamper", None))
        fields = checked(given, {"userid": str, "text": str, "event": str, "key": str})
        if not fields.get("userid") or not (fields.get("text") or fields.get("event")):
            raise BadInput("userid, and text or event, are needed")
        if "event" in fields:
            outcome = wecom_push.send_event(simulator, fields["userid"], fields["event"], fields.get("key", ""), tamper)
        else:
            outcome = wecom_push.send_text(simulator, fields["userid"], fields["text"], tamper)
        return jsonify(outcome_json(outcome))

    @blueprint.post("/control/wecom/verify")
    def verify_wecom() -> Response:
        return jsonify(outcome_json(wecom_push.verify_url(simulator, read_tamper(read_json().get("tamper")))))


def _add_gateways(blueprint: Blueprint, simulator: Simulator) -> None:
    @blueprint.post("/control/sms")
    def set_sms() -> Response:
        """`refuse` the next call of a gateway with this code, or make numbers `unreachable`."""
        given = checked(read_json(), {"gateway": str, "refuse": str, "unreachable": list})
        with simulator.lock:
            if "refuse" in given:
                _refusals(simulator, given.get("gateway")).append(given["refuse"])
            if "unreachable" in given:
                simulator.sms.unreachable = set(map(str, given["unreachable"]))
        return jsonify(ok=True)

    @blueprint.post("/control/sms/config")
    def configure_sms() -> Response:
        """Limits, addresses of receipts, and the texts that are approved."""
        given = checked(read_json(), SMS_FIELDS)
        changes: dict[str, Any] = {
            name: tuple((str(k), str(v)) for k, v in value.items()) if isinstance(value, dict) else value
            for name, value in given.items()
        }
        with simulator.lock:
            simulator.reconfigure(sms=replace(simulator.config.sms, **changes))
        return jsonify(ok=True)

    @blueprint.post("/control/sms/says")
    def answer_by_sms() -> Response:
        """The owner of `phone` writes `text` back to a gateway; tells whether the bot took it."""
        given = checked(read_json(), {"gateway": str, "phone": str, "text": str})
        _refusals(simulator, given.get("gateway"))
        if not given.get("phone") or "text" not in given:
            raise BadInput("phone and text are needed")
        return jsonify(taken=sms_receipts.says(simulator, given["gateway"], given["phone"], given["text"]))

    @blueprint.get("/control/sms")
    def sms() -> Response:
        with simulator.lock:
            messages = [asdict(message) for message in simulator.sms.messages]
            return jsonify(messages=messages, parts_billed=simulator.sms.parts_billed)


def _refusals(simulator: Simulator, gateway: object) -> deque[str]:
    if not isinstance(gateway, str) or gateway not in simulator.sms.refusals:
        raise BadInput("gateway must be aliyun or tencent")
    return simulator.sms.refusals[gateway]
