"""The ways to reach people: clients of the platforms and their senders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import OutreachError, SendError
from bot.services.core import Core

if TYPE_CHECKING:
    from bot.channels.official import OfficialClient
    from bot.channels.official.material import Material
    from bot.channels.sms import Answered, Report
    from bot.channels.wecom import WeComClient
    from bot.people.sync import Run
    from bot.sending import Sender


@dataclass
class Ways(Core):
    """The ways to reach people: clients of the platforms and their senders."""

    @cached_property
    def official(self) -> OfficialClient:
        """Calls to WeChat's API."""
        from bot.channels.official import OfficialClient

        return OfficialClient(self.settings.wechat, self.store)

    @cached_property
    def wecom(self) -> WeComClient:
        """Calls to WeCom's API in the name of the app."""
        from bot.channels.wecom import WeComClient

        return WeComClient(self.settings.wecom, self.store)

    @cached_property
    def senders(self) -> Mapping[str, Sender]:
        """The ways to reach people that the settings give, by name."""
        from bot.channels import official, sms, wecom

        settings, wechat = self.settings, self.settings.wechat
        ways: dict[str, Sender] = {**wecom.senders(settings.wecom, self.store, self.wecom)}
        if wechat.app_id and wechat.secret:
            account = self.official
            ways.update(official.senders(wechat.api_base, wechat.api_timeout_s, account.tokens, account.tags))
        if by_phone := sms.sender(settings.sms):
            ways[by_phone.name] = by_phone
        return ways

    @cached_property
    def material(self) -> Material | None:
        """Hands pictures and drafts over to WeChat; None where no official account is set up."""
        from bot.channels.official.material import Material

        is_set_up = self.settings.wechat.app_id and self.settings.wechat.secret
        return Material(self.official) if is_set_up else None

    @property
    def _previewer(self) -> Mapping[str, Sender]:
        """For tests of staff alone: no broadcast goes that way."""
        from bot.channels.official.material import Previewer

        return {Previewer.name: Previewer(self.material)} if self.material else {}

    def keep_picture(self, picture: bytes, *, for_good: bool) -> str:
        """Hand a picture over to WeChat; its media_id, which lasts three days, or for good: a mass message needs that.

        Raises OutreachError where its kind or size is wrong, or WeChat does not take it.
        """
        if self.material is None:
            raise OutreachError("没有设置公众号（wechat.app_id、wechat.secret），不能上传图片")
        try:
            return self.material.add_picture(picture) if for_good else self.material.add_passing_picture(picture)
        except SendError as e:
            raise OutreachError(f"微信没有收下图片（错误码 {e.errcode}），请稍后再试") from e

    def fresh_token(self, now: datetime) -> None:
        """See that there is an access token, before a message needs it. Raises SendError."""
        if self.settings.wechat.app_id and self.settings.wechat.secret:
            self.official.ready()

    def sms_reported(self, told: Sequence[Report | Answered]) -> None:
        """Write down what the gateway says of text messages, and who wants no more of them. Raises StoreError."""
        from bot.channels.sms import Report
        from bot.outreach.reconciling import receipt
        from bot.people.phones import answered

        now = datetime.now(UTC)
        with self.database.begin() as db:
            for one in told:
                if isinstance(one, Report):
                    receipt(db, "sms", one.number, "" if one.delivered else one.code or "failed", now)
                else:
                    answered(db, one.phone, one.text, now)

    def poll_reports(self, now: datetime) -> None:
        """Ask WeChat for what came of mass messages whose report was lost."""
        from bot.outreach.reconciling import poll

        if self.senders:
            poll(self.database, self.official.mass_status, now)

    def sync_followers(self, tell: Callable[[str], None]) -> Run:
        """Bring the followers of the account into step with WeChat's list. Raises OutreachError."""
        from bot.people.sync import Sync

        return Sync(self.database, self.official, "official", tell).run(datetime.now(UTC))
