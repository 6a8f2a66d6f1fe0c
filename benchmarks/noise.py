"""The ten kinds of noise of ../shared/eval, made by rule from clean questions: what each costs of `answered`.

    python -m benchmarks.noise [FILE.jsonl] [--seed 5] [--show KIND]

homophone, drop, add, traditional, mixed_latin, full_pinyin, no_punctuation by characters and sounds (one in twelve);
spoken, dialect, rambling by words and set phrases written for this benchmark. Questions that are noisy already, and
those about emergencies and reports, are left out. Aims: at most .04 below clean, dialect at most .08.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import opencc
from pypinyin import lazy_pinyin

from bot.answers.words import cut
from bot.asking import Asker
from bot.ingest.evaluation import Question, judge, read_questions
from bot.services import Services
from bot.settings import ROOT, load

QUESTIONS, DIALECTS = ROOT / "benchmarks/data/questions.jsonl", ROOT / "benchmarks/data/dialects.toml"
#: One character in so many is changed, at least one of a question.
_ONE_IN = 12
_CHINESE = re.compile("[一-鿿]")
_MARKS = re.compile(r"[^\w%]+")

#: A way to spoil a question.
Noise = Callable[[str, random.Random], str]

_FILLERS = ("那个", "就是说", "嗯", "呃", "然后呢", "就是", "那什么", "怎么说呢")
_BEFORE = ("嗯我想问一下啊", "那个请问一下", "诶你好我问个事", "就是我想打听一下", "呃麻烦问下", "老师我问一下哈")
_AFTER = ("啊", "呀", "呢这个", "是吧", "啊谢谢", "嘛")

_STORIES = (
    "我先说下情况，我在外地干活好几年了，平时也不怎么看手机，昨天跟老乡吃饭聊起来大家说法都不一样。",
    "你们好，关注这个号有一阵子了，写得挺好的，我转给我表哥看过，他也说好。今天是有件事弄不明白，",
    "事情是这样的，我邻居大姐让我帮她打听，她不会打字，人又着急，催了我好几回，我自己也说不上来。",
    "不好意思打扰了，本来想打电话问的，一直占线打不进去，只好在这里写。我这人嘴笨，说不清楚你多担待。",
    "上个礼拜开会领导提了一嘴，我当时坐后排没听清，回来问同事也没人记得，月底又要交材料，头疼。",
    "我都快六十的人了，字认得不多，是我孙女帮我打的字，有什么说得不对的地方你别见怪。",
    "刚才在群里为这个事吵起来了，有人说是有人说不是，吵了一个晚上也没个结果，我就想来问个准话。",
    "我是新来的，前面那个人走了也没交接，桌上一堆文件，老板又不在，谁都指望不上。",
)
_ENDINGS = ("麻烦给个准话。", "知道的说一声，谢谢了。", "反正我是搞不懂了。", "说得我心里没底。", "先谢过了。", "")


def main() -> None:
    args = _arguments()
    questions = [q for q in read_questions(args.file) if _is_clean(q)]
    asker = Asker(Services(load(os.environ)))
    clean = _share(asker, questions, [q.q for q in questions])
    print(f"{len(questions)} questions\n{'clean':<16}{clean:.3f}")
    for kind, spoil in KINDS.items():
        noisy = [spoil(q.q, random.Random(f"{args.seed} {kind} {q.id}")) for q in questions]
        share = _share(asker, questions, noisy)
        print(f"{kind:<16}{share:.3f}  {share - clean:+.3f}")
        if kind == args.show:
            print("\n".join(noisy))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=QUESTIONS, help="question set (default: ours)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", choices=sorted(KINDS), help="print the questions of one kind")
    return parser.parse_args()


def _is_clean(q: Question) -> bool:
    """Whether a question is answerable, as it should be written, and Chinese."""
    row = q.row
    noisy = row.get("noise") or row.get("intent") or row.get("abstain_ok") or q.kind in ("out_of_domain", "smalltalk")
    return not noisy and bool(row["gold"] or row["must_contain"]) and bool(_CHINESE.search(q.q))


def _share(asker: Asker, questions: Sequence[Question], texts: Sequence[str]) -> float:
    """How many of the questions are answered when they are asked in these words."""
    judged = [judge(q.row, asker.ask(text)) for q, text in zip(questions, texts, strict=True)]
    return sum(j["answered"] for j in judged) / len(judged)


def _places(text: str, rng: random.Random) -> list[int]:
    """Chinese characters to change, as places in the text."""
    able = [n for n, c in enumerate(text) if _CHINESE.match(c)]
    return sorted(rng.sample(able, min(len(able), max(1, round(len(able) / _ONE_IN)))))


def _changed(text: str, rng: random.Random, change: Callable[[str], str]) -> str:
    out = list(text)
    for n in _places(text, rng):
        out[n] = change(out[n])
    return "".join(out)


@cache
def _alike() -> Mapping[str, Sequence[str]]:
    """Sound -> the characters of our questions that have it, without tones."""
    chars = sorted({c for q in read_questions(QUESTIONS) for c in q.q if _CHINESE.match(c)})
    out: dict[str, list[str]] = defaultdict(list)
    for c in chars:
        out[lazy_pinyin(c)[0]].append(c)
    return out


def homophone(text: str, rng: random.Random) -> str:
    """Characters that sound alike."""

    def other(c: str) -> str:
        return rng.choice([x for x in _alike()[lazy_pinyin(c)[0]] if x != c] or [c])

    return _changed(text, rng, other)


def drop(text: str, rng: random.Random) -> str:
    """Characters left out."""
    return _changed(text, rng, lambda _: "")


def add(text: str, rng: random.Random) -> str:
    """Characters typed twice."""
    return _changed(text, rng, lambda c: c * 2)


def no_punctuation(text: str, _rng: random.Random) -> str:
    """No marks and no blanks."""
    return _MARKS.sub("", text)


def traditional(text: str, _rng: random.Random) -> str:
    """Traditional script."""
    return str(opencc.OpenCC("s2t").convert(text))


def mixed_latin(text: str, rng: random.Random) -> str:
    """One or two words in pinyin."""
    words = cut(text)
    able = [n for n, w in enumerate(words) if len(w) > 1 and _CHINESE.fullmatch(w[0])]
    for n in rng.sample(able, min(len(able), 1 if len(text) < 16 else 2)):
        words[n] = "".join(lazy_pinyin(words[n]))
    return "".join(words)


def full_pinyin(text: str, rng: random.Random) -> str:
    """All of it in pinyin, word by word or syllable by syllable."""
    parts = [w for w in cut(text) if _MARKS.sub("", w)]
    if rng.random() < 0.5:
        return " ".join("".join(lazy_pinyin(w)) for w in parts)
    return " ".join(lazy_pinyin("".join(parts)))


def spoken(text: str, rng: random.Random) -> str:
    """As a voice message is written down: openers, fillers between the words, no marks."""
    words = cut(_MARKS.sub("", text))
    for n in sorted(rng.sample(range(len(words)), min(len(words), 2)), reverse=True):
        words.insert(n, rng.choice(_FILLERS))
    return rng.choice(_BEFORE) + "".join(words) + rng.choice(_AFTER)


@cache
def _dialects() -> Sequence[Mapping[str, str]]:
    return list(tomllib.loads(DIALECTS.read_text(encoding="utf-8")).values())


def dialect(text: str, rng: random.Random) -> str:
    """Words of Guangdong, Sichuan, the north-east or Shanghai."""
    words = rng.choice(_dialects())
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.sub(pattern, lambda m: words[m[0]], text)


def rambling(text: str, rng: random.Random) -> str:
    """In the middle of a story."""
    return f"{rng.choice(_STORIES)}{text}{'' if text.endswith(('?', '？', '。')) else '，'}{rng.choice(_ENDINGS)}"


KINDS: Mapping[str, Noise] = {
    f.__name__: f
    for f in (
        homophone, drop, add, no_punctuation, traditional, mixed_latin, full_pinyin, spoken, dialect, rambling,
    )
}  # fmt: skip

if __name__ == "__main__":
    main()
