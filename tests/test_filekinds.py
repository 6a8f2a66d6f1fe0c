"""What a file is, by its content, and what WeChat would not take."""

from __future__ import annotations

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
    ],
)
def test_what_it_would_refuse_is_told_with_what_to_do(data: bytes, kind: MediaKind, told: str) -> None:
    with pytest.raises(OutreachError, match=told):
        filekinds.check(data, kind)


@pytest.mark.parametrize("data", [png(), jpg(), gif(), mp4()])
def test_no_beginning_of_a_file_stops_the_look(data: bytes) -> None:
    for end in range(len(data)):
        filekinds.look(data[:end])
