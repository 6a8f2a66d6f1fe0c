"""`safetybot consultation …`: the consultation day of the office. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    pass


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("consultation", help="the consultation day: date, menu, promised answers, figures")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    show = grammar.add(deeds, "show", _show, "哪一天、菜单换不换、当天的数字、答应了还没答复的问题")
    show.add_argument("--day", type=date.fromisoformat, help="哪一天的数字（默认最近的一个咨询日）")
    grammar.add(deeds, "menu", _menu, "那一天的菜单（config/menu.yaml）换上以后的样子")
    submit = grammar.add(deeds, "submit", _submit, "提交那一天的菜单，等另一人批准")
    approve = grammar.add(
        deeds, "approve", _approve, "批准到时自动换菜单：须由提交人以外的人；菜单一改要重新提交、批准"
    )
    for deed in (submit, approve):
        deed.add_argument("--by", required=True, help="谁（留在记录里）")
    grammar.add(deeds, "stop", _stop, "到时不换菜单；已经换上的仍会换回")


def _show(args: argparse.Namespace, settings: Settings) -> int:
    services, now = grammar.services(settings), datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    days = services.programme.days(today.year)
    print(f"{today.year}年的咨询日：{'、'.join(map(str, days))}")
    print(f"那一天的菜单：{services.day_menu.standing().words}")
    for held, state in services.programme.states().items():
        if state.get("trouble"):
            print(f"! {held}：{state['trouble']}")
        elif state.get("dressed"):
            print(f"{held}：菜单已换上，第二天零点换回")
    day = args.day or max((d for d in days if d <= today), default=None)
    if day is None:
        return 0
    figures = services.programme.figures(day)
    print(f"{day}：{figures.people} 人问了 {figures.questions} 个问题，{figures.unanswered} 个没能当场答上，"
          f"{figures.told} 人后来收到答复")  # fmt: skip
    for cluster in services.promised(day, now):
        print(f"  {cluster.id} 号  {cluster.people} 人  {cluster.examples[0]}")
    print("答复：safetybot unanswered answer 号 …，另一人 unanswered publish 号；几分钟内告知提问人")
    return 0


def _menu(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.menu_buttons import lines

    services = grammar.services(settings)
    print("\n".join(lines(services.day_menu.read())))
    if not settings.outreach.quiz_url:
        print("（没有设置答题页 outreach.quiz_url，不放带 {quiz} 的按钮）")
    print(services.day_menu.standing().words)
    return 0


def _submit(args: argparse.Namespace, settings: Settings) -> int:
    menu = grammar.services(settings).day_menu
    menu.propose(args.by, datetime.now(UTC))
    print(menu.standing().words)
    return 0


def _approve(args: argparse.Namespace, settings: Settings) -> int:
    menu = grammar.services(settings).day_menu
    menu.approve(args.by, datetime.now(UTC))
    print(menu.standing().words)
    return 0


def _stop(_args: argparse.Namespace, settings: Settings) -> int:
    print("到时不换菜单" if grammar.services(settings).day_menu.withdraw() else "本来就不会换")
    return 0
