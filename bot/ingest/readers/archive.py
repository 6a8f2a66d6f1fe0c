"""zip -> the documents in it, one by one, nothing unpacked onto the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from bot.errors import ContentError
from bot.ingest.readers.limits import check_archive, is_link, read_member

_ASIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_UTF8_NAME = 0x800


def members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """(name/of/member, bytes) of every file of an archive, in name order. Raises ContentError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as e:
        raise ContentError("压缩包不完整、已损坏，请重新下载再传", name) from e
    with archive:
        check_archive(archive, name)
        named = sorted((member_name(m), n, m) for n, m in enumerate(archive.infolist()) if not m.is_dir())
        for inner, _, member in named:
            if not _is_aside(inner) and not is_link(member):
                yield f"{name}/{inner}", read_member(archive, member, f"{name}/{inner}")


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's name: UTF-8 where it says so, else what its bytes can be; Windows writes GBK."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return member.filename


def _is_aside(inner: str) -> bool:
    last = inner.rsplit("/", 1)[-1]
    return inner.startswith(_ASIDE[0]) or last in _ASIDE or last.startswith((".", "~$"))
