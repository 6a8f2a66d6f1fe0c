"""What staff write down of followers by the pages: one by one, by a list; telephones and robots."""

# ruff: noqa: F811  the fixture is another module's

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from bot.people import followers, phones
from bot.people.tables import follower, phone_consent
from bot.staff.trail import Search
from tests.console.pages import NOW, Client
from tests.people.test_pages import BASE, EVIL, HERE, THERE, Site, site, workbook  # noqa: F401

PEOPLE = ("编号", "地区", "单位", "行业", "岗位", "人群")
NUMBERS = ("手机号", "同意方式", "同意日期", "地区", "单位")


def one(site: Site, number: int) -> Any:
    with site.office.services.database.begin() as db:
        return db.execute(sa.select(follower).where(follower.c.id == number)).one()


def anybody(site: Site, name: str, region: str = HERE) -> int:
    with site.office.services.database.begin() as db:
        number = followers.ensure(db, "official", f"o{name:0>27}", NOW)
        db.execute(sa.update(follower).where(follower.c.id == number).values(region=region))
    return number


def brought(client: Client, kind: str, *rows: Any) -> TestResponse:
    answer = client.post(f"{BASE}/{kind}/import", {"file": (io.BytesIO(workbook(*rows)), "名单.xlsx")})
    return client.get(answer.location) if answer.status_code == 303 else answer


def store_url(page: TestResponse) -> str:
    [url] = re.findall(r'action="(/staff/people/\w+/imports/\d+/store)"', page.text)
    return str(url)


def last(site: Site, action: str) -> Any:
    return site.office.services.trail.find(Search(action=action))[0]


class TestOneFollower:
    def test_is_changed_with_a_reason_and_on_record(self, site: Site) -> None:
        number = anybody(site, "edit1", "")
        url = f"{BASE}/followers/{number}/edit"
        given = {"region": HERE, "unit": "江海机械厂", "post": "电工", "industry": "", "audience": "企业"}
        answer = site.author.post(url, given)
        assert (answer.status_code, "请写明为什么改" in answer.text) == (422, True)
        assert 'value="江海机械厂"' in answer.text
        assert site.author.post(url, given | {"reason": "本人来电"}).status_code == 303
        held = one(site, number)
        assert (held.region, held.unit_id, held.post, held.audience) == (HERE, site.plant, "电工", "企业")
        line = last(site, "follower.edit")
        assert (line.object_id, line.reason, "江海机械厂" in line.after) == (str(number), "本人来电", True)
        assert site.author.post(url, {"region": HERE, "reason": "离职"}).status_code == 303
        assert one(site, number).unit_id is None

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"region": "江海区"}, "要从省写起"),
            ({"unit": "没有的厂"}, "单位名册里没有"),
            ({"post": "总统"}, "请从列出的选项里选|不认识"),
            ({"unit": EVIL}, "单位名册里没有"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, site: Site, given: dict[str, str], told: str) -> None:
        number = anybody(site, "edit2")
        answer = site.author.post(f"{BASE}/followers/{number}/edit", {"region": HERE, "reason": "试", **given})
        assert answer.status_code == 422
        assert re.search(told, answer.text)
        assert EVIL not in answer.text

    def test_what_an_older_list_had_stays_where_nobody_changes_it(self, site: Site) -> None:
        page = site.author.get(f"{BASE}/followers/{site.alice}/edit")
        assert "&lt;script&gt;" in page.text
        given = {"region": HERE, "unit": "江海机械厂", "industry": EVIL, "audience": "企业", "reason": "没有变"}
        assert site.author.post(f"{BASE}/followers/{site.alice}/edit", given).status_code == 303
        assert one(site, site.alice).industry == EVIL

    def test_a_district_writes_of_its_own_and_keeps_them(self, site: Site) -> None:
        number = anybody(site, "edit3")
        url = f"{BASE}/followers/{number}/edit"
        assert site.there.get(url).status_code == 404
        assert site.there.post(url, {"region": THERE, "reason": "抢"}).status_code == 404
        for given in ({"region": THERE}, {"region": HERE, "unit": "蓬江小学"}, {"region": ""}):
            answer = site.here.post(url, {**given, "reason": "试"})
            assert (answer.status_code, "您负责的地区" in answer.text) == (422, True), given
        assert one(site, number).region == HERE
        assert site.auditor.post(url, {"region": HERE, "reason": "试"}).status_code == 403


