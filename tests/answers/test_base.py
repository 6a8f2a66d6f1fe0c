"""A base is built whole or not at all, is the same each time, and is read by other processes."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answers import Base, Knowledge, build
from bot.answers.entries import Entry, Example
from tests import bases

EXAMPLES = (
    Example("fire", "我家着火了", True),
    Example("fire", "厨房起火了怎么办啊", True),
    Example("fire", "消防演习什么时候开始", False),
    Example("hazard_report", "楼道里堆满了杂物没人管", True),
)


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def run(code: str, *args: object) -> subprocess.Popen[str]:
    """Python code in a process of its own, with what tests may import."""
    code = f"import sys\nfrom pathlib import Path\nfrom tests import bases\n{code}"
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.Popen(
        command,
        cwd=bases.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_same_content_gives_the_same_bytes(base: Base, tmp_path: Path) -> None:
    again = build(bases.knowledge(), list(bases.articles()), tmp_path / "again")
    assert digests(again.folder) == digests(base.folder)


def test_another_process_opens_it_and_answers_alike(base: Base) -> None:
    code = """
from bot.answers import Base
bot = bases.answerer(Base(Path(sys.argv[1])))
print(bot.answer(bases.asked('高温几度停工')).text)
"""
    out, err = run(code, base.folder).communicate(timeout=120)
    assert out.strip() == bases.answerer(base).answer(bases.asked("高温几度停工")).text, err


def test_two_processes_that_build_at_once_end_with_one_folder(tmp_path: Path) -> None:
    code = """
from bot.answers import build
knowledge, articles = bases.knowledge(), list(bases.articles())
print('ready', flush=True)
sys.stdin.readline()
build(knowledge, articles, Path(sys.argv[1]))
"""
    folder = tmp_path / "index" / "one"
    started = [run(code, folder) for _ in range(2)]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    told = []
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        told.append(process.communicate(timeout=120)[1])
    assert [p.returncode for p in started] == [0, 0], told
    assert [p.name for p in folder.parent.iterdir() if not p.name.startswith(".danger-")] == ["one"]
    assert bases.answerer(Base(folder)).answer(bases.asked("高温几度停工")).entry == "heat-stop"


def test_many_threads_that_build_at_once_end_with_one_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(build, bases.knowledge(), [], tmp_path / "one") for _ in range(3)]
        assert len({job.result(120).entry_count for job in jobs}) == 1
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".danger-")] == ["one"]


def test_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    bad = Entry(id="x", kind="faq", title="x", answer="x", questions=("y",), reviewed=object())  # type: ignore[arg-type]
    with pytest.raises(Exception, match="cannot be stored"):
        build(bases.knowledge(bad), [], tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_entries_and_articles_come_back_as_they_were(base: Base) -> None:
    held = bases.knowledge().entries
    assert [base.entry(n) for n in range(len(held))] == list(held)
    assert [base.article(n) for n in range(base.article_count)] == list(bases.articles())
    assert base.plans == list(bases.PLANS)
    assert base.laws == list(bases.LAWS)
    assert base.cards == list(bases.cards())


def test_entry_is_found_by_its_id(base: Base) -> None:
    found = base.entry_by_id("ebike")
    assert found
    assert found.title == "电动车能停楼道吗"
    assert base.entry_by_id("nobody") is None
    assert base.number_of("nobody") is None


def test_article_is_found_by_law_and_number(base: Base) -> None:
    number = base.find_article(bases.FIRE_LAW, "第二十八条")
    assert number is not None
    assert "疏散通道" in base.article(number).text
    assert base.find_article(bases.FIRE_LAW, "第九百条") is None
    assert base.find_article("没有的法", "第一条") is None


@pytest.mark.parametrize("text", ["电动车能停楼道吗", "请问电动车能停楼道吗谢谢", "楼道能放电瓶车吗"])
def test_phrasing_is_found_word_for_word(base: Base, text: str) -> None:
    assert [base.entry(n).id for n in base.exact(text)] == ["ebike"]


def test_phrasing_nobody_wrote_is_not_found(base: Base) -> None:
    assert base.exact("电动车能停楼道") == []
    assert base.exact("") == []


def test_base_without_content_opens(tmp_path: Path) -> None:
    base = build(Knowledge(words=bases.words()), [], tmp_path / "empty")
    assert (base.entry_count, base.article_count) == (0, 0)
    assert base.exact("你好") == []


def test_nothing_in_it_is_pickled(base: Base) -> None:
    assert {p.suffix for p in base.folder.iterdir()} == {".npy", ".json", ".blob"}


def test_what_was_learned_of_danger_is_kept_when_an_entry_changes(tmp_path: Path) -> None:
    held = bases.knowledge()
    told = replace(held, examples=EXAMPLES, calm=tuple(q for e in held.entries for q in e.questions))
    first = build(told, [], tmp_path / "one")
    (learned,) = tmp_path.glob(".danger-*")
    at = learned.stat().st_ino
    second = build(replace(told, entries=told.entries[1:]), [], tmp_path / "two")
    assert [p.stat().st_ino for p in tmp_path.glob(".danger-*")] == [at]
    assert first.danger
    assert second.danger
    assert first.danger.now("着火了") == second.danger.now("着火了") > 0


def test_danger_is_learned_anew_when_the_examples_change(tmp_path: Path) -> None:
    names = set()
    for n in range(5):
        told = (*EXAMPLES, Example("fire", f"第{n}层着火了", True))
        build(replace(bases.knowledge(), examples=told), [], tmp_path / str(n))
        names |= {p.name for p in tmp_path.glob(".danger-*")}
    assert len(names) == 5
    assert len(list(tmp_path.glob(".danger-*"))) == 3
