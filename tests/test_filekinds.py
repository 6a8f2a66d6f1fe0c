"""What a file is, by its content, and what WeChat would not take."""

from __future__ import annotations

import struct

import pytest

from bot import filekinds
from bot.errors import OutreachError
from bot.sending import MediaKind
from tests.pictures import gif, jpg, mp4, png

IMAGE, VIDEO, THUMB = MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.THUMB


@pytest.mark.parametrize(
    ("data", "kind", "mime"),
    [
        (png(), IMAGE, "image/png"), (jpg(), IMAGE, "image/jpeg"), (gif(), IMAGE, "image/gif"),
        (mp4(), VIDEO, "video/mp4"), (jpg(), THUMB, "image/jpeg"),
    ],
)  # fmt: skip
def test_what_wechat_takes(data: bytes, kind: MediaKind, mime: str) -> None:
    assert filekinds.check(data, kind).mime == mime


def sized(data: bytes, at: int, form: str, *sides: int) -> bytes:
    """A picture that says it is of another size."""
    return data[:at] + struct.pack(form, *sides) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b"", IMAGE, "是空的"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", IMAGE, "已经损坏"),
        (b"\xff\xd8\xff\xe0" + b"<script>" * 20, IMAGE, "已经损坏"),
        (b"\x89PNG\r\n\x1a\n" + b"p" * 64, IMAGE, "已经损坏"),
        (b"GIF89a/*" + b"\x00" * 4, IMAGE, "已经损坏"),
        (png()[:-12], IMAGE, "已经损坏"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40, VIDEO, "已经损坏"),
        (b"PK\x03\x04" + b"\x00" * 40, VIDEO, "已经损坏"),
        (png(), VIDEO, "这个文件是 png"),
        (png(), THUMB, "这个文件是 png"),
        (mp4(), IMAGE, "这个文件是 mp4"),
        (png(filling=2 << 20), IMAGE, "不能超过 2.0 MB"),
        (jpg(filling=64 << 10), THUMB, "不能超过 64 KB"),
        (mp4(filling=10 << 20), VIDEO, "不能超过 10.0 MB"),
        (sized(png(), 16, ">II", 50_000, 50_000), IMAGE, "50000×50000 像素"),
        (sized(png(), 16, ">II", 1, 2**31), IMAGE, "像素"),
        (sized(gif(), 6, "<HH", 65_535, 65_535), IMAGE, "65535×65535 像素"),
        (sized(jpg(), 25, ">HH", 60_000, 40_000), IMAGE, "40000×60000 像素"),
        (sized(jpg(), 25, ">HH", 60_000, 40_000), THUMB, "像素"),
        *(
            (mp4().replace(b"isom", brand), VIDEO, "已经损坏")
            for brand in (b"qt  ", b"heic", b"avif", b"M4A ", b"xxxx")
        ),
    ],
)
def test_what_it_would_refuse_is_told_with_what_to_do(data: bytes, kind: MediaKind, told: str) -> None:
    with pytest.raises(OutreachError, match=told):
        filekinds.check(data, kind)


def test_an_mp4_is_one_by_what_it_is_or_by_what_it_also_is() -> None:
    for brand in (b"mp42", b"avc1", b"isom"):
        assert filekinds.look(mp4().replace(b"isom", brand)) is filekinds.MP4
    head = b"NDSC\x00\x00\x00\x00NDSCmp41"
    assert filekinds.look(struct.pack(">I", 8 + len(head)) + b"ftyp" + head + mp4()[16:]) is filekinds.MP4


@pytest.mark.parametrize("data", [png(), jpg(), gif(), mp4()])
def test_no_beginning_of_a_file_stops_the_look(data: bytes) -> None:
    for end in range(len(data)):
        filekinds.look(data[:end])
