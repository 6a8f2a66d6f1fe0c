"""The commands. Each parses, calls and prints; the work is elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.cli import (
    broadcast,
    calendar,
    consultation,
    grammar,
    knowledge,
    menu,
    office,
    people,
    plan,
    staff,
    synonyms,
    tips,
    unanswered,
    worker,
)
from bot.errors import BotError, ContentError, ContentErrors, SettingsError
from bot.settings import Settings, load


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors of ours are one clear line, never a stack trace."""
    args = _parser().parse_args(argv)
    try:
        settings = load(os.environ)
        from bot import log

        log.set_up(settings.log_level if args.command in ("serve", "worker") else "WARNING")
        if args.command not in ("serve", "simulate"):
            from bot.simulated import joined

            settings = joined(settings)
        command: grammar.Command = args.run
        with grammar.under_way():
            return command(args, settings)
    except SettingsError as e:
        print(f"settings: {e}", file=sys.stderr)
        return 2
    except ContentErrors as e:
        print("\n".join(map(str, e.errors[:50])), file=sys.stderr)
        print(f"{len(e.errors)} problem(s) in the content; nothing was loaded.", file=sys.stderr)
        return 1
    except BotError as e:
        print(str(e), file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="safetybot", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = grammar.add(commands, "serve", _serve, "run the web server: chat page at /, WeChat callback at /wechat")
    serve.add_argument("--host", help="address to listen on (default: settings)")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default: settings)")
    serve.add_argument("--simulator", action="store_true", help="also serve the stand-in of WeChat at /simulator")

    simulate = grammar.add(commands, "simulate", _serve, "serve with the stand-in of WeChat switched on and connected")
    simulate.add_argument("--host")
    simulate.add_argument("--port", type=int)
    simulate.set_defaults(simulator=True)

    ask = grammar.add(commands, "ask", _ask, "answer one question")
    ask.add_argument("text", nargs="+")
    ask.add_argument("--json", action="store_true")

    evaluate = grammar.add(commands, "evaluate", _evaluate, "answer a question set and count what was right")
    evaluate.add_argument("file", type=Path)
    evaluate.add_argument("--out", type=Path, help="write one JSON line per question")
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")
    evaluate.add_argument("--ranking", type=int, default=0, metavar="N", help="add ids: the best N passages")

    bring = grammar.add(commands, "import", _import, "import statutes: docx, doc, pdf, html, txt, md, zip, folders")
    bring.add_argument("paths", type=Path, nargs="+")

    statutes = grammar.add(
        commands, "statutes", _statutes, "fetch the safety laws in force from a package and import them"
    )
    statutes.add_argument("--if-missing", action="store_true", help="do nothing when statutes were imported before")

    grammar.add(commands, "vectors", _vectors, "make the vectors of articles for answers.dense now, not while serving")
    knowledge.add(commands)
    plan.add(commands)
    worker.add(commands)
    broadcast.add(commands)
    synonyms.add(commands)
    tips.add(commands)
    unanswered.add(commands)
    people.add(commands)
    office.add(commands)
    calendar.add(commands)
    menu.add(commands)
    consultation.add(commands)
    staff.add(commands)
    grammar.add(commands, "check", _check, "check all content: schema, dates, phrasings, references, sources")
    grammar.add(commands, "doctor", _doctor, "check the installation and name the cure for what is wrong")
    return parser


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    from bot.server import serve

    return serve(settings, host=args.host, port=args.port, simulator=args.simulator)


def _ask(args: argparse.Namespace, settings: Settings) -> int:
    from bot.asking import Asker

    answer = Asker(grammar.services(settings)).ask(" ".join(args.text))
    if args.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(answer["answer"])
    return 0


def _evaluate(args: argparse.Namespace, settings: Settings) -> int:
    from bot.asking import Asker, evaluate

    asker = Asker(grammar.services(settings))
    table = evaluate(asker, args.file, args.out, args.ranking)
    if args.json:
        print(json.dumps(table, ensure_ascii=False))
        return 0
    for group, held in table.items():
        print(group)
        for figure, (share, count) in held.items():
            print(f"  {figure:<11}{share:7.3f}  of {count}")
    return 0


def _import(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest import content
    from bot.ingest.importing import import_paths
    from bot.knowledge import live

    database = grammar.services(settings).database
    entries = live.read(database).entries_over(content.read(settings.knowledge_dir).entries)
    return import_paths(database, args.paths, print, entries)


def _statutes(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.importing import import_package

    return import_package(grammar.services(settings).database, settings.knowledge_dir, args.if_missing, print)


def _vectors(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.answers import dense

    if lacking := dense.missing():
        print(f"{lacking} is not installed: pip install 'safetybot[dense]'", file=sys.stderr)
        return 1
    base = grammar.services(settings).base
    print(f"{base.article_count} articles, vectors made of {dense.make(base)}")
    return 0


def _check(_args: argparse.Namespace, settings: Settings) -> int:
    from datetime import datetime

    from bot.ingest import holdings
    from bot.ingest.check import check
    from bot.settings import BEIJING

    services = grammar.services(settings)
    held = holdings.held(services.database)
    errors, reading = check(settings.knowledge_dir, held, datetime.now(BEIJING).date())
    for words in services.word_lists:
        errors += words.check_all()
    errors += _calendar_errors(settings, services.office.settings.office.region)
    for error in errors:
        print(error)
    unresolved = {s.law for e in reading.entries for s in e.sources if s.law and s.law not in held}
    print(
        f"{len(reading.entries)} entries, {len(reading.cards)} emergency cards, {len(reading.plans)} plans: "
        f"{len(errors)} problem(s); {len(unresolved)} cited statutes are not imported, their articles were not resolved"
    )
    return 1 if errors else 0


def _calendar_errors(settings: Settings, region: str) -> list[ContentError]:
    from bot.outreach.book import CALENDAR, load

    if not (settings.knowledge_dir / "calendar.yaml").is_file():
        return []  # a folder of other content: it has no days for reminders to name
    try:
        load(CALENDAR, settings.knowledge_dir, region)
    except ContentErrors as e:
        return e.errors
    return []


def _doctor(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.doctor import examine

    return examine(grammar.services(settings), print)
