"""A thousand statutes through `safetybot import`: made anew in five formats, read, stored, then imported again.

    python -m benchmarks.importing [--statutes 1000] [--seed 20] [--keep FOLDER]

Each statute has 20 to 120 articles in chapters, with items and a table of contents; sentences are re-mixed from the
words below. Formats in turn: text with a header, GB18030 text without one and with cut lines, a page of a site, docx,
PDF (every tenth). Prints seconds of the clock and of the processor, articles counted against those that were written,
and the time of a second run, which must change nothing. Goal: 1,000 in under 60 s.
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.sax.saxutils import escape as xml_escape

from bot.answers.normalise import chinese
from bot.ingest import holdings
from bot.ingest.importing import import_paths
from bot.store.database import Database

_WHO = (
    "生产经营单位 主管部门 从业人员 县级人民政府 应急管理部门 消防救援机构 使用单位 检验机构 施工单位 行业协会".split()
)
_DOES = (
    "应当建立 应当定期检查 不得擅自变更 负责组织实施 应当如实记录 可以委托他人管理 应当及时报告 必须配备 有权制止"
).split()
_WHAT = (
    "安全管理制度 应急救援预案 重大危险源档案 检测检验设备 教育培训计划 隐患排查台账 防护用品 消防设施 作业许可".split()
)
_HOW = (
    "并接受社会监督 并按照国家有关规定备案 并向所在地主管部门报告 保存期限不少于三年 费用由本单位承担 具体办法另行规定"
).split()
_CHAPTERS = "总则 安全保障 监督管理 应急处置 法律责任 附则".split()
_KINDS = "条例 规定 办法 管理办法 实施细则".split()
_FIELDS = "粉尘 燃气 电梯 锅炉 起重 矿井 堤坝 渡口 索道 冷库 仓储 爆破 焊接 潜水 吊装 罐区 隧道 桥梁 校舍 医院".split()


@dataclass(frozen=True, slots=True)
class Made:
    """A statute as it was written: its lines below the title, and how many of them start an article."""

    title: str
    version: str
    lines: tuple[str, ...]
    articles: int


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(args.keep or Path(scratch) / "statutes")
        folder.mkdir(parents=True, exist_ok=True)
        made = [make(n, random.Random(args.seed * 1_000_003 + n)) for n in range(args.statutes)]
        kinds = Counter(_write(folder, n, statute) for n, statute in enumerate(made))
        print(f"{len(made)} statutes, {sum(s.articles for s in made)} articles: "
              + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))  # fmt: skip
        database = Database(f"sqlite:///{scratch}/bot.db")
        database.migrate()
        _run(database, folder, "first run ", sum(s.articles for s in made))
        _run(database, folder, "second run", 0)
        database.close()


def _run(database: Database, folder: Path, name: str, written: int) -> None:
    said: list[str] = []
    clock, processor = time.perf_counter(), time.process_time()
    code = import_paths(database, [folder], said.append)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    held = holdings.shelf(database)
    print(f"{name}  {clock:6.1f} s clock  {processor:6.1f} s processor   exit {code}   {said[-1]}")
    if written:
        print(f"articles held {held.articles}, written {written}{'' if held.articles == written else '   DIFFERENT'}")


def make(n: int, rng: random.Random) -> Made:
    """The n-th statute; its title names it alone."""
    field = _FIELDS[n % len(_FIELDS)]
    title = f"{field}{chinese(n // len(_FIELDS) + 1)}类设施安全{rng.choice(_KINDS)}"
    version = f"{rng.randint(1995, 2024)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    count = rng.randint(20, 120)
    starts = sorted(rng.sample(range(1, count), len(_CHAPTERS) - 1))
    headings = [f"第{chinese(i)}章　{name}" for i, name in enumerate(_CHAPTERS, 1)]
    lines = ["目　　录", *headings]
    for at in range(count):
        if at == 0 or at in starts:
            lines.append(headings[0 if at == 0 else starts.index(at) + 1])
        lines += _article(at + 1, count, rng)
    return Made(title, version, tuple(lines), count)


def _article(number: int, last: int, rng: random.Random) -> list[str]:
    head = f"第{chinese(number)}条　"
    if number == last:
        return [head + "本办法自公布之日起施行。"]
    if rng.random() < 0.3:
        items = [f"（{chinese(i)}）{_sentence(rng)[:-1]}；" for i in range(1, rng.randint(3, 9))]
        return [head + f"{rng.choice(_WHO)}履行下列职责：", *items[:-1], items[-1][:-1] + "。", _sentence(rng)]
    return [head + _sentence(rng) + _sentence(rng), *(_sentence(rng) for _ in range(rng.randint(0, 2)))]


def _sentence(rng: random.Random) -> str:
    parts = [rng.choice(_WHO) + rng.choice(_DOES) + rng.choice(_WHAT) for _ in range(rng.randint(1, 3))]
    return "，".join([*parts, rng.choice(_HOW)]) + "。"


def _write(folder: Path, n: int, statute: Made) -> str:
    writers: list[tuple[str, Callable[[Made], bytes]]] = [
        ("txt", _with_header), ("gbk.txt", _cut), ("html", _page), ("docx", _docx), ("htm", _page),
    ]  # fmt: skip
    kind, writer = ("pdf", _pdf) if n % 10 == 9 else writers[n % len(writers)]
    path = folder / f"{n % 20:02d}" / f"{statute.title}.{kind}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(writer(statute))
    return kind


def _history(statute: Made) -> str:
    year, month, day = map(int, statute.version.split("-"))
    return f"（{year}年{month}月{day}日国务院令第{year - 1000}号公布）"


def _with_header(statute: Made) -> bytes:
    header = f"标题：{statute.title}\n效力级别：行政法规\n版本日期：{statute.version}\n时效性：现行有效\n\n"
    return (header + statute.title + "\n\n" + "\n".join(statute.lines) + "\n").encode()


def _cut(statute: Made) -> bytes:
    out = [" " * 20 + statute.title, "", "　　" + _history(statute), ""]
    for line in statute.lines:
        rest = "　　" + line
        while rest:
            out.append(rest[:36])
            rest = rest[36:]
        if len(out) % 30 == 0:
            out += ["", f"{' ' * 24}－ {len(out) // 30} －", ""]
    return "\r\n".join(out).encode("gb18030") + b"\x1a"


def _page(statute: Made) -> bytes:
    rows = "\n".join(f'<p style="text-indent:2em">{escape(line)}</p>' for line in (_history(statute), *statute.lines))
    menu = "".join(f'<li><a href="/{n}">栏目{n}</a></li>' for n in range(30))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{statute.title}_政策法规_某市人民政府</title>'
        f'<script>var t="第一条 脚本里的字";</script></head><body><div class="nav"><ul>{menu}</ul></div>'
        f'<h1>{statute.title}</h1><div id="content">{rows}</div>'
        '<div class="footer">主办：某市人民政府</div></body></html>'
    ).encode()


_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _docx(statute: Made) -> bytes:
    lines = (statute.title, _history(statute), *statute.lines)
    body = "".join(f"<w:p><w:r><w:t>{xml_escape('　　' + line)}</w:t></w:r></w:p>" for line in lines)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATION}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATION}"><Relationship Id="r1"'
        f' Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "word/styles.xml": f'<w:styles xmlns:w="{space}"/>',
        "word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def _pdf(statute: Made) -> bytes:
    """Set with a font that has only a character table: enough for what reads text."""
    rows: list[tuple[int, str]] = [(160, statute.title), (104, _history(statute))]
    for line in statute.lines:
        rest, x = line, 118
        while rest:
            fits = 28 if x == 118 else 30
            rows.append((x, rest[:fits]))
            rest, x = rest[fits:], 90
    glyphs = {c: n for n, c in enumerate(sorted({c for _, text in rows for c in text} | set("— 0123456789")), 1)}
    pages = [rows[n : n + 26] for n in range(0, len(rows), 26)]
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(pages)))
    table = "".join(f"<{n:04X}> <{c.encode('utf-16-be').hex()}>\n" for c, n in glyphs.items())
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type0/BaseFont/Test/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Test/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        _stream(
            b"begincmap\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
            + f"{len(glyphs)} beginbfchar\n{table}endbfchar\nendcmap".encode()
        ),
    ]
    for n, page in enumerate(pages):
        placed = [(x, 750 - 26 * k, text) for k, (x, text) in enumerate(page)] + [(280, 40, f"— {n + 1} —")]
        shown = "\n".join(
            f"BT /F1 14 Tf 1 0 0 1 {x} {y} Tm <{''.join(f'{glyphs[c]:04X}' for c in text)}> Tj ET"
            for x, y, text in placed
        )
        objects.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
                       f"/Contents {7 + 2 * n} 0 R>>".encode())  # fmt: skip
        objects.append(_stream(shown.encode()))
    return _file(objects)


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for n, held in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, held)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--statutes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--keep", help="write the files here and leave them")
    return parser.parse_args()


if __name__ == "__main__":
    main()
