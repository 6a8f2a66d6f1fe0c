"""The actions of the audit trail in words: broadcast.approve is 批准推送."""

from __future__ import annotations

#: Ends of actions that ask something of a platform: before it is asked, and where nothing came of it.
BEGUN, FAILED = ".begun", ".failed"
_NOUNS = {
    "audit": "操作记录", "broadcast": "推送", "conversation": "会话", "document": "文件", "entry": "知识条目",
    "firing": "提醒", "follower": "关注者", "followers": "关注者名单", "menu": "菜单", "office": "设置",
    "officer": "联络员", "officers": "联络员名单", "plan": "活动方案", "reminder": "提醒", "segment": "人群",
    "setting": "设置", "staff": "账号", "standing": "自动发送", "switch": "功能开关", "synonyms": "近义词",
    "tips": "每日提示", "unanswered": "没答上的问题", "unit": "单位", "units": "单位名册", "warning": "预警",
    "lexicon": "险情词", "danger_words": "险情词", "person": "个人", "cluster": "没答上的问题", "question": "问题集",
    "questions": "问题集",
    "knowledge": "知识条目", "settings": "设置", "day_menu": "咨询日菜单",
    "media": "素材", "feeds": "预警源", "phones": "手机号", "robots": "群机器人",
}  # fmt: skip
_VERBS = {
    "accept": "采用", "add": "添加", "again": "重发", "answer": "回复", "appoint": "指定", "approve": "批准",
    "cancel": "取消", "change": "修改", "check": "核对", "close": "停用", "code": "换代码", "confirm": "补充确认",
    "copy": "复制", "create": "新建", "delete": "删除", "discard": "丢弃", "dismiss": "搁置", "draft": "起草",
    "edit": "修改", "end": "结束", "enrol": "绑定验证器", "erase": "抹除", "export": "导出", "give_back": "退回",
    "import": "导入", "keep": "保留", "link": "关联", "move": "改期", "off": "关闭", "on": "打开", "open": "启用",
    "password": "改密码", "pause": "暂停", "publish": "发布", "qr": "生成二维码", "relay": "转发", "reset": "重设",
    "restore": "恢复", "resume": "继续", "return": "交还", "revoke": "撤回", "roll_back": "回退", "schedule": "排期",
    "send": "发送", "set": "修改", "set_up": "建立首个", "settle": "办结", "sign_in": "登录", "sign_out": "退出",
    "sign_in_refused": "登录被拒", "code_refused": "验证码被拒", "password_refused": "原密码不对",
    "sign_out_elsewhere": "退出别处登录", "skip": "跳过",
    "start": "开始", "stop": "停止", "submit": "提交审核", "sync": "同步", "take": "接管", "test": "试发",
    "withdraw": "撤下", "hide": "隐藏", "write": "写", "undo": "撤销", "propose": "提交", "remove": "删除",
    "upload": "导入", "correct": "更正", "alert": "紧急发送", "save": "保存", "drop": "丢弃",
    "read": "现在读取", "forget": "丢弃没保存的", "roll-back": "回退", "reopen": "重新打开", "bind": "绑定自己的微信",
    "unbind": "解除自己的微信", "code_given": "取绑定码", "refuse": "不读入", "hand_in": "传上来等审核的",
}  # fmt: skip
#: What was done to something, by the kind that stands in the trail.
KINDS = {
    "staff": "账号", "entry": "知识条目", "synonyms": "近义词", "danger_words": "险情词", "questions": "问题集",
    "question": "没答上的问题",
    "plan": "活动方案", "work": "导入和导出", "conversation": "会话", "broadcast": "推送", "firing": "提醒",
    "reminder": "每年的提醒", "tips": "每日提示", "day_menu": "咨询日菜单", "follower": "关注者", "unit": "单位",
    "import": "导入的名单", "media": "素材", "phone": "手机号", "robots": "群机器人", "parcel": "读回的知识包",
    "segment": "人群", "export": "导出的名单", "sync": "与微信同步", "setting": "设置",
    "menu": "公众号菜单", "feeds": "预警源", "audit": "操作记录",
}  # fmt: skip
#: Those that read otherwise than verb and noun.
_WHOLE = {
    "switch.off": "关闭功能", "switch.on": "打开功能", "setting.set": "改设置",
    "officer.end": "撤下联络员", "media.upload": "上传素材", "robots.keep": "更新群机器人",
    "plan.return": "退回活动方案",
    "phones.check": "检查手机号名单", "followers.check": "检查关注者资料", "followers.import": "导入关注者资料",
    "followers.discard": "放弃导入关注者资料", "phones.discard": "放弃导入手机号",
    "setting.reset": "恢复默认设置", "setting.restore": "恢复以前的设置", "units.check": "检查单位名册",
    "conversation.return": "交还会话",
    "unit.code": "换加入代码", "officer.code": "换联络员代码", "unit.qr": "申请单位二维码",
    "staff.set_up": "建立第一个管理员",
    "broadcast.confirm": "事后确认推送", "broadcast.object": "对推送提出异议", "broadcast.settle": "了结推送的异议",
    "broadcast.return": "退回推送", "unanswered.return": "退回没答上的问题",
    "reminder.propose": "提交提醒的长期批准", "reminder.approve": "长期批准提醒", "reminder.revoke": "收回长期批准",
    "broadcast.edit": "写推送",
    "signing.drop_parked": "丢弃没提交的表单", "outreach.drop_unsaved": "丢弃没保存的推送",
    "people.drop_import": "放弃导入名册", "knowledge.changes": "试看哪些回答会变",
    "knowledge.try_lexicon": "试改险情词",
    "knowledge.run_regression": "试答问题集", "knowledge.import": "读回全部知识", "knowledge.export": "打包全部知识",
}  # fmt: skip
#: The deed of a person with themselves needs no noun.
_ALONE = frozenset(
    "sign_in sign_out sign_in_refused code_refused password_refused sign_out_elsewhere password enrol bind unbind"
    " code_given".split()
)


def said(action: str) -> str:
    """An action in words; one that has none stays as it is."""
    if action.endswith(BEGUN):
        return f"将要{said(action.removesuffix(BEGUN))}"
    if action.endswith(FAILED):
        return f"没办成：{said(action.removesuffix(FAILED))}"
    if action in _WHOLE:
        return _WHOLE[action]
    noun, _, verb = action.partition(".")
    if verb in _ALONE:
        return _VERBS[verb]
    return f"{_VERBS[verb]}{_NOUNS[noun]}" if noun in _NOUNS and verb in _VERBS else action
