"""Setting up: the bootstrap, the lock files, the Makefile, what CI and the container run."""

from __future__ import annotations

import ast
import functools
import hashlib
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
WHEEL = b"not really a wheel"
SHA256 = hashlib.sha256(WHEEL).hexdigest()
NAME = "pip-1.2-py3-none-any.whl"


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    """tools/bootstrap.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty package index: its folder, and its address."""
    folder = tmp_path / "index"
    (folder / "simple" / "pip").mkdir(parents=True)
    (folder / "files").mkdir()
    (folder / "files" / NAME).write_bytes(WHEEL)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def as_html(address: str) -> str:
    """As mirrors answer (PEP 503)."""
    return f'<a href="../../files/pip-1.1-py3-none-any.whl">old</a><a href="../../files/{NAME}#sha256=0">{NAME}</a>'


def as_json(address: str) -> str:
    """As pypi.org answers (PEP 691)."""
    return json.dumps({"files": [{"filename": NAME, "url": f"{address}/../files/{NAME}"}]})


@pytest.mark.parametrize("page", [as_html, as_json])
def test_pip_is_fetched_from_the_index_that_is_named(
    bootstrap: ModuleType, index: tuple[Path, str], page: Callable[[str], str], tmp_path: Path
) -> None:
    folder, address = index
    (folder / "simple" / "pip" / "index.html").write_text(page(address), encoding="utf-8")
    wheel = bootstrap.fetch_pip(address, "1.2", SHA256, tmp_path)
    assert wheel == tmp_path / NAME
    assert wheel.read_bytes() == WHEEL


