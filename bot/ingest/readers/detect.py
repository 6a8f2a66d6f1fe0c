"""Which format a file is, told by its first bytes; what we do not read is refused with what to do instead."""

from __future__ import annotations

import io
import re
import zipfile

from bot.errors import ContentError
from bot.ingest.readers.document import Format, UnknownFormatError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM", b"RIFF")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE)
_TAGS = re.compile(rb"</?(?:p|div|br|td|tr|table|span|font|li|h[1-6])\b[^<>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^(?:#{1,6}[ \t]+\S|[*_]{2}\S.*\S[*_]{2})", re.MULTILINE)

#: Signature -> what it is and what to do.
_REFUSED = {
    b"Rar!": "RAR 压缩包，请解压后再导入，或改成 zip",
    b"7z\xbc\xaf": "7z 压缩包，请解压后再导入，或改成 zip",
    b"\x1f\x8b": "gzip 压缩包，请解压后再导入",
    b"%!PS": "PostScript 文件，请另存为 PDF",
    b"MIME-Version:": "单个文件网页（MHT），请另存为 docx 或 html",
    b"\x7fELF": "程序，不是文档",
    b"MZ": "程序，不是文档",
}


def detect(data: bytes, name: str) -> Format:
    """The format of a file's bytes. Raises ContentError for what is empty or not read here."""
    head = data[:4096]
    if not data.strip(b"\x00\r\n\t \x1a\xef\xbb\xbf"):
        raise ContentError("文件是空的，请确认是不是这个文件", name)
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if head.startswith(b"PK"):
        return _zipped(data, name)
    if head.startswith(_OLE):
        return _ole(data, name)
    if head.startswith(b"{\\rtf"):
        return Format.DOC
    if head.startswith(_IMAGES):
        raise UnknownFormatError("是图片，请先做文字识别", name)
    for signature, reason in _REFUSED.items():
        if head.startswith(signature):
            raise UnknownFormatError(reason, name)
    return Format.HTML if _is_html(head) else Format.TEXT


def is_markdown(text: str, name: str) -> bool:
    """Whether a text is Markdown: by its name, or by two headings."""
    return name.lower().endswith((".md", ".markdown")) or len(_MARKDOWN.findall(text[:20_000])) >= 2


def _is_html(head: bytes) -> bool:
    head = head.replace(b"\x00", b"")  # UTF-16
    return bool(_HTML.search(head[:2048])) or len(_TAGS.findall(head)) >= 4


def _zipped(data: bytes, name: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, OverflowError) as e:
        raise ContentError("压缩包或文档不完整、已损坏，请重新下载再传", name) from e
    if not names:
        raise ContentError("压缩包是空的，请重新打包再传", name)
    if any(n.startswith("word/document") for n in names):
        return Format.DOCX
    if any(n.startswith(("xl/", "ppt/")) for n in names):
        raise UnknownFormatError("是 Excel 或 PPT，请另存为 docx 或 pdf", name)
    if "mimetype" in names:
        raise UnknownFormatError("是 ODF/OFD/EPUB 文件，请另存为 docx", name)
    if "OFD.xml" in names:
        raise UnknownFormatError("是 OFD 版式文件，请转换为 PDF", name)
    if "[Content_Types].xml" in names:
        raise ContentError("Office 文档里没有正文，可能已损坏，请用 Word 另存为 docx 再传", name)
    return Format.ZIP


def _ole(data: bytes, name: str) -> Format:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise ContentError("Word 文档已加密，请先去掉密码", name)
    if "WordDocument".encode("utf-16-le") in data:
        return Format.DOC
    raise UnknownFormatError("是旧版 Office 文件但不是 Word 文档，请另存为 docx", name)
