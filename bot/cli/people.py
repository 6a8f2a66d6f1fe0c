"""`safetybot people …`: followers, audiences, units, from the command line. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.errors import OutreachError
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.services import Services


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("people", help="followers, audiences, units and their liaison officers")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    grammar.add(deeds, "sync", _sync, "从微信读取全部关注者和标签，与本机的对齐；中断了再运行会接着做")
    for name, run, help_text in (
        ("count", _count, "一条群发规则现在有多少人"),
        ("sample", _sample, "一条群发规则里的几个人（不显示 openid）"),
        ("export", _export, "把一条群发规则的人数统计写成 xlsx（不含 openid）"),
    ):
        deed = grammar.add(deeds, name, run, help_text)
        if name == "export":
            deed.add_argument("file", type=Path)
        deed.add_argument("rule", nargs="?", default="{}", help="JSON，或 @文件；不写就是全部关注者")
        if name == "sample":
            deed.add_argument("-n", type=int, default=10)
    _add_units(deeds)
    bring = grammar.add(
        deeds, "phones", _phones, "导入手机号（xlsx）：要写明本人怎样、何时同意；有一处不对就什么都不导入"
    )
    bring.add_argument("file", type=Path)
    bring.add_argument("--by", required=True, help="谁（留在记录里）")
    stop = grammar.add(deeds, "stop-phone", _stop_phone, "一个手机号不再发短信；以后的名单也带不回来")
    stop.add_argument("number")
    stop.add_argument("--how", default="本人要求", help="本人怎样提出的，留在记录里")
    grammar.add(deeds, "robots", _robots, "按设置 wecom.robots 更新群机器人")


def _add_units(deeds: Any) -> None:
    parser = deeds.add_parser("units", help="单位名册和联络员")
    units = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    bring = grammar.add(units, "import", _units_import, "读一份 xlsx 名册：逐行检查，有一处不对就什么都不导入")
    bring.add_argument("file", type=Path)
    export = grammar.add(units, "export", _units_export, "把名册写成 xlsx，含加入代码")
    export.add_argument("file", type=Path)
    listing = grammar.add(units, "list", _units_list, "列出单位")
    for deed in (export, listing):
        deed.add_argument("--region", default="", help="只要这个地区的，从省写起")
    over = grammar.add(units, "handover", _units_handover, "换联络员；原来的留在历史里")
    over.add_argument("unit")
    over.add_argument("officer")
    over.add_argument("phone", nargs="?", default="")
    for name, run, help_text in (
        ("history", _units_history, "一个单位历任联络员"),
        ("close", _units_close, "撤销一个单位：代码作废，成员不再属于它"),
        ("qr", _units_qr, "一个单位的关注二维码（认证服务号）"),
    ):
        grammar.add(units, name, run, help_text).add_argument("unit")


def _phones(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import load_choices
    from bot.people.phones import import_phones
    from bot.services import PEOPLE

    with _opened(settings) as services:
        done = import_phones(services.database, args.file, load_choices(PEOPLE), args.by, datetime.now(UTC))
    print(f"新增 {done.new} 个号码，更新 {done.known} 个，重新同意的 {done.again} 个")
    return 0


def _stop_phone(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people.phones import stop

    with _opened(settings) as services:
        known = stop(services.database, args.number, args.how, datetime.now(UTC))
    print("以后不再给这个号码发短信" if known else "没有这个号码，或早已停发")
    return 0


def _robots(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.people.phones import keep_robots, robots_of

    with _opened(settings) as services:
        there, gone = keep_robots(services.database, robots_of(settings.wecom.robots), datetime.now(UTC))
    print(f"群机器人 {there} 个，去掉 {gone} 个")
    return 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Services]:
    services = grammar.services(settings)
    try:
        yield services
    finally:
        services.database.close()


@contextmanager
def _database(settings: Settings) -> Iterator[sa.Connection]:
    with _opened(settings) as services, services.database.begin() as db:
        yield db


def _rule(text: str) -> Any:
    from bot.people import segments

    if not text.startswith("@"):
        return segments.parse(text)
    try:
        return segments.parse(Path(text[1:]).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise OutreachError(f"规则文件读不了：{text[1:]}") from e


def _sync(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.official import OfficialClient
    from bot.people.sync import Sync

    if not (settings.wechat.app_id and settings.wechat.secret):
        raise OutreachError("还没有设置 wechat.app_id 和 wechat.secret，读不了关注者名单")
    tell = partial(print, file=sys.stderr)
    with _opened(settings) as services, closing(OfficialClient(settings.wechat, services.store)) as client:
        run = Sync(services.database, client, "official", tell).run(datetime.now(UTC))
    print(f"微信现有{run.listed}人：新增{run.came}人，取消关注{run.left}人")
    return 0


def _count(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import segments

    rule = _rule(args.rule)
    with _opened(settings) as services:
        people = segments.count(services.database, rule, datetime.now(UTC))
    print(f"{segments.words(rule)}：{people}人")
    return 0


def _sample(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import segments

    rule = _rule(args.rule)
    with _opened(settings) as services:
        found = segments.sample(services.database, rule, args.n, datetime.now(UTC))
    for one in found:
        wrote = f"最近发消息 {one.last_message_at.astimezone(BEIJING):%m-%d %H:%M}" if one.last_message_at else ""
        parts = (str(one.follower_id), one.channel, one.region, one.unit, one.industry, one.audience, wrote)
        print("  ".join(part for part in parts if part))
    return 0


def _export(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import segments, sheets

    rule = _rule(args.rule)
    with _opened(settings) as services:
        rows = segments.figures(services.database, rule, datetime.now(UTC))
    lines = sheets.write(args.file, ["地区", "人群", "行业", "岗位", "人数"], rows)
    print(f"{segments.words(rule)}：{lines}行写到 {args.file}")
    return 0


def _units_import(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import load_choices, sheets, units
    from bot.services import PEOPLE

    found = sheets.read_units(args.file, load_choices(PEOPLE))
    with _database(settings) as db:
        done = units.store(db, found, datetime.now(UTC))
    print(f"{len(found)}个单位：新增{done.new}个，修改{done.changed}个，联络员变动{done.officers}人")
    return 0


def _listed(args: argparse.Namespace, settings: Settings) -> Any:
    from bot.people import units

    with _database(settings) as db:
        return units.listed(db, args.region)


def _units_export(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import sheets

    count = sheets.write_units(args.file, _listed(args, settings))
    print(f"{count}个单位写到 {args.file}")
    return 0


def _units_list(args: argparse.Namespace, settings: Settings) -> int:
    for held in _listed(args, settings):
        known = "" if held.officer_known else "（未绑定）"
        officer = f"联络员 {held.unit.officer}{known}" if held.unit.officer else "没有联络员"
        print(f"{held.code}  {held.unit.name}  {held.unit.kind}  {held.unit.region}  {held.people}人  {officer}")
    return 0


def _units_handover(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import officers, units

    with _database(settings) as db:
        changed = units.hand_over(db, args.unit, args.officer, args.phone, datetime.now(UTC))
        now = officers.current(db, units.find(db, args.unit))
    code = f"；请其在公众号里发：联络员 {now.code}" if now and now.code else ""
    print(f"{args.unit}的联络员{'现在是' if changed else '本来就是'}{args.officer}{code}")
    return 0


def _units_history(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import officers, units

    with _database(settings) as db:
        for one in officers.history(db, units.find(db, args.unit)):
            until = f"{one.until:%Y-%m-%d}" if one.until else "现在"
            print(f"{one.since:%Y-%m-%d} 至 {until}  {one.name}  {one.phone}")
    return 0


def _units_close(args: argparse.Namespace, settings: Settings) -> int:
    from bot.people import units

    with _database(settings) as db:
        people = units.close(db, args.unit, datetime.now(UTC))
    print(f"{args.unit}已撤销，{people}人不再属于它")
    return 0


def _units_qr(args: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.official import OfficialClient
    from bot.people import UNIT_SCENE, units

    with _opened(settings) as services, closing(OfficialClient(settings.wechat, services.store)) as client:
        with services.database.begin() as db:
            code = units.code(db, args.unit)
        print(client.make_qr(f"{UNIT_SCENE}{code}"))
    return 0
