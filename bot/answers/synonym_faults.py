"""What is wrong with a list of synonyms, in the words of those who write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.answers.lexicon import Lexicon, spelled_out
from bot.answers.normalise import normalise
from bot.answers.regions import covers
from bot.answers.synonyms import Pair
from bot.answers.words import cut

_LEAST, _MOST = 2, 12
#: So many of the phrasings that hold a word are cut into words to see whether it is one.
_LOOKED_AT = 60
_MOSTLY = 2 / 3


def faults(
    pairs: Sequence[Pair], lexicon: Lexicon, phrasings: Iterable[str] = (), beside: Sequence[Pair] = ()
) -> Iterator[tuple[Pair, str]]:
    """Pair and reason of everything that is wrong.

    phrasings  normalised, of all entries: what a word must not tear
    beside     pairs of another list that hold at the same time
    """
    alarms = _alarms(lexicon)
    for pair in pairs:
        yield from ((pair, reason) for reason in _wrong(pair, alarms))
    yield from _twice(pairs)
    yield from _chained(pairs, beside)
    yield from _torn([p for p in pairs if p.means], phrasings, {p.word for p in (*pairs, *beside)})


def _wrong(pair: Pair, alarms: frozenset[str]) -> Iterator[str]:
    for text in (pair.word, pair.means):
        if text and (why := _misspelt(text)):
            yield f"{text}：{why}"
    if pair.word == pair.means:
        yield f"{pair.word}：两边写得一样，请删掉这一行（要让它保持原样，右边写空引号）"
    if pair.both and not pair.means:
        yield f"{pair.word}：右边是空的，不能再写 both"
    for text in (pair.word, pair.means if pair.both else ""):
        if text in alarms:
            yield f"{text}：这是判断险情用的词，不能改写，请删掉这一行；险情词有自己的页面"


def _misspelt(text: str) -> str:
    if len(text) < _LEAST:
        return "太短，一个字会误伤许多别的词；请写两个字以上"
    if len(text) > _MOST:
        return f"太长，最多 {_MOST} 个字；整句话请加到条目的问法里"
    if normalise(text) != text:
        return f"请写成简体、小写、半角：{normalise(text)}"
    return "" if re.fullmatch(r"[一-鿿a-z0-9]+", text) else "只能写汉字、字母和数字，不能有空格和标点"


def _twice(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, str]]:
    """Words that stand twice, or that mean two things in one place; both ways of a pair are looked at."""
    seen: dict[str, list[Pair]] = {}
    for pair in pairs:
        for word, means in ((pair.word, pair.means), *([(pair.means, pair.word)] if pair.both else [])):
            for other in seen.get(word, []):
                if not (covers(pair.region, other.region) and covers(other.region, pair.region)):
                    continue
                there = other.means if other.word == word else other.word
                again = f"{word}：{_at(other)}已写过，请删掉一行"
                two = f"{word}：{_at(other)}说它是“{there}”，这里说是“{means}”；一个词只能有一个意思，请只留一行"
                yield pair, again if there == means else two
            seen.setdefault(word, []).append(pair)


def _chained(pairs: Sequence[Pair], beside: Sequence[Pair]) -> Iterator[tuple[Pair, str]]:
    """A means B, and B means C, or A again. The own list comes before the other one."""
    means = {p.word: p for p in (*beside, *pairs) if p.means}
    for pair in pairs:
        onward = means.get(pair.means)
        if onward is None or onward is pair or not pair.means:
            continue
        if _comes_back(pair, means):
            yield pair, f"{pair.word}：绕成了一圈（{pair.word} → {pair.means} → {onward.means} …），请删掉其中一行"
        else:
            yield pair, f"{pair.word}：{pair.means} 又被换成 {onward.means}（{_at(onward)}），请直接写 {onward.means}"


def _comes_back(pair: Pair, means: dict[str, Pair]) -> bool:
    seen, word = {pair.word}, pair.means
    while word in means and word not in seen:
        seen.add(word)
        word = means[word].means
    return word == pair.word


def _torn(pairs: Sequence[Pair], phrasings: Iterable[str], kept: set[str]) -> Iterator[tuple[Pair, str]]:
    """Words that end or stand inside longer ones of another meaning: 行车 in 自行车."""
    by_word = {p.word: p for p in pairs}
    if not by_word:
        return
    pattern = re.compile("|".join(map(re.escape, sorted(by_word, key=len, reverse=True))))
    kept = kept | {p.means for p in pairs}
    found: dict[str, list[str]] = {}
    for text in phrasings:
        for word in set(pattern.findall(text)):
            found.setdefault(word, []).append(text)
    for word, texts in found.items():
        if longer := _longer(word, texts[:_LOOKED_AT], kept):
            yield by_word[word], f'{word}：会把“{longer}”改坏；请再加一行 "{longer}" = ""，让它保持原样'


def _longer(word: str, texts: Sequence[str], kept: set[str]) -> str:
    """The word inside which `word` mostly stands, if it does and nothing keeps that; a word begins where one is cut."""
    inside: list[str] = []
    for text in texts:
        held = [token for token in cut(text) if word in token]
        if any(token.startswith(word) for token in held):
            inside.append("")
        else:
            inside += [t for t in held if not any(k in t for k in kept if word in k and k != word)]
    torn = [token for token in inside if token]
    return max(torn, key=torn.count) if len(torn) > _MOSTLY * len(texts) else ""


def _alarms(lexicon: Lexicon) -> frozenset[str]:
    """The words that tell of an emergency by themselves."""
    alone = {rule for rules in lexicon["emergency"].values() for rule in rules.split() if "+" not in rule}
    listed = [lexicon["meanings"][name] for name in alone if name in lexicon["meanings"]]
    heard = [f"{word} {lexicon['sounds']['words'][word]}" for word in lexicon["sounds"]["words"]]
    plain = [word for word in lexicon["signs"]["plea"].split() if re.fullmatch(r"[一-鿿]+", word)]
    return frozenset(way for text in (*listed, *heard, *plain) for way in spelled_out(text))


def _at(pair: Pair) -> str:
    return f"第 {pair.line} 行" if pair.line else "别处"
