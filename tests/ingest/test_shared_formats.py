"""Real statutes written out again in every form that offices have them in: the same articles come back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.ingest.statutes import Statute, read_statute, statute_from_bytes

from .readers.making import docx, pdf, typeset

pytestmark = pytest.mark.shared

TITLES = ("中华人民共和国治安管理处罚法", "工伤保险条例", "特种设备安全监督检查办法")


def lines_of(statute: Statute) -> list[str]:
    """A statute as it is printed, headings included."""
    out = [statute.title]
    above: list[str] = []
    for a in statute.articles:
        headings = a.chapter.split(" / ") if a.chapter else []
        same = next((n for n, (x, y) in enumerate(zip(above, headings, strict=False)) if x != y), len(above))
        out += headings[same:]
        above = headings
        first, *others = a.text.split("\n")
        out += [f"{a.number}　{first}", *others]
    return out


def cut(lines: Sequence[str], width: int, indent: str, between: str = "") -> str:
    """Lines cut at the edge of a page."""
    out: list[str] = []
    for line in lines:
        rest = indent + line
        while rest:
            out.append(rest[:width])
            rest = rest[width:]
        out += [between] if between else []
    return "\n".join(out)


def flush_pdf(lines: Sequence[str]) -> bytes:
    """A PDF without indents, whose pages have a bare number."""
    rows = [x[n : n + 32] for x in lines for n in range(0, len(x), 32)]
    return pdf([
        [*((80.0, 780.0 - 22 * k, 12.0, x) for k, x in enumerate(rows[n : n + 30])), (290, 30, 9, str(n // 30 + 1))]
        for n in range(0, len(rows), 30)
    ])  # fmt: skip


def page(lines: Sequence[str], between: str) -> bytes:
    head = f"<html><head><meta charset=gbk><title>{lines[0]}-某局</title></head><body><div class=nav><a>首页</a></div>"
    body = f"<div class=TRS_Editor><p>{between.join(lines)}</p></div><div>版权所有：某局。</div></body></html>"
    return (head + body).encode("gbk", "xmlcharrefreplace")


def markdown(lines: Sequence[str]) -> bytes:
    bold = [re.sub("^(第[^条]{1,9}条(?:之.)?)　", r"**\1** ", x) for x in lines[1:]]
    return "\n\n".join([f"# {lines[0]}", *(f"## {x}" if re.match("第.{1,3}[章节]", x) else x for x in bold)]).encode()


FORMS: dict[str, Callable[[list[str]], bytes]] = {
    "cut, flush": lambda x: cut(x, 40, "").encode(),
    "cut, blank lines": lambda x: cut(x, 40, "", "\n").encode("gb18030"),
    "cut, indented": lambda x: cut(x, 30, "　　").encode("utf-16"),
    "one line each": lambda x: "\r\n".join(x).encode("utf-8-sig"),
    "markdown": markdown,
    "pdf": lambda x: pdf(typeset(x, header="某公报 2026年第3期")),
    "pdf, flush": flush_pdf,
    "page of line breaks": lambda x: page(x, "<br/>\n&nbsp;&nbsp;&nbsp;&nbsp;"),
    "page of cells": lambda x: page(x, "</p><table><tr><td>　</td></tr></table><p>"),
    "docx": lambda x: docx(*x),
}


def squeezed(statute: Statute) -> list[tuple[str, str]]:
    return [(a.number, re.sub(r"\s", "", a.text)) for a in statute.articles]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("title", TITLES)
def test_articles_are_the_same_in_every_form(shared: Path, title: str, form: str) -> None:
    clean = read_statute(shared / "regulations" / f"{title}.txt")
    again = statute_from_bytes(FORMS[form](lines_of(clean)), f"{title}.bin")
    assert again.title == clean.title
    assert squeezed(again) == squeezed(clean)
    assert [a.chapter for a in again.articles] == [a.chapter for a in clean.articles]
