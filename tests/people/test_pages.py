"""Pages of followers, units and liaison officers: what each role and district sees and may do; hostile input."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from bot.people import followers, units
from bot.people.followers import ChoseRow
from bot.people.tables import follower, liaison_officer, unit
from bot.people.units import Unit
from bot.staff import Role
from bot.store.tables import message_log
from tests.console.pages import NOW, Client, Office, make_office

CITY, HERE, THERE = "广东省江门市", "广东省江门市江海区", "广东省江门市蓬江区"
OPENID = "oALICE0000000000000000000001"
EVIL = "<script>alert(1)</script>"
BASE = "/staff/people"


@dataclass
class Site:
    """An office with people of two districts, and somebody of each role."""

    office: Office
    author: Client
    auditor: Client
    here: Client
    there: Client
    alice: int
    bob: int
    plant: int
    school: int

    def rows(self, table: sa.Table) -> list[Any]:
        with self.office.services.database.begin() as db:
            return list(db.execute(sa.select(table).order_by(table.c.id)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One app for the module; whoever changes a thing makes a thing of their own."""
    office = make_office(tmp_path_factory.mktemp("people"))
    with office.services.database.begin() as db:
        units.store(db, [Unit("江海机械厂", "企业", HERE, "机械制造", "王工", "13800001234")], NOW)
        units.store(db, [Unit("蓬江小学", "学校", THERE)], NOW)
        numbers = [units.find(db, name) for name in ("江海机械厂", "蓬江小学")]
        alice = followers.ensure(db, "official", OPENID, NOW - timedelta(days=3))
        bob = followers.ensure(db, "official", "oBOB000000000000000000000002", NOW - timedelta(days=2))
        chose = {"region": HERE, "audience": "企业", "industry": EVIL, "frequency": "daily"}
        followers.chose(db, [ChoseRow(NOW, "official", OPENID, chose, begin=("高温", "消防"))])
        followers.chose(db, [ChoseRow(NOW, "official", "oBOB000000000000000000000002", {"region": THERE})])
        followers.join(db, alice, units.code(db, "江海机械厂"))
    author, auditor = office.sign_in(Role.AUTHOR), office.sign_in(Role.AUDITOR)
    here, there = (office.sign_in(Role.DISTRICT, region=region) for region in (HERE, THERE))
    yield Site(office, author, auditor, here, there, alice, bob, *numbers)
    office.services.close()


def made(site: Site, name: str, region: str = HERE, **more: str) -> int:
    """A unit of a test's own."""
    with site.office.services.database.begin() as db:
        units.store(db, [Unit(name, region=region, **more)], NOW)
        return units.find(db, name)


def workbook(*rows: Any) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


HEADER = ("单位名称", "类别", "地区", "行业", "联络员", "联系电话")


def test_followers_are_listed_with_what_they_chose_and_without_their_openid(site: Site) -> None:
    told = site.author.get(f"{BASE}/followers").text
    assert "…0001" in told
    assert OPENID not in told
    assert "消防、高温" in told
    assert "江海机械厂" in told
    assert HERE in told


@pytest.mark.parametrize(
    ("query", "alice", "bob"),
    [
        (f"region={HERE}", True, False),
        (f"region={CITY}", True, True),
        ("unit=江海机械厂", True, False),
        ("topic=高温", True, False),
        ("topic=防汛", False, False),
        ("audience=企业", True, False),
        ("channel=wecom", False, False),
        ("wrote=open", False, False),
        ("wrote=quiet", True, True),
        ("state=left", False, False),
        (f"address={OPENID}", True, False),
    ],
)
def test_followers_are_found_by_what_is_asked(site: Site, query: str, alice: bool, bob: bool) -> None:
    told = site.author.get(f"{BASE}/followers?{query}").text
    assert (f"/followers/{site.alice}" in told, f"/followers/{site.bob}" in told) == (alice, bob)


def test_a_list_goes_on_by_the_key_of_its_last_row(site: Site) -> None:
    told = site.author.get(f"{BASE}/followers?after={site.bob}").text
    assert f"/followers/{site.alice}" in told
    assert f'/followers/{site.bob}"' not in told
    for strange in ("0", "-1", "99999999999999999999", "x", "١"):
        assert site.author.get(f"{BASE}/followers?after={strange}").status_code == 200
    assert site.author.get(f"{BASE}/followers?topic=没有的").status_code == 422


def test_one_follower_shows_choices_and_escapes_what_they_typed(site: Site) -> None:
    told = site.author.get(f"{BASE}/followers/{site.alice}").text
    assert "每天" in told
    assert "高温" in told
    assert "江海机械厂" in told
    assert EVIL not in told
    assert "&lt;script&gt;" in told
    assert OPENID not in told


def test_a_follower_who_wrote_leads_to_their_conversation(site: Site) -> None:
    with site.office.services.database.begin() as db:
        dora = followers.ensure(db, "official", "oDORA000000000000000000000004", NOW)
        said = {"at": NOW, "channel": "official", "address": "oDORA000000000000000000000004", "kind": "text"}
        db.execute(sa.insert(message_log).values(**said, text="在吗"))
    told = site.author.get(f"{BASE}/followers/{dora}").text
    [url] = re.findall(r'href="(/staff/conversations/[^"]+)">看对话', told)
    assert site.author.get(url, follow_redirects=True).text.count("在吗") >= 1
    assert "看对话" not in site.author.get(f"{BASE}/followers/{site.bob}").text


