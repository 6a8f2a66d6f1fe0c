"""`safetybot tips …`: the tips that there are, and what goes out on a day. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.errors import OutreachError
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.ingest.tips import Tip
    from bot.outreach.tips import Segment

_SLOTS = {"morning": "早上", "noon": "中午", "evening": "傍晚"}


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("tips", help="daily tips: what there is, what goes out on a day, head counts")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    show = grammar.add(deeds, "show", _show, "列出提示，可按行业、岗位、人群、日期筛选；写编号则看这一条的全部内容")
    show.add_argument("id", nargs="?", help="提示的编号，如 tip-mine-01")
    show.add_argument("--industry", default="", help="行业，如 建筑")
    show.add_argument("--post", default="", help="岗位，如 焊工")
    show.add_argument("--audience", default="", help="人群，如 农村")
    show.add_argument("--day", type=_date, help="只列这一天正当季的提示，如 2026-07-20")
    grammar.add(deeds, "check", _check, "检查全部提示：字数、一条一事、出处、重复、条文是否存在")
    plan = grammar.add(deeds, "plan", _plan, "预演一天发什么、发给多少人；不写入、不发送")
    plan.add_argument("--day", type=_date, help="哪一天（默认今天，北京时间）")
    plan.add_argument("--out", type=Path, help="写成 Excel 文件（.xlsx）：时段、人数、哪一条、全文")
    grammar.add(deeds, "status", _status, "每日提示现在自动发不发、谁批准的、下一次几点")
    submit = grammar.add(deeds, "submit", _submit, "提交现在的全部提示，另一人批准后每天自动发；改了任何一条都要重来")
    approve = grammar.add(deeds, "approve", _approve, "批准每天自动发：须由提交人以外的人")
    for deed in (submit, approve):
        deed.add_argument("--by", required=True, help="谁（留在记录里）")
    grammar.add(deeds, "stop", _stop, "从现在起不再自动发")
    grammar.add(deeds, "send", _send, "把现在这个时段该发的发出（平时由程序每5分钟自动做）")
    heads = grammar.add(deeds, "heads", _heads, "班前会报来的到岗人数，按单位")
    heads.add_argument("--day", type=_date, help="哪一天（默认今天，北京时间）")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}：日期要写成 2026-06-16 这样") from None


def _at(day: date | None) -> datetime:
    """An hour of a day, today where none is named."""
    now = datetime.now(BEIJING)
    return (datetime.combine(day, time(8, 30), BEIJING) if day else now).astimezone(UTC)


def _show(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.tips import load

    tips = load(settings.knowledge_dir)
    if args.id:
        return _whole(next((tip for tip in tips if tip.id == args.id), None), args.id)
    wanted = [tip for tip in tips if _fits(tip, args)]
    for tip in wanted:
        print(f"{tip.id}  {tip.text}")
    print(f"共 {len(wanted)} 条；看一条的全部内容：safetybot tips show 编号")
    return 0


def _fits(tip: Tip, args: argparse.Namespace) -> bool:
    return (
        (not args.industry or args.industry in tip.industries)
        and (not args.post or args.post in tip.posts)
        and (not args.audience or args.audience in tip.audiences)
        and (not args.day or any(season.holds(args.day) for season in tip.seasons))
    )


def _whole(tip: Tip | None, name: str) -> int:
    from bot.outreach.choosing import message

    if tip is None:
        raise OutreachError(f"没有编号是 {name} 的提示；用 safetybot tips show 看全部")
    seasons = "、".join(f"{s.first[0]}月{s.first[1]}日至{s.last[0]}月{s.last[1]}日" for s in tip.seasons)
    for word, value in (
        ("行业", "、".join(tip.industries)), ("岗位", "、".join(tip.posts)), ("人群", "、".join(tip.audiences)),
        ("时段", seasons or "全年"),
    ):  # fmt: skip
        print(f"{word}：{value or '不限'}")
    print(message(tip, leader=bool(tip.ask)))
    return 0


def _check(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest import holdings
    from bot.ingest.tips import across, read_tips

    held = holdings.held(grammar.services(settings).database)
    read = read_tips(settings.knowledge_dir)
    errors = [*read.errors, *across(read, held, datetime.now(BEIJING).date())]
    for error in errors:
        print(error)
    laws = {source.law for tip in read.tips for source in tip.sources if source.law}
    absent = f"所引 {len(laws)} 部法律法规中有 {len(laws - set(held))} 部没有导入，条文未核对"
    print(f"{len(read.tips)} 条提示，{len(errors)} 处问题；{absent}")
    return 1 if errors else 0


def _plan(args: argparse.Namespace, settings: Settings) -> int:
    services, now = grammar.services(settings), _at(args.day)
    with services.database.begin() as db:
        trial = db.begin_nested()
        services.tips.plan(db, now, slow_down=False)
        slots = {slot: services.tips.segments(db, now, slot) for slot in _SLOTS}
        trial.rollback()
    if args.out:
        _write(args.out, slots)
    for slot, segments in slots.items():
        print(f"{_SLOTS[slot]}：{len(segments)} 组，{sum(s.count for s in segments)} 人")
        for segment in segments:
            print(f"  {segment.count:>7} 人  {segment.tip}  {segment.text.splitlines()[0]}")
    print("这是预演，没有写入，也没有发送")
    return 0


def _write(path: Path, slots: Mapping[str, Sequence[Segment]]) -> None:
    from bot.people.sheets import write

    rows = [(_SLOTS[slot], s.count, s.tip, s.text) for slot, segments in slots.items() for s in segments]
    write(path, ("时段", "人数", "编号", "全文"), rows)
    print(f"已写入 {path}")


def _status(_args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.tip_rounds import SLOT_TIMES

    print(f"每日安全提示：{grammar.services(settings).tip_rounds.standing().words}")
    for slot, (first, last) in SLOT_TIMES.items():
        print(f"{_SLOTS[slot]}：{first:%H:%M} 起发，{last:%H:%M} 以后不再发")
    return 0


def _submit(args: argparse.Namespace, settings: Settings) -> int:
    rounds = grammar.services(settings).tip_rounds
    rounds.propose(args.by, datetime.now(UTC))
    print(f"已提交 {len(tuple(rounds.tips))} 条。请另一人看过（safetybot tips show）再批准：")
    print("safetybot tips approve --by 谁")
    return 0


def _approve(args: argparse.Namespace, settings: Settings) -> int:
    rounds = grammar.services(settings).tip_rounds
    rounds.approve(args.by, datetime.now(UTC))
    print(f"每日安全提示：{rounds.standing().words}")
    return 0


def _stop(_args: argparse.Namespace, settings: Settings) -> int:
    print("不再自动发" if grammar.services(settings).tip_rounds.withdraw() else "本来就没有自动发")
    return 0


def _send(_args: argparse.Namespace, settings: Settings) -> int:
    sent = grammar.services(settings).tip_rounds.send(datetime.now(UTC))
    if sent.why_not:
        print(f"没有发：{sent.why_not}")
    elif not (sent.begun or sent.hindered):
        print("这个时段该收的人都有了")
    for number in sent.begun:
        print(f"群发 {number} 开始")
    for tip, why in sent.hindered:
        print(f"{tip}：{why}")
    return 0


def _heads(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.head_counts import head_counts

    day = args.day or datetime.now(BEIJING).date()
    with grammar.services(settings).database.begin() as db:
        counted = head_counts(db, day)
    for name, (leaders, people) in sorted(counted.items(), key=lambda item: (-item[1][1], item[0])):
        print(f"{name or '没有加入单位'}：{leaders} 个班组，到岗 {people} 人")
    print(f"{day}：共到岗 {sum(people for _, people in counted.values())} 人")
    return 0
