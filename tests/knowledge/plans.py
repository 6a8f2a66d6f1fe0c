"""A campaign plan as the reader of plans would hand it over."""

from bot.ingest.plans.proposal import Fact, FactKind, Finding, Proposal, Section, Severity

PROPOSAL = Proposal(
    title="2026年“安全生产月”活动方案",
    issuer="江海区安全生产委员会办公室",
    region="广东省江门市江海区",
    year=2026,
    theme="人人讲安全 个个会应急",
    facts=(
        Fact(
            id="theme-1", kind=FactKind.THEME, section="二", confidence=1.0, what="人人讲安全 个个会应急",
            sentence="活动主题是“人人讲安全 个个会应急”。",
        ),
        Fact(
            id="period-1", kind=FactKind.PERIOD, section="三", confidence=1.0, what="安全生产月",
            start="2026-06-01", end="2026-06-30", sentence="安全生产月为6月1日至30日。",
        ),
        Fact(
            id="event-1", kind=FactKind.EVENT, section="四（一）", confidence=0.9, what="安全宣传咨询日",
            date="2026-06-16", sentence="6月16日开展安全宣传咨询日活动。",
        ),
        Fact(
            id="deadline-1", kind=FactKind.DEADLINE, section="五", confidence=0.9, what="活动总结",
            date="2026-06-29", to="区安委办", sentence="6月29日前将活动总结报区安委办。",
        ),
    ),
    sections=(Section("一", "指导思想"), Section("二", "活动主题")),
    findings=(Finding("MISSING_ATTACHMENT", Severity.WARN, "附件", "提到附件1，但没有附上"),),
)  # fmt: skip
