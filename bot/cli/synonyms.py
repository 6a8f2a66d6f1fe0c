"""`safetybot synonyms …` and `safetybot lexicon …`: the lists of words, from the command line, with a preview."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.answers.synonyms import Pair, Synonyms
    from bot.knowledge import Version
    from bot.knowledge.preview import Preview
    from bot.services import Services

_SHOWN = 40  # changes that are printed; --json has all


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("synonyms", help="colloquial words: preview, the office's own list, its history")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    grammar.add(deeds, "list", _list, "列出本单位自己的近义词（可存成文件修改后再 draft）")
    preview = grammar.add(deeds, "preview", _preview, "试一试：哪些回答会变；什么也不保存。不给文件则试草稿")
    preview.add_argument("file", nargs="?", type=Path, help="当作本单位的近义词来试，格式同 config/synonyms.toml")
    preview.add_argument("--add", action="append", default=[], metavar="口语=正式说法", help="另加一条，可重复")
    preview.add_argument("--shipped", action="store_true", help="文件是改过的 config/synonyms.toml")
    preview.add_argument("--json", action="store_true")
    draft = grammar.add(deeds, "draft", _draft, "把文件里的近义词（整张表）存为草稿")
    draft.add_argument("file", type=Path)
    grammar.sign(draft)
    for name, help_text in (
        ("submit", "检查草稿并提交审核"),
        ("return", "把待审核的退回修改"),
        ("publish", "发布待审核的，几秒内生效"),
        ("withdraw", "撤下草稿；没有草稿则撤下已发布的"),
    ):
        grammar.sign(grammar.add(deeds, name, _deed, help_text))
    back = grammar.add(deeds, "rollback", _roll_back, "让某一旧版本重新生效（成为新版本）")
    back.add_argument("version", type=int)
    grammar.sign(back)
    grammar.add(deeds, "history", _history, "全部版本：谁、何时、为什么、改了什么")
    _add_lexicon(commands)


def _add_lexicon(commands: Any) -> None:
    parser = commands.add_parser("lexicon", help="words of emergencies and hazards: what an edited file would change")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    preview = grammar.add(
        deeds, "preview", _preview_lexicon, "试一试改过的 lexicon.toml：哪些话的判断会变；什么也不保存"
    )
    preview.add_argument("file", type=Path)
    preview.add_argument("--json", action="store_true")


def _list(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.answers.synonyms import written

    print(written(grammar.services(settings).synonym_desk.live()), end="")
    return 0


def _preview(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.preview import preview_synonyms

    services = grammar.services(settings)
    then = _tried(args, services)
    found = preview_synonyms(
        services.database, services.answerer, services.trial(synonyms=then), services.answerer.office.region
    )
    _print(found, as_json=args.json)
    return 0


def _tried(args: argparse.Namespace, services: Services) -> Synonyms:
    """The lists as they would be."""
    from bot.answers.synonyms import Synonyms, one, read

    now, desk = services.answerer.matcher.synonyms, services.synonym_desk
    given: list[Pair] = list(read(args.file)) if args.file else []
    added = [one(text) for text in args.add]
    if args.shipped and args.file:
        _warn(_faults(desk.check_file(given, args.file)))
        return Synonyms(given, (*now.own, *added))
    if not args.file and not added:
        given = desk.draft_pairs()
    own = given if given or args.file else list(now.own)
    own = [*(p for p in own if p.word not in {a.word for a in added}), *added]
    _warn(_faults(desk.check(own, args.file)))
    return Synonyms(now.shipped, own)


def _faults(errors: Any) -> list[str]:
    return [f"要先改：{error}" for error in errors]


def _warn(lines: list[str]) -> None:
    import sys

    for line in lines:
        print(line, file=sys.stderr)


def _preview_lexicon(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest import content
    from bot.knowledge.preview import preview_lexicon

    services = grammar.services(settings)
    then = services.trial(lexicon=services.danger_desk.lexicon(services.danger_desk.live(), args.file))
    examples = content.read(settings.knowledge_dir).examples
    found = preview_lexicon(services.database, services.answerer, then, services.answerer.office.region, examples)
    _print(found, as_json=args.json)
    return 0


def _print(found: Preview, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found.as_row(), ensure_ascii=False))
        return
    for tried in found.changes[:_SHOWN]:
        print(f"{tried.message.origin}  {tried.message.text}\n    原：{tried.old.shown()}\n    新：{tried.new.shown()}")
    if len(found.changes) > _SHOWN:
        print(f"…… 还有 {len(found.changes) - _SHOWN} 处，用 --json 看全部")
    _print_words(found)
    print("看过：" + "，".join(f"{origin} {count} 条" for origin, count in found.looked_at.items() if count))
    print(f"可能受影响而试答的 {len(found.tried)} 条，回答会变的 {len(found.changes)} 条")
    for way, (before, after) in found.ways().items():
        print(f"  {way}  {before} → {after}")
    old, new, count = found.right()
    if count:
        print(f"  答到该条目  {old} → {new}，共 {count} 条")


def _print_words(found: Preview) -> None:
    if found.words:
        print(f"改动的词：{'、'.join(found.words[:_SHOWN])}")
    if found.unused:
        print(f"其中条目里已经常用、机器人认得而不会去换的：{'、'.join(found.unused[:_SHOWN])}")
    if not found.looked_at:
        print("没有改动：在本单位的地区，这些词现在就是这样用的")


def _draft(args: argparse.Namespace, settings: Settings) -> int:
    from bot.answers.synonyms import read

    desk, pairs = grammar.services(settings).synonym_desk, read(args.file)
    print(_line(desk.draft(pairs, args.by, args.why)))
    for error in desk.check(pairs, args.file):
        print(f"提交前要改：{error}")
    return 0


def _deed(args: argparse.Namespace, settings: Settings) -> int:
    desk = grammar.services(settings).synonym_desk
    deeds: dict[str, Callable[[str, str], Version]] = {
        "submit": desk.submit, "return": desk.give_back, "publish": desk.publish, "withdraw": desk.withdraw,
    }  # fmt: skip
    print(_line(deeds[args.deed](args.by, args.why)))
    return 0


def _roll_back(args: argparse.Namespace, settings: Settings) -> int:
    print(_line(grammar.services(settings).synonym_desk.roll_back(args.version, args.by, args.why)))
    return 0


def _line(version: Version) -> str:
    from bot.knowledge.states import WORDS
    from bot.knowledge.word_lists import pairs_of

    by = f"作者 {version.author}" + (f"  审核 {version.reviewer}" if version.reviewer else "")
    return f"近义词  第{version.version}版  {WORDS[version.state]}  {len(pairs_of(version))} 条  {by}"


def _history(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.states import WORDS, Move
    from bot.knowledge.word_lists import pairs_of

    found, events = grammar.services(settings).synonym_desk.history()
    said = {v.version: {p.word: p.means for p in pairs_of(v)} for v in found}
    for event in events:
        at, why = event.at.astimezone(BEIJING), f"：{event.why}" if event.why else ""
        print(f"{at:%Y-%m-%d %H:%M}  第{event.version}版  {WORDS[Move(event.move)]}  {event.who}{why}")
        if not event.before:
            old, new = said.get(event.version - 1, {}), said[event.version]
            for word in sorted({*old, *new}):
                if old.get(word) != new.get(word):
                    print(f"    {word}: {old.get(word, '（无）')} → {new.get(word, '（无）')}")
    return 0
