"""Callbacks of 企业微信: always encrypted, with the corporation's id inside."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from . import push as pushing
from .config import Mode, SimulatorConfig
from .crypto import encrypt, sign
from .envelope import Node, Push, Tamper, to_xml
from .push import PushOutcome
from .reply import Outcome

if TYPE_CHECKING:
    from .simulator import Simulator

_FOREIGN_CORP_ID = "wwffffffffffffffff"
_FOREIGN_AES_KEY = "Z" * 42 + "A"


def account(config: SimulatorConfig) -> SimulatorConfig:
    """The app in the words of an account, so that it is pushed to and judged in the same way."""
    corp = config.wecom
    return replace(
        config,
        app_id=corp.corp_id,
        account_id=corp.corp_id,
        token=corp.token,
        aes_key=corp.aes_key,
        callback_url=corp.callback_url,
        mode=Mode.SAFE,
    )


def send_text(sim: Simulator, userid: str, text: str, tamper: Tamper | None = None) -> PushOutcome:
    """A member writes to the app."""
    with sim.lock:
        msg_id = sim.state.next_msg_id()
    return _push(sim, userid, {"MsgType": "text", "Content": text, "MsgId": msg_id}, tamper)


def send_event(sim: Simulator, userid: str, event: str, key: str = "", tamper: Tamper | None = None) -> PushOutcome:
    """A member enters the app, taps its menu, …: subscribe, enter_agent, click."""
    return _push(sim, userid, {"MsgType": "event", "Event": event, "EventKey": key}, tamper)


def verify_url(sim: Simulator, tamper: Tamper | None = None) -> PushOutcome:
    """Save the app's callback: GET with an encrypted echostr, whose plain text must come back."""
    config = account(sim.config)
    echo = str(secrets.randbelow(10**19))
    encrypted, query = _sealed(config, echo, int(sim.now()), tamper)
    attempt = pushing.request(config, "GET", f"{query}&echostr={quote(encrypted, safe='')}", None)
    passed = attempt.status == 200 and attempt.body == echo.encode()
    problem = "" if passed else attempt.error or "the plain echostr did not come back"
    outcome = Outcome.SUCCESS if passed else Outcome.FAILURE
    return PushOutcome(push=None, attempts=(attempt,), outcome=outcome, problem=problem)


def _push(sim: Simulator, userid: str, fields: Mapping[str, Node], tamper: Tamper | None) -> PushOutcome:
    config = account(sim.config)
    outcome = pushing.deliver(config, _seal(sim, config, userid, fields, tamper), lambda *_: False, sim.repeats)
    with sim.lock:
        sim.outcomes.append(outcome)
    return outcome


def _seal(
    sim: Simulator, config: SimulatorConfig, userid: str, fields: Mapping[str, Node], tamper: Tamper | None
) -> Push:
    now = int(sim.now())
    agent_id = sim.config.wecom.agent_id
    head: dict[str, Node] = {"ToUserName": config.app_id, "FromUserName": userid, "CreateTime": now}
    inner = to_xml("xml", {**head, **fields, "AgentID": agent_id})
    encrypted, query = _sealed(config, inner, now, tamper)
    body: dict[str, Node] = {"ToUserName": config.app_id, "AgentID": str(agent_id), "Encrypt": encrypted}
    msg_id = fields.get("MsgId")
    return Push(
        openid=userid,
        msg_type=str(fields["MsgType"]),
        event=str(fields.get("Event", "")),
        msg_id=msg_id if isinstance(msg_id, int) else None,
        created_at=now,
        query=query,
        body=to_xml("xml", body).encode(),
    )


def _sealed(config: SimulatorConfig, text: str, now: int, tamper: Tamper | None) -> tuple[str, str]:
    """The text encrypted, and the query that signs it."""
    key = _FOREIGN_AES_KEY if tamper is Tamper.KEY else config.aes_key
    corp_id = _FOREIGN_CORP_ID if tamper is Tamper.APP_ID else config.app_id
    encrypted = encrypt(text.encode(), key, corp_id)
    forged = tamper in (Tamper.SIGNATURE, Tamper.MSG_SIGNATURE)
    token = f"{config.token}x" if forged else config.token
    nonce = str(secrets.randbelow(10**10))
    signature = sign(token, str(now), nonce, encrypted)
    return encrypted, urlencode({"msg_signature": signature, "timestamp": now, "nonce": nonce})
