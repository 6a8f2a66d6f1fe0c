"""Whatever text comes in, a proposal or a clear refusal comes out, and soon."""

import random
import time
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.ingest.plans import as_json, as_text, extract

DATA = Path(__file__).parent / "data"
TEXTS = [p.read_text(encoding="utf-8") for p in sorted(DATA.glob("*.txt"))]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "\u3000\u3000\n", "12\n", "第 3 页 共 8 页\n"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(ContentError, match="没有可以读的文字"):
        extract(text, "空.txt")


NO_PLANS = [
    "你好",
    "今天天气不错，我们去公园散步吧。",
    "Lorem ipsum dolor sit amet.\nconsectetur adipiscing elit",
    "第一条 为了加强安全生产工作，制定本法。\n第二条 在中华人民共和国领域内从事生产经营活动的单位，适用本法。",
    "a,b,c\n1,2,3\n4,5,6",
    "红烧肉的做法\n1.五花肉切块。\n2.焯水。\n3.炖一小时。",
]


@pytest.mark.parametrize("text", NO_PLANS)
def test_what_is_no_plan_is_told_to_be_none(text):
    plan = extract(text)
    assert "不像活动方案" in "".join(f.message for f in plan.findings)
    assert [f for f in plan.findings if f.severity == "error"] == []


def _mangled(text: str, rng: random.Random) -> str:
    """A truncation, a shuffle of lines or sentences, doubled or deleted pieces, or noise between."""
    lines = text.split("\n")
    how = rng.randrange(7)
    if how == 0:
        return text[: rng.randrange(1, len(text))]
    if how == 1:
        rng.shuffle(lines)
        return "\n".join(lines)
    if how == 2:
        pieces = text.split("。")
        rng.shuffle(pieces)
        return "。".join(pieces)
    if how == 3:
        return "\n".join(line for line in lines if rng.random() > 0.3) or "x"
    if how == 4:
        return "".join(c for c in text if rng.random() > 0.05) or "x"
    if how == 5:
        return text.replace("\n", "") if rng.random() > 0.5 else text.replace("。", "\t")
    signs = "（）()《》“”〔〕一二三、.．1234567890年月日前至—-\t|\n\u0000\ufffd前月日每第个"
    return "".join(c + (rng.choice(signs) if rng.random() < 0.05 else "") for c in text)


@pytest.mark.parametrize("seed", range(30))
def test_no_text_brings_the_reader_down(seed):
    rng = random.Random(seed)
    text = _mangled(rng.choice(TEXTS), rng)
    try:
        plan = extract(text)
    except ContentError:
        return
    assert as_text(plan)
    assert as_json(plan)["findings"] is not None


@pytest.mark.parametrize("seed", range(8))
def test_no_noise_brings_the_reader_down(seed):
    rng = random.Random(seed)
    signs = "（）()《》“”〔〕一二三四、.．0123456789年月日号前后至—-~\t|\n 是每个第次报送向给局办"
    signs += "安全生产活动方案主题时间附件：:"
    text = "".join(rng.choice(signs) for _ in range(3000))
    assert as_text(extract(text))


RUBBISH = [
    "一、" * 2000,
    "（" * 5000,
    "“" * 5000 + "方案",
    "1" * 10000,
    "6月1日" * 400,
    "报送" * 3000,
    "、".join(["进企业"] * 1500),
    "《" * 1000 + "》" * 1000,
    "各" * 6000 + "要",
    "安全生产" * 2000 + "行",
    "区" * 5000,
    "\n".join(f"{n}.开展活动" for n in range(800)),
]


@pytest.mark.parametrize("text", RUBBISH, ids=[t[:4] for t in RUBBISH])
def test_long_rubbish_is_done_with_soon(text):
    begun = time.process_time()
    extract("方案\n" + text)
    assert time.process_time() - begun < 5


def test_a_plan_is_read_in_less_than_a_second():
    spent = []
    for text in TEXTS:
        begun = time.process_time()
        extract(text)
        spent.append(time.process_time() - begun)
    assert max(spent) < 1
