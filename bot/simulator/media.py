"""What a file is, told by its first bytes, and how big each kind of upload may be."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class FileType:
    """A recognised format: WeChat's media kind, the MIME type, the usual ending."""

    kind: str
    mime: str
    suffix: str


PNG = FileType("image", "image/png", "png")
JPEG = FileType("image", "image/jpeg", "jpg")
GIF = FileType("image", "image/gif", "gif")
AMR = FileType("voice", "audio/amr", "amr")
MP3 = FileType("voice", "audio/mpeg", "mp3")
MP4 = FileType("video", "video/mp4", "mp4")

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"#!AMR", AMR),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
)


@dataclass(frozen=True, slots=True)
class UploadRule:
    """What `type=` accepts: formats, bytes at most, and the errcode for more."""

    formats: frozenset[FileType]
    max_bytes: int
    too_big: int


#: Source: developers.weixin.qq.com/doc/offiaccount/Asset_Management/New_temporary_materials.html
UPLOAD_RULES = {
    "image": UploadRule(frozenset({PNG, JPEG, GIF}), 10 * MIB, 40009),
    "voice": UploadRule(frozenset({AMR, MP3}), 2 * MIB, 45001),
    "video": UploadRule(frozenset({MP4}), 10 * MIB, 45001),
    "thumb": UploadRule(frozenset({JPEG}), 64 * KIB, 45001),
}
#: Pictures inside articles (media/uploadimg).
ARTICLE_PICTURE = UploadRule(frozenset({PNG, JPEG}), 1 * MIB, 40009)


def sniff(content: bytes) -> FileType | None:
    """The format of `content`, or None when it is none that WeChat takes."""
    if content[4:8] == b"ftyp":
        return MP4
    return next((file_type for magic, file_type in _MAGIC if content.startswith(magic)), None)
