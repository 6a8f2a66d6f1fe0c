"""The file of what we cannot answer: read, checked, and true to the law that it cites."""

from pathlib import Path

import pytest

from bot.answers.limits import PATH, load_limits
from bot.errors import ContentError
from bot.ingest.statutes import read_statute
from bot.settings import ROOT

GOOD = """
[here]
words = "我们这里 本地"
[[local]]
id = "wage"
place = true
about = "最低工资"
asks = "多少"
what = "最低工资标准"
office = "人社局"
held = "元"
[[cannot]]
id = "status"
asked = "办到哪"
say = "查不到。"
ask = "受理单位"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "limits.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_asked_decides_and_where(tmp_path: Path) -> None:
    limits = load_limits(written(tmp_path, GOOD))
    assert limits.local_rule("我们这里最低工资多少", placed=True)
    assert limits.local_rule("最低工资多少", placed=False) is None
    assert limits.local_rule("最低工资谁定", placed=True) is None
    assert limits.unknowable("我的事办到哪了")
    assert limits.unknowable("怎么办") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('asks = "多少"\n', "", ["[[local]] wage", "asks is missing"]),
        ('asks = "多少"', "asks = 3", ["[[local]] wage asks", "one text"]),
        ('say = "查不到。"', 'says = "查不到。"', ["[[cannot]] status", "say is missing"]),
        ('ask = "受理单位"', 'ask = "受理单位"\nwho = ""', ["[[cannot]] status", "who is not known"]),
        ('asked = "办到哪"', 'asked = "办.*哪"', ["办.*哪", "* and + are not allowed"]),
        ("[here]", "[there]", ["[here]", "nothing else"]),
        ("[[local]]", "[[local]", ["not valid TOML"]),
    ],
)
def test_slip_of_the_pen_is_told(tmp_path: Path, old: str, new: str, told: list[str]) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ContentError) as e:
        load_limits(path)
    assert all(words in str(e.value) for words in [*told, str(path)])


def test_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        load_limits(tmp_path / "limits.toml")


def test_shipped_items_have_names_of_their_own() -> None:
    limits = load_limits(PATH)
    names = [item.id for item in (*limits.local, *limits.cannot)]
    assert len(set(names)) == len(names)


@pytest.mark.shared
def test_shipped_items_cite_articles_that_leave_it_to_places() -> None:
    regulations = ROOT.parent / "shared" / "regulations"
    if not regulations.exists():
        pytest.skip("needs ../shared/regulations")
    cited = [rule.source for rule in load_limits(PATH).local if rule.source]
    assert cited
    for source in cited:
        statute = read_statute(regulations / f"{source.law}.txt")
        text = next(a.text for a in statute.articles if a.number == source.article)
        assert "人民政府" in text or "社会保险行政部门" in text, source
