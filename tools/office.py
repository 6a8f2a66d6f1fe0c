"""An invented office, as it is in the morning of the consultation day: for pictures, and to look at.

Everything goes in as staff and the public put it in, over weeks, in the order of the year; only followers are made at
once. `tools.days` must have been imported first.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks import people
from bot.errors import Refusal, SendError
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.tables import batch
from bot.people.tables import follower, liaison_officer, subscription, unit
from bot.people.units import Unit, store
from bot.sending import Message, Receipt
from bot.staff import Role
from bot.staff.tables import staff
from tests.console.pages import Client, Office
from tools import days
from tools.office_newest import newest

HERE = "广东省江门市江海区"
OUT = "/staff/outreach"
KNOW = "/staff/knowledge"
UNITS = (
    Unit("江海区青禾机械有限公司", "企业", HERE, "机械制造", "周敏", "13800001111"),
    Unit("白鹭小学", "学校", HERE, "", "何老师", "13800002222"),
    Unit("礼乐街道石渡村", "村", f"{HERE}礼乐街道", "", "梁叔", "13800003333"),
    Unit("江海区澜江码头物流有限公司", "企业", HERE, "道路运输", "陈志强", "13800004444"),
    Unit("外海街道金溪社区", "社区", f"{HERE}外海街道"),
    Unit("江海区恒远化工有限公司", "企业", HERE, "化工", "黄静", "13800005555"),
)
PLAN = """江海区2026年“安全生产月”活动方案

为做好2026年全国“安全生产月”活动，制定本方案。
一、活动主题
人人讲安全、个个会应急——排查身边安全隐患
二、活动时间
2026年6月1日至6月30日。
三、活动安排
（一）启动仪式。2026年6月1日上午，在区政府广场举行启动仪式，由区应急管理局牵头。
（二）开展安全宣传咨询日活动。2026年6月16日上午8:30，在区文化广场开展“安全宣传咨询日”活动，各街道、各成员单位设咨询台。
（三）开展应急演练。6月中旬，各企业开展一次疏散演练。
（四）举报隐患请拨打12350。
四、工作要求
各街道、各单位于2026年6月5日前将联络员名单报送区安委办，于2026年6月25日前将活动总结、活动进展情况统计表报送区安委办。
联系人：李工，电话：0750-3860000。

