"""Statute texts -> articles. One article per entry, never split, never merged."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.answers.normalise import number
from bot.errors import ContentError
from bot.ingest.preamble import facts_of, region_of
from bot.ingest.readers import Document, Format, LineKind, read_bytes, read_document, read_from_bytes
from bot.ingest.readers.charset import decode
from bot.ingest.readers.detect import detect
from bot.ingest.readers.wrapped import is_cut, raw, unwrap, without_page_numbers
from bot.ingest.structure import Structure, take_apart

#: Marks the version of what came as a JSONL of passages: kept beside a statute of the same title, never in its place.
PASSAGES = "p:"

#: Header keys of a statute file -> our field.
_HEADER = {
    "标题": "title",
    "效力级别": "level",
    "制定机关": "issuer",
    "版本日期": "version",
    "本版施行日期": "effective",
    "时效性": "status",
    "适用区域": "region",
    "备注": "note",
    "题注": "history",
    "来源": "",
}
#: … and how a page of an authority calls the same.
_ON_PAGE = {"版本日期": "发布日期", "本版施行日期": "施行日期"}
_HEADER_LINE = re.compile(r"([一-鿿]{2,8})：(.*)")
_EXCERPT = re.compile(r"（[^（）]*(?:节选|摘录)）$")
_SUMMARY = re.compile(r"事实摘录|要点摘录|不是(?:法规|标准|法律)?原文")
_CLOSING = 4  # articles at the end that may say since when a statute is in force


class NotAStatuteError(ContentError):
    """A document without articles, or one that only sums up facts."""


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """One article as printed; text without the number, paragraphs and items one per line.

    chapter  the headings above it, outermost first, joined with " / "
    """

    number: str
    text: str
    chapter: str = ""
    passage: str = ""  # the id that a JSONL of passages gave it


@dataclass(frozen=True, slots=True)
class Annex:
    """What follows the last article and belongs to none: 附录, 附件, 附表."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """One version of one statute.

    version, effective  ISO dates, "" where the file gives none
    excerpt             True where the file holds only part of the articles
    note, history       备注 and 题注: what was said of this version; when it was passed and amended
    declared            True where a header gives these facts; what is only inferred never replaces it
    warnings            what a person should look at; not part of the content
    """

    title: str
    level: str = ""
    issuer: str = ""
    version: str = ""
    effective: str = ""
    status: str = ""
    region: str = "全国"
    excerpt: bool = False
    origin: str = ""
    articles: tuple[ParsedArticle, ...] = ()
    annexes: tuple[Annex, ...] = ()
    note: str = ""
    history: str = ""
    declared: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Names this content: equal digests, equal statutes. The origin does not count."""
        parts = [self.title, self.level, self.issuer, self.effective, self.status, self.region, str(self.excerpt)]
        parts += [self.note, self.history]
        parts += [f"{a.number}\t{a.chapter}\t{a.passage}\t{a.text}" for a in self.articles]
        parts += [f"{a.title}\t{a.text}" for a in self.annexes]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_statute(path: Path) -> Statute:
    """Read the statute in a file of any format. Raises ContentError."""
    data = read_bytes(path)
    if detect(data, str(path)) is Format.ZIP:
        return statute_of(read_document(path))
    return statute_from_bytes(data, path)


def statute_from_bytes(data: bytes, path: Path | str) -> Statute:
    """Read the statute in a file's bytes; `path` is what messages name. Raises ContentError."""
    if detect(data, str(path)) in (Format.TEXT, Format.MARKDOWN):
        text, _ = decode(data, str(path))
        if text.lstrip("\ufeff \n").startswith("标题："):
            if is_summary(text):
                raise NotAStatuteError("是事实摘录，不是法规原文", path)
            return parse_statute(text.lstrip("\ufeff \n"), path)
    return statute_of(read_from_bytes(data, str(path)))


