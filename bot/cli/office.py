"""`safetybot office …`: settings that staff change, from the command line. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("office", help="settings that staff change: list, set, reset, switch")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    grammar.add(deeds, "list", _list, "列出可以改的设置；带 * 的改过").add_argument("group", nargs="?", default="")
    given = grammar.add(deeds, "set", _set, "改一项；几行的用 \\n 分开")
    given.add_argument("key")
    given.add_argument("value")
    reset = grammar.add(deeds, "reset", _reset, "恢复默认")
    reset.add_argument("key")
    switch = grammar.add(deeds, "switch", _switch, "关闭或打开一项功能")
    switch.add_argument("function")
    switch.add_argument("state", choices=["on", "off"])
    switch.add_argument("--reason", default="", help="关闭的原因，会告诉公众")
    for deed in (given, reset, switch):
        deed.add_argument("--by", required=True, help="谁（留在记录里）")
        deed.add_argument("--why", default="", required=deed is not switch, help="为什么（留在记录里）")


@contextmanager
def _open(settings: Settings) -> Iterator[Services]:
    with closing(grammar.services(settings)) as services:
        yield services


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from bot.office import shown

    with _open(settings) as services:
        for line in services.office_desk.lines():
            if args.group in ("", line.item.group):
                value = shown(line.item, line.value).replace("\n", "\\n")
                print(f"{'*' if line.is_changed else ' '} {line.item.key}\t{line.item.title}\t{value}")
    return 0


def _set(args: argparse.Namespace, settings: Settings) -> int:
    with _open(settings) as services:
        value = args.value.replace("\\n", "\n")
        line = services.office_desk.set(args.key, value, args.by, args.why, datetime.now(UTC))
    print(f"“{line.item.title}”已改好，5 秒内处处生效。")
    return 0


def _reset(args: argparse.Namespace, settings: Settings) -> int:
    with _open(settings) as services:
        line = services.office_desk.reset(args.key, args.by, args.why, datetime.now(UTC))
    print(f"“{line.item.title}”已恢复默认，5 秒内处处生效。")
    return 0


def _switch(args: argparse.Namespace, settings: Settings) -> int:
    from bot.errors import OfficeError
    from bot.switches import NAMES, Function

    if args.function not in set(Function):
        raise OfficeError(f"没有“{args.function}”这项功能；有 {'、'.join(f'{f}（{NAMES[f]}）' for f in Function)}")
    function, now = Function(args.function), datetime.now(UTC)
    with _open(settings) as services:
        desk = services.office_desk
        if args.state == "off":
            desk.switch_off(function, args.reason, args.by, args.why, now)
        else:
            desk.switch_on(function, args.by, args.why, now)
    print(f"“{NAMES[function]}”已{'关闭' if args.state == 'off' else '打开'}，5 秒内处处生效。")
    return 0
