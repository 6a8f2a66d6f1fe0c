"""Statute texts -> articles. One article per entry, never split, never merged."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.answers.normalise import number
from bot.errors import ContentError

#: Marks the version of what came as a JSONL of passages: kept beside a statute of the same title, never in its place.
PASSAGES = "p:"
MAX_BYTES = 20 << 20  # the longest statute in force is under 1 MB

#: Header keys of a statute file -> our field.
_HEADER = {
    "标题": "title",
    "效力级别": "level",
    "制定机关": "issuer",
    "版本日期": "version",
    "本版施行日期": "effective",
    "时效性": "status",
    "适用区域": "region",
    "备注": "",
    "题注": "",
    "来源": "",
}
_HEADER_LINE = re.compile(r"([一-鿿]{2,8})：(.*)")
_ARTICLE = re.compile(r"(第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)[　 \t]+(.*)")
_HEADING = re.compile(r"第[零〇一二三四五六七八九十百]+(编|分编|章|节)[　 \t]+\S.*")
_EXCERPT = re.compile(r"（[^（）]*(?:节选|摘录)）$")
#: Bodies whose rules hold in one place only: 广东省人民代表大会常务委员会 -> 广东省, 汕头市人大常委会 -> 汕头市.
_LOCAL_TITLE = re.compile(r"^(.{2,6}?(?:省|自治区|市|自治州|经济特区))")


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """One article as printed; text without the number, paragraphs and items one per line."""

    number: str
    text: str
    chapter: str = ""
    passage: str = ""  # the id that a JSONL of passages gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """One version of one statute.

    version, effective  ISO dates, "" where the file gives none
    excerpt             True where the file holds only part of the articles
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

    @property
    def digest(self) -> str:
        """Names this content: equal digests, equal statutes. The origin does not count."""
        parts = [self.title, self.level, self.issuer, self.effective, self.status, self.region, str(self.excerpt)]
        parts += [f"{a.number}\t{a.chapter}\t{a.passage}\t{a.text}" for a in self.articles]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def parse_statute(text: str, path: Path | str = "") -> Statute:
    """Read a statute in the header format: `key：value` lines, an empty line, the title, then the text.

    Raises ContentError with path and line where the form is broken.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header, body_at = _read_header(lines, path)
    title = header.pop("title", "").strip()
    if not title:
        raise ContentError("the header has no 标题; a statute file starts with lines such as 标题：…", path, 1)
    articles = tuple(_read_articles(lines, body_at, path))
    if not articles:
        raise ContentError("no article found; each starts a line: 第一条, one full-width space, text", path)
    return Statute(
        title=_EXCERPT.sub("", title),
        excerpt=bool(_EXCERPT.search(title)),
        region=header.pop("region", "") or _region(title, header.get("level", "")),
        origin=Path(path).name,
        articles=articles,
        **header,
    )


def read_statute(path: Path) -> Statute:
    """Read one statute file (UTF-8). Raises ContentError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"larger than {MAX_BYTES >> 20} MB; this is not one statute", path)
        return parse_statute(path.read_text(encoding="utf-8-sig"), path)
    except UnicodeDecodeError as e:
        raise ContentError("not UTF-8 text; save it as UTF-8 and try again", path) from e
    except OSError as e:
        raise ContentError(f"cannot be read: {e.strerror}", path) from e


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


def _read_articles(lines: list[str], start: int, path: Path | str) -> Iterator[ParsedArticle]:
    current: ParsedArticle | None = None
    chapter = ""
    seen_title = False
    for n in range(start, len(lines)):
        line = lines[n].strip()
        if not line or not seen_title:
            seen_title = seen_title or bool(line)
            continue
        if match := _ARTICLE.match(line):
            if current:
                _check_order(current.number, match[1], path, n + 1)
                yield current
            current = ParsedArticle(match[1], match[2].strip(), chapter)
        elif _HEADING.fullmatch(line):
            chapter = re.sub(r"[　 \t]+", " ", line)
        elif re.match(r"第[零〇一二三四五六七八九十百千]+条", line) and not re.match(r".{3,12}(规定|的|之)", line):
            raise ContentError(
                f"an article number is followed by one full-width space, found: {line[:20]}", path, n + 1
            )
        elif current and not re.fullmatch(r"[【〔].*[】〕]", line):
            current = replace(current, text=f"{current.text}\n{line}")
    if current:
        yield current


def article_key(printed: str) -> tuple[int, int]:
    """第一百三十三条之一 -> (133, 1); 第二十五条 -> (25, 0). For ordering and exact look-up."""
    match = re.fullmatch(r"第(.+)条(?:之(.+))?", printed)
    if not match or (main := number(match[1])) is None:
        raise ContentError(f"not an article number: {printed[:20]}")
    return main, (number(match[2]) or 0) if match[2] else 0


def _check_order(before: str, after: str, path: Path | str, line: int) -> None:
    if article_key(after) <= article_key(before):
        raise ContentError(f"{after} comes after {before}; was a table of contents kept?", path, line)


def _region(title: str, level: str) -> str:
    match = _LOCAL_TITLE.match(title) if "地方" in level or "经济特区" in level else None
    return match[1].replace("经济特区", "市") if match else "全国"


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
