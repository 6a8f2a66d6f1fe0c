"""What a bare question wants of the thing that is talked of, and whether an answer tells it.

罚多少 asked of an answer that speaks of no fine must not get that answer again as if it were one.
"""

from __future__ import annotations

import re

from bot.answers.entries import Entry

_NUMBER = r"[0-9零一二三四五六七八九十百千万半两]"
#: How it is asked for, what an answer shows that tells it.
_WANTED = tuple(
    (re.compile(asked), re.compile(shown))
    for asked, shown in (
        ("罚|处罚", rf"罚款?[^,，。]*{_NUMBER}|{_NUMBER}+(?:元|万|倍)|扣{_NUMBER}+分|拘留|警告|吊销"),
        ("坐牢|判刑|判几年|判多久|抓人|刑事|犯罪|犯法", "刑|拘留|犯罪|监禁"),
        ("拘留", "拘留"),
        ("赔多少|赔偿多少|赔几|补多少|能赔|多少钱|费用|收费", rf"{_NUMBER}+\s*(?:元|万|倍|个月|%)|免费|不收|标准"),
        (
            "多久|几天|多少天|期限|时限|多长时间|什么时候|几时|何时|几个月",
            rf"{_NUMBER}+\s*(?:个)?(?:日|天|年|月|小时|分钟|周|点)|立即|当场|马上|当日",
        ),
        (
            "找谁|问谁|找哪|向谁|哪个部门|什么部门|谁管|归谁|打什么电话|电话",
            "部门|机构|物业|街道|热线|[0-9]{3,}|公安|法院|工会|窗口",
        ),
        ("材料|资料|手续", "表|证|书|材料|资料"),
        ("去哪|在哪|哪里|地址", "部门|机构|窗口|当地|所在地|网|小程序|地点"),
    )
)


def wants(asked: str) -> bool:
    """Whether a question wants one of the things that are known here."""
    return any(wanted.search(asked) for wanted, _ in _WANTED)


def tells(entry: Entry, asked: str) -> bool:
    """Whether the entry tells what is asked for, as far as that can be told; True where it cannot."""
    held = f"{entry.title} {entry.answer} {entry.ask}"
    return all(shown.search(held) for wanted, shown in _WANTED if wanted.search(asked))