def test_pip_that_was_changed_on_the_way_is_refused(
    bootstrap: ModuleType, index: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = index
    (folder / "simple" / "pip" / "index.html").write_text(as_html(address), encoding="utf-8")
    with pytest.raises(bootstrap.StopError, match="changed on the way"):
        bootstrap.fetch_pip(address, "1.2", "0" * 64, tmp_path)
    assert not (tmp_path / NAME).exists()


def test_index_without_the_pinned_pip_is_named(bootstrap: ModuleType, index: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = index
    (folder / "simple" / "pip" / "index.html").write_text(as_html(address), encoding="utf-8")
    with pytest.raises(bootstrap.StopError, match=re.escape("has no pip-9.9-")):
        bootstrap.fetch_pip(address, "9.9", SHA256, tmp_path)


def test_index_out_of_reach_is_named_with_a_way_out(bootstrap: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(bootstrap.StopError, match="PIP_INDEX_URL"):
        bootstrap.fetch_pip("http://127.0.0.1:1/simple", "1.2", SHA256, tmp_path)


def test_python_in_use_is_chosen(bootstrap: ModuleType) -> None:
    assert bootstrap.choose("") == sys.executable


def test_python_that_is_named_is_taken_or_none(bootstrap: ModuleType, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\necho 3.9\n", encoding="ascii")
    old.chmod(0o755)
    with pytest.raises(bootstrap.StopError, match=r"3\.11, 3\.12 or 3\.13 is needed, but .*python3\.9 is 3\.9"):
        bootstrap.choose(str(old))


def test_missing_python_says_what_to_do(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["requirements.lock", "--python", "no-such-python"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no-such-python is missing" in said.err
    assert "PYTHON=" in said.err


def test_bootstrap_can_be_read_by_old_pythons() -> None:
    source = (ROOT / "tools" / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source


def test_linked_command_runs_from_any_folder(bootstrap: ModuleType, tmp_path: Path) -> None:
    venv = tmp_path / "a b" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    bootstrap.link(str(venv / "bin" / "python"), venv)
    done = subprocess.run([venv / "bin" / "safetybot", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "doctor" in done.stdout


def test_venv_of_the_same_python_is_kept(bootstrap: ModuleType, tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    first = bootstrap.make_venv(sys.executable, venv)
    (venv / ".run").touch()
    assert bootstrap.make_venv(sys.executable, venv) == first
    assert (venv / ".run").exists()


def pinned(lock: str) -> dict[str, set[str]]:
    """Project -> versions; fails on a line that is not pinned or has no hash."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    out: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = re.match(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;]+)", line)
        assert found, line
        assert "--hash=sha256:" in line, line
        out.setdefault(found[1], set()).add(found[2])
    return out


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_pinned_by_version_and_hash(lock: str) -> None:
    assert pinned(lock)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock"])
def test_developers_run_the_versions_that_offices_run(lock: str) -> None:
    developers = pinned("requirements-dev.lock")
    assert {name: versions for name, versions in pinned(lock).items() if developers.get(name) != versions} == {}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^a-z0-9-]", r.lower().replace("_", "-"))[0] for r in requirements}

    assert names(project["dependencies"]) <= set(pinned("requirements.lock"))
    assert names(project["optional-dependencies"]["dev"]) <= set(pinned("requirements-dev.lock"))


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder with what the Makefile looks at."""
    if not shutil.which("make"):
        pytest.skip("needs make")
    (tmp_path / "tools").mkdir()
    for name in ("Makefile", *LOCKS, "tools/bootstrap.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def would_do(folder: Path, *arguments: str) -> str:
    """What `make` would do."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    done = subprocess.run(["make", "-n", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def test_first_run_sets_up_fetches_the_statutes_and_serves(workshop: Path) -> None:
    steps = would_do(workshop, "run", "ARGS=--port 0").splitlines()
    assert "bootstrap.py" in steps[0]
    assert steps[0].endswith(" requirements.lock")
    assert steps[-2].startswith(".venv/bin/safetybot statutes --if-missing")
    assert steps[-1] == "exec .venv/bin/safetybot serve --port 0"


def test_demo_switches_the_stand_in_on(workshop: Path) -> None:
    assert "safetybot simulate" in would_do(workshop, "demo")


def test_nothing_is_installed_again_until_the_lock_changes(workshop: Path) -> None:
    (workshop / ".venv").mkdir()
    stamp = workshop / ".venv" / ".run"
    stamp.touch()
    for name in LOCKS:
        os.utime(workshop / name, (0, 0))
    os.utime(workshop / "tools" / "bootstrap.py", (0, 0))
    assert "bootstrap" not in would_do(workshop, "run")
    os.utime(stamp, (0, 0))
    os.utime(workshop / "requirements.lock", (1, 1))
    assert "bootstrap" in would_do(workshop, "run")


def test_python_can_be_named(workshop: Path) -> None:
    first = would_do(workshop, "run", "PYTHON=/opt/python3.12").splitlines()[0]
    assert first.startswith("/opt/python3.12 tools/bootstrap.py")
    assert '--python "/opt/python3.12"' in first


def test_check_is_style_types_imports_and_tests(workshop: Path) -> None:
    steps = would_do(workshop, "check")
    for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert tool in steps


def test_container_copies_only_what_is_there_and_let_through() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    assert sources == allowed
    assert not [source for source in sources if not (ROOT / source).exists()]


def test_ci_script_is_executable_and_can_be_read() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


def floors(tmp_path: Path, **figures: float) -> subprocess.CompletedProcess[str]:
    """benchmarks/floors.py on figures of a hundred questions each."""
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"all": {name: [share, 100] for name, share in figures.items()}}), encoding="utf-8")
    command = [sys.executable, str(ROOT / "benchmarks" / "floors.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


GOOD = {"answered": 0.8, "facts": 0.85, "refused": 0.95, "honest": 0.85, "intent": 1.0}


def test_figures_at_the_floors_pass(tmp_path: Path) -> None:
    done = floors(tmp_path, **GOOD)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "5 passed, 0 failed"


@pytest.mark.parametrize("name", GOOD)
def test_figure_below_its_floor_fails(tmp_path: Path, name: str) -> None:
    done = floors(tmp_path, **{**GOOD, name: GOOD[name] - 0.01})
    assert done.returncode == 1
    assert f"FAIL {name}" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 passed, 1 failed"


def test_figure_that_was_not_measured_fails(tmp_path: Path) -> None:
    assert floors(tmp_path, answered=1.0).stdout.splitlines()[-1] == "1 passed, 4 failed"
