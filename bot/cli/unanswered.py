"""`safetybot unanswered …`: what staff do with questions without an answer. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.errors import ContentError, KnowledgeError
from bot.settings import BEIJING, Settings

if TYPE_CHECKING:
    from bot.ingest.items import Item
    from bot.services import Services
    from bot.unanswered import Cluster, Given, Near, Row, Span, Taken, Told

#: Days that are looked at where none are named: as long as people can still be told, and some more.
_DAYS = 7


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("unanswered", help="questions that could not be answered: clusters, answers, askers")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    cluster = grammar.add(deeds, "cluster", _cluster, "把一天的问题归类（list 也会先归类；可以重复运行）")
    cluster.add_argument("--day", type=_day, help="哪一天，如 2026-06-16（默认今天）")
    listing = grammar.add(deeds, "list", _list, "列出归好类的问题，问得最多的在前")
    listing.add_argument("--all", action="store_true", help="包括已答复和不答复的")
    listing.add_argument("--json", action="store_true")
    show = grammar.add(deeds, "show", _show, "一类问题：问法、地区、最接近的条目、告知了多少人")
    show.add_argument("cluster", type=int)
    show.add_argument("--json", action="store_true")
    for held in (listing, show):
        _spanned(held)
    _add_answers(deeds)
    dismiss = grammar.add(deeds, "dismiss", _dismiss, "这一类不答复（写明原因）")
    reopen = grammar.add(deeds, "reopen", _reopen, "撤销对这一类的处理，重新待处理")
    publish = grammar.add(deeds, "publish", _publish, "复核后发布这一类的答复，并告知提问人")
    for held in (dismiss, reopen, publish):
        held.add_argument("cluster", type=int)
        grammar.sign(held)
    grammar.add(deeds, "tell", _tell, "告知还在48小时内的提问人；夜里（20:30—8:00）不发")


def _add_answers(deeds: Any) -> None:
    answer = grammar.add(deeds, "answer", _answer, "写一条新答复并提交审核：用文件，或用 --title 等写明")
    answer.add_argument("cluster", type=int)
    answer.add_argument("file", nargs="?", type=Path, help="只有一个条目的文件，格式见 knowledge/README.md")
    answer.add_argument("--title", help="条目标题，最多20字")
    answer.add_argument("--text", help="答复，最多300字")
    answer.add_argument("--law", help="依据的法律全称")
    answer.add_argument("--article", help="第几条")
    answer.add_argument("--source", help="依据不是法律时，写出处的名称")
    answer.add_argument("--issuer", help="出处的发布单位")
    answer.add_argument("--region", help="适用地区（默认本单位）")
    link = grammar.add(deeds, "link", _link, "用已有的条目答复，这一类的问法加到它的问法里")
    link.add_argument("cluster", type=int)
    link.add_argument("entry")
    for held in (answer, link):
        held.add_argument("--phrasing", action="append", default=[], help="再加一个问法，可以写多次")
        held.add_argument("--examples", type=int, default=8, help="从这一类的问法里取几个（默认8，0为不取）")
        grammar.sign(held)
        _spanned(held)


def _spanned(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--day", type=_day, help="只看这一天，如 2026-06-16")
    parser.add_argument("--from", dest="first", type=_day, help=f"从哪一天起（默认最近{_DAYS}天）")
    parser.add_argument("--to", dest="last", type=_day, help="到哪一天止（默认今天）")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}：日期要写成 2026-06-16 这样") from None


def _now() -> datetime:
    return datetime.now(UTC)


def _span(args: argparse.Namespace) -> Span:
    from bot.unanswered import Span

    last = args.day or args.last or _now().astimezone(BEIJING).date()
    first = args.day or args.first or last - timedelta(days=_DAYS - 1)
    if first > last:
        raise KnowledgeError(f"--from {first} 晚于 --to {last}")
    return Span.days(first, last)


def _cluster(args: argparse.Namespace, settings: Settings) -> int:
    from bot.unanswered import Span

    day = args.day or _now().astimezone(BEIJING).date()
    count = grammar.services(settings).unanswered.cluster(Span.days(day, day), _now())
    print(f"{day}：归类了 {count} 个新问法")
    return 0


def _list(args: argparse.Namespace, settings: Settings) -> int:
    from bot.unanswered import WORDS, Standing

    desk = grammar.services(settings).unanswered
    wanted = () if args.all else (Standing.OPEN, Standing.IN_REVIEW)
    found = desk.clusters(_span(args), _now(), *wanted)
    if args.json:
        print(json.dumps([_row(c, []) for c in found], ensure_ascii=False))
        return 0
    for cluster in found:
        asked = f"{cluster.messages} 次 {cluster.people} 人"
        entry = f"  条目 {cluster.row.entry}" if cluster.row.entry else ""
        print(f"{cluster.id}  {WORDS[cluster.row.standing]}  {asked}  {cluster.label[:40]}{entry}")
    print(f"共 {len(found)} 类，{sum(c.messages for c in found)} 次提问；看其中一类：safetybot unanswered show 号")
    return 0


def _show(args: argparse.Namespace, settings: Settings) -> int:
    services = grammar.services(settings)
    cluster, _ = services.unanswered.show(args.cluster, _span(args), _now())
    near = services.unanswered.nearest(cluster)
    if args.json:
        print(json.dumps(_row(cluster, near), ensure_ascii=False))
        return 0
    for line in (*_described(cluster), *_nearest(near)):
        print(line)
    for (state, why), count in sorted(services.teller.counted(cluster.id).items()):
        print(f"告知：{_FATES.get(why or state, why or state)} {count} 人")
    return 0


def _described(cluster: Cluster) -> list[str]:
    from bot.unanswered import WORDS

    first, last = (at.astimezone(BEIJING) for at in (cluster.first, cluster.last))
    kinds = "、".join(f"{WORDS[kind]} {count}" for kind, count in cluster.kinds.items())
    regions = "、".join(f"{place or '未说明'} {count}" for place, count in cluster.regions.items())
    row = cluster.row
    done = "，".join(part for part in (row.who, row.entry, row.why) if part)
    return [
        f"{cluster.id} 号  {WORDS[row.standing]}" + (f"（{done}）" if done else ""),
        f"关键词：{' '.join(cluster.words)}",
        f"{cluster.messages} 次提问，{cluster.people} 人（已取消关注的不计）：{kinds}",
        f"{first:%Y-%m-%d %H:%M} 到 {last:%Y-%m-%d %H:%M}；地区：{regions}",
        *(f"  · {example}" for example in cluster.examples),
        *(f"为什么没用：{why}" for why in cluster.whys),
    ]


def _nearest(near: list[Near]) -> list[str]:
    return ["最接近的条目：", *(f"  {n.score:.2f}  {n.entry}  {n.title}" for n in near)] if near else []


def _row(cluster: Cluster, near: list[Near]) -> dict[str, Any]:
    row = cluster.row
    return {
        "id": cluster.id, "state": row.standing, "label": cluster.label, "words": cluster.words,
        "messages": cluster.messages, "people": cluster.people, "kinds": dict(cluster.kinds),
        "first": cluster.first.isoformat(), "last": cluster.last.isoformat(), "examples": cluster.examples,
        "regions": dict(cluster.regions), "whys": cluster.whys, "entry": row.entry, "who": row.who, "why": row.why,
        "nearest": [{"entry": n.entry, "title": n.title, "score": n.score} for n in near],
    }  # fmt: skip


def _answer(args: argparse.Namespace, settings: Settings) -> int:
    services = grammar.services(settings)
    desk, given = services.unanswered, _given(args)
    return _taken(services, desk.answer(args.cluster, _item(args), given, _span(args), _now()))


def _item(args: argparse.Namespace) -> Item:
    from bot.ingest.items import read_items
    from bot.unanswered import written

    if args.file:
        items = read_items(args.file)
        if len(items) != 1:
            raise ContentError(f"要只有一个条目，现在有 {len(items)} 个", args.file)
        return items[0]
    if not args.title or not args.text or not (args.law or args.source):
        raise KnowledgeError("请给出文件，或者 --title、--text 和 --law（或 --source）")
    named = {"law": args.law, "article": args.article, "name": args.source, "issuer": args.issuer}
    source = {key: value for key, value in named.items() if value}
    verify = "statute" if args.law else "official"
    return written(args.title, args.text, source, region=args.region, verify=verify)


def _given(args: argparse.Namespace) -> Given:
    from bot.unanswered import Given

    return Given(args.by, args.why, tuple(args.phrasing), args.examples)


def _link(args: argparse.Namespace, settings: Settings) -> int:
    services = grammar.services(settings)
    taken = services.unanswered.link(args.cluster, args.entry, _given(args), _span(args), _now())
    return _taken(services, taken)


def _taken(services: Services, taken: Taken) -> int:
    """What was done, and which answers it would change."""
    from bot.knowledge.regression import compare

    number, entry = taken.row.id, taken.row.entry
    if taken.version is None:
        print(f"{number} 号问题由 {entry} 答复，没有新问法；告知提问人：safetybot unanswered tell")
        return 0
    print(f"{entry}  第{taken.version.version}版  待审核；新问法 {len(taken.phrasings)} 个")
    for phrasing in taken.phrasings:
        print(f"  + {phrasing}")
    changes = compare(services.keeper, services.desk, services.database, entry, taken.phrasings).changes
    for change in (c for c in changes if c.changed):
        print(f"会变  {change.question}\n    原：{change.old.shown()}\n    新：{change.new.shown()}")
    print(f"试了 {len(changes)} 个问题，{sum(c.changed for c in changes)} 个回答会变")
    print(f"复核后发布：safetybot unanswered publish {number} --by 谁")
    return 0


def _dismiss(args: argparse.Namespace, settings: Settings) -> int:
    return _done(grammar.services(settings).unanswered.dismiss(args.cluster, args.by, args.why, _now()))


def _reopen(args: argparse.Namespace, settings: Settings) -> int:
    return _done(grammar.services(settings).unanswered.reopen(args.cluster, args.by, args.why, _now()))


def _done(row: Row) -> int:
    from bot.unanswered import WORDS

    print(f"{row.id} 号问题：{WORDS[row.standing]}")
    return 0


def _publish(args: argparse.Namespace, settings: Settings) -> int:
    services = grammar.services(settings)
    version = services.unanswered.publish(args.cluster, args.by, args.why, _now())
    print(f"{version.entry}  第{version.version}版  已发布，几秒内全部进程生效")
    return _told(services)


def _tell(_args: argparse.Namespace, settings: Settings) -> int:
    return _told(grammar.services(settings))


#: How the rows of the ledger are called, by why they were skipped, else by state.
_FATES = {
    "created": "等待", "sending": "发送中", "sent": "已告知", "unknown": "结果不明，不再重发",
    "temporary_failure": "微信系统繁忙，未送达", "permanent_failure": "微信拒收（超时、取消关注或关闭接收）",
    "technical_failure": "发送出错，见日志", "channel": "不在公众号提问，不能推送",
    "outside_48h": "超过48小时，等对方再发消息时送到",
    "quota": "可发条数用完，等对方再发消息时送到", "quiet_hours": "夜间不发，到早上已过48小时，等对方再发消息时送到",
    "told_already": "自己又问过，已得到答复",
    "left": "已取消关注",
}  # fmt: skip


def _told(services: Services) -> int:
    from bot.unanswered import is_quiet

    now = _now()
    told: Told = services.teller.tell(now)
    for name, count in sorted(told.ends.items()):
        print(f"{_FATES[name]}：{count} 人")
    if told.unknown:
        print(f"上次中断、结果不明、不再重发：{told.unknown} 人")
    if told.waiting:
        when = "现在是夜间（20:30—8:00），8:00后再运行" if is_quiet(now) else "稍后再运行"
        print(f"等待：{told.waiting} 人；{when} safetybot unanswered tell")
    if told.halted is not None:
        print(f"微信暂时不收（{told.halted or '没有应答'}），已停下；用 safetybot doctor 查看原因")
        return 1
    if not (told.ends or told.unknown or told.waiting):
        print("没有要告知的提问人")
    return 0
