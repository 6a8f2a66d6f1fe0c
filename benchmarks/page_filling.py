"""A large office's database, for the pages to be timed over: made by the database itself, the same at every run.

100,000 followers with what they chose, 1,000,000 messages, 3,200 entries of the office's own over the shipped 1,800,
500 broadcasts, 20 of them with a ledger row for every fifth person and one for all, questions without an answer, six
campaign plans, the tips of a day, an audit trail.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import people
from benchmarks.page_routes import WHO
from bot.ingest.plans.proposal import from_row
from bot.knowledge.plans import select
from bot.outreach.content import Level, dump
from bot.sending import Message
from bot.services import Services
from bot.settings import ROOT
from bot.store.database import Database, unhurried

FOLLOWERS, MESSAGES, ENTRIES, BROADCASTS = 100_000, 1_000_000, 3_200, 500
_LEDGERS = 20
_AT = "2026-06-16 00:00:00"
_NOW = datetime(2026, 6, 16, 0, 0, tzinfo=UTC)
_PLANS = ROOT / "tests/ingest/plans/data/answers"
_TEXTS = (
    "高温几度可以停工",
    "电焊要什么证",
    "出租屋能不能停电动车",
    "好的，谢谢",
    "消防通道被堵了找谁",
    "我们厂要交什么材料",
)


def fill(services: Services) -> None:
    """Make everything; some minutes."""
    database = services.database
    people.fill(database, FOLLOWERS)
    for statement in (*_talk(database), *_broadcasts(database), *_knowledge(database), *_office(database), "ANALYZE"):
        with database.begin() as db:
            unhurried(db)
            db.execute(sa.text(statement.replace(":", "\\:")))
    if not database.is_sqlite:
        _count_on(database)
    with database.begin() as db:
        unhurried(db)
        services.tips.plan(db, _NOW)
    for path in sorted(_PLANS.glob("*.json")):
        proposal = from_row(json.loads(path.read_text(encoding="utf-8")))
        plan, _ = services.plan_desk.store(proposal, path.name, "staff1")
        services.plan_desk.accept(plan.id, select(proposal), "staff2")


def _count_on(database: Database) -> None:
    """Let PostgreSQL number rows from the last that was given its number here."""
    with database.begin() as db:
        for name in sa.inspect(db).get_table_names():
            column = sa.inspect(db).get_columns(name)[0]["name"]
            sequence = db.scalar(
                sa.text("SELECT pg_get_serial_sequence(:name, :column)"), {"name": name, "column": column}
            )
            if sequence:
                db.execute(sa.text(f"SELECT setval('{sequence}', (SELECT max({column}) + 1 FROM {name}), false)"))


def _series(database: Database, count: int) -> str:
    if database.is_sqlite:
        return f"WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {count - 1})"
    return f"WITH s(n) AS (SELECT generate_series(0, {count - 1}))"


def _before(database: Database, minutes: str) -> str:
    """So many minutes before the evening of the day, as a column of times holds it."""
    if database.is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{_AT}', '-' || ({minutes}) || ' minutes')"
    return f"CAST('{_AT}+00' AS timestamptz) - ({minutes}) * INTERVAL '1 minute'"


def _one_of(values: tuple[str, ...], by: str = "n") -> str:
    cases = " ".join(f"WHEN {n} THEN '{value}'" for n, value in enumerate(values))
    return f"CASE ({by}) % {len(values)} {cases} END"


def _talk(database: Database) -> list[str]:
    """The message log, a tenth of it by those who write often; ratings; questions without an answer."""
    newest = f"({MESSAGES} - n) / 5"
    who = f"'oMillion' || (CASE WHEN n % 10 = 0 THEN n / 10 % 500 + 1 ELSE n % {FOLLOWERS} + 1 END)"
    asked = f"{_one_of(_TEXTS)} || '，第' || (n % 3000) || '问'"
    return [
        "INSERT INTO message_log (id, at, channel, address, kind, text, status, intent, entry, confidence, took_ms)"
        f" {_series(database, MESSAGES)} SELECT n + 1, {_before(database, newest)}, 'official', {who}, 'text', {asked},"
        f" {_one_of(('answer', 'answer', 'answer', 'choices', 'unknown'))}, 'question', 'bench-' || (n % {ENTRIES}),"
        " 0.8, 9.5 FROM s",
        "INSERT INTO unanswered (id, at, channel, address, question, candidates, status, region)"
        f" {_series(database, 20_000)} SELECT n + 1, {_before(database, '(20000 - n) * 3')}, 'official',"
        f" 'oMillion' || (n % {FOLLOWERS} + 1), {asked}, '[]', 'unknown', '广东省江门市' FROM s",
        "INSERT INTO rating (id, at, channel, address, question, entry, confidence, useful, reason, words)"
        f" {_series(database, 50_000)} SELECT n + 1, {_before(database, '(50000 - n) * 2')}, 'official',"
        f" 'oMillion' || (n % {FOLLOWERS} + 1), {asked}, 'bench-' || (n % {ENTRIES}), 0.8, CASE WHEN n % 4 = 0 THEN 0"
        " ELSE 1 END, '', '' FROM s",
        "INSERT INTO conversation (id, channel, address, wanted_at, question, owner, owner_name, ended, changed_at)"
        f" {_series(database, 5000)} SELECT n + 1, 'official', 'oMillion' || (n + 1), CASE WHEN n % 50 = 0 THEN"
        f" {_before(database, 'n')} END, {asked}, CASE WHEN n % 70 = 0 THEN 1 END, 'staff1', '',"
        f" {_before(database, 'n')} FROM s",
        "INSERT INTO staff_message (id, conversation_id, key, at, staff_id, name, kind, text, state, why)"
        f" {_series(database, 20_000)} SELECT n + 1, n % 5000 + 1, 'key' || n, {_before(database, 'n')}, 1, 'staff1',"
        " 'answer', '请到江海区安委办三楼办理。', 'sent', '' FROM s",
        "INSERT INTO question_cluster (id, state, entry, version, who, why, revision, created_at, at)"
        f" {_series(database, 2000)} SELECT n + 1, 'open', '', 0, '', '', 0, {_before(database, 'n')},"
        f" {_before(database, 'n')} FROM s",
        "INSERT INTO cluster_question (id, cluster, digest, text, candidates)"
        f" {_series(database, 6000)} SELECT n + 1, n / 3 + 1, 'digest' || n, {asked}, '[]' FROM s",
    ]


def _broadcasts(database: Database) -> list[str]:
    """Broadcasts of two years; the newest are drafts and reviews, the last twenty that were sent have their ledger."""
    content = dump({Level.PUBLIC: Message(text="【安全提示】高温天气请避开正午作业，补充水分，注意防暑。")})
    audience = json.dumps({"all": [{"field": "region", "values": ["广东省江门市"]}]}, ensure_ascii=False)
    states = f"CASE WHEN n >= {BROADCASTS - 10} THEN {_one_of(('draft', 'in_review', 'scheduled'))} ELSE 'sent' END"
    at = _before(database, f"({BROADCASTS} - n) * 1440")
    first = BROADCASTS - 10 - _LEDGERS
    fate = _one_of(("sent", "delivered", "delivered", "skipped", "permanent_failure"), "f.id / 5")
    return [
        "INSERT INTO broadcast (id, title, state, version, urgent, twice_ok, content, audience, channels, campaign,"
        " reason, digest, author, approver, approved_digest, confirmed_by, trouble, created_at, started_at, ended_at)"
        f" {_series(database, BROADCASTS)} SELECT n + 1, '第' || (n + 1) || '次安全提示', {states}, 1, 0, 0,"
        f" '{content}', '{audience}', '[\"official.mass\"]', '', '', 'digest' || n, 'staff1', 'staff2',"
        f" '', '', '', {at}, {at}, {at} FROM s",
        "INSERT INTO broadcast_event (broadcast_id, at, who, move, before, after, why)"
        f" {_series(database, BROADCASTS * 3)} SELECT n / 3 + 1, {_before(database, f'{BROADCASTS * 1440} - n')},"
        f" 'staff1', {_one_of(('submit', 'approve', 'start'))}, 'draft', 'in_review', '' FROM s",
        "INSERT INTO batch (broadcast_id, sender, level, target, first, last, size, state, sent, failed, unknown,"
        f" skipped, platform_id, worker, attempts) {_series(database, BROADCASTS)} SELECT n + 1, 'official.mass',"
        f" 'public', NULL, 1, {FOLLOWERS}, 20000, 'sent', 16000, 4000, 0, 0, '', '', 1 FROM s"
        f" WHERE n < {BROADCASTS - 10}",
        "INSERT INTO delivery (broadcast_id, follower_id, sender, level, state, why, at)"
        f" SELECT b.id, f.id, 'official.mass', 'public', {fate}, '', {_before(database, '5000')} FROM broadcast b,"
        f" follower f WHERE b.id > {first} AND b.id <= {BROADCASTS - 10} AND (f.id % 5 = b.id % 5 OR b.id ="
        f" {BROADCASTS - 10})",
    ]  # fmt: skip


def _knowledge(database: Database) -> list[str]:
    """Entries of the office's own, live; the text differs by a number."""
    fields = {
        "title": "第@问", "questions": ["第@件事怎么办", "请问第@件事找谁"],
        "answer": "第@件事：先停下来，再报告班组长。",
        "sources": [{"name": "江海区安全手册", "article": "第@条"}], "region": "全国", "audience": ["企业"],
        "verify": "office", "reviewed": "2026-06-01",
    }  # fmt: skip
    written = json.dumps({"id": "bench-@", **fields}, ensure_ascii=False)
    content = "'" + written.replace("@", "' || n || '") + "'"
    return [
        "INSERT INTO entry_version (entry, version, state, kind, topic, content, shipped, author, reviewer, why, at)"
        f" {_series(database, ENTRIES)} SELECT 'bench-' || n, 1, 'live', 'faq', 'bench', {content}, '', 'staff1',"
        f" 'staff2', '', {_before(database, 'n * 30')} FROM s",
        "INSERT INTO entry_version (entry, version, state, kind, topic, content, shipped, author, reviewer, why, at)"
        f" {_series(database, 60)} SELECT 'bench-' || n, 2, 'in_review', 'faq', 'bench', {content}, '', 'staff1', '',"
        f" '', {_before(database, 'n * 30')} FROM s",
        "INSERT INTO knowledge_event (at, subject, version, move, before, after, who, why)"
        f" {_series(database, ENTRIES)} SELECT {_before(database, 'n * 30')}, 'bench-' || n, 1, 'write', '',"
        " 'draft', 'staff1', '' FROM s",
    ]  # fmt: skip


