"""The audience builder: the fields of a form <-> a rule of bot/people/segments.py.

A rule that the fields cannot show (one of the calendar's, one written by hand) stands in `rule` as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import wtforms
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # unknown to the stubs of 3.2

from bot.console.forms import Form, at_most
from bot.errors import OutreachError
from bot.people import segments
from bot.people.choices import CODES, WORDS, Choices


def options(words: Mapping[str, str]) -> list[Any]:
    """What can be chosen, for a field: value -> label."""
    return [SelectChoice(value, label) for value, label in words.items()]


_CHANNELS = {"official": "公众号", "wecom": "企业微信", "robot": "企业微信群", "sms": "短信"}
_OFFICERS = options({"": "不限", "是": "只要联络员", "否": "不要联络员"})
_MANY = ("audience", "industry", "post", "topic", "frequency", "slot", "channel")
_LINES = ("region", "unit", "tag")
_SEPARATORS = re.compile(r"[\n,，、;；]+")


_HOURS = wtforms.validators.NumberRange(1, 48, "请写 1 到 48 之间的整数。")
#: A rule's way of naming a condition, and what staff filled in.
_PLACE = re.compile(r"规则\S*?（(\w+)）：")
_FIELDS = {"wrote_within_hours": "多少小时内发过消息", "followed_since": "从哪天起关注的"}


def plain(error: object) -> str:
    """What is wrong with a rule, by the field of the form and not by the place in the rule."""
    return _PLACE.sub(lambda found: f"{_FIELDS.get(found[1], '发给谁')}：", str(error))


class _Ticks(wtforms.SelectMultipleField):
    """Boxes to tick; what is no longer among the choices stays, so that nothing is lost in silence."""

    def pre_validate(self, _form: object) -> None:
        """Any value: the rule itself is checked."""


class AudienceForm(Form):
    """Who is meant. Each filled field narrows; several values of one field widen it."""

    region = wtforms.TextAreaField("地区", [at_most(2000)])
    audience = _Ticks("人群")
    industry = _Ticks("行业")
    post = _Ticks("岗位")
    topic = _Ticks("订阅了主题")
    unit = wtforms.TextAreaField("单位", [at_most(4000)])
    tag = wtforms.TextAreaField("公众号后台的标签", [at_most(500)])
    channel = _Ticks("渠道")
    officer = wtforms.SelectField("联络员", choices=_OFFICERS, default="")
    wrote = wtforms.IntegerField("多少小时内发过消息", [wtforms.validators.Optional(), _HOURS])
    followed = wtforms.StringField("从哪天起关注的", [at_most(10)])
    frequency = _Ticks("每日提示的频率")
    slot = _Ticks("每日提示的时段")
    except_region = wtforms.TextAreaField("除了这些地区", [at_most(2000)])
    except_unit = wtforms.TextAreaField("除了这些单位", [at_most(4000)])
    except_tag = wtforms.TextAreaField("除了这些标签", [at_most(500)])
    rule = wtforms.TextAreaField("规则原文", [at_most(20_000)])

    def offer(self, choices: Choices) -> None:
        """Fill in what can be ticked; what is ticked and not offered any more is shown too."""
        for name in ("audience", "industry", "post", "topic", "frequency", "slot"):
            _offer(self[name], {word: word for word in choices.names[name]})
        _offer(self.channel, _CHANNELS)

    @property
    def is_narrow(self) -> bool:
        """Whether any field says something."""
        return any(field.data for field in self)

    def to_rule(self) -> dict[str, Any]:
        """The rule. Raises OutreachError, which names the field."""
        if text := (self.rule.data or "").strip():
            return dict(segments.parse(text))
        conditions = [_among(name, self[name].data or []) for name in _MANY]
        conditions += [_among(name, lines(self[name].data)) for name in _LINES]
        conditions.append(_among("officer", [self.officer.data] if self.officer.data else []))
        if self.wrote.data is not None:
            conditions.append(_among("wrote_within_hours", [self.wrote.data]))
        conditions.append(_among("followed_since", lines(self.followed.data)))
        left_out = [_among(name, lines(self[f"except_{name}"].data)) for name in _LINES]
        rule: dict[str, Any] = {}
        if every := [c for c in conditions if c]:
            rule["all"] = every
        if none := [c for c in left_out if c]:
            rule["not"] = none
        segments.check(rule)
        return rule


def lines(text: str | None) -> list[str]:
    """What is listed in a field, by line or comma."""
    return list(dict.fromkeys(part.strip() for part in _SEPARATORS.split(text or "") if part.strip()))


def from_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the fields that stand for a rule."""
    values: dict[str, Any] = {}
    stated = [rule] if "field" in rule else rule.get("all", [])
    for conditions, head in ((stated, ""), (rule.get("not", []), "except_")):
        for condition in conditions:
            name = condition.get("field", "")
            key = head + {"wrote_within_hours": "wrote", "followed_since": "followed"}.get(name, name)
            if key in values or not _can_show(key, condition.get("values")):
                return {"rule": written(rule)}
            values[key] = _shown(key, condition["values"])
    return {"rule": written(rule)} if "any" in rule else values


def written(rule: Mapping[str, Any]) -> str:
    """A rule as it can be typed."""
    return json.dumps(rule, ensure_ascii=False, indent=1)


def _can_show(key: str, values: object) -> bool:
    single = key in ("wrote", "followed", "officer")
    known = hasattr(AudienceForm, key) and key not in ("", "rule")
    return known and isinstance(values, list) and bool(values) and (not single or len(values) == 1)


def _shown(key: str, values: list[Any]) -> Any:
    if key in _MANY:
        return [WORDS.get(str(value), str(value)) if key in ("slot", "frequency") else str(value) for value in values]
    if key in ("wrote", "officer", "followed"):
        return values[0]
    return "\n".join(map(str, values))


def _among(name: str, values: Iterable[Any]) -> dict[str, Any]:
    held = [CODES.get(value, value) if name in ("slot", "frequency") else value for value in values]
    return {"field": name, "op": "in", "values": held} if held else {}


def _offer(field: Any, words: Mapping[str, str]) -> None:
    more = {value: value for value in field.data or [] if value not in words}
    field.choices = options({**words, **more})


def told(rule: Mapping[str, Any]) -> str:
    """A rule as staff read it, or why it is none."""
    try:
        return segments.words(rule)
    except OutreachError as e:
        return str(e)
