"""The office's own words of danger, laid over config/lexicon.toml: each is read as a word, or a kind, of it.

A pair says what the word is like: 走水 is read as 着火 wherever that tells of a fire. Three more are understood on the
right: HELP (a cry for help), HARMLESS (sounds like danger and is none), and 隐患：用电, a kind of hazard report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.answers.lexicon import MAX_WORD, Lexicon, spelled_out
from bot.answers.normalise import normalise
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import Pair

HELP, HARMLESS, HAZARD = "求救", "不是险情", "隐患："
#: The kinds of [hazard.…] as staff read them.
HAZARDS = {
    "explosives": "爆炸物品", "explosives_trade": "民爆行业", "fireworks": "烟花爆竹", "fire": "消防", "gas": "燃气",
    "special_equipment": "特种设备", "construction": "建筑施工", "transport": "交通运输", "school": "学校",
    "road": "道路", "water": "水上", "farm": "农机", "tourism": "旅游", "pollution": "污染", "power": "用电",
    "occupational": "职业病", "labour": "劳动用工", "mine": "矿山", "workplace": "生产单位",
}  # fmt: skip
_SPELT = re.compile(r"[一-鿿a-z0-9]+")
_LEAST = 2
#: A meaning that is none of danger: its words hide others (水 in 水泥).
_HIDES = "hides"
_OTHERS = f"右边写它认得的词，如 着火、漏气、触电，或 {HELP}、{HARMLESS}、{HAZARD}用电 等"
#: Where a word is put: a table of the file and a key in it.
_Place = tuple[str, str]


def with_words(lexicon: Lexicon, words: Sequence[Pair]) -> Lexicon:
    """The lexicon with the office's own words in it; one that is like nothing there is left out."""
    if not words:
        return lexicon
    made: dict[str, Any] = {table: dict(held) for table, held in lexicon.items()}
    made["hazard"] = {kind: dict(held) for kind, held in lexicon["hazard"].items()}
    meanings = _meanings(lexicon)
    for pair in words:
        for table, key in _places(lexicon, meanings, pair.means):
            held = made["hazard"][key] if table == "hazard" else made[table]
            name = "words" if table == "hazard" else key
            held[name] = f"{held[name]} {pair.word}"
    return made


def wrong_words(words: Sequence[Pair], lexicon: Lexicon, emergencies: Sequence[str] = ()) -> Iterator[tuple[Pair, str]]:
    """Pair and reason of everything that is wrong with a list of own words.

    emergencies  normalised, what people in danger say: no word of theirs may be struck out as harmless
    """
    meanings, seen = _meanings(lexicon), set()
    known = {word: name for name, held in meanings.items() for word in held}
    for pair in words:
        if why := _misspelt(pair.word):
            yield pair, f"{pair.word}：{why}"
        elif pair.word in seen:
            yield pair, f"{pair.word}：写了两遍，请删掉一行"
        elif pair.region != NATIONWIDE or pair.both:
            yield pair, f"{pair.word}：险情词不分地区，也不分方向，只写 词=像哪个词"
        elif not _places(lexicon, meanings, pair.means):
            yield pair, f"{pair.word}：机器人还不认得“{pair.means}”。{_OTHERS}"
        elif pair.means == HARMLESS and (why := _covers(pair.word, known, emergencies)):
            yield pair, f"{pair.word}：{why}"
        elif _is_known(pair, _places(lexicon, meanings, pair.means), meanings):
            yield pair, f"{pair.word}：机器人已经认得，和“{pair.means}”一样看待，不用再写"
        seen.add(pair.word)


def _misspelt(word: str) -> str:
    if not _LEAST <= len(word) <= MAX_WORD:
        return f"请写 {_LEAST} 到 {MAX_WORD} 个字：太短会误伤别的话，太长没有人会照着说"
    if normalise(word) != word:
        return f"请写成简体、小写、半角：{normalise(word)}"
    return "" if _SPELT.fullmatch(word) else "只能写汉字、字母和数字，不能有空格和标点"


def _covers(word: str, known: Mapping[str, str], emergencies: Sequence[str]) -> str:
    """Why a word cannot be harmless: what is struck out is not read, and takes a word of danger away everywhere."""
    if torn := next((text for text in sorted(known) if word in text and known[text] != _HIDES), ""):
        return f"它就在险情词“{torn}”里，写进来会盖住真险情；请写更长的说法"
    if said := next((text for text in emergencies if word in text), ""):
        return f"遇险的人会说“{said[:30]}”，写进来会盖住真险情；请写更长的说法"
    return ""


def _is_known(pair: Pair, places: Sequence[_Place], meanings: Mapping[str, frozenset[str]]) -> bool:
    there = [key for table, key in places if table == "meanings"]
    return bool(there) and all(pair.word in meanings[key] for key in there)


def _places(lexicon: Lexicon, meanings: Mapping[str, frozenset[str]], like: str) -> list[_Place]:
    """Where a word that is like this one belongs; nowhere where it is not known."""
    if like in (HELP, HARMLESS):
        return [("signs", "plea" if like == HELP else "harmless")]
    if like.startswith(HAZARD):
        name = like.removeprefix(HAZARD)
        return [("hazard", kind) for kind in lexicon["hazard"] if HAZARDS.get(kind, kind) == name]
    return [("meanings", key) for key, held in meanings.items() if like in held and key != _HIDES]


def _meanings(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    return {key: frozenset(spelled_out(text)) for key, text in lexicon["meanings"].items()}
