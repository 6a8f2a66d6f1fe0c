"""Old .doc and .rtf files: LibreOffice, where it is installed, makes a docx of them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from bot.errors import ContentError

TIMEOUT_S = 90
_PROGRAMS = ("soffice", "libreoffice")
MISSING = (
    "旧版 Word（.doc/.rtf）要用 LibreOffice 打开，这台机器没有安装。请安装 LibreOffice，或在 Word 里另存为 .docx 再导入"
    " (LibreOffice is not installed: install it, or save the file as .docx)"
)


def to_docx(data: bytes, name: str) -> bytes:
    """A docx with the same content. Raises ContentError when LibreOffice is missing, too slow, or gives up."""
    program = next((found for p in _PROGRAMS if (found := shutil.which(p))), None)
    if program is None:
        raise ContentError(MISSING, name)
    with tempfile.TemporaryDirectory(prefix="safetybot-doc-") as scratch:
        folder = Path(scratch)
        given = folder / ("given.rtf" if data.startswith(b"{\\rtf") else "given.doc")
        given.write_bytes(data)
        # A profile of its own: a LibreOffice that is open on the desktop would take the call and do nothing.
        command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
                   "--convert-to", "docx", "--outdir", str(folder), str(given)]  # fmt: skip
        _run(command, name)
        made = given.with_suffix(".docx")
        if not made.is_file():
            raise ContentError("旧版 Word 文件打不开，可能已损坏或加密，请用 Word 另存为 docx 再传", name)
        return made.read_bytes()


def _run(command: list[str], name: str) -> None:
    try:
        subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as e:
        raise ContentError(f"旧版 Word 文件转换超过 {TIMEOUT_S} 秒，已放弃，请用 Word 另存为 docx 再传", name) from e
    except OSError as e:
        raise ContentError("旧版 Word 文件转换不了（LibreOffice 启动不了），请另存为 docx 再传", name) from e
