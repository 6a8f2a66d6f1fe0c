"""The pages of people for a district, an auditor and Today: each sees and changes its own."""

# ruff: noqa: F811  the fixture is another module's

from __future__ import annotations

import re

from bot.people.tables import follower, liaison_officer, segment, unit
from tests.console.pages import NOW
from tests.people.test_pages import BASE, HEADER, Site, exported, made, site, workbook  # noqa: F401
from tests.people.test_pages_lists import brought

CITY, HERE, THERE = "广东省江门市", "广东省江门市江海区", "广东省江门市蓬江区"


def test_a_district_sees_its_own_people_and_units_alone(site: Site) -> None:
    here = site.here.get(f"{BASE}/followers").text
    assert f"/followers/{site.alice}" in here
    assert f"/followers/{site.bob}" not in here
    assert "蓬江小学" not in site.here.get(f"{BASE}/units").text
    assert "王工" not in site.there.get(f"{BASE}/officers").text
    for url in (f"followers/{site.alice}", f"units/{site.plant}", f"units/{site.plant}/qr.svg",
                f"units/{site.plant}/print", f"units/{site.plant}/edit"):  # fmt: skip
        assert site.there.get(f"{BASE}/{url}").status_code == 404, url
        assert site.here.get(f"{BASE}/{url}").status_code == 200, url


def test_a_district_changes_nothing_of_another(site: Site) -> None:
    before = [*site.rows(unit), *site.rows(liaison_officer), *site.rows(follower)]
    given = {"name": "抢来的", "kind": "", "region": THERE, "industry": "", "officer": "某", "reason": "试"}
    for url in ("edit", "close", "code", "qr", "officer", "officer/code", "officer/end"):
        assert site.there.post(f"{BASE}/units/{site.plant}/{url}", given).status_code == 404, url
    assert site.there.post(f"{BASE}/followers/{site.alice}/erase", given).status_code == 404
    answer = site.there.post(f"{BASE}/units/new", given | {"region": HERE})
    assert answer.status_code == 422
    assert "您负责的地区" in answer.text
    number = made(site, "本区厂", THERE)
    assert site.there.post(f"{BASE}/units/{number}/edit", given | {"region": HERE}).status_code == 422
    after = [*site.rows(unit), *site.rows(liaison_officer), *site.rows(follower)]
    assert [row for row in after if row.id != number or not hasattr(row, "code")] == before or len(after) == len(
        before
    ) + 1


def test_a_list_of_a_district_takes_over_no_unit_of_another(site: Site) -> None:
    page = brought(site.there, workbook(HEADER, ("江海机械厂", "企业", THERE), ("别处的厂", "企业", HERE)))
    assert "已被别的地区的单位使用" in page.text
    assert "不在您负责的地区" in page.text
    page = brought(site.there, workbook(HEADER, ("没写地区的厂",)))
    [url] = re.findall(r'action="(/staff/people/imports/\d+/store)"', page.text)
    assert site.here.post(url).status_code == 404
    site.there.post(url)
    assert [u.region for u in site.rows(unit) if u.name == "没写地区的厂"] == [THERE]


def test_a_unit_that_another_district_took_meanwhile_is_not_overwritten(site: Site) -> None:
    page = brought(site.there, workbook(HEADER, ("同名厂", "企业", THERE)))
    made(site, "同名厂", HERE)
    [url] = re.findall(r'action="(/staff/people/imports/\d+/store)"', page.text)
    assert "已被别的地区的单位使用" in site.there.get(site.there.post(url).location).text
    assert [u.region for u in site.rows(unit) if u.name == "同名厂"] == [HERE]


def test_an_audience_of_a_district_holds_its_own_people_alone(site: Site) -> None:
    url = site.there.post(f"{BASE}/segments/new", {"name": "全部", "region": ""}).location
    told = site.there.part(f"{url}/people").text
    assert f"/followers/{site.bob}" in told
    assert f"/followers/{site.alice}" not in told
    assert site.here.get(url).status_code == 404
    assert site.here.post(f"{url}/delete").status_code == 404
    assert site.author.get(url).status_code == 200
    assert [s.region for s in site.rows(segment) if s.name == "全部"] == [THERE]
    assert f"/followers/{site.alice}" not in site.there.post(f"{BASE}/segments/count", {"region": HERE}).text


def test_an_export_of_a_district_holds_its_own_alone(site: Site) -> None:
    assert site.alice not in [row[0] for row in exported(site.there, "followers")]
    assert "江海机械厂" not in [row[0] for row in exported(site.there, "units")]


def test_the_full_sync_is_for_the_whole_office(site: Site) -> None:
    assert site.there.get(f"{BASE}/sync").status_code == 403
    assert site.there.post(f"{BASE}/sync").status_code == 403
    assert "还没有设置公众号" in site.author.get(f"{BASE}/sync").text
    assert site.author.post(f"{BASE}/sync").status_code == 409


def test_an_auditor_reads_and_changes_nothing(site: Site) -> None:
    told = site.auditor.get(f"{BASE}/units/{site.plant}").text
    assert "138****1234" in told
    assert "13800001234" not in told
    assert '<form method="post" action="/staff/people' not in told
    [code] = [o.code for o in site.rows(liaison_officer) if o.unit_id == site.plant and o.until is None]
    assert code not in told
    for url in ("units/new", "units/import", "segments/new", "export/units", "sync"):
        assert site.auditor.get(f"{BASE}/{url}").status_code == 403, url
    for url in (f"units/{site.plant}/close", f"followers/{site.alice}/erase", "sync", "export/followers"):
        assert site.auditor.post(f"{BASE}/{url}", {"reason": "试"}).status_code == 403, url


def test_today_tells_of_lists_that_wait_and_units_without_an_officer(site: Site) -> None:
    brought(site.here, workbook(HEADER, ("等确认的厂", "企业", HERE)), "等确认.xlsx")
    site.office.services.tally(NOW)
    told = site.here.get("/staff/").text
    assert "名册“等确认.xlsx”检查通过" in told
    assert "单位还没有联络员" in told
    assert "等确认.xlsx" not in site.there.get("/staff/").text
    assert "关注者" in site.author.get("/staff/").text
