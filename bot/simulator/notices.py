"""Templates of notices (模板消息, 订阅通知), and what their fields may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .errcodes import Refused


class NoticeKind(StrEnum):
    """Which interface sends by a template.

    TEMPLATE      模板消息 (template/send)
    ONCE          一次性订阅通知: an acceptance is spent by a message
    LASTING       长期订阅通知: an acceptance lasts
    """

    TEMPLATE = "template"
    ONCE = "once"
    LASTING = "lasting"


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """One template of the account. `labels`: key of a field (thing1) -> the words before it on the phone."""

    template_id: str
    kind: NoticeKind
    title: str
    labels: Mapping[str, str]


#: The templates an account starts with; the control API adds others.
FIRST_ONCE_ID = "once-notice-0000000000000000000000000000001"
FIRST_TEMPLATE_ID = "template-msg-000000000000000000000000000001"


def first_templates() -> dict[str, NoticeTemplate]:
    """One of each common kind, so that a demo can send at once."""
    once = NoticeTemplate(
        FIRST_ONCE_ID, NoticeKind.ONCE, "安全提醒通知", {"thing1": "提醒事项", "time2": "提醒时间", "thing3": "备注"}
    )
    template = NoticeTemplate(
        FIRST_TEMPLATE_ID, NoticeKind.TEMPLATE, "隐患处理通知", {"thing1": "隐患", "phrase2": "处理状态"}
    )
    return {one.template_id: one for one in (once, template)}


def _at_most(limit: int) -> Callable[[str], bool]:
    return lambda value: len(value) <= limit


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


#: Prefix of a field's key -> what its value must be. Recalled from the mini-programs' documents, which the
#: service accounts' follow. Source: developers.weixin.qq.com, 订阅消息参数值内容限制说明.
VALUE_RULES: dict[str, Callable[[str], bool]] = {
    "thing": _at_most(20),
    "character_string": _matches(r"[\x20-\x7e]{1,32}"),
    "number": _matches(r"[0-9.,+-]{1,32}"),
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _at_most(5),
    "phone_number": _matches(r"[0-9+\-() ]{1,17}"),
    "car_number": _at_most(8),
    "name": _matches(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}"),
    "phrase": _matches(r"[\u4e00-\u9fff]{1,5}"),
    "time": _matches(r"(?=.*[0-9]).{1,40}"),
    "date": _matches(r"(?=.*[0-9]).{1,40}"),
    "amount": _matches(r"[^0-9]{0,3}[0-9.,]{1,10}[^0-9]{0,3}"),
}


def read_fields(template: NoticeTemplate, data: Any) -> dict[str, str]:
    """The values of a notice by key. Raises Refused 47003, naming the key, for what the template refuses."""
    if not isinstance(data, Mapping):
        raise Refused(47003)
    fields = {}
    for key in template.labels:
        given = data.get(key)
        value = given.get("value") if isinstance(given, Mapping) else None
        if not _fits(key, value):
            raise Refused(47003, f"argument invalid! data.{key}.value invalid")
        fields[key] = str(value)
    return fields


def _fits(key: str, value: Any) -> bool:
    if not isinstance(value, str | int | float) or isinstance(value, bool) or not str(value).strip():
        return False
    rule = VALUE_RULES.get(key.rstrip("0123456789"))
    return rule is None or rule(str(value))


def shown(template: NoticeTemplate, fields: Mapping[str, str], url: str) -> dict[str, Any]:
    """What the phone draws of a notice."""
    rows = [{"label": label, "value": fields[key]} for key, label in template.labels.items()]
    return {"title": template.title, "rows": rows, "url": url}
