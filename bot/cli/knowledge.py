"""`safetybot knowledge …`: what staff do with entries, from the command line. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.knowledge import Desk, Event, Version

Deed = Callable[["Desk", argparse.Namespace], "Version | None"]


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("knowledge", help="entries of the office's own: drafts, review, history, files")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    listing = grammar.add(deeds, "list", _list, "列出条目（默认：所有未撤下的版本）")
    listing.add_argument("--state", choices=["draft", "in_review", "live", "withdrawn"])
    listing.add_argument("--conflicts", action="store_true", help="只列出随附内容在升级后变了的修改")
    history = grammar.add(deeds, "history", _history, "一个条目的全部版本：谁、何时、为什么、改了什么")
    history.add_argument("entry")
    history.add_argument("--json", action="store_true")
    draft = grammar.add(deeds, "draft", _draft, "把文件里的条目存为草稿，格式见 knowledge/README.md")
    draft.add_argument("file", type=Path)
    grammar.sign(draft)
    for name, aliases, help_text in (
        ("submit", (), "检查草稿并提交审核"),
        ("return", (), "把待审核的版本退回修改"),
        ("publish", (), "发布待审核的版本"),
        ("withdraw", ("hide",), "撤下条目；随附的条目则隐藏"),
        ("restore", (), "恢复随附内容，或最后一次发布的版本"),
    ):
        deed = grammar.add(deeds, name, _deed, help_text, aliases=aliases)
        deed.add_argument("entry")
        grammar.sign(deed)
    back = grammar.add(deeds, "rollback", _roll_back, "让某一旧版本重新生效（成为新版本）")
    back.add_argument("entry")
    back.add_argument("version", type=int)
    grammar.sign(back)
    _add_files(deeds)


def _add_files(deeds: Any) -> None:
    diff = grammar.add(deeds, "diff", _diff, "发布前试答：哪些回答会变")
    diff.add_argument("entry", nargs="?")
    diff.add_argument("--all", action="store_true", help="所有草稿和待审核的版本一起试答")
    diff.add_argument("--json", action="store_true")
    regression = grammar.add(deeds, "regression", _regression, "试答用的问题集：add FILE、list、remove NAME")
    regression.add_argument("what", choices=["add", "list", "remove"])
    regression.add_argument("file", nargs="?", help="add：JSONL 文件；remove：名称")
    regression.add_argument("--by", default="", help="谁")
    export = grammar.add(deeds, "export", _export, "把本单位的全部知识写成文件")
    export.add_argument("folder", type=Path)
    bring = grammar.add(deeds, "import", _import, "从文件读回全部知识：全部读入或全部不读入")
    bring.add_argument("folder", type=Path)
    bring.add_argument("--by", required=True, help="谁")


def _list(args: argparse.Namespace, settings: Settings) -> int:
    desk = grammar.services(settings).desk
    if args.conflicts:
        return _conflicts(desk)
    from bot.knowledge import State

    states = [State(args.state)] if args.state else [State.DRAFT, State.IN_REVIEW, State.LIVE]
    for version in desk.versions(*states):
        print(_line(version))
    if found := desk.conflicts():
        print(f"有 {len(found)} 处修改与升级后的随附内容不一致：safetybot knowledge list --conflicts")
    return 0


def _line(version: Version) -> str:
    from bot.knowledge.states import WORDS

    state = "已隐藏" if version.fields is None and version.state == "live" else WORDS[version.state]
    origin = "修改" if version.shipped is not None else "自有"
    return f"{version.entry}  第{version.version}版  {state}  {origin}  {version.title}  作者 {version.author}" + (
        f"  审核 {version.reviewer}" if version.reviewer else ""
    )


def _conflicts(desk: Desk) -> int:
    from bot.knowledge import Clash
    from bot.knowledge.versions import snapshot

    words = {
        Clash.CHANGED: "随附内容变了",
        Clash.GONE: "随附内容不再有这一条，本单位的版本仍在用",
        Clash.CAME: "随附内容新增了同一 id，本单位的版本仍在用",
    }
    found = desk.conflicts()
    for conflict in found:
        version = conflict.version
        print(f"{version.entry}  第{version.version}版  {words[conflict.clash]}")
        if conflict.now:
            for line in _differences(version.shipped or {}, snapshot(conflict.now)):
                print(f"  {line}")
    print(f"{len(found)} 处；要保留本单位的版本：knowledge rollback ID 版本号，要用随附内容：knowledge restore ID")
    return 1 if found else 0


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name) or None, new.get(name) or None
        if was != now:
            yield f"{name}: {_shown(was)} → {_shown(now)}"


def _shown(value: object) -> str:
    if value is None:
        return "（无）"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _history(args: argparse.Namespace, settings: Settings) -> int:
    found, events = grammar.services(settings).desk.history(args.entry)
    by_number = {v.version: v for v in found}
    if args.json:
        print(json.dumps([_event(e, by_number[e.version]) for e in events], ensure_ascii=False))
        return 0
    from bot.knowledge.states import WORDS, Move

    for event in events:
        at = event.at.astimezone(BEIJING)
        why = f"：{event.why}" if event.why else ""
        print(f"{at:%Y-%m-%d %H:%M}  第{event.version}版  {WORDS[Move(event.move)]}  {event.who}{why}")
        if not event.before:
            version = by_number[event.version]
            before = by_number.get(event.version - 1)
            was = (before.fields if before else version.shipped) or {}
            for line in _differences(was, version.fields or {}):
                print(f"    {line}")
    return 0


def _event(event: Event, version: Version) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(), "version": event.version, "move": event.move, "before": event.before,
        "after": event.after, "who": event.who, "why": event.why, "fields": version.fields,
    }  # fmt: skip


def _draft(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.items import read_items

    desk = grammar.services(settings).desk
    items = read_items(args.file)
    for version in desk.draft(items, args.by, args.why):
        print(_line(version))
    for item in items:
        for error in desk.check(item):
            print(f"提交前要改：{error}")
    return 0


def _deed(args: argparse.Namespace, settings: Settings) -> int:
    desk = grammar.services(settings).desk
    deeds: dict[str, Callable[[str, str, str], Version | None]] = {
        "submit": desk.submit, "return": desk.give_back, "publish": desk.publish,
        "withdraw": desk.withdraw, "hide": desk.withdraw, "restore": desk.restore,
    }  # fmt: skip
    version = deeds[args.deed](args.entry, args.by, args.why)
    print(_line(version) if version else f"{args.entry}：已恢复")
    return 0


def _roll_back(args: argparse.Namespace, settings: Settings) -> int:
    print(_line(grammar.services(settings).desk.roll_back(args.entry, args.version, args.by, args.why)))
    return 0


def _diff(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.regression import compare

    services = grammar.services(settings)
    result = compare(services.keeper, services.desk, services.database, None if args.all else args.entry)
    if args.json:
        print(json.dumps(result.as_row(), ensure_ascii=False))
        return 0
    for change in result.changes:
        print(f"{'变了' if change.changed else '不变'}  {change.question}")
        if change.changed:
            print(f"    原：{change.old.shown()}\n    新：{change.new.shown()}")
    print(f"{len(result.changes)} 个问题，{sum(c.changed for c in result.changes)} 个回答会变")
    for name in result.after:
        (before, count), (after, _) = result.before.get(name, (0.0, 0)), result.after[name]
        print(f"  {name:<11}{before:.3f} → {after:.3f}  {count} 题")
    return 0


def _regression(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.regression import QuestionSets

    sets = QuestionSets(grammar.services(settings).database)
    if args.what == "list":
        for held in sets.all():
            print(f"{held.name}  {len(held.questions)} 题  {held.who}")
    elif args.what == "add":
        held = sets.add(Path(args.file or ""), args.by)
        print(f"{held.name}：{len(held.questions)} 题")
    else:
        sets.remove(args.file or "")
        print(f"{args.file}：已删除")
    return 0


def _export(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.files import export

    for path in export(grammar.services(settings).database, args.folder):
        print(path)
    return 0


def _import(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.files import bring

    services = grammar.services(settings)
    for line in bring(services.database, services.desk, services.word_lists, services.tell, args.folder, args.by):
        print(line)
    return 0
