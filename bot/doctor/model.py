"""The language model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.doctor.findings import Finding, Level
from bot.services import Services
from bot.settings import LlmSettings

#: A question of ours, which is all that the doctor shows to the model.
_SAMPLE = ("电动车能停楼道吗", ("楼道里停电动自行车", "灭火器怎么用"))
_MODEL_PATIENCE_S = 10.0


def language_model(services: Services) -> Iterator[Finding]:
    llm, answers = services.settings.llm, services.office.settings.answers
    if not llm.is_on:
        yield Finding(Level.OK, "not used")
        return
    parts = urlsplit(llm.base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        cure = "use https, unless all of the way there is the office's own"
        yield Finding(Level.WARN, f"{llm.base_url} is not encrypted: key and questions can be read on the way", cure)
    if llm.pick and answers.offer_at >= answers.answer_at:
        cure = "set answers.answer_at above answers.offer_at, or llm.pick = false"
        yield Finding(Level.WARN, "llm.pick has nothing to pick from: choices are never offered", cure)
    yield _asked_model(llm)


def _asked_model(llm: LlmSettings) -> Finding:
    from bot.llm import ModelClient, ModelFaultError, prompts

    started = time.perf_counter()
    try:
        ModelClient(llm, 1).complete(prompts.PICK, prompts.picking(*_SAMPLE), 8, _MODEL_PATIENCE_S)
    except ModelFaultError as e:
        return Finding(Level.FAIL, f"{llm.base_url}: {e.reason}", _model_cure(e.reason))
    took_s = time.perf_counter() - started
    text = f"{llm.model} answered in {took_s:.2f} s, llm.timeout_s is {llm.timeout_s:g}"
    if took_s > llm.timeout_s:
        return Finding(Level.WARN, text, "take a faster model: whatever comes later is not used")
    return Finding(Level.OK, text)


def _model_cure(reason: str) -> str:
    if reason in ("http 401", "http 403"):
        return "llm.api_key is not accepted there"
    if reason in ("http 400", "http 404", "http 405"):
        return "is there a model called llm.model, and does llm.base_url end as in …/v1?"
    return (
        "is it running, does llm.base_url lead to it, and is that an OpenAI-compatible API? answers go out without it"
    )
