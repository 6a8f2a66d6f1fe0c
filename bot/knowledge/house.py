"""What staff wrote in the settings, as the answers need it: telephone numbers of the place become entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.answers.entries import Entry, EntryKind, Source, Verify
from bot.knowledge.live import Overlay
from bot.office import Hotline, Office

_ASKED = ("{}电话", "{}的电话", "{}热线", "{}电话多少", "{}打什么电话", "{}怎么联系", "找{}打哪个号码")


def furnished(overlay: Overlay, office: Office) -> Overlay:
    """An overlay with the office's own hotlines. Its digest stays: no base is built of them."""
    own = {entry.id: entry for entry in _entries(office)}
    return replace(overlay, entries={**overlay.entries, **own}) if own else overlay


def _entries(office: Office) -> Iterator[Entry]:
    source = Source(name=f"{office.settings.office.name}公布的电话")
    for line in office.hotlines:
        yield Entry(
            id=f"office-{line.number}", kind=EntryKind.HOTLINE, title=f"{line.name}电话", answer=_answer(line),
            questions=(line.name, *(form.format(line.name) for form in _ASKED), line.number), group="office",
            sources=(source,), verify=Verify.OFFICIAL, number=line.number,
        )  # fmt: skip


def _answer(line: Hotline) -> str:
    return f"{line.name}：{line.number}。{line.note}".rstrip("。") + "。"
