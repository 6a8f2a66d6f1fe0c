"""What the model may do with a turn: word its answer in plainer words, or pick one of the choices that it offers.

It never answers. A rewrite is compared with the answer (`checks`), a pick is a number; whatever else comes, or does
not come in time, the turn stays as it was. Danger, hazards, campaign plans, small talk and all that was refused are
never shown to it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from bot.answers import Status
from bot.answers.entries import Entry, EntryKind
from bot.dialogue import Turn, spare_bytes
from bot.errors import WouldWait
from bot.llm import prompts
from bot.llm.breaker import Breaker
from bot.llm.checks import Plain, fault
from bot.llm.client import ModelClient, ModelFaultError
from bot.llm.masking import masked
from bot.messages import Choice, Inbound, Reply
from bot.settings import LLM_RESERVE_S, LlmSettings

log = logging.getLogger(__name__)

_CACHED = 2048
_MAX_QUESTION = 300  # characters of a question that are shown to it
_MAX_TOKENS_PICK = 8
#: The group of the entries that tell an emergency card to those who ask about it.
_EMERGENCY = "emergency"
#: A character of Chinese takes a token or two.
_TOKENS_A_CHARACTER = 2

Again = Callable[[Choice], Turn]


class Aide:
    """Improves turns where the settings allow it and the time suffices. Safe for many threads.

    entry_of  an entry of what is live by its id
    words     a sentence of replies.toml [chat] by its name
    counts    how often each outcome came, by "task: outcome"; for the log and for tests
    """

    def __init__(
        self,
        settings: LlmSettings,
        client: ModelClient,
        entry_of: Callable[[str], Entry | None],
        words: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._client, self._entry_of, self._words = settings, client, entry_of, words
        self._breaker = Breaker(settings.rest_s, clock)
        self._said: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._asked: set[tuple[str, ...]] = set()
        self._lock = Lock()
        self.counts: Counter[str] = Counter()

    def improve(self, turn: Turn, inbound: Inbound, again: Again, left_s: Callable[[], float], at_once: bool) -> Turn:
        """The turn, improved or as it was.

        again    the turn that a tap on a choice would lead to
        left_s   seconds until the reply must be on its way
        at_once  raise WouldWait where the model would be asked; what it said before is used all the same
        """
        try:
            if self._settings.pick and turn.noted.status == Status.CHOICES:
                turn = self._picked(turn, inbound, again, left_s, at_once)
            if self._settings.rephrase and turn.noted.status == Status.ANSWERED:
                turn = self._reworded(turn, inbound, left_s, at_once)
        except WouldWait:
            raise
        except Exception as e:  # the edge: the model is no reason to answer nothing. Its words may be in the message.
            log.error("a turn could not be improved", extra={"error": type(e).__name__})
        return turn

    # -- wording ---------------------------------------------------------------------------------------------------

    def _reworded(self, turn: Turn, inbound: Inbound, left_s: Callable[[], float], at_once: bool) -> Turn:
        entry, reply = self._entry(turn.noted.entry), turn.reply
        if entry is None or reply is None or turn.noted.intent or entry.answer not in reply.text:
            return turn
        wording = self._wording(entry, left_s, at_once)
        if not wording:
            return turn
        text = reply.text.replace(entry.answer, f"{wording}\n{self._words('reworded')}", 1)
        return self._with(turn, replace(reply, text=text), inbound)

    def _wording(self, entry: Entry, left_s: Callable[[], float], at_once: bool) -> str:
        """Checked, "" where the answer's own words are better. Kept by the words of the answer: a new version is asked
        anew."""
        plain = Plain(entry.answer, (entry.title, *entry.questions))
        key = ("rephrase", entry.id, entry.answer)

        def judge(said: str) -> tuple[str, str]:
            wrong = "unchanged" if said == entry.answer else fault(said, plain)
            return ("", wrong) if wrong else (said, "used")

        prompt, tokens = prompts.rephrasing(entry.answer), _TOKENS_A_CHARACTER * len(entry.answer)
        return self._ask(key, prompts.REPHRASE, prompt, tokens, judge, left_s, at_once)

    # -- picking ---------------------------------------------------------------------------------------------------

    def _picked(self, turn: Turn, inbound: Inbound, again: Again, left_s: Callable[[], float], at_once: bool) -> Turn:
        choices = turn.reply.choices if turn.reply else ()
        if not choices or not all(self._entry(c.id) for c in choices):
            return turn
        number = self._number(inbound.text, tuple(c.label for c in choices), left_s, at_once)
        if not number:
            return turn
        choice = choices[int(number) - 1]
        other = again(choice)
        if other.noted.status != Status.ANSWERED or other.noted.entry != choice.id or other.reply is None:
            return turn
        text = f"{self._words('picked').format(topic=choice.label)}\n{other.reply.text}"
        improved = self._with(other, replace(other.reply, text=text), inbound)
        return turn if improved is other else improved

    def _number(self, question: str, titles: tuple[str, ...], left_s: Callable[[], float], at_once: bool) -> str:
        """Which of the titles is meant, from "1"; "" for none."""
        question = masked(question, _MAX_QUESTION)

        def judge(said: str) -> tuple[str, str]:
            if said == "0":
                return "", "none"
            is_one = len(said) == 1 and "1" <= said <= str(len(titles))
            return (said, "used") if is_one else ("", "no number")

        prompt = prompts.picking(question, titles)
        key = ("pick", question, *titles)
        return self._ask(key, prompts.PICK, prompt, _MAX_TOKENS_PICK, judge, left_s, at_once)

    # -- both ------------------------------------------------------------------------------------------------------

    def _entry(self, name: str) -> Entry | None:
        """An entry that the model may be shown: of no plan, no emergency card, and leading into no flow."""
        entry = self._entry_of(name)
        if entry is None or entry.kind is not EntryKind.FAQ or entry.intent or entry.group == _EMERGENCY:
            return None
        return entry

    def _with(self, turn: Turn, reply: Reply, inbound: Inbound) -> Turn:
        """The turn with another reply, where that fits into one message."""
        return replace(turn, reply=reply) if spare_bytes(reply, inbound) >= 0 else turn

    def _ask(
        self,
        key: tuple[str, ...],
        system: str,
        user: str,
        max_tokens: int,
        judge: Callable[[str], tuple[str, str]],
        left_s: Callable[[], float],
        at_once: bool,
    ) -> str:
        """What the model said or says, judged; "" where nothing of use. It is asked once for each key.

        judge  its words -> what is used of them, and a word for the log
        """
        with self._lock:
            if (known := self._said.get(key)) is not None:
                self._said.move_to_end(key)
                return known
            if key in self._asked:
                return ""  # somebody waits for it already; one is enough
        if left_s() < self._settings.timeout_s + LLM_RESERVE_S:
            return self._count(key, "late")
        if self._breaker.is_open:
            return self._count(key, "resting")
        if at_once:
            raise WouldWait("the language model would be asked")
        return (
            self._call(key, system, user, max_tokens, judge) if self._breaker.admit() else self._count(key, "resting")
        )

    def _call(
        self, key: tuple[str, ...], system: str, user: str, max_tokens: int, judge: Callable[[str], tuple[str, str]]
    ) -> str:
        started = time.perf_counter()
        with self._lock:
            self._asked.add(key)
        try:
            said = self._client.complete(system, user, max_tokens, self._settings.timeout_s)
            self._breaker.went_well()
            used, outcome = judge(said)
            self._keep(key, used)
        except ModelFaultError as e:
            self._breaker.was_not_asked() if e.ours else self._breaker.failed()
            used, outcome = "", e.reason
        finally:
            with self._lock:
                self._asked.discard(key)
        facts = {"task": key[0], "outcome": outcome, "took_ms": round((time.perf_counter() - started) * 1000)}
        log.info("the language model was asked", extra=facts)
        self._count(key, outcome)
        return used

    def _keep(self, key: tuple[str, ...], used: str) -> None:
        with self._lock:
            self._said[key] = used
            if len(self._said) > _CACHED:
                self._said.popitem(last=False)

    def _count(self, key: tuple[str, ...], outcome: str) -> str:
        with self._lock:
            self.counts[f"{key[0]}: {outcome}"] += 1
        return ""
