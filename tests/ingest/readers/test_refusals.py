"""What cannot be read is refused with its path, the reason and what to do; nothing is fetched, nothing bursts."""

from __future__ import annotations

import contextlib
import io
import os
import re
import struct
import time
import zipfile
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.ingest.readers import doc as doc_reader
from bot.ingest.readers import read_document, read_documents, read_from_bytes
from bot.ingest.readers.files import files_below
from bot.ingest.readers.limits import MAX_BYTES, MAX_MEMBERS

from .making import SENTENCE, docx, pdf, typeset, with_part, zipped
from .making import write as put

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
GOOD_PDF = pdf(typeset([SENTENCE] * 3))


def encrypted_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(GOOD_PDF)))
    writer.encrypt("geheim", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted_zip() -> bytes:
    data = bytearray(zipped({"a.txt": b"x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at] |= 1
    return bytes(data)


def bomb(size: int = 8 << 20) -> bytes:
    return zipped({"a.txt": b"0" * size})


def entities() -> bytes:
    xml = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w/>'
    return with_part(docx("x"), "word/document.xml", xml)


def external(kind: str, target: str) -> bytes:
    relation = f'<Relationship Id="rId99" Type="http://x/{kind}" Target="{target}" TargetMode="External"/>'
    part = "word/_rels/document.xml.rels"
    return with_part(docx("方案正文"), part, None, (b"</Relationships>", relation.encode() + b"</Relationships>"))


#: Words for programmers: names of classes, and half a sentence in brackets.
_ENGLISH = re.compile(r"Error|[(（][a-z]{3,} |damaged")
CASES = {
    "empty": (b"", "空"),
    "blank": (b" \r\n\0\0", "空"),
    "encrypted.pdf": (encrypted_pdf(), "加密"),
    "encrypted.docx": (OLE + "EncryptedPackage".encode("utf-16-le"), "加密"),
    "encrypted.zip": (encrypted_zip(), "加密"),
    "truncated.pdf": (GOOD_PDF[: len(GOOD_PDF) // 2], "不完整"),
    "truncated.docx": (docx(SENTENCE)[:-900], "不完整"),
    "truncated.zip": (zipped({"a.txt": SENTENCE.encode() * 50})[:-30], "不完整"),
    "scanned.pdf": (pdf([[], []]), "扫描件，请先做文字识别"),
    "only page numbers.pdf": (pdf([[(290, 40, 9, "— 1 —")], [(290, 40, 9, "— 2 —")]]), "扫描件"),
    "no character table.pdf": (pdf(typeset([SENTENCE] * 3), to_unicode=False), ""),
    "entities.docx": (entities(), "外部实体"),
    "ole object.docx": (external("oleObject", "http://203.0.113.1/a.bin"), "外部内容"),
    "template.docx": (external("attachedTemplate", "http://203.0.113.1/a.dotm"), "外部内容"),
    "share.docx": (external("attachedTemplate", r"\\203.0.113.1\a.dotm"), "外部内容"),
    "no text.docx": (docx(), "没有文字"),
    "broken part.docx": (with_part(docx("x"), "word/document.xml", b"<w:document"), "损坏"),
    "sheet.xlsx": (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "Excel"),
    "sheet.xls": (OLE + "Workbook".encode("utf-16-le"), "Office"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "图片"),
    "archive.rar": (b"Rar!\x1a\x07\x00", "RAR"),
    "program.exe": (b"MZ\x90\x00" + bytes(range(256)), "程序"),
    "rubbish.txt": (bytes(range(256)) * 20, "不是文本"),
    "random.txt": (b"".join(struct.pack(">I", n * 2654435761 % 2**32) for n in range(2000)), "不是文本"),
    "scripts.html": (b"<html><script>var a='x'</script><nav>menu</nav></html>", "没有正文"),
}


@pytest.mark.parametrize("name", CASES)
def test_file_is_refused_with_its_path_and_a_reason(tmp_path: Path, name: str) -> None:
    data, reason = CASES[name]
    path = put(tmp_path / name, data)
    with pytest.raises(ContentError) as e:
        read_document(path)
    assert str(path) in str(e.value)
    assert reason in e.value.reason
    assert not _ENGLISH.search(e.value.reason)


@pytest.mark.parametrize(
    ("kind", "target"),
    [("hyperlink", "https://www.mem.gov.cn"), ("image", "http://x/a.png"), ("attachedTemplate", "file:///C:/a.dotm")],
)
def test_document_with_harmless_links_is_read(kind: str, target: str) -> None:
    assert read_from_bytes(external(kind, target), "a.docx").text == "方案正文"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.txt", "C:\\x.txt", "..\\x.txt"])
def test_archive_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = put(tmp_path / "a.zip", zipped({"good.txt": b"x", name: b"x"}))
    readings = list(read_documents(path))
    assert len(readings) == 1
    assert readings[0].error
    assert "解压后把文件单独传" in readings[0].error.reason
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]


def test_bombs_are_refused_before_they_burst() -> None:
    started = time.process_time()
    for data in (
        bomb(),
        zipped({f"{n}.txt": b"" for n in range(MAX_MEMBERS + 1)}),
        with_part(docx("x"), "word/document.xml", b"<w>" + b" " * (8 << 20)),
    ):
        with pytest.raises(ContentError, match="炸弹"):
            list(_members(data))
    assert time.process_time() - started < 10


def _members(data: bytes) -> object:
    from bot.ingest.readers.archive import members
    from bot.ingest.readers.word import read_docx

    return [read_docx(data, "a.docx")] if b"word/document.xml" in data else members(data, "a.zip")


def owner_locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(GOOD_PDF)))
    writer.encrypt(user_password="", owner_password="geheim", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pdf_that_anybody_may_open_is_read() -> None:
    assert read_from_bytes(owner_locked_pdf(), "a.pdf").text == "\n".join([SENTENCE] * 3)


def test_pdf_whose_page_bursts_is_refused_soon() -> None:
    from .making import _file, _stream

    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    data = _file([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page,
                  _stream(b" " * (90 << 20))])  # fmt: skip
    assert len(data) < 1 << 20
    started = time.process_time()
    with pytest.raises(ContentError):
        read_from_bytes(data, "a.pdf")
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 50_000 + SENTENCE + "</div>" * 50_000,
        "<p>" + "打印 " * 3000 + "x</p><p>" + SENTENCE + "</p>",
        "<p>" + "扫一扫" * 3000 + "x</p>" + SENTENCE,
        "<div class=nav>" * 200 + SENTENCE,
        "<table>" * 200 + SENTENCE,
        "<p>第一条" * 5000 + SENTENCE,
    ],
)
def test_page_made_to_exhaust_us_does_not(page: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ContentError):
        read_from_bytes(f"<html><body>{page}</body></html>".encode(), "a.html")
    assert time.process_time() - started < 10


def test_archive_that_lies_about_its_size_is_cut_off() -> None:
    data = bytearray(bomb(MAX_BYTES + 10))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + offset, 10)
    readings = []
    with pytest.raises(ContentError):
        readings += list(_members(bytes(data)))  # type: ignore[call-overload]


def test_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as f:
        f.write(b"%PDF-1.7\n")
        f.truncate(100 << 20)
    with pytest.raises(ContentError, match="太大"):
        read_document(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", SENTENCE)
    path.chmod(0)
    with pytest.raises(ContentError, match="权限"):
        read_document(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everything")
def test_folder_without_permission_is_told(tmp_path: Path) -> None:
    closed = put(tmp_path / "in" / "closed" / "a.txt", SENTENCE).parent
    closed.chmod(0)
    assert list(files_below(tmp_path / "in")) == [closed]
    closed.chmod(0o700)


def test_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="文件夹"):
        read_document(tmp_path)


def test_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(ContentError, match="普通文件"):
        read_document(tmp_path / "a.txt")


def test_folder_with_a_link_to_itself_ends(tmp_path: Path) -> None:
    put(tmp_path / "a" / "b.txt", SENTENCE)
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "a" / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert [p.name for p in files_below(tmp_path)] == ["b.txt", "gone.txt"]
    with pytest.raises(ContentError, match="没有这个文件"):
        read_document(tmp_path / "a" / "gone.txt")


def test_member_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("passwd.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", SENTENCE)
    path = put(tmp_path / "a.zip", out.getvalue())
    assert [r.name for r in read_documents(path)] == [f"{path}/good.txt"]


def test_old_word_file_names_libreoffice_when_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = put(tmp_path / "a.doc", OLE + "WordDocument".encode("utf-16-le"))
    with pytest.raises(ContentError, match="LibreOffice") as e:
        read_document(path)
    assert "请安装" in e.value.reason
    assert "install it" in e.value.reason


def office(folder: Path, script: str) -> Path:
    """A program called soffice that does what the script says; $OUT is the docx it should write."""
    path = put(folder / "soffice", f'#!/bin/sh\nfor last; do :; done\nOUT="${{last%.*}}.docx"\n{script}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("head", [OLE + "WordDocument".encode("utf-16-le"), b"{\\rtf1 x}"])
def test_old_word_file_is_converted_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    put(tmp_path / "made.docx", docx("旧方案", "一、目标"))
    office(tmp_path / "bin", f'/bin/cp "{tmp_path}/made.docx" "$OUT"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    document = read_document(put(tmp_path / "a.doc", head))
    assert document.format == "doc"
    assert document.text == "旧方案\n一、目标"


def test_conversion_that_fails_or_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "a.doc", OLE + "WordDocument".encode("utf-16-le"))
    office(tmp_path / "bin", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ContentError, match="打不开"):
        read_document(path)
    office(tmp_path / "bin", "exec /bin/sleep 30")
    monkeypatch.setattr(doc_reader, "TIMEOUT_S", 0.2)
    with pytest.raises(ContentError, match="已放弃"):
        read_document(path)
