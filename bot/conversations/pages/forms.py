"""What staff fill in on the pages of talks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import wtforms
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]

from bot.console.forms import Form, at_most, required
from bot.conversations.desk import MAX_CHARS
from bot.conversations.search import KINDS, SPEAKERS, Sought
from bot.conversations.talks import CHANNELS


def _named(held: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in held.items()]


def _choices(held: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice("", "全部"), *_named(held)]


class SearchForm(Form):
    """What is looked for in the log."""

    q = wtforms.StringField("词语", validators=[at_most(60)])
    kind = wtforms.SelectField("情况", choices=_choices(KINDS), default="")
    speaker = wtforms.SelectField("谁说的", choices=_named(SPEAKERS), default="")
    channel = wtforms.SelectField("从哪里来", choices=_choices(CHANNELS), default="")
    since = wtforms.DateField("从哪天", validators=[wtforms.validators.Optional()])
    until = wtforms.DateField("到哪天", validators=[wtforms.validators.Optional()])
    region = wtforms.StringField("地区", validators=[at_most(100)])

    def sought(self, district: str) -> Sought:
        """For the search. district: whose people may be found, "" for everybody's."""
        return Sought(
            words=self.text("q"), since=self.since.data, until=self.until.data, region=self.text("region"),
            kind=self.text("kind"), speaker=self.text("speaker"), channel=self.text("channel"), district=district,
        )  # fmt: skip

    def query(self) -> dict[str, Any]:
        """As parameters of the address."""
        held = {name: self[name].data for name in ("q", "kind", "speaker", "channel", "since", "until", "region")}
        return {name: str(value) for name, value in held.items() if value}


class AnswerForm(Form):
    """An answer of staff. key: names this very form, so that it is sent once."""

    reply = wtforms.TextAreaField("回复内容", validators=[required("请写几个字再发送。"), at_most(MAX_CHARS)])
    key = wtforms.HiddenField(validators=[wtforms.validators.Regexp(r"^[A-Za-z0-9_-]{8,40}$")])
