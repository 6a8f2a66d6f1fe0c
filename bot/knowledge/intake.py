"""`python -m bot.knowledge.intake`: reads one file that staff handed in, and stores what it holds.

Its order comes as JSON on standard input (it holds a password); see uploads.py, which starts it. What it says are lines
of JSON: {"done", "total"} as it goes, then {"files": [{"name", "as", …}]}, one for each document:

    as plan     plan (its number), title, facts, findings, new
    as statute  statutes: [{title, articles, what}], notes
    as nothing  why
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.answers.entries import Entry
from bot.errors import BotError, ContentError, ContentErrors
from bot.ingest import changes, content, holdings
from bot.ingest.plans import Proposal, extract
from bot.ingest.readers import Format, read_from_bytes
from bot.ingest.readers.archive import members
from bot.ingest.readers.detect import detect
from bot.ingest.statutes import NotAStatuteError, Statute, statute_from_bytes
from bot.knowledge import live
from bot.knowledge.plans import PlanDesk
from bot.store.database import Database

_NICE = 15
_MAX_MEMORY = 2 << 30
_CPU_S = 200
#: A document without any of these, and with fewer facts, tells nothing that staff could tick.
_LEAST_FACTS = 2

Found = dict[str, Any]


@dataclass
class Intake:
    """Reads documents in the order of one person. places: see PlanDesk."""

    database: Database
    knowledge_dir: Path
    wanted: str
    who: str
    places: Sequence[str] = ()

    def file(self, name: str, data: bytes) -> Found:
        """What one document holds, stored. Never raises for what a document says."""
        try:
            return {"name": name, **self._read(name, data)}
        except ContentErrors as e:
            why = "；".join(error.reason for error in e.errors[:5])
        except ContentError as e:
            why = e.reason
        except BotError as e:
            why = str(e)
        return {"name": name, "as": "nothing", "why": why}

    def _read(self, name: str, data: bytes) -> Found:
        if self.wanted == "plan":
            return self._plan(name, data)
        if self.wanted == "statute":
            return self._statute(statute_from_bytes(data, Path(name)))
        try:
            return self._statute(statute_from_bytes(data, Path(name)))
        except NotAStatuteError:
            return self._plan(name, data)

    def _plan(self, name: str, data: bytes) -> Found:
        proposal = extract(read_from_bytes(data, name), name, self.knowledge_dir / "calendar.yaml")
        if not _says_anything(proposal):
            raise ContentError("没有读出法规条文，也没有读出活动方案的时间、日程或任务。请确认是不是这个文件", name)
        held, new = PlanDesk(self.database, places=lambda: self.places).store(proposal, name, self.who)
        return {
            "as": "plan", "plan": held.id, "title": held.title, "facts": len(held.proposal.facts),
            "findings": len(held.proposal.findings), "new": new,
        }  # fmt: skip

    def _statute(self, statute: Statute) -> Found:
        saved = holdings.store(self.database, [statute])
        notes = [line for s in saved for line in s.statute.warnings]
        notes += [line for s in saved if s.revision for line in changes.told(s.revision, self._entries)]
        rows = [{"title": s.statute.title, "articles": len(s.statute.articles), "what": s.what} for s in saved]
        return {"as": "statute", "statutes": rows, "notes": notes[:40]}

    @cached_property
    def _entries(self) -> Sequence[Entry]:
        return live.read(self.database).entries_over(content.read(self.knowledge_dir).entries)


def _says_anything(proposal: Proposal) -> bool:
    told = proposal.theme or proposal.issuer or any(f.date or f.start for f in proposal.facts)
    return bool(told) and len(proposal.facts) >= _LEAST_FACTS


def _documents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if detect(data, name) is Format.ZIP:
        yield from members(data, name)
    else:
        yield name, data


def _say(said: Mapping[str, Any]) -> None:
    print(json.dumps(said, ensure_ascii=False), flush=True)


def main() -> int:
    """Read what is ordered; always says what came of it."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    order = json.load(sys.stdin)
    name, data = str(order["name"]), Path(order["path"]).read_bytes()
    intake = Intake(
        Database(order["database"]), Path(order["knowledge_dir"]), order["wanted"], order["who"], order["places"]
    )
    try:
        documents = list(_documents(name, data))
    except ContentError as e:
        _say({"files": [{"name": name, "as": "nothing", "why": e.reason}]})
        return 0
    found = []
    for n, (inner, held) in enumerate(documents):
        _say({"done": n, "total": len(documents)})
        found.append(intake.file(inner, held))
    _say({"files": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
