"""The title of a document that does not say it: the first lines that look like one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.ingest.readers.document import Line, LineKind

_LOOKED_AT = 15  # lines
_LONGEST = 80
_ENDED = re.compile(r"[。；：！？;:!?，,]$")
_NO_TITLE = re.compile(
    r"[（(]?\s*(?:第[零〇一二三四五六七八九十百0-9]+[编章节条]|附\s*件|目\s*录|\d{4}\s*年.*日\s*[）)]?$|\S{1,20}〔\d{4}〕|\S{2,6}：)"
)
_KEY = re.compile(r"标题\s*[：:]\s*(\S.*)")
_CLOSING = re.compile(
    r"(?:法|条例|规定|办法|细则|决定|解释|规则|规程|标准|通知|方案|意见|计划|公告|通告|预案|指南|要点|函|报告|总结)(?:（[^）]*）)?$"
)


def guess_title(lines: Sequence[Line]) -> str:
    """The title, "" where no line looks like one; a title in two lines is joined."""
    top = [line for line in lines[:_LOOKED_AT] if line.kind is not LineKind.ROW]
    if top and (said := _KEY.fullmatch(top[0].text)):
        return said[1]
    for n, line in enumerate(top):
        if not _fits(line.text):
            continue
        text = re.sub(r"[ \u3000]+", "", line.text) if not line.text.isascii() else line.text
        if not _CLOSING.search(text) and n + 1 < len(top) and _goes_on(text, top[n + 1].text):
            text += top[n + 1].text.strip()
        if _CLOSING.search(text) or line.centred or line.kind is LineKind.HEADING or n == 0:
            return text
    return ""


def _fits(text: str) -> bool:
    return 3 <= len(text) <= _LONGEST and not _ENDED.search(text) and not _NO_TITLE.match(text)


def _goes_on(first: str, second: str) -> bool:
    return _fits(second) and bool(_CLOSING.search(second.strip())) and len(first) + len(second) <= _LONGEST
