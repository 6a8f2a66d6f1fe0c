"""How much is read at most, and the look-alikes of an honest archive that are refused."""

from __future__ import annotations

import stat
import zipfile
from pathlib import PurePosixPath

from bot.errors import ContentError

MAX_BYTES = 32 << 20  # one file; the thickest handbook with pictures stays below
MAX_TEXT = 20 << 20  # characters that one document may hold
MAX_MEMBERS = 5_000  # files in one archive
MAX_UNPACKED = 256 << 20  # bytes of all files of an archive together
#: Office XML shrinks to a thirtieth, blank text to a hundredth; what shrinks more was made to burst.
MAX_RATIO = 200
_SMALL = 4 << 20  # a file this small may shrink as it likes


def too_large(name: str, size: int) -> ContentError:
    """The refusal of a file that is larger than any document."""
    return ContentError(f"文件太大（{size >> 20} MB，上限 {MAX_BYTES >> 20} MB），请拆分或压缩图片后再试", name)


def check_archive(archive: zipfile.ZipFile, name: str) -> None:
    """Raise ContentError for an archive that is encrypted, a bomb, or tries to leave its folder."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _bomb(name, f"里面有 {len(members)} 个文件，上限 {MAX_MEMBERS} 个")
    if sum(m.file_size for m in members) > MAX_UNPACKED:
        raise _bomb(name, f"解压后超过 {MAX_UNPACKED >> 20} MB")
    for member in members:
        if member.flag_bits & 0x1:
            raise ContentError("压缩包或文档已加密，请先去掉密码", name)
        if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise _bomb(name, f"里面的文件解压后大了 {MAX_RATIO} 倍以上")
        if _leaves(member.filename):
            raise ContentError("压缩包里有的文件名会解到别的文件夹，已拒绝；请解压后把文件单独传", name)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limit: int = MAX_BYTES) -> bytes:
    """A member's bytes, never more than `limit`, whatever its header says. Raises ContentError."""
    try:
        with archive.open(member) as f:
            data = f.read(limit + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as e:
        raise ContentError("压缩包或文档损坏，读不出，请重新下载或重新打包再传", name) from e
    except Exception as e:
        # zlib.error, lzma.LZMAError and their like share no base.
        raise ContentError("压缩包或文档损坏，读不出，请重新下载或重新打包再传", name) from e
    if len(data) > limit:
        raise too_large(name, len(data))
    return data


def is_link(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a symbolic link."""
    return stat.S_ISLNK(member.external_attr >> 16)


def _leaves(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/"))
    return parts.is_absolute() or ".." in parts.parts or path[1:2] == ":"


def _bomb(name: str, why: str) -> ContentError:
    return ContentError(f"像压缩炸弹（{why}），已拒绝；请解压后只传要的文件", name)