def test_erasing_asks_for_a_reason_and_empties_what_was_chosen(site: Site) -> None:
    with site.office.services.database.begin() as db:
        carol = followers.ensure(db, "official", "oCAROL00000000000000000000003", NOW)
        followers.chose(db, [ChoseRow(NOW, "official", "oCAROL00000000000000000000003", {"region": HERE})])
    url = f"{BASE}/followers/{carol}/erase"
    assert site.author.post(url).status_code == 409
    assert site.author.post(url, {"reason": "6月1日本人来电"}).status_code == 303
    [row] = [row for row in site.rows(follower) if row.id == carol]
    assert (row.region, row.state) == ("", "following")
    assert site.auditor.get("/staff/audit/").text.count("6月1日本人来电") == 2  # when it began, and when it was done


def test_a_unit_is_made_changed_given_an_officer_and_closed(site: Site) -> None:
    url = site.author.post(
        f"{BASE}/units/new", {"name": "新厂", "kind": "企业", "region": HERE, "industry": ""}
    ).location
    assert "新厂" in site.author.get(url).text
    site.author.post(f"{url}/edit", {"name": "新一厂", "kind": "企业", "region": HERE, "industry": "建筑"})
    site.author.post(f"{url}/officer", {"officer": "李工", "phone": "0750-3860000"})
    site.author.post(f"{url}/officer", {"officer": "赵工", "phone": ""})
    told = site.author.get(url).text
    assert "新一厂" in told
    assert "建筑" in told
    assert "李工" in told
    assert "联络员 " in told
    number = int(url.rsplit("/", 1)[1])
    [before] = [o.code for o in site.rows(liaison_officer) if o.unit_id == number and o.until is None]
    site.author.post(f"{url}/officer/code")
    [after] = [o.code for o in site.rows(liaison_officer) if o.unit_id == number and o.until is None]
    assert before != after
    site.author.post(f"{url}/officer/end")
    site.author.post(f"{url}/close")
    assert [u.state for u in site.rows(unit) if u.id == number] == ["closed"]
    assert site.author.post(f"{url}/close").status_code == 404


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "", "region": HERE}, "请填写单位名称"),
        ({"name": "江海机械厂二分厂", "region": "江海区"}, "要从省写起"),
        ({"name": "=1+1", "region": HERE}, "不能以 ="),
        ({"name": "长" * 201, "region": HERE}, "最多200个字"),
        ({"name": "甲", "region": HERE, "kind": "工厂"}, "请从列出的选项里选"),
    ],
)
def test_a_unit_that_will_not_do_is_shown_again_with_what_to_mend(site: Site, given: dict[str, str], told: str) -> None:
    answer = site.author.post(f"{BASE}/units/new", {"kind": "", "industry": "", **given})
    assert answer.status_code == 422
    assert told in answer.text


def test_a_name_that_is_taken_is_refused(site: Site) -> None:
    given = {"name": "江海机械厂", "kind": "", "region": HERE, "industry": ""}
    answer = site.author.post(f"{BASE}/units/new", given)
    assert answer.status_code == 409
    assert "已经有名为“江海机械厂”的单位" in answer.text


def test_what_staff_type_is_escaped_everywhere(site: Site) -> None:
    number = made(site, EVIL, officer=EVIL)
    with site.office.services.database.begin() as db:
        followers.join(db, site.alice, units.code(db, EVIL))
    pages = ["units", f"units/{number}", f"units/{number}/edit", f"units/{number}/print", "officers", "followers",
             f"followers?unit={EVIL}&region={EVIL}", f"segments/new?unit={EVIL}&region={EVIL}",
             f"units?named={EVIL}"]  # fmt: skip
    for name in pages:
        answer = site.author.get(f"{BASE}/{name}")
        assert answer.status_code == 200, name
        assert "<script>alert" not in answer.text, name
    with site.office.services.database.begin() as db:
        followers.join(db, site.alice, units.code(db, "江海机械厂"))


