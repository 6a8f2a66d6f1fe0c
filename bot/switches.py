"""What staff may switch off, each by itself. Emergencies are no function: they are always answered."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Function(StrEnum):
    """Something that the bot does. A new one is a member here, its words below, and the place that asks for it."""

    ANSWERS = "answers"
    HAZARDS = "hazards"
    HANDOVER = "handover"
    WEB = "web"
    SUBSCRIPTIONS = "subscriptions"
    BROADCASTS = "broadcasts"
    REMINDERS = "reminders"
    TIPS = "tips"
    WARNINGS = "warnings"


#: As people read them.
NAMES = {
    Function.ANSWERS: "问答",
    Function.HAZARDS: "隐患举报指引",
    Function.HANDOVER: "转人工",
    Function.WEB: "网页问答",
    Function.SUBSCRIPTIONS: "订阅和单位登记",
    Function.BROADCASTS: "群发推送",
    Function.REMINDERS: "日历提醒",
    Function.TIPS: "安全提示",
    Function.WARNINGS: "预警信息",
}
#: Those that somebody who asks on the chat page may meet.
ON_THE_WEB = (Function.WEB, Function.ANSWERS, Function.HAZARDS, Function.HANDOVER)
#: What happens while it is off, for staff.
WHILE_OFF = {
    Function.ANSWERS: "提问的人只会看到关闭的原因；险情照常告诉怎么办，订阅、退订和转人工照常。",
    Function.HAZARDS: "问怎么举报隐患的人会看到关闭的原因；其他问题照常回答。",
    Function.HANDOVER: "要找人工的人会看到关闭的原因，不再给出电话和上班时间。",
    Function.WEB: "网页上提问的人会看到关闭的原因；险情照常告诉怎么办，公众号不受影响。",
    Function.SUBSCRIPTIONS: "不能新订阅、加入单位、登记联络员；退订、查看和删除个人数据照常。",
    Function.BROADCASTS: "任何推送都不能开始，正在发的停在当前位置；打开后接着发，不会重复。",
    Function.REMINDERS: "日历到点也不生成推送；打开后还在补发期限内的会补上，过期的记为错过。",
    Function.TIPS: "到时间也不发安全提示；关闭期间的不补发。",
    Function.WARNINGS: "收到的预警不再自动生成推送。",
}

#: What is off, and the reason that the public is told.
Switches = Mapping[Function, str]
ALL_ON: Switches = {}
