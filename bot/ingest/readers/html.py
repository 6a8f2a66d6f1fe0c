"""A web page -> the lines of its main text; menus, share links, scripts and footers stay out.

The main text is found here rather than by a library: of those that do it, trafilatura drops centred headings and
readability takes one of several columns, and a statute must lose no paragraph. So the parts that are no text by
their nature go first, then the smallest element is taken that still holds nearly all of what is not a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.errors import ContentError
from bot.ingest.readers.charset import decode
from bot.ingest.readers.document import Document, Format, Line, LineKind
from bot.ingest.readers.limits import MAX_TEXT

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_NO_TEXT = frozenset(
    "script style noscript template iframe frame object embed applet svg canvas video audio map button select"
    " input textarea datalist dialog head link meta title base".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
#: Class and id names of what stands around a text on the sites of Chinese authorities.
_AROUND = re.compile(
    r"(?:^|[-_\s])(?:nav\w*|menu\w*|bread\w*|crumb\w*|share\w*|bshare\w*|bdshare\w*|foot\w*|copyright|sidebar|related"
    r"\w*|relat\w*|xgwj|toolbar|tools?|search\w*|login|qrcode|ewm|print\w*|pagination|pager|comment\w*|float\w*"
    r"|prev\w*|next\w*|banner|topbar|friendlink|links?)(?:$|[-_\s])",
    re.IGNORECASE,
)
#: A form may hold the whole page: ASP.NET puts one around everything.
_AROUND_TAGS = frozenset({"footer", "aside", "header", "nav", "form"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: A line of buttons, blanks and brackets aside: names of sites to share on, and what can be done with a page.
_BUTTONS = re.compile(
    r"(?:打印(?:本页|此页|页面)?|关闭(?:窗口|本页|页面)?|我要纠错|纠错|收藏(?:本页)?|分享到?|新浪微博|微信|微博|QQ空间|QQ好友|复制链接"
    r"|返回(?:顶部|首页|上一页|列表)?|下载|字号|字体|大|中|小|上一[篇条]|下一[篇条]|首页|正文|当前位置|浏览次数?|责任编辑|编辑)+"
    r"(?:扫一扫.{0,20})?|扫一扫.{0,20}|点击.{0,12}"
)
_LONGEST_BUTTONS = 60
_BETWEEN_BUTTONS = re.compile(r"[\s【】\[\]()（）<>《》:：|·/→]")
_HOLDERS = frozenset(
    "article body center dd div dl fieldset font form li main section span table tbody td tr ul".split()
)
_MAIN_SHARE = 0.8  # of the text beside links that the main element must hold
_SENTENCES_ASIDE = 1  # that may stand outside of it: a disclaimer at the foot
_ARTICLE = re.compile(r"第[零〇一二三四五六七八九十百千0-9]{1,7}条")
_FACT_KEYS = frozenset(
    "标题 名称 索引号 发文机关 发布机构 发布单位 发文单位 制定机关 公布机关 主题分类 发文字号 文号"
    " 成文日期 发布日期 公布日期 生成日期 施行日期 实施日期 生效日期 有效性 时效性 效力级别 法律性质 题注 来源".split()
)
_META = {"pubdate": "发布日期", "contentsource": "来源", "articletitle": "标题", "publishdate": "发布日期"}
_SITE = re.compile(r"\s*[-_|—–－｜]+\s*[^-_|—–－｜]*$")


def read_html(data: bytes, name: str) -> Document:
    """Read a page. Nothing it names is fetched. Raises ContentError."""
    declared = _CHARSET.search(data[:4096].replace(b"\x00", b""))
    text, charset = decode(data, name, declared[1].decode("ascii", "replace") if declared else "")
    root = _parse(text, name)
    title, facts = _title(root), _facts(root)
    _strip(root)
    main = _main(root)
    lines = tuple(_lines(main))
    if not lines:
        raise ContentError("网页里没有正文，请确认是不是这个文件", name)
    if sum(len(line.text) for line in lines) > MAX_TEXT:
        raise ContentError("文字太多，不像一份文件，请拆成几份再传", name)
    return Document(name=name, format=Format.HTML, lines=lines, title=title, charset=charset, facts=facts)


def _parse(text: str, name: str) -> Any:
    from lxml import etree, html  # slow to load

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
        root = html.document_fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as e:
        raise ContentError("网页已损坏，读不出，请重新下载，或另存为 docx 再传", name) from e
    return root


def _title(root: Any) -> str:
    for path in (".//meta[@name='ArticleTitle']/@content", ".//h1", ".//title"):
        for found in root.iterfind(path) if "@content" not in path else root.xpath(path):
            text = found if isinstance(found, str) else found.text_content()
            text = " ".join(text.split())
            if path == ".//title":
                while len(shorter := _SITE.sub("", text)) >= 4 and shorter != text:
                    text = shorter
            if 2 <= len(text) <= 120:
                return text
    return ""


def _facts(root: Any) -> dict[str, str]:
    """What a table of document data and the page's head say: each key with its value as printed."""
    out: dict[str, str] = {}
    for row in root.iter("tr", "ul", "dl"):
        cells = [" ".join(c.text_content().split()) for c in row.iterchildren("th", "td", "li", "dt", "dd")]
        for key, value in zip(cells, cells[1:], strict=False):
            _fact(out, key, value)
        for cell in cells:
            key, _, value = cell.replace(":", "：", 1).partition("：")
            _fact(out, key, value)
    for meta in root.iter("meta"):
        key = _META.get((meta.get("name") or "").lower(), "")
        if key and meta.get("content"):
            out.setdefault(key, meta.get("content").strip())
    return out