江门市江海区安全生产委员会办公室
2026年5月20日
"""
#: What visitors of the chat page ask on the day, each in one talk.
TALKS = (
    ("电动车能停楼道吗", "那罚多少", "个人呢"),
    ("高温几度停工", "我们工地今天37度还要干活", "转人工"),
    ("无人机巡检要登记吗",),
    ("瓶装气过期了去哪里换", "转人工"),
    ("储能电站离小区要多远",),
    ("工地宿舍能不能用电炉",),
    ("消防通道被堵了找谁",),
    ("咨询日在哪里", "几点开始"),
    ("屋里有煤气味怎么办",),
    ("无人机巡查工地归谁管登记",),
)
ENTRY = {
    "version": "0", "title": "无人机巡检要登记吗", "region": HERE, "verify": "practice", "reviewed": "2026-06-01",
    "answer": "要。用无人机做安全巡检，先在民航局的无人机管理平台实名登记，再到街道应急办备案飞行时间和地点。",
    "questions": "巡检无人机在哪登记\n无人机巡检怎么报备\n工地用无人机要手续吗\n无人机拍厂房要许可吗\n飞无人机归谁管",
    "sources-0-name": "江海区无人机安全巡检管理办法",
}  # fmt: skip


@dataclass
class Platform:
    """A sender that takes nearly everything: of forty people one has left, and one in thirty refuses."""

    name: str
    most: int = 1
    least: int = 1
    has_key: bool = False
    per_minute: int = 0
    calls: int = 0

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """Take it."""
        self.calls += 1
        if self.most == 1 and self.calls % 40 == 0:
            raise SendError("gone", 43004, Refusal.RECIPIENT_GONE)
        if self.most == 1 and self.calls % 30 == 0:
            raise SendError("refused", 45015, Refusal.WINDOW_CLOSED)
        return Receipt(f"job-{key}")


@dataclass
class Furnished:
    """The office with the people who work in it, and the addresses of what was made: name -> path."""

    office: Office
    author: Client
    approver: Client
    handler: Client
    boss: Client
    at: dict[str, str] = field(default_factory=dict)

    def sit(self, *when: int) -> None:
        """Let it be another day: everybody signs in again."""
        days.sit(*when)
        self.office.now = now = _now()
        for client in (self.author, self.approver, self.handler, self.boss):
            sessions = self.office.services.sessions
            client.word = sessions.begin(client.staff.id, is_proven=True, address="127.0.0.1", now=now)
            client.browser.set_cookie("staff", client.word, path="/staff")
            client.csrf = sessions.find(client.word, now).csrf  # type: ignore[union-attr]


#: Is called at "plan", "before", "day" and "after", with the office as it is then.
Look = Callable[[str, Furnished], None]


def furnish(office: Office, look: Look = lambda _moment, _held: None) -> Furnished:
    """Live through the weeks around the consultation day."""
    services = office.services
    office.console.clock = _now
    services.__dict__["senders"] = {
        "official.service": Platform("official.service"),
        "official.mass": Platform("official.mass", most=10_000, least=2, has_key=True, per_minute=60),
    }
    days.sit(2026, 6, 1, 9)
    held = _staff(office)
    _people(office)
    _plan(held, look)
    held.sit(2026, 6, 8, 10)
    _a_week_before(held)
    look("before", held)
    for day, hour, minute in ((9, 8, 31), (12, 9, 1), (15, 8, 31), (16, 0, 1), (16, 8, 6)):
        held.sit(2026, 6, day, hour, minute)
        _by_itself(held)
    held.sit(2026, 6, 16, 9, 50)
    _asked(held)
    held.sit(2026, 6, 16, 10, 20)
    _at_work(held)
    newest(held)
    for client in (held.author, held.approver, held.handler, held.boss):
        client.get("/staff/")  # what was said of their deeds has been read
    look("day", held)
    held.sit(2026, 6, 17, 0, 1)
    _by_itself(held)
    held.sit(2026, 6, 17, 9, 1)
    _by_itself(held)
    look("after", held)
    return held


def _now() -> datetime:
    return datetime.now(UTC)


def _staff(office: Office) -> Furnished:
    office.now = _now()
    made = {
        "zhangmin": ("张敏", Role.AUTHOR), "liguoqiang": ("李国强", Role.APPROVER), "wangfang": ("王芳", Role.HANDLER),
        "admin": ("陈主任", Role.ADMINISTRATOR), "liyue": ("礼乐街道 林晓", Role.DISTRICT),
        "audit": ("审计 赵工", Role.AUDITOR),
    }  # fmt: skip
    found: list[Client] = []
    for name, (display, role) in made.items():
        found.append(office.sign_in(role, name=name, region=f"{HERE}礼乐街道" if role is Role.DISTRICT else ""))
        with office.services.database.begin() as db:
            db.execute(staff.update().where(staff.c.name == name).values(display=display, signed_in_at=_now()))
    return Furnished(office, *found[:4])


def _people(office: Office) -> None:
    """Followers at once, who belong to units that have names."""
    people.fill(office.services.database, 2000)
    account, c = office.services.settings.wechat.app_id, follower.c
    with office.services.database.begin() as db:
        for number, held in enumerate(UNITS):
            db.execute(unit.update().where(unit.c.id == number + 1).values(name=held.name))
        db.execute(unit.delete().where(unit.c.id > len(UNITS)))
        store(db, UNITS, _now())
        db.execute(follower.update().values(account=account, followed_at=_now() - timedelta(days=9)))
        wrote = datetime(2026, 6, 15, 12, tzinfo=UTC)
        near = {"region": HERE, "last_message_at": wrote, "frequency": "daily", "slot": "morning"}
        db.execute(follower.update().where(c.id % 3 == 0).values(**near))
        name = "o" + sa.func.substr("6Kd9mQxT2vLb0RfYcJ", c.id % 12 + 1, 6) + sa.cast(100_000 + c.id * 7919, sa.String)
        db.execute(follower.update().values(address=name))
        db.execute(
            sa.insert(subscription),
            [{"follower_id": n, "topic": "活动通知", "since": _now()} for n in range(3, 900, 3)],
        )
        db.execute(liaison_officer.update().values(follower_id=liaison_officer.c.unit_id * 3))
        db.execute(sa.text("ANALYZE"))


def _plan(held: Furnished, look: Look) -> None:
    """The plan of the month is uploaded, ticked and accepted."""
    file = (io.BytesIO(PLAN.encode()), "安全生产月方案.txt")
    answer = held.author.post(f"{KNOW}/import", {"wanted": "auto", "files": [file]})
    page = _done(held.author, answer.location)
    path = re.search(rf"{KNOW}/plans/\d+", page)
    assert path, page
    held.at["plan"] = path[0]
    ticked = re.findall(r'name="fact" id="([^"]+)"[^>]* checked', held.approver.get(path[0]).text)
    look("plan", held)
    held.approver.post(path[0], {"fact": ticked, "do": "accept"})


def _done(client: Client, url: str) -> str:
    """The page of a piece of work once it has ended."""
    until = time.monotonic() + 60
    while "every 1s" in client.part(f"{url}/part").text and time.monotonic() < until:
        time.sleep(0.2)
    return client.get(url).text


def _a_week_before(held: Furnished) -> None:
    """Reminders are allowed for good, tips begin, notices are written, entries too."""
    services, now = held.office.services, _now()
    for reminder in services.calendar.book.reminders:
        if reminder.id.startswith("consult-"):
            services.calendar.propose(reminder.id, "zhangmin", now)
            standing = services.calendar.standing(reminder.id)
            services.calendar.approve(reminder.id, standing.mark if standing else "", "liguoqiang", now)
    services.tip_rounds.propose("zhangmin", now)
    services.tip_rounds.approve("liguoqiang", now)
    services.day_menu.propose("zhangmin", now)
    services.day_menu.approve("liguoqiang", now)
    heat = "明天最高气温37℃，12点到15点停止室外作业。现场备好饮水和防暑药品，头晕恶心马上到阴凉处。"
    _send(held, "高温停工提醒", heat)
    stages = held.boss.get(f"{OUT}/programme").text
    held.at["firing"] = re.findall(r'href="(/staff/outreach/calendar/firing\?id=[^"]+)"', stages)[0]
    held.at["entry"] = _entry(held, **ENTRY, do="submit")
    asked = "储能站要离多远\n电池仓库能建在楼下吗\n储能柜能放小区吗\n储能电站远近\n储能站挨着房子行吗"
    _entry(held, **{**ENTRY, "title": "储能电站离小区多远", "do": "save", "questions": asked})


def _entry(held: Furnished, **fields: str) -> str:
    answer = held.author.post(f"{KNOW}/new", fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def _by_itself(held: Furnished) -> None:
    """What goes out without anybody."""
    services, now = held.office.services, _now()
    _write(held.office)
    services.plan_tips(now)
    services.send_tips(now)
    services.remind(now)
    services.sweep(now)
    _work(held.office)


def _write(office: Office) -> None:
    """One follower in three writes, so that they may be written to."""
    with office.services.database.begin() as db:
        wrote = {"last_message_at": _now(), "window_sent": 0}
        db.execute(follower.update().where(follower.c.id % 3 == 0).values(**wrote))


def _asked(held: Furnished) -> None:
    """Visitors of the chat page ask."""
    office = held.office
    _write(office)
    office.services.records.start()
    for number, talk in enumerate(TALKS):
        visitor = office.app.test_client()
        for place, text in enumerate(talk):
            answer = visitor.post("/api/chat", json={"text": text, "id": f"picture-{number}-{place}"})
            assert answer.status_code == 200, answer.text
    office.services.records.stop()
    office.services.records.start()


def _at_work(held: Furnished) -> None:
    """One talk is taken over and answered; a notice waits for its approval, another is being sent."""
    talks = re.findall(r'href="(/staff/conversations/\d+)"', held.handler.get("/staff/conversations/").text)
    held.at["talk"] = talks[0]
    held.at["cluster"] = _cluster(held)
    held.handler.post(f"{talks[0]}/take")
    reply = "您好，37℃时全天室外作业不能超过6小时，12点到16点要停。您在哪个工地？我们派人去看。"
    held.handler.post(f"{talks[0]}/answer", {"reply": reply, "key": "picture-of-an-answer"})
    moved = "因为施工，今天的咨询台改到区文化广场北门，到11点半结束。欢迎来问安全问题、领资料。"
    _send(held, "咨询日现场改到文化广场北门", moved, work=False)
    storm = "防汛防风应急响应期间，高处作业、吊装作业一律停止；工棚里的人员转移到安全的地方。"
    held.at["broadcast"] = _written(held, "台风期间停工转移提示", storm, region=HERE)
    held.author.post(f"{held.at['broadcast']}/submit")
    held.at["draft"] = _written(held, "感谢志愿者", "谢谢今天到现场帮忙的志愿者。照片和证书本周内发到各单位。")


def _cluster(held: Furnished) -> str:
    """The first group of questions that could not be answered; they are grouped beside."""
    home, until = f"{KNOW}/unanswered/", time.monotonic() + 60
    while not (found := re.findall(rf'href="({home}\d+)"', held.author.get(home).text)):
        assert time.monotonic() < until, "nothing was grouped"
        time.sleep(0.2)
    return str(found[0])


def _written(held: Furnished, title: str, text: str, region: str = "") -> str:
    """The address of a new notice."""
    form = {"title": title, "public-kind": "text", "public-body": text, "to-region": region}
    answer = held.author.post(f"{OUT}/broadcasts/new", {**form, "channels": ["official.service"]})
    return str(answer.location)


def _send(held: Furnished, title: str, text: str, *, work: bool = True) -> str:
    """A notice by two people, and out it goes."""
    path = _written(held, title, text)
    held.author.post(f"{path}/submit")
    held.approver.post(f"{path}/approve", {"version": "1", "then": "send"})
    held.at[title] = path
    if work:
        _work(held.office)
    return path


def _work(office: Office) -> None:
    """Do what a worker does, until nothing is left to do now."""
    services, callers = office.services, Callers(2)
    account = services.settings.wechat.app_id
    worker = Deliverer(services.database, services.senders, Effects(), callers, account=account, worker="w", clock=_now)
    with services.database.begin() as db:
        batches = list(db.scalars(sa.select(batch.c.id).order_by(batch.c.id)))
    for one in batches:
        worker.run(one)
    callers.close()