def _office(database: Database) -> list[str]:
    """Who wants tips, officers, audiences by name, the audit trail, what the clock counted."""
    plain = _before(database, "n")
    rule = json.dumps({"all": [{"field": "region", "values": ["广东省江门市"]}]}, ensure_ascii=False)
    found = json.dumps({"problems": [[2, "地区", "要从省写起"]]}, ensure_ascii=False)
    return [
        "UPDATE follower SET frequency = CASE WHEN id % 3 = 0 THEN 'daily' WHEN id % 11 = 0 THEN 'weekly' ELSE '' END",
        "INSERT INTO liaison_officer (unit_id, follower_id, name, phone, code, since)"
        f" {_series(database, FOLLOWERS // 100)} SELECT n + 1, CASE WHEN n % 2 = 0 THEN n + 1 END, '联络员' || n,"
        f" '13800' || (100000 + n), CASE WHEN n % 2 = 1 THEN 'CODE' || n END, {plain} FROM s WHERE n % 10 < 8",
        "INSERT INTO segment (name, region, rule, by, at)"
        f" {_series(database, 60)} SELECT '人群' || n, '', '{rule}', 'staff1',"
        f" {plain} FROM s",
        "INSERT INTO people_task (kind, state, by, region, name, done, total, told, found, started_at, touched_at)"
        f" {_series(database, 40)} SELECT {_one_of(('import', 'export', 'sync'))}, 'failed', '{WHO}', '',"
        f" '名册.xlsx', 0, 0, '没有做成', '{found}', {plain}, {plain} FROM s",
        "INSERT INTO follower_count (day, channel, region, people)"
        f" {_series(database, 14)} SELECT '2026-06-' || (n + 3), 'official', '广东省江门市', 90000 + n"
        " FROM s WHERE n > 6",
        "INSERT INTO knowledge_work (kind, what, who, state, done, total, result, at, until)"
        f" {_series(database, 40)} SELECT 'changes', '试答', '{WHO}', 'failed', 0, 0, '', {plain}, {plain} FROM s",
        "INSERT INTO menu_version (state, buttons, digest, why, author, written_at, publisher)"
        f" {_series(database, 40)} SELECT 'discarded', '[]', 'digest' || n, '', 'staff1', {plain}, '' FROM s",
        "INSERT INTO audit (at, staff, action, kind, object_id, before, after, reason, address, prior, hash)"
        f" {_series(database, 100_000)} SELECT '2026-06-01T00:00:00.000+00:00', 'staff' || (n % 20),"
        f" {_one_of(('entry.write', 'broadcast.approve', 'unit.change'))}, 'unit', n % 1000, '', '', '',"
        " '127.0.0.1', '', '' FROM s",
    ]  # fmt: skip
