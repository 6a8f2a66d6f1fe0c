"""Makes .venv from a lock file, with any python3 and nothing else: python3 tools/bootstrap.py requirements.lock

It must run on Pythons that are too old for the bot, if only to say so: no syntax newer than Python 3.6 here.
Everything is fetched by hash. setuptools comes first (requirements-build.lock), since what has no wheel is built
without pip's build isolation, which would fetch a build tool that nobody pinned. The project itself is not
installed, only linked: a line in site-packages and a small script in .venv/bin.
"""

import argparse
import hashlib
import html
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ("3.13", "3.12", "3.11")
#: Fetched only where Python comes without pip: Debian's python3 without python3-venv.
PIP_VERSION = "26.2.1"
PIP_SHA256 = "71138adf1f4ca900cdb7d289c21b7494329f2332b6d85f0e1c42108c0384ed3e"
PYPI = "https://pypi.org/simple"
MIRROR = "behind a firewall name a mirror, e.g. PIP_INDEX_URL=https://pypi.tuna.tsinghua.edu.cn/simple"

_PROBE = "import sys, ssl, sqlite3, venv; print('%d.%d' % sys.version_info[:2])"
_SCRIPT = '#!/bin/sh\nexec "$(dirname "$0")/python" -m bot.cli "$@"\n'


class StopError(Exception):
    """What keeps us from going on, and what to do about it."""


def main(argv: list) -> int:
    """Returns the exit code. Speaks on standard error only: standard output is the bot's."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lock", type=Path)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--python", default="", help="the interpreter to use (default: the first that is suitable)")
    args = parser.parse_args(argv)
    try:
        python = make_venv(choose(args.python), args.venv)
        install(python, ROOT / "requirements-build.lock")
        install(python, args.lock, "--no-build-isolation")
        link(python, args.venv)
    except (StopError, OSError) as e:
        print(f"bootstrap: {e}", file=sys.stderr)
        return 1
    return 0


def choose(wanted: str) -> str:
    """A path to a Python that the bot runs on; `wanted` and no other, where it is given. Raises StopError."""
    candidates = [wanted] if wanted else [sys.executable] + ["python" + version for version in SUPPORTED]
    found = []
    for candidate in candidates:
        path = shutil.which(candidate)
        version = version_of(path) if path else ""
        if path and version in SUPPORTED:
            return path
        found.append(f"{candidate} is {version or 'missing or incomplete'}")
    raise StopError(
        f"Python 3.11, 3.12 or 3.13 is needed, but {', '.join(found)}. Install one (Debian, Ubuntu: apt install "
        "python3; macOS: brew install python@3.13), or name one: make run PYTHON=/path/to/python3.12"
    )


def version_of(python: str) -> str:
    """ "3.12", or "" where it does not run or lacks a part that we need."""
    try:
        return subprocess.check_output([python, "-c", _PROBE], stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def make_venv(python: str, venv: Path) -> str:
    """The interpreter of `venv`, which is made anew unless it is there and of the same version."""
    inner = str(venv / "bin" / "python")
    if version_of(inner) != version_of(python):
        say(f"making {venv.name} with Python {version_of(python)}")
        run([python, "-m", "venv", "--clear", "--without-pip", str(venv)], "the virtual environment cannot be made")
    if not works([inner, "-m", "pip", "--version"]):
        add_pip(inner, venv)
    return inner


def add_pip(python: str, venv: Path) -> None:
    """Install the pip that Python brings along, else the one that is pinned here."""
    if works([python, "-m", "ensurepip", "--default-pip"]):
        return
    say("Python comes without pip, fetching pip " + PIP_VERSION)
    wheel = fetch_pip(os.environ.get("PIP_INDEX_URL") or PYPI, PIP_VERSION, PIP_SHA256, venv)
    run([python, str(wheel / "pip"), "install", "--quiet", "--no-index", "--no-deps", str(wheel)], "pip does not run")
    wheel.unlink()


def fetch_pip(index: str, version: str, sha256: str, folder: Path) -> Path:
    """Download pip's wheel from a package index (PEP 503 or 691) into `folder`. Raises StopError, OSError."""
    name = f"pip-{version}-py3-none-any.whl"
    data = read(find(index, name))[0]
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StopError(f"{name} from {index} is not the file that was pinned: it was changed on the way")
    wheel = folder / name
    wheel.write_bytes(data)
    return wheel


def find(index: str, name: str) -> str:
    """The address of a file of the project pip. Raises StopError."""
    page, address = read(index.rstrip("/") + "/pip/")
    text = page.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        links = [item["url"] for item in json.loads(text).get("files", []) if item["filename"] == name]
    else:
        links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', text) if "/" + name in "/" + link]
    if not links:
        raise StopError(f"{index} has no {name}")
    return urljoin(address, links[0])


def read(address: str) -> tuple:
    """The bytes behind an address, and where it led to."""
    request = urllib.request.Request(
        address, headers={"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1"}
    )
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    try:
        with urllib.request.urlopen(request, timeout=60, context=context) as response:
            return response.read(), response.geturl()
    except OSError as e:
        raise StopError(f"{address} cannot be read: {e}; {MIRROR}") from e


def install(python: str, lock: Path, *options: str) -> None:
    """Install what a lock file lists, and nothing else."""
    say("installing " + lock.name)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    failed = f"{lock.name} cannot be installed, pip said why above; {MIRROR}"
    run([*pip, "--require-hashes", *options, "-r", str(lock)], failed)


def link(python: str, venv: Path) -> None:
    """Let `import bot` and .venv/bin/safetybot find this checkout."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", code]).decode().strip())
    (site / "safetybot.pth").write_text(str(ROOT) + "\n", encoding="utf-8")
    script = venv / "bin" / "safetybot"
    script.write_text(_SCRIPT, encoding="ascii")
    script.chmod(0o755)


def works(command: list) -> bool:
    """Whether a command ends well; what it says is not shown."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def run(command: list, failed: str) -> None:
    """Run a command that must end well. Raises StopError with `failed`."""
    if subprocess.call(command, stdout=sys.stderr) != 0:
        raise StopError(failed)


def say(text: str) -> None:
    """Tell what takes time."""
    print("bootstrap: " + text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
