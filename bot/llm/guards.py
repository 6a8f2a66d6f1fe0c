"""Words on which the sense of a rule hangs: must and may, not, at least and at most, before and after, who, which fine.

Plain words may stand for formal ones of the same class (要 for 应当, 没有 for 未), and none may go, come or move.
"""

from __future__ import annotations

import re
from collections import Counter

_CLASSES = {
    "must not": "不得 不能 不可以 不可 不准 不许 不允许 禁止 严禁 切勿 请勿 勿 不要 别 不应当 不应该 "
    "不应 不该 不能够 莫",
    "need not": "不必 无需 无须 不需要 不用 不须 用不着 不一定要",
    "must": "必须 应当 应该 务必 须 需要 需 应 要",
    "may": "可以 可 能够 能 有权 允许 准许",
    "perhaps": "可能 也许 或许 不一定",
    "not": "不是 不算 不属于 不 没有 没 未 无 非 并非 并不 否",
    "at least": "不得少于 不得低于 不能少于 不能低于 不少于 不低于 不小于 至少 最少 最低 以上 起码 "
    "不早于",
    "at most": "不得超过 不能超过 不超过 不得多于 不多于 不得高于 不高于 不大于 至多 最多 最高 以下 "
    "以内 之内 日内 天内 月内 年内 小时内 分钟内 不晚于 不迟于",
    "more": "超过 多于 高于 大于 超出 逾",
    "less": "少于 低于 小于 不足 不满 未满 不到",
    "before": "之前 以前 提前 事先 前",
    "after": "之后 以后 后",
    "except": "除外 除了 除非 例外",
    "or": "或者 或 还是 要么",
    "only": "只有 只能 只 仅 才",
    "all": "全部 所有 任何 一律 一切 每",
    "at once": "立即 立刻 马上 当场 即刻 赶紧 赶快 迅速",
    "first": "首先 先",
    "then": "然后 再",
    "double": "加倍 双倍 翻倍",
    "no matter": "不管 不论 无论",
    "else": "否则",
    # Words in which the characters above mean nothing of the kind.
    "": "不但 不仅 不同 非常 不良 不锈钢 不幸 不断 不然 主要 重要 要求 要是 "
    "只要 必要 首要 要件 要点 紧要 摘要 可燃 可靠 可见 可行 可疑 认可 许可 可视 可是 "
    "能力 能源 能量 功能 职能 智能 性能 技能 节能 能见度 动能 能否 能不能 可否 应急 应用 "
    "应对 应付 反应 响应 供应 适应 相应 对应 效应 前往 目前 当前 前款 前项 前面 前后 "
    "面前 前来 后果 后面 最后 后续 后者 落后 善后 背后 后方 刚才 人才 优先 先后 先进 "
    "再次 分别 特别 区别 类别 级别 别墅 别人 个别 辨别 识别 别的 性别 鉴别 不过 "
    "是否 需求 必需 每年 每月 每日 每天 每次 每人",
}  # fmt: skip
_ACTORS = {
    "person": "个人 本人 自己 公民",
    "builder": "施工单位",
    "developer": "建设单位",
    "supervisor": "监理单位",
    "unit": "用人单位 生产经营单位 单位 企业 公司 工厂 厂里 厂家 老板 "
    "雇主",
    "worker": "职工 员工 工人 劳动者 从业人员 工友 打工",
    "chief": "主要负责人 负责人 法定代表人",
    "family": "近亲属 家属 家人 亲属",
    "owner": "业主 房东 出租人 产权人 物业",
    "tenant": "租客 承租人 租户",
    "pupil": "学生 儿童 孩子 未成年人",
    "school": "学校 幼儿园",
}  # fmt: skip
_PENALTIES = frozenset(
    (
        "拘留 拘役 徒刑 管制 吊销 暂扣 没收 警告 责令改正 责令停产 停产停业 撤职 "
        "降级 开除 关闭 记分 死刑 终身 判刑 坐牢 撤销 取缔 行政处罚 刑事责任 民事责任 立案 "
        "起诉 通报批评 查封 扣押"
    ).split()
)


def _reader(classes: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    held = {word: name for name, words in classes.items() for word in words.split()}
    return re.compile("|".join(sorted(held, key=len, reverse=True))), held


_GUARDS, _GUARD_OF = _reader(_CLASSES)
_ACTOR, _ACTOR_OF = _reader(_ACTORS)
_PENALTY = re.compile("|".join(sorted(_PENALTIES, key=len, reverse=True)) + r"|罚款|罚金|(?<![处刑惩责体])罚")
#: Characters with an opposite that reads as well: 外面 and 里面, 开火 and 关火.
_SIDES = re.compile(r"[内外里高低大小多少开关进出左右早晚快慢轻重冷热干湿加减深浅长短]")
#: Statutes, documents and offices, by the two characters before what such names end with.
_NAME = re.compile(
    r"[一-鿿]{2}(?:法典|法院|法|条例|规定|办法|规程|规范|标准|决定|局|部门|委员会|机构|中心|大队|支队|协会|公安|消防|仲裁|保险|热线|平台)"
)


def guards(text: str) -> list[str]:
    """The classes of the guarding words in order."""
    return [name for m in _GUARDS.finditer(text) if (name := _GUARD_OF[m[0]] or _turning(m[0]))]


def _turning(word: str) -> str:
    """A word that means something else without its first character: 不同; "" for others."""
    return word if word[0] in "不非" else ""


def actors(text: str) -> list[tuple[str, int]]:
    """Who is spoken of, by class, and where."""
    return [(_ACTOR_OF[m[0]], m.start()) for m in _ACTOR.finditer(text)]


def penalties(text: str) -> list[str]:
    """The penalties that are named, in order; 罚 before a sum is a fine."""
    return [m[0] if m[0] in _PENALTIES else "罚" for m in _PENALTY.finditer(text)]


def sides(text: str) -> Counter[str]:
    """How often each character with an opposite stands outside the guarding words."""
    return Counter(_SIDES.findall(_GUARDS.sub(" ", text)))


def names(text: str) -> frozenset[str]:
    """How the names of statutes and offices end."""
    return frozenset(_NAME.findall(text))
