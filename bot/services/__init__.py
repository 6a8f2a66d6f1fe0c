"""build(settings) -> Services: the one place where the parts are joined; web, worker and commands use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.services.core import LEXICON, PEOPLE
from bot.services.talking import Talking

if TYPE_CHECKING:
    from bot.jobs import Crew

__all__ = ["LEXICON", "PEOPLE", "Services"]


@dataclass
class Services(Talking):
    """The parts of one process, each made when first asked for."""

    def crew(self, threads: int) -> Crew:
        """What delivers broadcasts and runs the schedule in this process; made once. threads: that call platforms."""
        from bot.jobs import Crew, Terms

        settings = self.settings
        firings = settings.database_url
        if self.database.is_sqlite:
            firings = f"sqlite:///{settings.var_dir / 'jobs.db'}"
        account = settings.wechat.app_id
        self._crew = Crew(self, Terms(threads, account, settings.var_dir, firings))
        return self._crew

    _crew: Crew | None = None

    def sweep(self, now: datetime) -> None:
        """See to broadcasts that nobody works on; start those whose time has come."""
        from bot.outreach.sweeping import sweep

        if self._crew:
            sweep(self.database, self._crew.deliverer, now)
        self.broadcasts.start_due(now)

    def tally(self, now: datetime) -> None:
        """Count who follows, for the figures of the staff site."""
        from bot.people.tally import tally

        tally(self.database, now)

    def forget(self, before: datetime, now: datetime) -> None:
        """Drop log rows from before then and files that nobody fetched, and see how large the tables are now."""
        from bot.conversations import forget as forget_talks
        from bot.store import files
        from bot.store.retention import forget

        forget(self.database, before)
        forget_talks(self.database, before)
        files.tidy(self.database, now)
        self.database.tidy()

    def close(self) -> None:
        """Write what is waiting and give connections back."""
        if self._crew:
            self._crew.stop()
            self._crew = None
        if "keeper" in self.__dict__:
            self.keeper.stop()
        if "office_keeper" in self.__dict__:
            self.office_keeper.stop()
        if "taken" in self.__dict__:
            self.taken.stop()
        if "official" in self.__dict__:
            self.official.close()
        if "wecom" in self.__dict__:
            self.wecom.close()
        if "records" in self.__dict__:
            self.records.stop()
        if "database" in self.__dict__:
            self.database.close()
