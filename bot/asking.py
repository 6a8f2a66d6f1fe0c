"""One question or a whole set put to the bot from the command line, with everything it can show of its working."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.answers import Asked
from bot.dialogue import understand
from bot.ingest.evaluation import figures, judge, read_questions
from bot.messages import Citation, numbered
from bot.services import Services
from bot.settings import BEIJING


class Asker:
    """Answers as a person would read them, with intent, citations and rejected candidates beside."""

    def __init__(self, services: Services) -> None:
        self._answerer = services.answerer
        self._region = services.answerer.office.region

    def ask(self, text: str) -> dict[str, Any]:
        """One answer as the JSON contract of `ask --json` has it; took_ms is the answering alone."""
        started = time.perf_counter()
        outcome = understand(self._answerer, Asked(text, datetime.now(BEIJING).date(), self._region))
        took_ms = (time.perf_counter() - started) * 1000
        parts = [outcome.text, numbered(outcome.choices)]
        return {
            "status": outcome.status.value,
            "answer": "\n".join(p for p in parts if p),
            "rejected": outcome.rejected,
            "intent": outcome.intent or None,
            "confidence": round(outcome.confidence, 4),
            "citations": [_citation(c) for c in outcome.citations],
            "choices": [c.label for c in outcome.choices],
            "candidates": [{"id": c.id, "title": c.title, "score": c.score} for c in outcome.candidates],
            "took_ms": round(took_ms, 3),
        }

    def ranking(self, text: str, n: int) -> list[int | str]:
        """The best n passages by the id they were imported with."""
        return self._answerer.ranking(text, self._region, n)


def _citation(c: Citation) -> dict[str, str]:
    return {"title": c.title, "law": c.law, "article": c.article, "plan": c.plan, "section": c.section}


def evaluate(asker: Asker, path: Path, out: Path | None, ranking: int) -> dict[str, dict[str, tuple[float, int]]]:
    """Answer every question of a set; returns the figures per kind and overall, writes the answers to `out`."""
    judged: list[tuple[str, dict[str, bool]]] = []
    lines: list[str] = []
    for question in read_questions(path):
        answer = asker.ask(question.q)
        judged.append((f"kind={question.kind}", judge(question.row, answer)))
        row = {"id": question.row.get("id", question.id), "q": question.q, **answer}
        if ranking:
            row["ids"] = asker.ranking(question.q, ranking)
        lines.append(json.dumps(row, ensure_ascii=False))
    if out:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return figures(judged)