def test_the_sheet_to_put_up_tells_how_to_join_and_its_qr_is_drawn_here(site: Site) -> None:
    told = site.author.get(f"{BASE}/units/{site.plant}/print").text
    [code] = [u.code for u in site.rows(unit) if u.id == site.plant]
    assert f"加入 {code}" in told
    assert "江海区应急管理局" in told
    assert "http" not in told.split("<main")[1]
    picture = site.author.get(f"{BASE}/units/{site.plant}/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.data.startswith(b"<svg")
    assert b'width="232"' in picture.data  # a whole QR: WeChat reads no Micro QR
    assert b"style=" not in picture.data
    assert b"script" not in picture.data


def test_without_an_account_the_qr_of_wechat_is_refused_with_what_to_do(site: Site) -> None:
    answer = site.author.post(f"{BASE}/units/{site.plant}/qr")
    assert answer.status_code == 409
    assert "还没有设置公众号" in answer.text


def test_another_code_makes_the_old_one_worthless(site: Site) -> None:
    number = made(site, "换码厂")
    [before] = [u.code for u in site.rows(unit) if u.id == number]
    site.author.post(f"{BASE}/units/{number}/code")
    [after] = [u.code for u in site.rows(unit) if u.id == number]
    assert before != after
    with site.office.services.database.begin() as db:
        assert not followers.join(db, site.bob, before)


def exported(client: Client, kind: str, query: str = "", **given: str) -> list[tuple[Any, ...]]:
    """The rows of a list that was written out."""
    answer = client.post(f"{BASE}/export/{kind}?{query}", {"reason": "备案", **given})
    assert answer.status_code == 303, answer.text
    file = client.get(f"{answer.location}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert all(value.isascii() for value in file.headers.values())  # what else a server cannot send
    return list(load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(values_only=True))


def test_an_export_masks_telephones_unless_they_are_asked_for(site: Site) -> None:
    masked = next(row for row in exported(site.author, "units") if row[0] == "江海机械厂")
    assert masked[5] == "138****1234"
    whole = next(row for row in exported(site.author, "units", phones="y") if row[0] == "江海机械厂")
    assert whole[5] == "13800001234"


def test_an_export_is_no_formula_where_it_is_opened(site: Site) -> None:
    made(site, "=HYPERLINK(1)", officer="+cmd|' /C calc'!A0")
    for row in exported(site.author, "units"):
        assert not [cell for cell in row if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell]


def test_an_export_needs_a_reason_which_stays_on_record(site: Site) -> None:
    assert site.author.post(f"{BASE}/export/followers", {"reason": " "}).status_code == 422
    rows = exported(site.author, "followers", f"region={HERE}", reason="报区安委办")
    assert [row[0] for row in rows[1:]] == [site.alice]
    assert OPENID not in str(rows)
    assert "报区安委办" in site.auditor.get("/staff/audit/").text
    assert site.author.get(f"{BASE}/export/secrets").status_code == 404


def test_a_file_is_for_the_one_who_asked_for_it(site: Site) -> None:
    url = site.author.post(f"{BASE}/export/units", {"reason": "备案"}).location
    other = site.office.sign_in(Role.AUTHOR)
    assert other.get(f"{url}/file").status_code == 404
    assert site.auditor.get(f"{url}/file").status_code == 403


def test_an_audience_is_saved_counted_and_changed(site: Site) -> None:
    given = {"name": "江海企业", "region": HERE, "audience": ["企业"], "topic": ["高温"]}
    counted = site.author.post(f"{BASE}/segments/count", given)
    assert "1 人" in counted.text
    assert HERE in counted.text
    url = site.author.post(f"{BASE}/segments/new", given).location
    assert "1 人" in site.author.part(f"{url}/people").text
    assert "江海企业" in site.author.get(f"{url}/people").text
    assert 'value="企业" checked' in site.author.get(f"{url}/edit").text
    site.author.post(f"{url}/edit", {"name": "江海全部", "region": HERE})
    assert "江海全部" in site.author.get(f"{BASE}/segments").text
    assert site.author.post(f"{BASE}/segments/new", {"name": "江海全部"}).status_code == 409
    site.author.post(f"{url}/delete")
    assert site.author.get(url).status_code == 404


def test_a_rule_that_the_form_cannot_show_is_changed_as_it_is_written(site: Site) -> None:
    rule = '{"any": [{"field": "region", "values": ["广东省"]}, {"field": "officer", "values": ["是"]}]}'
    url = site.author.post(f"{BASE}/segments/new", {"name": "或者", "raw": rule}).location
    assert "&#34;any&#34;" in site.author.get(f"{url}/edit").text
    for wrong in ("{", "[]", '{"all": 1}', '{"field": "secret", "values": [1]}'):
        answer = site.author.post(f"{url}/edit", {"name": "或者", "raw": wrong})
        assert answer.status_code == 422, wrong


def test_today_counts_who_follows_before_the_clock_has(tmp_path: Path) -> None:
    held = make_office(tmp_path)
    whole, district = held.sign_in(Role.AUTHOR), held.sign_in(Role.DISTRICT, region="广东省江门市江海区")
    with held.services.database.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="江海某厂", code="U1", region="广东省江门市江海区"))
        rows = [
            ("following", "广东省江门市江海区", None),
            ("following", "", 1),
            ("following", "", None),
            ("left", "", 1),
        ]
        db.execute(
            sa.insert(follower),
            [
                {"channel": "official", "account": "gh", "address": f"o{n}", "state": s, "region": r, "unit_id": u}
                for n, (s, r, u) in enumerate(rows)
            ],
        )

    def told(client: Client) -> str:
        found = re.search(r'figure-value">(\d+)</span><span class="figure-label">关注者', client.get("/staff/").text)
        return found[1] if found else ""

    assert (told(whole), told(district)) == ("3", "2")
    held.services.tally(held.now)
    assert (told(whole), told(district)) == ("3", "2")
    held.services.close()
