"""Forms of the pages of people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of 3.2
from wtforms.validators import Optional

from bot.answers.cities import provinces
from bot.console.forms import Form, at_most, required
from bot.errors import OutreachError
from bot.people import listing, roster, saved, segments
from bot.people.choices import Choices
from bot.people.sheets import is_phone
from bot.people.units import KINDS, Unit


def _offered(words: Mapping[str, str], first: str = "不限") -> list[SelectChoice]:
    """Choices by what they are called, after one that chooses nothing; first "": without that one."""
    before = [SelectChoice("", first)] if first else []
    return [*before, *(SelectChoice(value, word) for value, word in words.items())]


def _among(names: Sequence[str], first: str = "不限") -> list[SelectChoice]:
    return _offered(dict(zip(names, names, strict=True)), first)


def _selects(form: FollowerFilter | SegmentForm) -> list[tuple[str, SelectField | SelectMultipleField]]:
    """The fields whose choices are lists of config/people.toml, by the name of the list."""
    return [
        ("audience", form.audience), ("industry", form.industry), ("post", form.post), ("topic", form.topic)
    ]  # fmt: skip


class FollowerFilter(Form):
    """What is asked of the list of followers."""

    state = SelectField("状态", choices=[*_offered(listing.STATES, ""), SelectChoice("", "全部")], default="following")
    region = StringField("地区", [at_most(100)])
    unit = StringField("单位", [at_most(200)])
    audience = SelectField("人群", default="")
    industry = SelectField("行业", default="")
    post = SelectField("岗位", default="")
    topic = SelectField("订阅主题", default="")
    channel = SelectField("渠道", choices=_offered(listing.CHANNEL_WORDS), default="")
    wrote = SelectField("最近发消息", choices=_offered(listing.WROTE), default="")
    address = StringField("完整 openid", [at_most(64)])

    def __init__(self, choices: Choices, given: Any = None) -> None:
        super().__init__(given)
        for name, field in _selects(self):
            field.choices = _among(choices.names[name])

    @property
    def asked(self) -> listing.Filter:
        """The filter."""
        return listing.Filter(**{name: value or "" for name, value in self.data.items()})


class FactsForm(Form):
    """What staff write down of a follower; bot/people/facts.py says what is right."""

    region = StringField("地区", description="从省写起，例如：广东省江门市蓬江区")
    unit = StringField("单位", description="单位名册里的全称；空着就是不属于哪个单位")
    audience = SelectField("人群", default="")
    industry = SelectField("行业", default="")
    post = SelectField("岗位", default="")
    reason = StringField("原因", [required("请写明为什么改，会记入操作记录。"), at_most(200)],
                         description="例如：本人来电更正。会记入操作记录。")  # fmt: skip

    def __init__(self, choices: Choices, given: Any = None, **values: Any) -> None:
        super().__init__(given, **values)
        for name, field in (("audience", self.audience), ("industry", self.industry), ("post", self.post)):
            names = choices.names[name]
            held = [field.data] if field.data and field.data not in names else []  # what an older list had
            field.choices = _among([*names, *held], "没有填")


class UnitFilter(Form):
    """What is asked of the list of units."""

    named = StringField("名称或加入代码", [at_most(200)])
    region = StringField("地区", [at_most(100)])
    kind = SelectField("类别", choices=_among(KINDS), default="")
    industry = SelectField("行业", default="")
    officer = SelectField("联络员", choices=_offered(roster.OFFICERS), default="")

    def __init__(self, choices: Choices, given: Any = None) -> None:
        super().__init__(given)
        self.industry.choices = _among(choices.names["industry"])

    @property
    def asked(self) -> roster.Filter:
        """The filter."""
        return roster.Filter(**{name: value or "" for name, value in self.data.items()})


class OfficerFilter(Form):
    """What is asked of the list of officers."""

    region = StringField("地区", [at_most(100)])
    state = SelectField("是否绑定微信", choices=_offered({"known": "已绑定", "waiting": "没有绑定"}), default="")


class UnitForm(Form):
    """A unit. own: the region of whoever writes it."""

    name = StringField("单位名称", [required("请填写单位名称。"), at_most(200)])
    kind = SelectField("类别", choices=_among(KINDS, "没有分类"), default="")
    region = StringField("地区", [at_most(100)], description="从省写起，例如：广东省江门市蓬江区")
    industry = SelectField("行业", default="")

    def __init__(self, choices: Choices, own: str, given: Any = None, **values: Any) -> None:
        super().__init__(given, **values)
        self._own = own
        self.industry.choices = _among(choices.names["industry"], "没有分类")

    def validate_region(self, field: StringField) -> None:
        """Within the region of whoever writes, from the province down."""
        region = field.data or ""
        if region and not region.startswith(provinces()):
            raise ValidationError("要从省写起，例如：广东省江门市蓬江区。")
        if not region.startswith(self._own):
            raise ValidationError(f"您负责的地区是{self._own}，请填这个地区或它里面的地区。")

    def validate_name(self, field: StringField) -> None:
        """One line, nothing that a program takes for a formula."""
        if field.data and field.data.startswith(("=", "+", "@")):
            raise ValidationError("名称不能以 =、+、@ 开头。")

    @property
    def unit(self) -> Unit:
        """The unit, without an officer."""
        return Unit(
            " ".join((self.name.data or "").split()), self.kind.data, self.region.data or "", self.industry.data
        )


class OfficerForm(Form):
    """Who is to be the officer of a unit."""

    officer = StringField("姓名", [required("请填写联络员姓名。"), at_most(40)])
    phone = StringField("联系电话", [at_most(30)])

    def validate_phone(self, field: StringField) -> None:
        """Something that can be dialled, or nothing."""
        if field.data and not is_phone(field.data):
            raise ValidationError("不像电话号码，请检查；没有可以不填。")


class ExportForm(Form):
    """A list that leaves the house."""

    reason = StringField("用途", [required("请写明用途，会记入操作记录。"), at_most(200)],
                         description="例如：报区安委办备案。会记入操作记录。")  # fmt: skip
    phones = BooleanField("写出完整的联系电话", description="不勾选时只写 138****1234")


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").replace("、", "\n").splitlines() if line.strip()]


#: Field of the form -> field of the rule; lists of what can be chosen, and lists that are typed.
_CHOSEN = {"audience": "audience", "industry": "industry", "post": "post", "topic": "topic", "channel": "channel"}
_TYPED = {"region": "region", "unit": "unit", "tag": "tag"}
_WITHOUT = {"not_region": "region", "not_unit": "unit", "not_topic": "topic"}


class SegmentForm(Form):
    """An audience: what must hold, and what must not."""

    name = StringField("名称", [required("请给这个人群取个名称。"), at_most(80)])
    region = TextAreaField("地区", description="一行一个，从省写起；包括它里面的地区")
    unit = TextAreaField("单位", description="一行一个，写单位全称")
    tag = TextAreaField("微信标签", description="一行一个")
    audience = SelectMultipleField("人群")
    industry = SelectMultipleField("行业")
    post = SelectMultipleField("岗位")
    topic = SelectMultipleField("订阅了主题")
    channel = SelectMultipleField("渠道", choices=_offered(listing.CHANNEL_WORDS, ""))
    officer = RadioField("是不是联络员", choices=_offered({"是": "是", "否": "不是"}), default="")
    wrote_within_hours = SelectField(
        "最近发过消息", choices=_offered({"24": "24 小时内", "48": "48 小时内"}), default=""
    )
    followed_since = DateField("在这一天以后关注", [Optional()])
    not_region = TextAreaField("不要这些地区")
    not_unit = TextAreaField("不要这些单位")
    not_topic = SelectMultipleField("不要订阅了这些主题的")
    raw = TextAreaField("规则（JSON）")

    def __init__(self, choices: Choices, given: Any = None, **values: Any) -> None:
        super().__init__(given, **values)
        for name, field in _selects(self):
            field.choices = _among(choices.names[name], "")
        self.not_topic.choices = self.topic.choices

    def validate_raw(self, field: TextAreaField) -> None:
        """A rule, or nothing."""
        try:
            segments.check(self.rule)
        except OutreachError as e:
            raise ValidationError(str(e)) from e
        except ValueError as e:
            raise ValidationError(f"不是正确的 JSON：{e}") from e

    @property
    def is_more(self) -> bool:
        """Whether one of the conditions is used that the form keeps folded, or is wrong."""
        names = ("post", "channel", "unit", "tag", "officer", "wrote_within_hours", "followed_since")
        return any(self[name].data or self[name].errors for name in names)

    @property
    def rule(self) -> dict[str, Any]:
        """The rule. Raises ValueError where `raw` is no JSON, OutreachError where it is no rule."""
        if self.raw.data:
            return dict(segments.parse(self.raw.data))
        asked: dict[str, Sequence[Any]] = {field: self[name].data or [] for name, field in _CHOSEN.items()}
        asked |= {field: _lines(self[name].data) for name, field in _TYPED.items()}
        asked["officer"] = [self.officer.data] if self.officer.data else []
        asked["wrote_within_hours"] = [int(self.wrote_within_hours.data)] if self.wrote_within_hours.data else []
        asked["followed_since"] = [self.followed_since.data.isoformat()] if self.followed_since.data else []
        without = {
            "region": _lines(self.not_region.data), "unit": _lines(self.not_unit.data),
            "topic": self.not_topic.data or [],
        }  # fmt: skip
        return saved.rule_of(asked, without)


def shown(rule: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """The fields of SegmentForm that show a rule; one that they cannot show stands in `raw`."""
    raw = {"raw": json.dumps(rule, ensure_ascii=False, indent=1)}
    if (parts := saved.parts_of(rule)) is None:
        return raw
    asked, without = parts
    known = {*_CHOSEN.values(), *_TYPED.values(), "officer", "wrote_within_hours", "followed_since"}
    if set(asked) - known or set(without) - set(_WITHOUT.values()):
        return raw
    for field in ("audience", "industry", "post", "topic"):
        if set(asked.get(field, ())) - set(choices.names[field]):
            return raw
    values: dict[str, Any] = {name: asked.get(field, []) for name, field in _CHOSEN.items()}
    values |= {name: "\n".join(asked.get(field, ())) for name, field in _TYPED.items()}
    values |= {name: "\n".join(without.get(field, ())) for name, field in _WITHOUT.items() if field != "topic"}
    return _singles(values | {"not_topic": without.get("topic", [])}, asked) or raw


def _singles(values: dict[str, Any], asked: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """With the fields that hold one value; {} where a rule has more of them, or others than can be chosen."""
    for name in ("officer", "wrote_within_hours", "followed_since"):
        if len(held := asked.get(name, ())) > 1:
            return {}
        if held:
            values[name] = date.fromisoformat(str(held[0])) if name == "followed_since" else str(held[0])
    return values if values.get("wrote_within_hours", "") in ("", "24", "48") else {}