def parse_statute(text: str, path: Path | str = "") -> Statute:
    """Read a statute in the header format: `key：value` lines, an empty line, the title, then the text.

    Raises ContentError with path and line where the form is broken.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header, body_at = _read_header(lines, path)
    title = header.pop("title", "").strip()
    if not title:
        raise ContentError("the header has no 标题; a statute file starts with lines such as 标题：…", path, 1)
    partial = bool(_EXCERPT.search(title))
    body = lines[body_at:]
    if is_cut(cut := without_page_numbers([raw(line) for line in body])):
        body = [x.text for x in unwrap(cut)]
    found = take_apart(body, partial=partial)
    if not found.articles:
        raise ContentError("no article found; each starts a line: 第一条, one full-width space, text", path)
    for line, stray, before in found.strays:
        raise ContentError(f"{stray} comes after {before}; is a number wrong, or a line?", path, body_at + line)
    level, version = header.get("level", ""), header.get("version", "")
    closing = [a.text for a in found.articles[-_CLOSING:]]
    inferred = facts_of((), closing, {"题注": header.get("history", "")}, title, "")
    return Statute(
        title=_EXCERPT.sub("", title), level=level, issuer=header.get("issuer", ""),
        version=version or inferred.version,
        effective=header.get("effective") or _later(inferred.effective, version),
        status=header.get("status", ""), region=header.get("region") or region_of(title, level),
        excerpt=partial or bool(found.missing), origin=Path(path).name, articles=_articles(found),
        annexes=_annexes(found), note=header.get("note", ""), history=header.get("history", ""), declared=True,
        warnings=_warnings(found, partial),
    )  # fmt: skip


def _later(day: str, version: str) -> str:
    return day if day >= version else ""


def statute_of(document: Document) -> Statute:
    """The statute in a document without header lines. Raises ContentError where there is none."""
    path = document.name
    lines = [line.text.replace("\t", " ") if line.kind is not LineKind.ROW else line.text for line in document.lines]
    partial = bool(_EXCERPT.search(document.title))
    found = take_apart(lines, partial=partial)
    if not found.articles or (len(found.articles) < 3 and not partial):
        raise NotAStatuteError("没有找到条文（每条以“第X条”起行），不是法规原文", path)
    if found.twice:
        raise ContentError("一个文件里有两部法规，请分成两个文件", path)
    closing = [a.text for a in found.articles[-_CLOSING:]]
    said = {m[1]: m[2].strip() for x in found.front if (m := _HEADER_LINE.fullmatch(x)) and m[1] in _HEADER}
    front = [x for x in found.front if not ((m := _HEADER_LINE.fullmatch(x)) and m[1] in _HEADER)]
    page = {**document.facts, **{_ON_PAGE.get(key, key): value for key, value in said.items()}}
    facts = facts_of(front, closing, page, document.title, Path(path).stem)
    title = _EXCERPT.sub("", facts.title)
    if not title:
        raise ContentError("找不到法规名称，请在第一行写上名称", path)
    warnings = [*document.warnings, *_warnings(found, partial)]
    warnings += [f"{number} 在 {before} 之后，按正文处理" for _, number, before in found.strays]
    if not facts.version:
        warnings.append("没有找到版本日期，请在文件名加 _20210610 或写明公布日期")
    return Statute(
        title=title, level=facts.level, issuer=facts.issuer, version=facts.version, effective=facts.effective,
        status=facts.status, history=facts.history, note=said.get("备注", ""), origin=Path(path).name,
        region=said.get("适用区域") or region_of(title, facts.level), declared="标题" in said,
        excerpt=partial or bool(found.missing), warnings=tuple(warnings), articles=_articles(found),
        annexes=_annexes(found),
    )  # fmt: skip


def is_summary(text: str) -> bool:
    """Whether a text says of itself at the top that it only sums up facts: never to be quoted as the law."""
    return bool(_SUMMARY.search(text[:600].split("\n\n")[0]))


def _articles(found: Structure) -> tuple[ParsedArticle, ...]:
    return tuple(ParsedArticle(p.number, p.text, p.chapter) for p in found.articles)


def _annexes(found: Structure) -> tuple[Annex, ...]:
    return tuple(Annex(p.number, p.text) for p in found.annexes)


def _warnings(found: Structure, partial: bool) -> tuple[str, ...]:
    if partial or not found.missing:
        return ()
    some = "、".join(found.missing[:5]) + ("…" if len(found.missing) > 5 else "")
    return (f"缺 {some}，只当作节选",)


def _read_header(lines: list[str], path: Path | str) -> tuple[dict[str, str], int]:
    header: dict[str, str] = {}
    for n, line in enumerate(lines):
        if not line.strip():
            return header, n + 1
        match = _HEADER_LINE.match(line)
        if not match or match[1] not in _HEADER:
            raise ContentError(f"header line expected (one of {'、'.join(_HEADER)}), found: {line[:30]}", path, n + 1)
        key, value = _HEADER[match[1]], match[2].strip()
        if key in ("version", "effective"):
            value = _date(value, match[1], path, n + 1)
        if key:
            header[key] = value
    raise ContentError("no empty line ends the header", path, len(lines))


def _date(value: str, key: str, path: Path | str, line: int) -> str:
    if not value or value.startswith("见"):  # 见末条: the text itself says when it takes effect
        return ""
    if not (found := re.match(r"\d{4}(-\d{2}){0,2}", value)):
        raise ContentError(f"{key} must start with a date as 2021-06-10, found: {value[:20]}", path, line)
    return found[0]


def article_key(printed: str) -> tuple[int, int]:
    """第一百三十三条之一 -> (133, 1); 第二十五条 -> (25, 0). For ordering and exact look-up."""
    match = re.fullmatch(r"第(.+)条(?:之(.+))?", printed)
    if not match or (main := number(match[1])) is None:
        raise ContentError(f"not an article number: {printed[:20]}")
    return main, (number(match[2]) or 0) if match[2] else 0


@dataclass(slots=True)
class _Bench:
    """Statute under construction from JSONL lines."""

    articles: list[ParsedArticle] = field(default_factory=list)


def read_passages(path: Path) -> list[Statute]:
    """Read a JSONL of passages {id, law, article, text}, as benchmarks use; one Statute per law and version.

    Optional fields: version, status. Raises ContentError naming the line.
    """
    laws: dict[tuple[str, str], Statute] = {}
    rows: dict[tuple[str, str], _Bench] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for n, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                row = _passage(line, path, n)
                key = (row["law"], row.get("version") or "")
                laws.setdefault(key, Statute(
                    title=key[0], version=(PASSAGES + key[1])[:20], status=row.get("status") or "", excerpt=True,
                    origin=path.name,
                ))  # fmt: skip
                rows.setdefault(key, _Bench()).articles.append(
                    ParsedArticle(row["article"], row["text"], passage=str(row.get("id", "")))
                )
    except (OSError, UnicodeDecodeError) as e:
        raise ContentError(f"cannot be read as UTF-8 text: {e}", path) from e
    return [replace(law, articles=tuple(rows[key].articles)) for key, law in laws.items()]


def _passage(line: str, path: Path, n: int) -> dict[str, str]:
    try:
        row = json.loads(line)
    except ValueError as e:
        raise ContentError(f"not JSON: {e}", path, n) from e
    if not isinstance(row, dict):
        raise ContentError("each line must be an object {id, law, article, text}", path, n)
    for name in ("law", "article", "text"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ContentError(f"field {name} is missing or empty", path, n)
    for name in ("version", "status"):
        if not isinstance(row.get(name) or "", str):
            raise ContentError(f"field {name} must be text", path, n)
    return row