class TestListOfFollowers:
    def test_is_checked_shown_and_stored_with_a_reason(self, site: Site) -> None:
        a, b = anybody(site, "list1"), anybody(site, "list2")
        page = brought(site.author, "followers", PEOPLE, (a, "", "江海机械厂", "", "电工", ""), (b, HERE))
        assert "修改 <strong>1</strong>" in page.text
        assert "不变 <strong>1</strong>" in page.text
        assert "岗位：空 → 电工" in page.text
        assert one(site, a).post == ""
        url = store_url(page)
        assert site.author.post(url).status_code == 409
        assert "修改 1 人" in site.author.get(site.author.post(url, {"reason": "厂里报来"}).location).text
        assert (one(site, a).unit_id, one(site, a).post) == (site.plant, "电工")
        assert last(site, "followers.import").reason == "厂里报来"

    def test_each_wrong_row_is_named_and_nothing_is_stored(self, site: Site) -> None:
        a = anybody(site, "list3")
        page = brought(
            site.author, "followers", PEOPLE, (a, "江海区"), (a, HERE), ("=1+1", HERE), (10**9, HERE, "没有的厂")
        )
        for told in (
            "要从省写起",
            "与第2行重复",
            "要填“关注者”导出表里的编号",
            "没有编号 1000000000",
            "单位名册里没有",
        ):
            assert told in page.text
        assert "确认导入" not in page.text
        [url] = re.findall(r'href="([^"]+problems.xlsx)"', page.text)
        assert load_workbook(io.BytesIO(site.author.get(url).data)).worksheets[0].max_row >= 6

    def test_a_district_brings_its_own_people_alone(self, site: Site) -> None:
        mine, theirs = anybody(site, "list4"), anybody(site, "list5", THERE)
        page = brought(site.here, "followers", PEOPLE, (theirs, HERE))
        assert "不在您的辖区" in page.text
        page = brought(site.here, "followers", PEOPLE, (mine, THERE))
        assert "不在您负责的地区" in page.text
        url = store_url(brought(site.here, "followers", PEOPLE, (mine, "", "", "", "电工")))
        assert site.there.post(url, {"reason": "抢"}).status_code == 404

    def test_what_changed_since_the_check_is_not_written_over(self, site: Site) -> None:
        a = anybody(site, "list6")
        url = store_url(brought(site.here, "followers", PEOPLE, (a, "", "", "", "电工")))
        with site.office.services.database.begin() as db:
            db.execute(sa.update(follower).where(follower.c.id == a).values(region=THERE))
        assert "检查以后情况变了" in site.here.get(site.here.post(url, {"reason": "试"}).location).text
        assert one(site, a).post == ""


class TestTelephones:
    def test_come_by_a_list_with_consent(self, site: Site) -> None:
        row = ("13800138001", "入职登记表签字", "2026-05-20", HERE, "江海机械厂")
        page = brought(site.author, "phones", NUMBERS, row)
        assert "新增 <strong>1</strong>" in page.text
        assert "13800138001" not in page.text
        assert (
            "新增 1 个号码" in site.author.get(site.author.post(store_url(page), {"reason": "厂里报来"}).location).text
        )
        with site.office.services.database.begin() as db:
            assert "入职登记表签字" in db.scalars(sa.select(phone_consent.c.how)).all()
        assert "更新 <strong>1</strong>" in brought(site.author, "phones", NUMBERS, row).text

    def test_without_consent_they_do_not(self, site: Site) -> None:
        page = brought(site.author, "phones", NUMBERS, ("13800138002", "", "2026-05-20"), ("0750", "签字", "明天"))
        for told in ("没有写明本人同意的号码不能导入", "不是内地手机号", "这样的日期"):
            assert told in page.text
        assert "确认导入" not in page.text

    def test_a_stop_by_the_page_outlives_the_next_list(self, site: Site) -> None:
        row = ("13800138003", "签字", "2026-05-20", HERE, "")
        site.author.post(store_url(brought(site.author, "phones", NUMBERS, row)), {"reason": "试"})
        stop = f"{BASE}/phones/stop"
        assert site.author.post(stop, {"number": "13800138003"}).status_code == 409
        assert site.there.post(stop, {"number": "13800138003", "reason": "抢"}).status_code == 409
        assert site.here.post(stop, {"number": "138 0013 8003", "reason": "本人来电"}).status_code == 303
        assert "13800138003" not in last(site, "phones.stop").object_id
        site.author.post(store_url(brought(site.author, "phones", NUMBERS, row)), {"reason": "试"})
        with site.office.services.database.begin() as db:
            assert db.scalar(sa.select(follower.c.state).where(follower.c.address == "13800138003")) == "left"

    def test_a_district_brings_numbers_of_its_own_region_alone(self, site: Site) -> None:
        page = brought(site.there, "phones", NUMBERS, ("13800138004", "签字", "2026-05-20", HERE))
        assert "不在您负责的地区" in page.text
        site.there.post(
            store_url(brought(site.there, "phones", NUMBERS, ("13800138005", "签字", "2026-05-20"))), {"reason": "试"}
        )
        with site.office.services.database.begin() as db:
            assert db.scalar(sa.select(follower.c.region).where(follower.c.address == "13800138005")) == THERE
        page = brought(site.here, "phones", NUMBERS, ("13800138005", "签字", "2026-05-20"))
        assert "已在别的地区的名单里" in page.text


def test_robots_follow_the_settings_and_show_no_key(site: Site) -> None:
    settings = site.office.services.settings
    wecom = replace(settings.wecom, robots="江海机械厂=0d3f0f4e-5a4e-0001;民爆工作群=0d3f0f4e-5a4e-0002")
    site.office.services.settings = replace(settings, wecom=wecom)
    try:
        assert site.here.post(f"{BASE}/robots").status_code == 403
        assert site.author.post(f"{BASE}/robots").status_code == 303
        page = site.author.get(f"{BASE}/phones").text
        assert "民爆工作群" in page
        assert "江海机械厂" in page
        assert "0d3f0f4e" not in page
        assert "江海机械厂" in site.here.get(f"{BASE}/phones").text
        assert "民爆工作群" not in site.here.get(f"{BASE}/phones").text
    finally:
        site.office.services.settings = settings
        phones.keep_robots(site.office.services.database, {}, datetime(2026, 6, 1, tzinfo=UTC))
