"""Small files of each kind that are whole, as far as anybody looks before they are shown."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 2, height: int = 2, filling: int = 0) -> bytes:
    """A white picture; `filling` bytes more in a chunk that nobody shows."""
    rows = zlib.compress(b"".join(b"\x00" + b"\xff" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", rows), (b"tEXt", b"x" * filling), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def jpg(filling: int = 0) -> bytes:
    """A head, a frame with a size, an end: no picture that could be drawn."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 2, 2, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + b"\x00" * 9 + frame + b"\x00" * filling


def gif() -> bytes:
    return b"GIF89a" + struct.pack("<HH", 2, 2) + b"\x00\x00\x00;"


def mp4(filling: int = 0) -> bytes:
    boxes = ((b"ftyp", b"isom\x00\x00\x02\x00"), (b"mdat", b"\x00" * filling), (b"moov", b"\x00" * 16))
    return b"".join(struct.pack(">I", 8 + len(data)) + name + data for name, data in boxes)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
