"""`safetybot calendar …`: the year's reminders, what comes next, official warnings. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.errors import OutreachError
from bot.settings import BEIJING, Settings
from bot.switches import Function

if TYPE_CHECKING:
    from bot.outreach.calendar import Calendar
    from bot.outreach.outlook import Line, Outlook
    from bot.services import Services


_MOST_DAYS = 366


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("calendar", help="reminders of the year: what comes next, what was missed, warnings")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    view = grammar.add(deeds, "view", _view, "今后30天发什么、发给谁；撞在一天的、缺数据的、等审核的、错过的")
    view.add_argument("--days", type=_days, default=30, metavar="1-366")
    view.add_argument("--text", action="store_true", help="连正文和出处一起列出")
    grammar.add(deeds, "list", _list, "全年的提醒，哪些已长期批准")
    grammar.add(deeds, "run", _run, "把现在该发的变成群发（平时由程序每分钟自动做）")
    check = grammar.add(deeds, "check", _check, "检查 config/calendar.yaml，指出文件、行、字段")
    check.add_argument("file", nargs="?", type=Path, help="检查另一个文件")
    submit = grammar.add(deeds, "submit", _submit, "提交一条提醒，另一人批准后每年到时自动发出；改了要重来")
    approve = grammar.add(
        deeds,
        "approve",
        _approve,
        "长期批准一条提醒，以后到时自动发出：须由提交人以外的人，写明看过的是哪一版（list 里有）",
    )
    revoke = grammar.add(deeds, "revoke", _revoke, "收回长期批准：以后每次都要审核")
    for deed in (submit, revoke):
        deed.add_argument("id", nargs="+", metavar="ID")
    approve.add_argument("id", nargs="+", metavar="ID:VERSION")
    skip = grammar.add(deeds, "skip", _skip, "这一次不发")
    skip.add_argument("id", metavar="ID")
    skip.add_argument("--why", required=True)
    warning = grammar.add(
        deeds, "warning", _warning, "转发一份官方预警：原文不改，写明谁在何时发布、影响哪里；没有这些不转发"
    )
    warning.add_argument("file", nargs="?", type=Path, help="存着原文的文本文件；不给文件则列出现在有效的预警")
    warning.add_argument("--issuer", default="", help="发布单位全称")
    warning.add_argument("--time", default="", help="发布时间，北京时间：2027-06-20T21:30")
    warning.add_argument("--until", default="", help="失效时间；不写就是发布后24小时")
    warning.add_argument("--region", action="append", default=[], help="影响地区全称，可重复")
    warning.add_argument("--source", default="", help="从哪里得来，如 江门天气网页")
    warning.add_argument("--send", action="store_true", help="立即发出（之后由另一人确认）；不写则先成为紧急草稿")
    warning.add_argument("--by", default="", help="谁（留在记录里）")
    grammar.add(
        deeds, "feeds", _feeds, "订阅的官方预警源（设置 outreach.feeds）：现在读一次，列出最近的条目和没转发的原因"
    )
    for deed in (submit, approve, revoke, skip):
        deed.add_argument("--by", required=True, help="谁（留在记录里）")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_DAYS):
        raise argparse.ArgumentTypeError(f"应是 1 到 {_MOST_DAYS} 的天数，现在是“{text}”")
    return int(text)


def _calendar(settings: Settings) -> Calendar:
    return grammar.services(settings).calendar


def _view(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.outlook import view

    outlook = view(_calendar(settings), datetime.now(UTC), args.days)
    for line in outlook.lines:
        print("\n".join(_shown(line, args.text)))
    if not outlook.lines:
        print(f"今后{args.days}天没有提醒。")
    _print_notes(outlook)
    _print_day(settings, args.days)
    return 0


def _print_day(settings: Settings, days: int) -> None:
    """The consultation day, where it is near: whether the menu will be another one."""
    services, today = grammar.services(settings), datetime.now(BEIJING).date()
    for day in services.programme.days(today.year):
        if today <= day <= today + timedelta(days=days):
            print(f"\n咨询日 {day}：菜单（{services.day_menu.standing().words}）；safetybot consultation show")


def _shown(line: Line, with_text: bool) -> list[str]:
    f = line.firing
    head = f"{_clock(f.due_at)}  {f.title}  →  {f.audience.words}  [{line.state}]  {f.id}"
    if not with_text:
        return [head]
    return [head, *(f"    {level}：{text}".replace("\n", "\n      ") for level, text in f.texts.items()),
            f"    出处：{f.source}"]  # fmt: skip


def _print_notes(outlook: Outlook) -> None:
    for title, notes in (
        ("撞在一起", outlook.collisions),
        ("缺数据", outlook.missing),
        ("等待审核", outlook.waiting),
        ("错过的", outlook.missed),
    ):
        if notes:
            print(f"\n{title}：")
            print("\n".join(f"  ! {note}" for note in notes))


def _list(_args: argparse.Namespace, settings: Settings) -> int:
    calendar = _calendar(settings)
    standings = calendar.standings()
    for reminder in calendar.book.reminders:
        held = standings[reminder.id]
        state = held.words if held.proposer else "每次审核"
        print(f"{reminder.id}:{held.mark}  {reminder.title}  →  {reminder.audience.words}  [{state}]")
    return 0


def _run(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.announcing import announce

    services, now = grammar.services(settings), datetime.now(UTC)
    ran = services.calendar.run(now, announce)
    services.programme.run(now, announce, services.day_menu if services.menus.is_set_up else None)
    for fired in ran.fired:
        state = f"{fired.approver} 已长期批准，将自动发出" if fired.approver else "等待审核"
        print(f"群发 {fired.broadcast_id}  {fired.firing.title}  →  {fired.firing.audience.words}  [{state}]")
    for late in ran.missed:
        print(f"错过  {late.title}  本应 {_clock(late.due_at)}")
    for held, why in ran.hindered:
        print(f"没有发成  {held.title}：{why}")
    if not (ran.fired or ran.missed or ran.hindered):
        print("现在没有该发的提醒。")
    return 0


def _check(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.book import CALENDAR, load
    from bot.outreach.outlook import missing

    region = grammar.services(settings).office.settings.office.region
    book = load(args.file or CALENDAR, settings.knowledge_dir, region)
    for note in missing(book, datetime.now(UTC), ()):
        print(f"! {note}")
    print(f"{len(book.reminders)} 条提醒，没有错误。")
    return 0


def _submit(args: argparse.Namespace, settings: Settings) -> int:
    services, now = grammar.services(settings), datetime.now(UTC)
    for name in args.id:
        _decide(services, "propose", name, args.by, partial(services.calendar.propose, name, args.by, now))
    return 0


def _approve(args: argparse.Namespace, settings: Settings) -> int:
    services, now = grammar.services(settings), datetime.now(UTC)
    for given in args.id:
        name, _, mark = given.partition(":")
        _decide(services, "approve", name, args.by, partial(services.calendar.approve, name, mark, args.by, now))
    return 0


def _revoke(args: argparse.Namespace, settings: Settings) -> int:
    services = grammar.services(settings)
    for name in args.id:
        _decide(services, "revoke", name, args.by, partial(services.calendar.revoke, name))
    return 0


def _decide(services: Services, deed: str, name: str, by: str, do: Callable[[], object]) -> None:
    """Decide on a reminder, and put it on record: both or neither."""
    before = services.calendar.standing(name)
    with services.trail.as_one():
        do()
        after = services.calendar.standing(name)
        told = after.words if after and after.proposer else "每次审核"
        grammar.record(services, f"reminder.{deed}", name, by, before.words if before else "", told)
    print(f"{name}：{told}")


def _skip(args: argparse.Namespace, settings: Settings) -> int:
    _calendar(settings).skip(args.id, args.by, args.why, datetime.now(UTC))
    print(f"{args.id}：这一次不发")
    return 0


def _warning(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.warnings import Official, Warnings

    services, now = grammar.services(settings), datetime.now(UTC)
    warnings = Warnings(
        services.database,
        services.broadcasts.alert if args.send else None,
        lambda: services.office.why_off(Function.WARNINGS),
        lambda: services.office.settings.office.region,
    )
    if args.file is None:
        for held in warnings.current(now):
            regions = "、".join(held.official.regions)
            until = _clock(held.official.until or now)
            print(f"{held.official.issuer}  {regions}  到 {until}  群发 {held.broadcast_id}\n  {held.official.text}")
        return 0
    official = Official(
        issuer=args.issuer, issued_at=_moment(args.time, "--time"), text=_read(args.file), source=args.source,
        regions=tuple(args.region), until=_moment(args.until, "--until") if args.until else None,
    )  # fmt: skip
    relayed = warnings.relay(official, args.by, now)
    if not relayed.is_new:
        print(f"这份预警早已转发，见群发 {relayed.broadcast_id}")
        return 0
    if args.send:
        print(
            f"群发 {relayed.broadcast_id}  已开始发出，请另一人确认：safetybot broadcast confirm {relayed.broadcast_id}"
        )
        return 0
    print(f"群发 {relayed.broadcast_id}  紧急草稿，到 {_clock(relayed.until)} 有效")
    print(f"请核对后立即发出：safetybot broadcast alert {relayed.broadcast_id} --by 谁 --why 转发预警")
    return 0


def _feeds(_args: argparse.Namespace, settings: Settings) -> int:
    feeds = grammar.services(settings).feeds
    if not feeds.feeds:
        print("没有设置预警源（outreach.feeds），只能粘贴转发")
    feeds.run(datetime.now(UTC))
    for seen in feeds.seen():
        state = "已转发" if seen.state == "relayed" else "没有转发"
        print(f"{seen.feed}  {seen.title}  [{state}]  {seen.why}".rstrip())
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise OutreachError(f"{path}：读不出来，要是 UTF-8 文本文件") from e


def _moment(text: str, option: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError as e:
        raise OutreachError(f"{option}：要写成 2027-06-20T21:30，现在是“{text}”") from e


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%m-%d %H:%M}"