def _fact(out: dict[str, str], key: str, value: str) -> None:
    key = re.sub(r"[\s\u3000:：【】\[\]]", "", key)
    if key in _FACT_KEYS and value and len(value) < 300:
        out.setdefault(key, value.strip())


def _strip(root: Any) -> None:
    """Take out of the tree what is no text: by its element, by being hidden, by its name where it is small."""
    whole = max(1, len(_words(root)))
    for element in list(root.iter()):
        tag = element.tag
        if not isinstance(tag, str) or tag in ("html", "body"):
            continue
        label = f"{element.get('class') or ''} {element.get('id') or ''}"
        goes = tag in _NO_TEXT or bool(_HIDDEN.search(element.get("style") or "")) or element.get("hidden") is not None
        around = tag in _AROUND_TAGS or (label.strip() and _AROUND.search(label))
        if goes or (around and _is_small(element, whole)):
            _drop(element)


def _is_small(element: Any, whole: int) -> bool:
    words = _words(element)
    return len(words) < 0.3 * whole and len(_ARTICLE.findall(words)) < 3


def _drop(element: Any) -> None:
    """Remove an element but not the text behind it; a gap stays where it stood."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _words(element: Any) -> str:
    return "".join("".join(element.itertext()).split())


def _main(root: Any) -> Any:
    """The smallest element with nearly all of the text that is not in links, with every article and sentence."""
    body = root.find("body")
    here = body if body is not None else root
    whole, articles, sentences = _weight(here), _openings(here), _words(here).count("。")
    while True:
        best = max((c for c in here if c.tag in _HOLDERS), key=_weight, default=None)
        if best is None or _weight(best) < _MAIN_SHARE * whole or _openings(best) < articles:
            return here
        if _words(best).count("。") < sentences - _SENTENCES_ASIDE:
            return here
        here = best


def _weight(element: Any) -> int:
    return len(_words(element)) - sum(len(_words(a)) for a in element.iter("a"))


def _openings(element: Any) -> int:
    return len(re.findall(rf"(?:^|[\n。；：])\s*{_ARTICLE.pattern}", "\n".join(element.itertext())))


def _lines(main: Any) -> Iterator[Line]:
    walker = _Walker()
    walker.walk(main)
    walker.end()
    for line in walker.lines:
        if line.kind is LineKind.ROW or not _is_buttons(line.text):
            yield line


def _is_buttons(text: str) -> bool:
    bare = _BETWEEN_BUTTONS.sub("", text)
    return not bare or (len(text) <= _LONGEST_BUTTONS and bool(_BUTTONS.fullmatch(bare)))


class _Walker:
    """Goes through an element and ends a line wherever a browser would."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._kind, self._level, self._centred, self._pre = LineKind.PARAGRAPH, 0, False, False

    def walk(self, element: Any) -> None:
        """Take in an element and all below it."""
        tag = element.tag
        if tag == "br":
            self.end()
        elif tag == "table" and _is_data(element):
            self.end()
            self.lines += _rows(element)
        elif tag in _BLOCKS:
            self._block(element)
        elif isinstance(tag, str):
            self._inside(element)

    def _block(self, element: Any) -> None:
        self.end()
        held = self._kind, self._level, self._centred, self._pre
        heading = re.fullmatch(r"h([1-6])", element.tag)
        if heading:
            self._kind, self._level = LineKind.HEADING, int(heading[1])
        style = f"{element.get('style') or ''} align:{element.get('align') or ''}".replace(" ", "").lower()
        self._centred = element.tag == "center" or "align:center" in style or (
            self._centred and "align:left" not in style
        )  # fmt: skip
        self._pre = self._pre or element.tag == "pre"
        self._inside(element)
        self.end()
        self._kind, self._level, self._centred, self._pre = held

    def _inside(self, element: Any) -> None:
        self._add(element.text)
        for child in element:
            self.walk(child)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if self._pre:
            first, *others = text.split("\n")
            self._parts.append(first)
            for other in others:
                self.end()
                self._parts.append(other)
            return
        # A line end in the source is a blank, and between Chinese characters not even that.
        self._parts.append(re.sub(r"[ \t]*\n[ \t\n]*", "\n", text))

    def end(self) -> None:
        """End the line."""
        text = "".join(self._parts)
        self._parts.clear()
        text = re.sub(r"(?<=[^\x00-\x7f])\n+(?=[^\x00-\x7f])", "", text.strip("\n"))
        text = re.sub(r"[ \t\xa0\u2000-\u200a\n]+", " ", text).strip(" \u3000\u200b\ufeff")
        if text:
            self.lines.append(Line(text, self._kind, self._level, self._centred))


def _is_data(table: Any) -> bool:
    """Whether a table holds data; old pages put their whole text into one."""
    rows = [len(list(r.iterchildren("td", "th"))) for r in table.iter("tr")]
    longest = max((len(_words(c)) for c in table.iter("td", "th")), default=0)
    nested = any(True for t in table.iter("table") if t is not table)
    return bool(rows) and max(rows) >= 2 and not nested and longest < 2000 and _openings(table) < 3


def _rows(table: Any) -> Iterator[Line]:
    for row in table.iter("tr"):
        cells = []
        for cell in row.iterchildren("td", "th"):
            walker = _Walker()
            walker._inside(cell)
            walker.end()
            cells.append("；".join(line.text for line in walker.lines))
        text = "\t".join(cells).strip()
        if text:
            yield Line(text, LineKind.ROW)
