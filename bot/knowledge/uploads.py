"""Files that staff hand in by the browser: looked at before anything reads them, then read by a process of its own.

What a stranger wrote may be made to hurt whoever reads it. So a file must be what its name says, may hide no second
file, and is read by a child that has little memory, little time and the lowest priority: answering people goes first.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Event, Timer
from typing import Any

from bot.errors import ContentError, KnowledgeError
from bot.ingest.readers import Format
from bot.ingest.readers.detect import detect
from bot.ingest.readers.limits import MAX_BYTES, check_archive, too_large
from bot.knowledge.work import Step
from bot.settings import ROOT, Settings

#: A file is read no longer than this, whatever it holds.
LIMIT_S = 240.0
_TOO_LONG = "读了4分钟还没有读完，已停止。文件可能太大或者有问题：请另存为 docx 或拆成几份再试"
_FAILED = "没能读出这个文件（读取程序中途停止）。文件可能已损坏或太大：请用 Word 打开后另存为 docx 再试"

#: The ending of a name -> what the content may be.
_ENDINGS = {
    "docx": {Format.DOCX}, "doc": {Format.DOC, Format.DOCX, Format.HTML}, "wps": {Format.DOC}, "rtf": {Format.DOC},
    "pdf": {Format.PDF}, "html": {Format.HTML}, "htm": {Format.HTML},
    "txt": {Format.TEXT}, "md": {Format.TEXT}, "zip": {Format.ZIP},
}  # fmt: skip
ACCEPTED = ",".join(f".{ending}" for ending in _ENDINGS)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it was handed in. name: what it is called, never a path."""

    name: str
    data: bytes


def safe_name(name: str) -> str:
    """A file's bare name as it may be shown and kept: no folders, no signs that turn writing round."""
    bare = _CONTROL.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    head, dot, ending = bare.rpartition(".")
    return f"{head[:90]}{dot}{ending[:10]}" if dot else bare[:100]


def examine(given: Given) -> Format:
    """What a file is, by its content. Raises ContentError for what is refused, and says what to do instead."""
    name, data = given.name, given.data
    if len(data) > MAX_BYTES:
        raise too_large(name, len(data))
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in _ENDINGS:
        raise ContentError("这种文件这里不收，请换成 docx、pdf、doc、html、txt 或 zip", name)
    if _SVG.search(data[:4096]):
        raise ContentError("是 SVG 图片，里面可能有脚本，这里不收；请换成文字版的 docx 或 pdf", name)
    kind = detect(data, name)
    if kind not in _ENDINGS[ending]:
        raise ContentError(f"名字是 .{ending}，内容却是 {kind.value}。请确认文件没有拿错，改对名字后再传", name)
    _refuse_double(data, kind, name)
    if kind in (Format.ZIP, Format.DOCX):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            check_archive(archive, name)
            if kind is Format.ZIP and any(m.filename.lower().endswith(".zip") for m in archive.infolist()):
                raise ContentError("压缩包里还有压缩包，请先解压，再把里面的文件一起传上来", name)
    return kind


def _refuse_double(data: bytes, kind: Format, name: str) -> None:
    """Raise ContentError for a file that is two kinds of file at once."""
    if kind is Format.PDF and not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"%PDF-"):
        raise ContentError("PDF 前面还有别的内容，像是两种文件拼成的，已拒绝；请用原来的软件重新导出", name)
    if kind not in (Format.ZIP, Format.DOCX) and zipfile.is_zipfile(BytesIO(data)):
        raise ContentError("文件末尾藏着一个压缩包，像是两种文件拼成的，已拒绝；请用原来的软件重新导出", name)


@contextmanager
def parked(settings: Settings, given: Given) -> Iterator[Path]:
    """The file on the disk under a name of our own, for as long as it is read."""
    folder = settings.var_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    _drop_left_behind(folder)
    path = folder / uuid.uuid4().hex
    try:
        path.write_bytes(given.data)
        path.chmod(0o600)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _drop_left_behind(folder: Path) -> None:
    """Delete what a process that was killed in the middle could not: nothing is read for so long."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its reader has just come to an end
            if time.time() - path.stat().st_mtime > 2 * LIMIT_S:
                path.unlink()


def read(
    settings: Settings, given: Given, wanted: str, who: str, step: Step, places: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Have a file read and stored by a child; what came of it, as intake.py says.

    wanted  plan, statute, or auto to find out
    places  that the office knows by their full names, its own first
    Raises KnowledgeError where the child did not come to an end.
    """
    with parked(settings, given) as path:
        order = {
            "database": settings.database, "knowledge_dir": str(settings.knowledge_dir), "path": str(path),
            "name": given.name, "wanted": wanted, "who": who, "places": list(places),
        }  # fmt: skip
        child = subprocess.Popen(
            [sys.executable, "-m", "bot.knowledge.intake"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return _outcome(child, order, step)


def _outcome(child: subprocess.Popen[bytes], order: Mapping[str, Any], step: Step) -> Mapping[str, Any]:
    assert child.stdin
    assert child.stdout
    late = Event()
    timer = Timer(LIMIT_S, _end, (child, late))
    timer.start()
    found: Mapping[str, Any] = {}
    try:
        with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
            pipe.write(json.dumps(order).encode())
        for line in child.stdout:
            said = json.loads(line)
            if "done" in said:
                step(int(said["done"]), int(said["total"]))
            else:
                found = said
    finally:
        timer.cancel()
        if child.poll() is None:
            child.kill()
        child.wait()
        child.stdout.close()
    if late.is_set():
        raise KnowledgeError(_TOO_LONG)
    if not found:
        raise KnowledgeError(_FAILED)
    return found


def _end(child: subprocess.Popen[bytes], late: Event) -> None:
    late.set()
    child.kill()
