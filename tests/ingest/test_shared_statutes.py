"""Every statute text of ../shared is imported with exactly the articles that stand in it."""

import re
from pathlib import Path

import pytest

from bot.ingest.holdings import articles, shelf
from bot.ingest.importing import import_paths
from bot.ingest.statutes import read_statute
from bot.store.database import Database

pytestmark = pytest.mark.shared

#: One article starts a line: number, one full-width space. Said here in other words than the reader's.
STARTS = re.compile(r"^(第[一二三四五六七八九十百千零〇]+条(?:之[一二三四五六七八九十]+)?)　", re.MULTILINE)


@pytest.fixture
def texts(shared: Path) -> list[Path]:
    """The statute texts in the header format, facts and raw formats left out."""
    found = sorted(p for p in (shared / "regulations").rglob("*.txt") if "raw" not in p.parts)
    return [p for p in found if "事实摘录" not in p.name]


def test_no_article_is_lost_split_or_merged(texts: list[Path]) -> None:
    assert len(texts) >= 75
    for path in texts:
        held = [a.number for a in read_statute(path).articles]
        assert held == STARTS.findall(path.read_text(encoding="utf-8")), path.name


def test_every_word_of_an_article_is_kept(texts: list[Path]) -> None:
    for path in texts:
        law, text = read_statute(path), path.read_text(encoding="utf-8")
        for article in law.articles:
            for line in article.text.split("\n"):
                assert line in text, (path.name, article.number)
            assert "〔各项" not in article.text, "a remark of whoever made the excerpt"


def test_items_stay_in_their_article(texts: list[Path]) -> None:
    for path in texts:
        for article in read_statute(path).articles:
            assert not article.text.startswith("（一）"), (path.name, article.number)
            assert "（二）" not in article.text or "（一）" in article.text, (path.name, article.number)


def test_local_regulations_hold_in_their_place_only(shared: Path) -> None:
    regions = {p.stem: read_statute(p).region for p in (shared / "regulations" / "local").glob("*.txt")}
    assert set(regions.values()) == {"广东省", "汕头市", "河源市", "深圳市"}
    national = [p for p in (shared / "regulations").glob("*.txt") if read_statute(p).region != "全国"]
    assert national == []


def test_folder_is_imported_in_one_go_and_again_without_change(shared: Path, texts: list[Path], tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    said: list[str] = []
    assert import_paths(database, [shared / "regulations"], said.append) == 0
    before = shelf(database)
    assert before.statutes == len({(s.title, s.version) for s in map(read_statute, texts)})
    assert import_paths(database, [shared / "regulations"], said.append) == 0
    assert shelf(database) == before
    assert " 0 added, 0 updated," in said[-1]
    database.close()


def test_superseded_versions_never_answer(shared: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    import_paths(database, [shared / "regulations"], lambda _line: None)
    held = list(articles(database))
    versions = {(a.law, a.version) for a in held}
    assert len({law for law, _ in versions}) == len(versions), "one version of each statute"
    laws = {a.law for a in held}
    for path in (shared / "regulations" / "repealed").glob("*.txt"):
        old = read_statute(path)
        assert old.title not in laws or (old.title, old.version) not in versions, path.name
    database.close()


def level(text: str) -> str:
    """A text without blanks and with plain digits."""
    return re.sub(r"\s", "", text.translate({0xFF10 + n: 48 + n for n in range(10)}))


def test_raw_files_give_the_same_articles_as_their_clean_texts(shared: Path) -> None:
    folder = shared / "regulations"
    raws = sorted((folder / "raw").iterdir())
    assert len(raws) == 5
    for path in raws:
        clean = next(read_statute(p) for p in folder.glob("*.txt") if p.stem in path.name)
        raw = read_statute(path)
        assert (raw.title, raw.version) == (clean.title, clean.version), path.name
        assert [(a.number, level(a.text), a.chapter) for a in raw.articles] == [
            (a.number, level(a.text), a.chapter) for a in clean.articles
        ], path.name


@pytest.mark.parametrize("raw_first", [True, False])
def test_raw_files_and_clean_texts_are_the_same_statutes(shared: Path, tmp_path: Path, raw_first: bool) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    raws = sorted((shared / "regulations" / "raw").iterdir())
    cleans = [p for p in (shared / "regulations").glob("*.txt") if any(p.stem in r.name for r in raws)]
    order = [*raws, *cleans] if raw_first else [*cleans, *raws]
    assert import_paths(database, order, lambda _line: None) == 0
    before = shelf(database)
    assert before.statutes == 5
    said: list[str] = []
    assert import_paths(database, order, said.append) == 0
    assert " 0 added, 0 updated, 10 unchanged" in said[-1]
    assert shelf(database) == before
    assert all(a.effective for a in articles(database))
    database.close()


def test_annexes_are_kept_beside_the_articles(shared: Path) -> None:
    held = {p.stem: read_statute(p).annexes for p in (shared / "regulations").glob("*.txt")}
    assert "矿山井下作业" in held["女职工劳动保护特别规定"][0].text
    assert held["电力安全事故应急处置和调查处理条例"]
    assert not held["中华人民共和国安全生产法"]
