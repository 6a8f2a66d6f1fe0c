"""What a file is, told by its content and not by its name, and whether WeChat takes it for what it is to be.

A name or a Content-Type is whatever the sender wrote; a file that merely begins like a picture is refused by WeChat
only after it was uploaded, with a code that tells staff nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.errors import OutreachError
from bot.sending import MediaKind

_KIB, _MIB = 1 << 10, 1 << 20
#: Markers of a JPEG that carry its size: SOF0 to SOF15 without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class FileKind:
    """ending: as files of this kind are called; mime: as in Content-Type."""

    ending: str
    mime: str


JPG, PNG = FileKind("jpg", "image/jpeg"), FileKind("png", "image/png")
GIF, MP4 = FileKind("gif", "image/gif"), FileKind("mp4", "video/mp4")


@dataclass(frozen=True, slots=True)
class _Rule:
    words: str
    kinds: tuple[FileKind, ...]
    max_bytes: int


#: Of a picture: a few hundred bytes can say that they are 50,000 by 50,000, and whoever opens it needs 10 GB.
_MAX_SIDE, _MAX_PIXELS = 12_000, 50_000_000
#: Brands of the first box of an mp4, and those of other kinds of file that are put into the same boxes.
#: Source: mp4ra.org, Brands.
_MP4_BRANDS = frozenset("isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 avc1 M4V MSNV dash XAVC".split())
_OTHER_BRANDS = frozenset("qt heic heix hevc mif1 msf1 avif avis crx M4A M4B F4A jp2 jpx mjp2".split())


#: Source: developers.weixin.qq.com, 新增临时素材, 新增永久素材; the table says 10 MB of pictures, a note below it 2 MB.
_RULES: Mapping[MediaKind, _Rule] = {
    MediaKind.IMAGE: _Rule("图片", (JPG, PNG, GIF), 2 * _MIB),
    MediaKind.VIDEO: _Rule("视频", (MP4,), 10 * _MIB),
    MediaKind.THUMB: _Rule("视频封面", (JPG,), 64 * _KIB),
}


def look(data: bytes) -> FileKind | None:
    """What a file is; None for all that WeChat takes none of, and for what only begins like it."""
    for kind, is_whole in ((JPG, _is_jpg), (PNG, _is_png), (GIF, _is_gif), (MP4, _is_mp4)):
        if is_whole(data):
            return kind
    return None


def check(data: bytes, use: MediaKind) -> FileKind:
    """What a file is. Raises OutreachError, with what to do, where WeChat would not take it for this use."""
    rule = _RULES[use]
    if not data:
        raise OutreachError(f"{rule.words}是空的，请重新选一个文件")
    found, wanted = look(data), "、".join(kind.ending for kind in rule.kinds)
    if found not in rule.kinds:
        is_ours = f"这个文件是 {found.ending}" if found else "这个文件不是，或者已经损坏"
        raise OutreachError(f"{rule.words}要是 {wanted} 格式；{is_ours}。请另存为 {rule.kinds[0].ending} 再传")
    if len(data) > rule.max_bytes:
        raise OutreachError(f"{rule.words}不能超过 {_size(rule.max_bytes)}，现在 {_size(len(data))}，请压缩后再传")
    assert found is not None
    width, height = _sides(data, found)
    if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
        raise OutreachError(f"{rule.words}有 {width}×{height} 像素，手机打不开。请缩小到每边 2000 像素以内再传")
    return found


def _sides(data: bytes, kind: FileKind) -> tuple[int, int]:
    """Width and height of a picture as its head tells them, (0, 0) of a video."""
    if kind is PNG:
        width, height = struct.unpack(">II", data[16:24])
    elif kind is GIF:
        width, height = struct.unpack("<HH", data[6:10])
    elif kind is JPG:
        height, width = struct.unpack(">HH", data[_frame(data) + 5 :][:4])
    else:
        return 0, 0
    return width, height


def _size(count: int) -> str:
    return f"{count / _MIB:.1f} MB" if count >= _MIB else f"{-(-count // _KIB)} KB"


def _is_png(data: bytes) -> bool:
    """A head with a size, and an end."""
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 33:
        return False
    return all(struct.unpack(">II", data[16:24])) and b"IEND" in data[33:]


def _is_gif(data: bytes) -> bool:
    return data[:6] in (b"GIF87a", b"GIF89a") and len(data) > 13 and all(struct.unpack("<HH", data[6:10]))


def _is_jpg(data: bytes) -> bool:
    """A frame with a size."""
    at = _frame(data)
    return at > 0 and all(struct.unpack(">HH", data[at + 5 : at + 9]))


def _frame(data: bytes) -> int:
    """Where the frame of a JPEG begins, behind the segments from the first marker on; 0 where there is none."""
    at = 2
    if not data.startswith(b"\xff\xd8\xff"):
        return 0
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker in _FRAMES:
            return at
        at += 2 if marker == 0x01 or 0xD0 <= marker <= 0xD7 else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return 0


def _is_mp4(data: bytes) -> bool:
    """Boxes from one end of the file to the other, the first of them `ftyp`, one of them `moov`."""
    names = list(_boxes(data))
    return names[:1] == [b"ftyp"] and b"moov" in names and _is_branded(data)


def _is_branded(data: bytes) -> bool:
    """Whether the first box names mp4 as what this is, or as what it also is."""
    (size,) = struct.unpack(">I", data[:4])
    head = data[8 : min(size, 256)]
    brands = [head[at : at + 4].decode("latin-1").strip() for at in (0, *range(8, len(head) - 3, 4))]
    return brands[0] not in _OTHER_BRANDS and not _MP4_BRANDS.isdisjoint(brands)


def _boxes(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        if size == 1 and at + 16 <= len(data):
            size = struct.unpack(">Q", data[at + 8 : at + 16])[0]
        elif size == 0:
            size = len(data) - at
        if size < 8:
            return
        yield name
        at += size
