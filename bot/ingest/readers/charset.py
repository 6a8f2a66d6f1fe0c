"""Bytes -> text: by the mark at the top, by what the page declares, else by what the bytes can be."""

from __future__ import annotations

import codecs
import re

from bot.ingest.readers.document import UnknownFormatError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: A page that says gb2312 is GBK as a rule; GB18030 holds both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz-gb-2312": "gb18030"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_MAX_CONTROL = 0.002  # share of control characters above which a file is no text
_MAX_LOST = 0.001  # … and of bytes that are nothing in the charset
_COMMON = 0.9  # share of the characters beyond ASCII that are everyday Chinese in any Chinese text
_SAMPLE = 20_000  # characters looked at


def decode(data: bytes, name: str, declared: str = "") -> tuple[str, str]:
    """The text and its charset; line ends are \\n, control characters are gone.

    declared  what the file says of itself, believed only if it holds
    Raises ContentError where it is no text.
    """
    text, charset = _decode(data, declared)
    if text is None or not _is_text(text):
        raise UnknownFormatError("不是文本，也不是认识的文件格式，请另存为 docx 或 pdf 再传", name)
    return _CONTROL.sub("", _BREAKS.sub("\n", text.replace("\x1a", ""))), charset


def _decode(data: bytes, declared: str) -> tuple[str | None, str]:
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace"), charset
    wide = _utf16(data)
    if wide:
        return data.decode(wide, "replace"), wide
    declared = _WIDER.get(declared.lower(), declared.lower())
    for charset in dict.fromkeys(("utf-8", declared)):
        text = _strictly(data, charset) if charset else None
        if text is not None and (charset != "gb18030" or _everyday(text)):
            return text, charset
    return _guess(data)


def _strictly(data: bytes, charset: str) -> str | None:
    """None where bytes are nothing in the charset; a character that was cut off at the end is forgiven."""
    try:
        decoder = codecs.getincrementaldecoder(charset)()
        return decoder.decode(data)
    except (UnicodeDecodeError, LookupError):
        return None


def _guess(data: bytes) -> tuple[str | None, str]:
    """For bytes that hold strictly in nothing: one bad byte must not turn a Chinese text into something else."""
    for charset in ("utf-8", "gb18030"):
        text = data.decode(charset, "replace")
        if text.count("\ufffd") <= _MAX_LOST * len(text) + 1 and _everyday(text):
            return text, charset
    from charset_normalizer import from_bytes  # slow to load, and needed for odd files only

    best = from_bytes(data[: 1 << 20]).best()
    return (data.decode(best.encoding, "replace"), best.encoding) if best else (None, "")


def _everyday(text: str) -> bool:
    """Whether the characters are those of GB2312: in what is not Chinese they come from all over GB18030."""
    beyond = _BEYOND_ASCII.findall(text[:_SAMPLE])
    return _in_gb2312("".join(beyond)) >= _COMMON * len(beyond)


def _in_gb2312(text: str) -> int:
    """How many characters of a text are in GB2312 or ASCII."""
    return len(text.encode("gb2312", "ignore").decode("gb2312"))


def _utf16(data: bytes) -> str:
    """UTF-16 without a mark: there are zero bytes, and read one way round nearly all is ASCII or everyday Chinese."""
    head = data[: min(len(data), 4096) // 2 * 2]
    if 0 not in head:
        return ""
    best = max(("utf-16-le", "utf-16-be"), key=lambda charset: _plainness(head, charset))
    return best if _plainness(head, best) > _COMMON else ""


def _plainness(data: bytes, charset: str) -> float:
    text = data.decode(charset, "replace")
    return _in_gb2312(_CONTROL.sub("", text.replace("\x1a", ""))) / len(text) if text else 0.0


def _is_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    bad = len(_CONTROL.findall(sample.replace("\x1a", ""))) + sample.count("\ufffd")
    return bad <= _MAX_CONTROL * len(sample) + 1
