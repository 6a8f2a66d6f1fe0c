"""`safetybot menu …`: the menu at the bottom of the chat. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.outreach.menu_buttons import Button
    from bot.outreach.menus import Menu, MenuDesk


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("menu", help="the menu of the account: what is shown now, propose, publish, restore")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    grammar.add(deeds, "show", _show, "关注者现在看到的菜单（问微信）")
    grammar.add(deeds, "list", _list, "写过、发布过、换下前保存的菜单，新的在前")
    view = grammar.add(deeds, "view", _view, "看一个版本")
    keep = grammar.add(deeds, "keep", _keep, "沿用公众号现有的菜单：存成一个版本，以后可以恢复")
    propose = grammar.add(deeds, "propose", _propose, "写好一份菜单，等另一人发布")
    propose.add_argument("file", type=Path, help="YAML 文件，写法见 config/menu.yaml，按钮写在 menu: 之下")
    propose.add_argument("--why", default="")
    propose.add_argument(
        "--day", action="store_true", help="是咨询日的菜单（写在 consultation: 之下）：发布后到那一天才换上"
    )
    publish = grammar.add(deeds, "publish", _publish, "发布一份菜单：须由另一人；现有的先保存")
    restore = grammar.add(deeds, "restore", _restore, "恢复发布过的或换下前保存的菜单")
    discard = grammar.add(deeds, "discard", _discard, "一份没发布的菜单不用了")
    for deed in (view, publish, restore, discard):
        deed.add_argument("number", type=int)
    for deed in (keep, propose, publish, restore, discard):
        deed.add_argument("--by", required=True, help="谁（留在记录里）")


def _desk(settings: Settings) -> MenuDesk:
    return grammar.services(settings).menus


def _show(_args: argparse.Namespace, settings: Settings) -> int:
    present = _desk(settings).present()
    _print(present.buttons)
    if present.version is not None:
        print(f"（就是版本 {present.version}）")
    if present.conditional:
        print(f"另有 {present.conditional} 份个性化菜单，不会改动；属于那些标签的人看不到上面的菜单")
    if present.lost:
        print(f"换下后放不回去的按钮（只能在公众平台网页上做）：{'、'.join(present.lost)}")
    return 0


def _list(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.menus import WORDS

    desk = _desk(settings)
    for menu in [*desk.listed(), *desk.listed(of_day=True)]:
        at = (menu.published_at or menu.written_at).astimezone(BEIJING)
        shown = "咨询日换上的" if menu.of_day else "正挂着"
        state = shown if menu.is_shown else f"{'咨询日，' if menu.of_day else ''}{WORDS[menu.state]}"
        names = "、".join(button.name for button in menu.buttons) or "没有菜单"
        print(f"{menu.id}  {at:%Y-%m-%d %H:%M}  [{state}]  {menu.author}  {names}  {menu.why}".rstrip())
    return 0


def _view(args: argparse.Namespace, settings: Settings) -> int:
    _told(_desk(settings).get(args.number))
    return 0


def _keep(args: argparse.Namespace, settings: Settings) -> int:
    _told(_desk(settings).keep(args.by, datetime.now(UTC)))
    return 0


def _propose(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.menu_file import read_menu

    buttons = read_menu(args.file, "consultation" if args.day else "menu", settings.outreach.quiz_url)
    menu = _desk(settings).propose(buttons, args.by, args.why, datetime.now(UTC), of_day=args.day)
    _told(menu)
    print(f"请另一人发布：safetybot menu publish {menu.id} --by 谁")
    return 0


def _publish(args: argparse.Namespace, settings: Settings) -> int:
    menu = _desk(settings).publish(args.number, args.by, datetime.now(UTC))
    _told(menu)
    shown = "已发布。手机上几分钟内换过来；取消关注再关注可以马上看到"
    print("咨询日那天自动换上，第二天换回" if menu.of_day else shown)
    return 0


def _restore(args: argparse.Namespace, settings: Settings) -> int:
    menu = _desk(settings).restore(args.number, args.by, datetime.now(UTC))
    _told(menu)
    print("已提交，另一人批准后到时换上：safetybot consultation approve --by 谁" if menu.of_day else "已恢复")
    return 0


def _discard(args: argparse.Namespace, settings: Settings) -> int:
    print(f"菜单 {_desk(settings).discard(args.number, args.by, datetime.now(UTC)).id}：不用了")
    return 0


def _told(menu: Menu) -> None:
    from bot.outreach.menus import WORDS

    print(f"菜单 {menu.id}  [{WORDS[menu.state]}]  {menu.author}  {menu.why}".rstrip())
    _print(menu.buttons)


def _print(buttons: Sequence[Button]) -> None:
    from bot.outreach.menu_buttons import lines

    print("\n".join(f"  {line}" for line in lines(buttons)) or "  没有菜单")
