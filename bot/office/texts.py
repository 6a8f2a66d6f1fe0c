"""The sentences of knowledge/replies.toml: which there are, what is filled into them, which ones staff may change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any

#: Every sentence that the code looks up in replies.toml, with the facts that it fills in; lists of words have none.
FACTS = {
    "answers": {
        "source": "source", "see_also": "source", "in_force_since": "date", "version": "date", "ask": "ask",
        "checked": "date",
        "practice": "", "history": "date", "future": "date", "effective": "law date", "choices": "", "unknown": "",
        "unknown_bare": "", "no_words": "", "which_law": "article", "no_such_article": "law article count",
        "law_not_held": "law", "theme": "year ordinal theme", "theme_unknown": "year last_year last_theme",
        "no_such_plan": "what held", "plan_history": "year date", "which_plan": "", "hazard": "department phone",
        "also": "text", "not_in_plan": "issuer year",
        "not_held": "what ask", "near": "", "left_to_places": "place what office nation", "local_entry": "place ask",
        "nation_only": "place", "local_article": "source", "cannot": "say ask", "quote": "article text",
        "hotlines": "", "number_only": "",
        "no_such_part": "law article part held", "no_such_article_held": "law article count",
        "many_articles": "count list", "count_articles": "law count chapters last list",
        "count_chapters": "law count chapters last list", "count_held": "law count chapters last list",
        "chapter": "law heading count list", "no_such_chapter": "law chapter held", "holds_in": "region",
        "edition": "law year article text fate", "edition_not_held": "law year", "fate_amended": "date",
        "fate_repealed": "date by", "fate_repealed_by": "date by", "fate_waiting": "date",
        "present": "law article how text", "present_nearest": "", "present_none": "law",
        "repealed": "law fate", "caution": "note", "beside": "title text", "nearest": "title text",
        "english": "", "rule": "title text source", "if_heavy": "", "and_asked": "",
    },
    "chat": {
        "welcome": "office", "help": "", "image": "", "video": "", "voice": "", "location": "", "link": "",
        "unknown_kind": "", "more_label": "", "more_text": "", "nothing_more": "", "failure": "", "more_words": "",
        "help_words": "", "suggestions": "", "location_known": "place", "follow_up": "topic", "correction": "",
        "next_to": "topic", "simply": "answer", "point": "topic n text", "no_such_part": "title part",
        "whom": "topic ask", "no_such_choice": "", "several": "count", "several_more": "", "several_open": "",
        "ask_place": "", "place_noted": "place", "place_unknown": "", "nationwide": "", "here": "place",
        "here_nationwide": "place", "original_label": "", "original_text": "", "all_read": "", "no_original": "source",
        "no_source": "",
        "answered_now": "title answer",
        "human": "office phone hours", "useful": "", "useless": "", "rated_already": "", "reason_thanks": "",
        "reasons": "", "useful_words": "", "useless_words": "", "simpler_words": "", "original_words": "",
        "human_words": "", "reworded": "", "picked": "topic", "switched_off": "what reason phone",
        "which_matter": "", "correction_which": "", "no_simpler": "",
    },
    "people": {
        "topics": "", "no_such_topic": "", "subscribed": "topics first", "noted": "what", "ask_audience": "",
        "ask_industry": "", "ask_post": "", "ask_slot": "", "skip": "", "stopped": "", "stopped_one": "topics",
        "nothing_to_stop": "", "mine": "topics", "none": "", "how_to_change": "", "joined": "unit",
        "no_such_code": "", "join_how": "", "left_unit": "", "officer": "unit", "officer_how": "office phone",
        "data": "lines", "no_data": "", "erase_ask": "", "erase_yes": "", "erase_no": "", "erase_kept": "",
        "erased": "", "busy": "", "noted_later": "", "elsewhere": "", "bound": "name", "bind_unknown": "",
        "bind_how": "",
    },
    "tips": {"counted": "people", "count_wrong": "people", "count_not_leader": "people", "count_busy": "people"},
    "conversations": {"taken": "", "returned": "", "returned_idle": "", "returned_day": ""},
    "consultation": {
        "greeting": "quiz", "quiz": "url", "promised": "", "promised_later": "", "promised_apart": "",
    },
}  # fmt: skip
#: What every sentence of a table may name.
ANYWHERE = {
    "answers": "office_phone",
    "chat": "",
    "people": "",
    "tips": "",
    "conversations": "office hours",
    "consultation": "",
}

#: The sentences that staff may change, by table and name, as they are called on the pages.
TITLES = {
    "chat": {
        "welcome": "关注后的欢迎语", "help": "回复“帮助”“菜单”时", "suggestions": "欢迎语下面可以点的问题",
        "human": "要转人工时", "failure": "程序出错、没能回答时", "switched_off": "功能关闭时",
        "image": "收到图片", "video": "收到视频", "voice": "语音没听清", "location": "收到位置，不知道是哪里",
        "location_known": "收到位置", "link": "收到链接", "unknown_kind": "收到看不懂的消息",
        "useful": "有人说回答有用", "useless": "有人说回答没用", "reason_thanks": "有人说了没用的原因",
        "rated_already": "有人重复评价", "which_matter": "听不出问的是哪件事", "ask_place": "问在哪里",
        "place_unknown": "地名没认出来", "place_noted": "记下在哪里", "nationwide": "不知道在哪里，按全国的规定说",
        "here_nationwide": "没有收录当地规定，按全国的规定说", "several_open": "一次问几件事，其中有没把握的",
        "nothing_more": "没有更多内容", "no_such_choice": "回复的序号不对", "correction_which": "有人说没答对",
        "answered_now": "以前没答上、现在有了答复，发给提问的人",
    },
    "answers": {
        "unknown": "没有把握，下面列出相近的问题", "unknown_bare": "没有把握，也没有相近的问题",
        "not_held": "问的内容没有收录", "choices": "不确定问的是哪一个", "hotlines": "没有更具体的去处时，让人去问谁",
        "hazard": "怎样举报隐患", "practice": "按一般做法回答时的说明", "no_words": "只发来表情和符号",
        "number_only": "只发来一个数字", "english": "用英文提问",
        "if_heavy": "话里透着难受，答完以后"
    },
    "people": {
        "topics": "发“订阅”时", "no_such_topic": "要订的主题没有", "subscribed": "订阅成功",
        "noted": "记下行业、岗位等",
        "ask_audience": "问属于哪一类人", "ask_industry": "问行业", "ask_post": "问岗位", "ask_slot": "问什么时候收",
        "stopped": "全部退订", "stopped_one": "退订一个主题", "nothing_to_stop": "没有订阅却要退订",
        "mine": "我的订阅", "none": "还没有订阅", "how_to_change": "怎样改订阅", "joined": "加入单位",
        "no_such_code": "单位代码不对", "join_how": "怎样加入单位", "left_unit": "退出单位",
        "officer": "联络员登记成功",
        "officer_how": "怎样登记联络员", "data": "我的数据", "no_data": "没有保存数据",
        "erase_ask": "确认要不要删除数据",
        "erase_kept": "没有删除", "erased": "已经删除", "busy": "现在查不到登记信息",
        "elsewhere": "在网页上要订阅", "noted_later": "登记几分钟后生效",
        "bound": "工作人员绑定成功", "bind_unknown": "工作人员的绑定码不对",
        "bind_how": "工作人员问怎么绑定",
    },
    "tips": {
        "counted": "班组长报了到岗人数", "count_wrong": "到岗人数不对", "count_not_leader": "报人数的不是班组长",
        "count_busy": "到岗人数没记下来",
    },
}  # fmt: skip
#: What a sentence may leave out though ours says it; everything else that ours names must stay.
_MAY_GO = frozenset({"office", "phone", "hours", "office_phone", "first"})


def shipped(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """All sentences as they came with the program. folder: knowledge_dir; nothing where it has no such file."""
    path = folder / "replies.toml"
    if not path.is_file():
        return {}
    held = tomllib.loads(path.read_text(encoding="utf-8"))
    return {table: held.get(table, {}) for table in FACTS}


def may_name(table: str, name: str) -> list[str]:
    """The facts that a sentence may name in braces."""
    return f"{FACTS[table].get(name, '')} {ANYWHERE[table]}".split()


def must_name(sentence: str) -> list[str]:
    """The facts of our own sentence that one in its place must name too."""
    return [name for name in dict.fromkeys(named(sentence)) if name not in _MAY_GO]


def named(sentence: str) -> list[str]:
    """The facts that a sentence names. Raises ValueError where it is none: braces, or more than a name in them."""
    out = []
    for _, name, form, conversion in Formatter().parse(sentence):
        if name is None:
            continue
        if form or conversion or (name and not name.isidentifier()):
            raise ValueError("only a name may stand between braces")
        out.append(name)
    return out


def not_filled_in(sentence: object, facts: list[str]) -> str:
    """What keeps the program from filling in a sentence; "" if nothing does."""
    if not isinstance(sentence, str):
        return ""
    try:
        unknown = [name for name in named(sentence) if name not in facts]
    except ValueError as e:
        return f"braces do not match ({e})"
    known = " ".join(f"{{{fact}}}" for fact in facts) or "none"
    return f"{{{unknown[0]}}} is not filled in here; known: {known}" if unknown else ""
