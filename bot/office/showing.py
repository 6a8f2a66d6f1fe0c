"""What people would read with a value, before it is saved: the same sentences, filled in with examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.office.keeper import Office
from bot.office.registry import Item, Kind
from bot.switches import NAMES, Function

#: In place of what is known only in a talk.
_EXAMPLES = {
    "title": "电动车能停楼道吗", "answer": "不能停放在楼道，也不能充电。", "topic": "高温津贴",
    "place": "广东省江门市江海区", "unit": "江海区第一小学", "topics": "高温防暑、用电安全", "first": "高温防暑",
    "what": "行业 建筑", "people": "12", "name": "王同事",
    "lines": "关注时间：2026年6月1日\n订阅：高温防暑\n聊天记录：6条", "count": "2",
    "source": "《安全生产法》第二十五条", "law": "《安全生产法》",
    "ask": "当地人社部门，电话12333", "department": "应急管理部门", "text": "高温天气要按规定停工",
    "date": "2026年6月1日", "reason": "系统维护，预计今天18:00恢复", "n": "1", "article": "第二十五条",
}  # fmt: skip
_BESIDE = {"office.name": "welcome", "office.phone": "human", "office.hours": "human"}


def told(office: Office, item: Item, value: Any, shipped: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What stands on the phone, a bubble each; nothing where no sentence shows it. office: with the value."""
    if item.kind is Kind.LINES:
        return [_filled(office, "chat", "welcome", shipped), "\n".join(value)]
    if item.table == "texts":
        table, name = item.name.split(".")
        return [_filled(office, table, name, shipped)]
    if item.table == "switch":
        return [_filled(office, "chat", "switched_off", shipped, what=NAMES[Function(item.name)], reason=value)]
    if item.key in _BESIDE:
        return [_filled(office, "chat", _BESIDE[item.key], shipped)]
    if item.kind is Kind.HOTLINES:
        return [f"{h.name}：{h.number}。{h.note}" for h in office.hotlines[:5]]
    return []


def meant(office: Office, item: Item) -> str:
    """What a value means in a sentence, for staff; empty where it speaks for itself. office: with the value."""
    if item.kind is Kind.CLOCK:
        quiet = office.settings.outreach
        next_day = "第二天 " if quiet.quiet_until <= quiet.quiet_from else ""
        return f"每天 {quiet.quiet_from} 到{next_day}{quiet.quiet_until} 不推送，紧急通知除外。"
    if item.key.startswith("outreach.mass"):
        sending = office.settings.outreach
        left = sending.mass_per_month - sending.mass_kept
        most, kept = sending.mass_per_month, sending.mass_kept
        return f"每人每月最多收到 {most} 次群发，其中 {kept} 次留给紧急情况，平时用 {left} 次。"
    if item.kind is Kind.PLACES:
        return f"认得的本地地名一共 {len(office.places)} 个。"
    return ""


def _filled(office: Office, table: str, name: str, shipped: Mapping[str, Mapping[str, Any]], **facts: str) -> str:
    text = str(office.words.get(table, {}).get(name, shipped.get(table, {}).get(name, "")))
    here = office.settings.office
    own = {"office": here.name, "phone": here.phone, "hours": here.hours, "office_phone": here.phone}
    return text.format(**{**_EXAMPLES, **own, **facts})
