"""`safetybot staff …`: accounts of the staff site, for whoever installs it. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from bot.cli import grammar
from bot.errors import StaffError
from bot.settings import Settings


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("staff", help="accounts of the staff site")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    for name, run, help_text in (
        ("code", _code, "显示建立第一个管理员的启动码"),
        ("list", _list, "列出账号"),
        ("reset", _reset, "给一个账号新的初始密码，并重新绑定手机验证器"),
        ("check", _check, "核对操作记录有没有被改动"),
    ):
        deed = deeds.add_parser(name, help=help_text, description=help_text)
        deed.set_defaults(run=run)
        if name == "reset":
            deed.add_argument("name", help="登录名")


def _code(_args: argparse.Namespace, settings: Settings) -> int:
    with closing(grammar.services(settings)) as services:
        code = services.accounts.setup_code()
    print(f"启动码 {code}，在 /staff/setup 使用。" if code else "已经有管理员了，不需要启动码。")
    return 0


def _list(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.staff.roles import NAMES

    with closing(grammar.services(settings)) as services:
        for account in services.accounts.every():
            held = account.staff
            roles = "、".join(NAMES[role] for role in sorted(held.roles))
            closed = "" if account.is_active else "已停用"
            print(f"{held.name}\t{held.display}\t{roles}\t{held.region or '全部'}\t{closed}")
    return 0


def _reset(args: argparse.Namespace, settings: Settings) -> int:
    from bot.staff import Entry

    with closing(grammar.services(settings)) as services:
        numbers = [a.staff.id for a in services.accounts.every() if a.staff.name == args.name]
        if not numbers:
            raise StaffError(f"没有登录名是“{args.name}”的账号。用 safetybot staff list 查看。")
        password = services.accounts.reset(numbers[0])
        now = datetime.now(UTC)
        services.trail.write(Entry(staff="命令行", action="staff.reset", kind="staff", object_id=args.name, at=now))
    print(f"{args.name} 的初始密码：{password}  首次登录时要改，并重新绑定手机验证器。")
    return 0


def _check(_args: argparse.Namespace, settings: Settings) -> int:
    with closing(grammar.services(settings)) as services:
        broken = services.trail.broken_at()
        sound = services.trail.sound()
    if broken is None:
        print(sound)
        return 0
    print(f"第{broken}条操作记录和写下时不一样，或者前面的被删过。")
    return 1
