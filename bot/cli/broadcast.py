"""`safetybot broadcast …`: from a file to what became of it, by two persons. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.errors import OutreachError
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.outreach.broadcasts import Broadcasts
    from bot.outreach.drafts import Broadcast
    from bot.outreach.reach import Reach


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("broadcast", help="broadcasts: write, review, send, and see what became of them")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    new = grammar.add(deeds, "new", _new, "从文件写一份新的群发草稿")
    new.add_argument("file", type=Path, metavar="FILE")
    edit = _numbered(deeds, "edit", _edit, "按文件修改；已有的审核随之作废")
    edit.add_argument("file", type=Path, metavar="FILE")
    edit.add_argument("--version", type=int, required=True, help="你改的是第几版（show 里有）")
    listing = grammar.add(deeds, "list", _list, "列出群发，先列等待事后确认的、有异议的")
    listing.add_argument("--tips", action="store_true", help="每日提示也列出")
    show = _numbered(deeds, "show", _show, "一份群发的全部内容和经过")
    show.add_argument("--yaml", action="store_true", help="只打印可以再改的文件")
    preview = _numbered(deeds, "preview", _preview, "画出手机上的样子（每一版一张 SVG）")
    preview.add_argument("--out", type=Path, default=Path("."), metavar="DIR")
    reach = _numbered(deeds, "reach", _reach, "发送前检查：能到多少人，为什么有人到不了，额度和时间")
    reach.add_argument("--sample", type=int, default=0, metavar="N", help="再列出几个人")
    test = _numbered(deeds, "test", _test, "试发给自己，标明【测试】")
    test.add_argument("--to", required=True, metavar="OPENID", help="已关注本账号的工作人员")
    test.add_argument("--level", default="public", choices=["public", "worker", "officer"])
    _numbered(deeds, "submit", _verb("submit"), "提交审核")
    _numbered(deeds, "return", _verb("give_back"), "退回修改")
    approve = _numbered(deeds, "approve", _approve, "审核通过（须另一人）")
    approve.add_argument("--version", type=int, required=True, help="你看过的是第几版（show 里有）")
    schedule = _numbered(deeds, "schedule", _schedule, "定时发送")
    schedule.add_argument("--at", required=True, metavar="TIME", help="北京时间，如 “2026-06-15 09:00”")
    _numbered(deeds, "send", _send, "开始发送已审核的")
    _numbered(deeds, "alert", _verb("alert"), "紧急通知由一人立即发出（--why 必填），事后须另一人确认")
    _numbered(deeds, "confirm", _verb("confirm"), "事后确认一份紧急通知（须另一人）")
    _numbered(deeds, "object", _verb("object_to"), "对一份紧急通知提出异议（须另一人，--why 必填）：没发的停止")
    _numbered(deeds, "settle", _verb("settle"), "了结异议（--why 写明怎么处理的，如已发更正）")
    _numbered(deeds, "pause", _verb("pause"), "暂停")
    _numbered(deeds, "resume", _verb("resume"), "继续")
    _numbered(deeds, "cancel", _verb("cancel"), "取消：已发的不变，没发的不再发")
    _numbered(deeds, "progress", _progress, "发到哪里了")
    export = _numbered(deeds, "export", _export, "导出每个人的结果（xlsx）")
    export.add_argument("file", type=Path, metavar="FILE")
    picture = grammar.add(deeds, "picture", _picture, "把图片交给公众号，得到填在 media 里的编号；格式、大小不对先说")
    picture.add_argument("file", type=Path, metavar="FILE")
    picture.add_argument("--for-good", action="store_true", help="长期保存（群发要用这种）；不写只保存三天")
    for name, deed in deeds.choices.items():
        if name not in ("picture", "list", "show", "preview", "reach", "progress"):
            deed.add_argument("--by", required=True, help="谁（留在历史里）")
            deed.add_argument("--why", default="", help="为什么（留在历史里）")


def _numbered(deeds: Any, name: str, run: Any, help_text: str) -> argparse.ArgumentParser:
    parser = grammar.add(deeds, name, run, help_text)
    parser.add_argument("id", type=int)
    return parser


def _desk(settings: Settings) -> Broadcasts:
    return grammar.services(settings).broadcasts


def _now() -> datetime:
    return datetime.now(UTC)


def _verb(name: str) -> Callable[[argparse.Namespace, Settings], int]:
    """A command that does one thing to one broadcast and shows where it stands then."""

    def run(args: argparse.Namespace, settings: Settings) -> int:
        held = getattr(_desk(settings), name)(args.id, args.by, args.why, _now())
        print(_line(held))
        return 0

    return run


def _picture(args: argparse.Namespace, settings: Settings) -> int:
    try:
        data = args.file.read_bytes()
    except OSError as e:
        raise OutreachError(f"{args.file}：读不了：{e.strerror}") from e
    print(grammar.services(settings).keep_picture(data, for_good=args.for_good))
    return 0


def _new(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach import written

    print(_line(_desk(settings).write(written.read(args.file), args.by, _now())))
    return 0


def _edit(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach import written

    draft = written.read(args.file)
    print(_line(_desk(settings).edit(args.id, draft, args.version, args.by, args.why, _now())))
    return 0


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.tip_rounds import CAMPAIGN

    desk = _desk(settings)
    for waiting in desk.unconfirmed():
        print(f"！{waiting.held.name} 由 {waiting.who} 一人于 {_clock(waiting.since)} 紧急发出，还没有第二人确认")
    for waiting in desk.objected():
        print(f"！{waiting.held.name} 有异议（{waiting.who}：{waiting.why}），还没有写明怎么处理")
    daily = 0
    for held in desk.listed():
        if held.draft.campaign.startswith(CAMPAIGN) and not args.tips:
            daily += 1
        else:
            print(_line(held))
    if daily:
        print(f"另有每日提示 {daily} 份，加 --tips 列出")
    return 0


def _line(held: Broadcast) -> str:
    from bot.outreach.states import WORDS

    urgent = "  紧急" if held.draft.urgent else ""
    at = f"  定于 {_clock(held.draft.send_at)}" if held.draft.send_at and not held.started_at else ""
    return f"{held.id}  {WORDS[held.state]}  第 {held.version} 版  {held.draft.title}{urgent}{at}"


def _show(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach import written
    from bot.outreach.states import WORDS

    desk = _desk(settings)
    held = desk.get(args.id)
    if args.yaml:
        print(written.dump(held.draft), end="")
        return 0
    print(_line(held))
    try:
        print(f"受众：{desk.words(held)}")
    except OutreachError as e:
        print(f"受众：{e}")
    print(written.dump(held.draft))
    if held.trouble:
        print(f"！{held.trouble}")
    for event in desk.history(args.id):
        why = f"  {event.why}" if event.why else ""
        print(f"{_clock(event.at)}  {event.who}  {WORDS[event.move]}{why}")
    return 0


def _preview(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach import preview
    from bot.outreach.ways import WAYS, carries

    services = grammar.services(settings)
    held = services.broadcasts.get(args.id)
    args.out.mkdir(parents=True, exist_ok=True)
    for level, message in held.draft.content.items():
        for name in held.draft.channels:
            if name in WAYS and carries(name, message):
                path = args.out / f"broadcast-{args.id}-{level}-{name}.svg"
                drawn = preview.svg(message, sender=name, account=services.office.settings.office.name)
                path.write_text(drawn, encoding="utf-8")
                print(path)
    return 0


def _reach(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.outcome import because
    from bot.outreach.ways import WAYS

    desk = _desk(settings)
    found = desk.reach(args.id, _now())
    print("\n".join(_told(found)))
    if args.sample:
        for row in desk.sample(args.id, args.sample, _now()):
            way = WAYS[row["sender"]].words if row["sender"] else f"到不了：{because(row['why'])}"
            print(f"例  {row['follower_id']}  {row['region'] or '地区不明'}  {row['audience'] or '人群不明'}  {way}")
    return 1 if found.blockers else 0


def _told(found: Reach) -> Iterator[str]:
    from bot.outreach.content import Level
    from bot.outreach.outcome import because
    from bot.outreach.ways import LEVELS

    yield f"受众 {found.audience} 人，能收到 {found.people} 人，预计 {_duration(found.duration_s)}"
    for way in found.ways:
        levels = "、".join(f"{LEVELS[Level(level)]} {n}" for level, n in way.levels.items())
        parts = [f"{way.words}：{way.people} 人（{levels}），调用 {way.calls} 次，约 {_duration(way.duration_s)}"]
        if way.quota:
            used = way.people if way.quota.unit == "条" else way.calls
            after = max(0, way.quota.left - used)
            parts.append(f"今日额度 {way.quota.left} → {after} {way.quota.unit}")
        if way.yuan:
            parts.append(f"约 {way.yuan:.2f} 元")
        yield "  " + "，".join(parts)
    for why, count in found.unreachable.items():
        yield f"  到不了 {count} 人：{because(why)}"
    yield from (f"注意：{note}" for note in found.notes)
    yield from (f"不能开始：{blocker}" for blocker in found.blockers)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} 秒"
    return f"{round(seconds / 60)} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def _test(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.content import Level
    from bot.outreach.trial import words_of

    way = _desk(settings).test(args.id, args.to, Level(args.level), args.by, _now())
    print(f"已用{words_of(way)}试发")
    return 0


def _approve(args: argparse.Namespace, settings: Settings) -> int:
    desk = _desk(settings)
    print(_line(desk.approve(args.id, args.version, args.by, args.why, _now())))
    print("\n".join(_told(desk.reach(args.id, _now()))))
    return 0


def _schedule(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.written import moment

    print(_line(_desk(settings).schedule(args.id, moment(args.at, "--at"), args.by, args.why, _now())))
    return 0


def _send(args: argparse.Namespace, settings: Settings) -> int:
    print(_line(_desk(settings).start(args.id, args.by, _now(), args.why)))
    return 0


def _progress(args: argparse.Namespace, settings: Settings) -> int:
    from bot.outreach.outcome import because
    from bot.outreach.states import DELIVERY_WORDS

    held = _desk(settings).progress(args.id)
    print(_line(held.held))
    print(f"共 {held.total} 人，还剩 {held.open} 人")
    for state, count in held.people.items():
        print(f"  {DELIVERY_WORDS[state]} {count} 人")
    for why, count in held.problems.items():
        print(f"  {count} 人：{because(why)}")
    if held.held.trouble:
        print(f"！{held.held.trouble}")
    return 0


def _export(args: argparse.Namespace, settings: Settings) -> int:
    count = _desk(settings).export(args.id, args.file, args.by, _now())
    print(f"{args.file}：{count} 人")
    return 0


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
