"""Talks as they may go, kept as files beside this one: who says what, and what must stand in the answer.

# a remark                          over small|shipped: which knowledge answers
我: words                           我(image): a picture   我(subscribe): an event   我(click menu_help): with its key
机: part | other part               both parts stand in the reply; 机: alone: there is no reply
机无: part                          this does not stand in it
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answers import Answerer
from bot.messages import MessageKind
from tests import bases

from .conftest import Talk

FILES = sorted((Path(__file__).parent / "data").glob("*.txt"))
LINE = re.compile(r"(我|机无|机)(?:\(([^)]*)\))?: ?(.*)")
KINDS = {kind.value for kind in MessageKind} - {"event"}


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_talk_goes_as_written(path: Path, talk_with: Callable[..., Talk], request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    over = re.search(r"^# over (small|shipped)(?:, in (\S+))?$", text, re.MULTILINE)
    assert over, "the file says which knowledge it speaks over"
    bot: Answerer = request.getfixturevalue(f"{over[1]}_bot")
    region = over[2] or "全国"
    talk = talk_with(bases.answerer(bot.base, region), region)
    reply = ""
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        assert match, f"{path.name}:{n} is no line of a talk: {line}"
        who, how, words = match.groups()
        if who == "我":
            reply = _send(talk, how or "text", words)
        else:
            _expect(who, words, reply, f"{path.name}:{n}")


def _send(talk: Talk, how: str, words: str) -> str:
    kind, _, key = how.partition(" ")
    if kind == "text":
        return talk.says(words)
    if kind in KINDS:
        return talk.says(words, MessageKind(kind))
    return talk.does(kind, key)


def _expect(who: str, words: str, reply: str, where: str) -> None:
    if who == "机" and not words:
        assert reply == "", where
    for part in filter(None, map(str.strip, words.split("|"))):
        assert (part in reply) is (who == "机"), f"{where}: {part!r} and the reply was: {reply}"


def test_there_are_talks_over_both_kinds_of_knowledge() -> None:
    texts = [p.read_text(encoding="utf-8") for p in FILES]
    assert any("# over small" in t for t in texts)
    assert any("# over shipped" in t for t in texts)
