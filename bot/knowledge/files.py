"""All that the office added, as files: for keeping, for moving to another machine, for editing by hand.

    entries/<topic>.yaml  hotlines.yaml  digests.yaml  calendar.yaml  out_of_scope.yaml   live, knowledge/README.md
    drafts/               the same, not yet live
    hidden.yaml           ids of shipped entries that are not told
    edits.json            what edits were laid over: tells whether it has changed since
    plans/<digest>.json   proposals, and which of their facts are live
    regression/*.jsonl    question sets
    synonyms.toml         the office's own synonyms, as config/synonyms.toml; drafts/synonyms.toml those not yet live
    danger_words.toml     its own words of danger, written alike

The same knowledge gives the same bytes. History stays in the database.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from bot.answers.synonyms import Pair, read, written
from bot.errors import BotError, ContentError, ContentErrors, KnowledgeError
from bot.ingest.evaluation import read_questions
from bot.ingest.items import FILES, KEYS, Item, read_items, write_items
from bot.ingest.plans.proposal import Proposal, from_row, to_row
from bot.knowledge import plans, regression, versions
from bot.knowledge.desk import Desk
from bot.knowledge.plans import PlanDesk, StoredPlan
from bot.knowledge.regression import QuestionSet, QuestionSets
from bot.knowledge.revision import changing
from bot.knowledge.states import PlanState, State
from bot.knowledge.versions import LISTS, Version
from bot.knowledge.word_lists import DangerDesk, SynonymDesk, WordList, pairs_of
from bot.store.database import Database

log = logging.getLogger(__name__)

_KEY_OF = {kind: key for key, kind in KEYS.items()}
_MARK = "safetybot-export.json"
#: The file of each of the lists of words -> its subject.
_LISTS = {kind.file: kind.subject for kind in (SynonymDesk, DangerDesk)}
_FORMAT = 1


def export(database: Database, folder: Path) -> list[Path]:
    """Write all into `folder`, which is empty, or holds an earlier export that then gives way.

    Raises KnowledgeError for any other folder.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / _MARK).is_file())):
        raise KnowledgeError(f"{folder} 里有别的文件；请给一个空的或新的文件夹")
    with database.begin() as db:
        found = versions.versions(db, State.LIVE, State.DRAFT, State.IN_REVIEW)
        open_or_live = (State.LIVE, State.DRAFT, State.IN_REVIEW)
        said = [(file, v) for file, name in _LISTS.items() for v in versions.versions(db, *open_or_live, of=name)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".export-"))
    try:
        _write_json(scratch / _MARK, {"format": _FORMAT})
        _write_versions(scratch, found)
        for file, version in said:
            path = scratch / ("" if version.state is State.LIVE else "drafts") / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(written(pairs_of(version)), encoding="utf-8")
        for plan in PlanDesk(database).plans():
            _write_json(scratch / "plans" / f"{_digest(plan)}.json", _plan_row(plan))
        for held in QuestionSets(database).all():
            path = scratch / "regression" / f"{held.name}.jsonl"
            path.parent.mkdir(exist_ok=True)
            path.write_text(regression.lines(held.questions), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    folder.chmod(0o755)
    return sorted(p for p in folder.rglob("*") if p.is_file())


def _write_versions(folder: Path, found: list[Version]) -> None:
    shown = [v for v in found if v.fields is not None]
    _write_items(folder, [v.item() for v in shown if v.state is State.LIVE])
    _write_items(folder / "drafts", [v.item() for v in shown if v.state is not State.LIVE])
    live = [v for v in found if v.state is State.LIVE]
    if hidden := sorted(v.entry for v in live if v.fields is None):
        (folder / "hidden.yaml").write_text(yaml.dump({"hidden": hidden}, allow_unicode=True), encoding="utf-8")
    if edits := {v.entry: v.shipped for v in live if v.shipped is not None}:
        _write_json(folder / "edits.json", edits)


def _write_items(folder: Path, items: list[Item]) -> None:
    ordered = sorted(items, key=lambda i: (_KEY_OF[i.kind], i.topic, i.id))
    for (key, topic), group in groupby(ordered, key=lambda i: (_KEY_OF[i.kind], i.topic)):
        path = folder / f"{FILES[key]}.yaml" if key in FILES else folder / "entries" / f"{topic}.yaml"
        write_items(path, key, topic, [i.fields for i in group])


def _digest(plan: StoredPlan) -> str:
    import hashlib

    return hashlib.sha256(versions.dump(to_row(plan.proposal)).encode()).hexdigest()[:16]


def _plan_row(plan: StoredPlan) -> dict[str, Any]:
    return {
        "state": plan.state, "file": plan.file, "accepted": plan.accepted, "proposal": to_row(plan.proposal)
    }  # fmt: skip


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@dataclass
class _Parcel:
    """What a folder holds, and what is wrong with it."""

    items: list[Item] = field(default_factory=list)
    drafts: list[Item] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    edits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    plans: list[tuple[Proposal, PlanState, list[str], str]] = field(default_factory=list)
    sets: list[QuestionSet] = field(default_factory=list)
    lists: dict[tuple[str, bool], tuple[Path, list[Pair]]] = field(default_factory=dict)  # by subject, and if a draft
    errors: list[ContentError] = field(default_factory=list)


class _Looked(Exception):
    """Takes back what was only to be looked at. lines: what would have been done."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines


def look(database: Database, desk: Desk, said: Sequence[WordList], folder: Path, by: str) -> list[str]:
    """What `bring` would change, a line each; raises as it does. Nothing is stored."""
    parcel = _read_right(desk, said, folder, by)
    try:
        with changing(database) as db:
            raise _Looked([line for line in _bring(db, desk, said, parcel, folder.name, by, "", 8) if "：" in line])
    except _Looked as e:
        return e.lines


def bring(
    database: Database, desk: Desk, said: Sequence[WordList], tell: Callable[[], object], folder: Path, by: str,
    reviewer: str = "",
) -> list[str]:  # fmt: skip
    """Read all of `folder` into the database, live things live at once; says what was done.

    reviewer  who let it, where it was not `by`
    What is there already is left alone, what is there otherwise becomes a new version, what is only here stays.
    Raises ContentErrors with everything that is wrong, and then nothing of it is stored.
    """
    parcel = _read_right(desk, said, folder, by)
    with changing(database, tell) as db:
        return _bring(db, desk, said, parcel, folder.name, by, reviewer)


def _read_right(desk: Desk, said: Sequence[WordList], folder: Path, by: str) -> _Parcel:
    """What a folder holds. Raises ContentErrors where anything of it is wrong."""
    parcel = _read(folder, by)
    parcel.errors += _checked(desk, parcel)
    desks = {words.subject: words for words in said}
    for (subject, _), (path, pairs) in parcel.lists.items():
        parcel.errors += desks[subject].check(pairs, path)
    if parcel.errors:
        raise ContentErrors(parcel.errors)
    return parcel


def _bring(
    db: sa.Connection, desk: Desk, said: Sequence[WordList], parcel: _Parcel, name: str, by: str, reviewer: str,
    shown: int = 0,
) -> list[str]:  # fmt: skip
    """Store it; a line for each kind of thing: its name, how many were changed, and `shown` of them by their titles."""
    why, edits = f"导入自 {name}" + (f"，{reviewer}审核" if reviewer else ""), parcel.edits

    def item(one: Item | str, shipped: Mapping[str, Any] | None, *, draft: bool = False) -> bool:
        return desk.bring(db, one, by, why, shipped, draft=draft, reviewer=reviewer)

    done = {
        "条目": [_called(i) for i in parcel.items if item(i, edits.get(i.id))],
        "隐藏": [i for i in parcel.hidden if item(i, edits.get(i))],
        "草稿": [_called(i) for i in parcel.drafts if item(i, None, draft=True)],
        "方案": [plan[3] or plan[0].title for plan in parcel.plans if plans.bring(db, *plan, by)],
        "问题集": [held.name for held in parcel.sets],
    }
    for words in said:
        held = [(draft, p) for (subject, draft), (_, p) in parcel.lists.items() if subject == words.subject]
        brought = [(draft, words.bring(db, p, by, why, draft=draft)) for draft, p in held]
        if brought:
            done[LISTS[words.subject]] = ["草稿" if draft else "在用的" for draft, is_new in brought if is_new]
    for questions in parcel.sets:
        regression.write(db, questions)
    return [_line(kind, names, shown) for kind, names in done.items()]


def _line(kind: str, names: list[str], shown: int) -> str:
    some = "、".join(names[:shown])
    more = " 等" if len(names) > shown else ""
    return f"{kind} {len(names)}：{some}{more}" if some else f"{kind} {len(names)}"


def _called(item: Item) -> str:
    return str(item.fields.get("title") or item.fields.get("name") or item.id)


def _read(folder: Path, by: str) -> _Parcel:
    if not (folder / _MARK).is_file():
        raise ContentError(f"不是用 knowledge export 写出的文件夹：缺少 {_MARK}", folder)
    parcel = _Parcel()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != _MARK):
        try:
            _read_file(path, path.relative_to(folder).parts, parcel, by)
        except ContentError as e:
            parcel.errors.append(e)
        except BotError as e:
            parcel.errors.append(ContentError(f"读不懂：{e}", path))
        except (KeyError, TypeError, ValueError, AttributeError, OSError) as e:
            log.warning("a file of an export cannot be read", extra={"file": path.name, "error": type(e).__name__})
            parcel.errors.append(ContentError("读不懂，和导出的样子不一样。请重新导出知识包，不要改里面的文件", path))
    return parcel


def _read_file(path: Path, parts: tuple[str, ...], parcel: _Parcel, by: str) -> None:
    where, suffix = parts[0], path.suffix
    if path.name in _LISTS:
        parcel.lists[_LISTS[path.name], where == "drafts"] = path, read(path)
    elif where == "plans" and suffix == ".json":
        row = json.loads(path.read_text(encoding="utf-8"))
        parcel.plans.append((from_row(row["proposal"]), PlanState(row["state"]), list(row["accepted"]), row["file"]))
    elif where == "regression" and suffix == ".jsonl":
        parcel.sets.append(QuestionSet(path.stem, tuple(read_questions(path)), by))
    elif where == "edits.json":
        parcel.edits = json.loads(path.read_text(encoding="utf-8"))
    elif where == "hidden.yaml":
        parcel.hidden += [str(name) for name in yaml.safe_load(path.read_text(encoding="utf-8"))["hidden"]]
    elif suffix == ".yaml":
        (parcel.drafts if where == "drafts" else parcel.items).extend(read_items(path))
    else:
        raise ContentError("不认识的文件；请只放 knowledge export 写出的文件", path)


def _checked(desk: Desk, parcel: _Parcel) -> Iterator[ContentError]:
    for items in (parcel.items, parcel.drafts):
        yield from _twice(items)
        for item in items:
            yield from desk.misplaced(item)
    if parcel.items and all(i.id for i in parcel.items):
        yield from desk.check(*parcel.items)
    shipped = {e.id for e in desk.shipped.entries}
    for name in parcel.hidden:
        if name not in shipped:
            yield ContentError(f"{name}：随附内容里没有这一条，无法隐藏", "hidden.yaml")
    for proposal, _, accepted, file in parcel.plans:
        if unknown := set(accepted) - {f.id for f in proposal.facts}:
            yield ContentError(f"{file}：方案里没有这些事项：{'、'.join(sorted(unknown))}", "plans")


def _twice(items: Iterable[Item]) -> Iterator[ContentError]:
    seen: dict[str, Item] = {}
    for item in items:
        other = seen.setdefault(item.id, item)
        if other is not item and other.path:
            yield ContentError(f"{item.id}：id 与 {other.path.name} 第 {other.line} 行重复", item.path, item.line)
