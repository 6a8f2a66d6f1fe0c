"""The pages of the knowledge: two people make an entry live, a plan is accepted, nothing hurtful gets in."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.settings import ROOT
from bot.staff import Role
from tests.console.pages import Client, Office, make_office
from tests.small_office import furnish

HOME = "/staff/knowledge"
EAST, WEST = "广东省江门市江海区", "广东省江门市蓬江区"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ENTRY = {
    "version": "0", "title": "无人机要登记吗", "answer": "要在街道安监所登记。", "region": EAST, "verify": "practice",
    "questions": "飞无人机要登记吗\n无人机报备\n巡检无人机手续\n无人机上哪登记\n用无人机要不要备案",
    "sources-0-name": "江海区无人机巡检办法", "reviewed": "2026-01-01", "do": "submit",
}  # fmt: skip
PLAN = """江海区2027年“安全生产月”活动方案

为做好2027年全国“安全生产月”活动，制定本方案。
一、活动主题
人人讲安全、个个会应急
二、活动时间
2027年6月1日至6月30日。
三、活动安排
（一）开展安全宣传咨询日活动。2027年6月16日上午，在区文化广场开展“安全宣传咨询日”活动。
（二）举报隐患请拨打12350。
四、工作要求
各街道、各单位于2027年6月25日前将活动总结报送区安委办。

江门市江海区安全生产委员会办公室
2027年5月10日
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    content = furnish(folder / "knowledge")
    (content / "calendar.yaml").write_bytes((ROOT / "knowledge" / "calendar.yaml").read_bytes())
    (folder / "var" / "index").mkdir(parents=True)  # this content has a base of its own
    held = make_office(folder / "var", knowledge_dir=content)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


@pytest.fixture(scope="module")
def approver(office: Office) -> Client:
    return office.sign_in(Role.APPROVER)


def finished(client: Client, response: TestResponse) -> TestResponse:
    """The page of a piece of work once it is done."""
    assert response.status_code == 303, response.text
    until = time.monotonic() + 120
    while "every 1s" in client.part(f"{response.location}/part").text:
        assert time.monotonic() < until, "the work does not end"
    return client.get(response.location)


def written(author: Client, **changed: Any) -> str:
    """A new entry in review; the address of its page."""
    response = author.post(f"{HOME}/new", ENTRY | changed)
    assert response.status_code == 303, response.text
    return str(response.location)


def upload(client: Client, *files: tuple[bytes, str], wanted: str = "auto") -> TestResponse:
    given = [(io.BytesIO(data), name) for data, name in files]
    return client.post(f"{HOME}/import", {"wanted": wanted, "files": given})


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def test_an_entry_goes_live_with_two_people(office: Office, author: Client, approver: Client) -> None:
    at = written(author)
    page = approver.get(at).text
    assert "待审核：第1版" in page
    assert "要在街道安监所登记" in page
    assert "无人机要登记吗" in approver.get(f"{HOME}/review").text
    assert approver.post(f"{at}/publish", {"version": "1"}).status_code == 303
    office.services.keeper.look()
    asked = approver.get(f"{HOME}/ask?q=无人机上哪登记").text
    assert "答了这条" in asked
    assert "要在街道安监所登记" in asked
    assert "发布" in author.get(f"{at}/history").text


def test_nobody_publishes_what_they_wrote_or_did_not_see(approver: Client, office: Office) -> None:
    other = office.sign_in(Role.APPROVER)
    heat = f"{HOME}/entries/heat-pay"
    fields = ENTRY | {"title": "高温津贴怎么发", "questions": "津贴多少\n高温费\n清凉饮料费\n热天补贴\n高温补助"}
    assert approver.post(f"{heat}/edit", fields).status_code == 303
    mine = approver.post(f"{heat}/publish", {"version": "1"})
    assert mine.status_code == 409
    assert "另一位同事" in mine.text
    unseen = other.post(f"{heat}/publish", {"version": "7"})
    assert unseen.status_code == 409
    assert "请重新查看" in unseen.text
    assert other.post(f"{heat}/return", {"reason": ""}).status_code == 409
    assert other.post(f"{heat}/return", {"reason": "数字不对"}).status_code == 303
    assert "数字不对" in approver.get(f"{heat}/history").text
    assert approver.post(f"{heat}/discard").status_code == 303


def test_what_is_wrong_stands_at_the_field_and_what_was_typed_stays(author: Client) -> None:
    response = author.post(f"{HOME}/new", ENTRY | {"title": "", "answer": "长" * 400, "questions": "就一个"})
    assert response.status_code == 422
    for said in ("缺少", "最多 320 个", "至少要 5 项", "就一个", "长" * 400):
        assert said in response.text


def test_what_is_typed_is_kept_and_given_back_to_its_writer_alone(office: Office, author: Client) -> None:
    part = author.post(f"{HOME}/entries/new/beside", ENTRY | {"title": "没写完的题目"}, headers={"HX-Request": "true"})
    assert "已自动保存" in part.text
    assert "没写完的题目" in author.get(f"{HOME}/new").text
    assert "没写完的题目" not in office.sign_in(Role.AUTHOR).get(f"{HOME}/new").text
    author.post(f"{HOME}/entries/new/forget")
    assert "没写完的题目" not in author.get(f"{HOME}/new").text


def test_beside_the_form_stands_what_people_would_get(author: Client) -> None:
    given = ENTRY | {
        "title": "电瓶车要检验吗",
        "answer": "每年检验一次。",
        "questions": "电瓶车检验",
        "try_question": "电瓶车年检",
    }
    part = author.post(f"{HOME}/entries/new/beside", given, headers={"HX-Request": "true"}).text
    assert "每年检验一次" in part
    assert "提交前还要改" in part  # too few phrasings
    author.post(f"{HOME}/entries/new/forget")


def test_who_comes_second_is_told_and_loses_nothing(office: Office, author: Client) -> None:
    other, at = office.sign_in(Role.AUTHOR), f"{HOME}/entries/heat-stop/edit"
    fields = ENTRY | {
        "title": "多少度停工",
        "questions": "几度停工\n热到几度可以不干\n高温停工标准\n多热才停\n停工是几度",
    }
    assert author.post(at, fields | {"answer": "四十度就停。", "do": "save"}).status_code == 303
    second = other.post(at, fields | {"answer": "我写的三十九度。", "do": "save"})
    assert second.status_code == 409
    assert "我写的三十九度" in second.text.split('id="entry-form"')[1].split("</form>")[0]
    saved = second.text.split("不一样的地方</caption>")[1].split("</table>")[0]
    assert "四十度就停。" in saved
    assert "我写的三十九度" in saved
    assert f"{author.staff.display}存了第1版" in second.text
    assert 'name="version" value="1"' in second.text
    author.post(f"{HOME}/entries/heat-stop/discard")


def test_an_entry_is_withdrawn_and_rolled_back(office: Office, author: Client, approver: Client) -> None:
    at = written(author, title="焊工要持证吗", questions="焊工证\n焊接要证吗\n电焊上岗\n焊工操作证\n没证能焊吗")
    approver.post(f"{at}/publish", {"version": "1"})
    assert approver.post(f"{at}/withdraw", {"reason": "过时了"}).status_code == 303
    assert approver.post(f"{at}/roll-back", {"version": "1"}).status_code == 303
    assert "在用：第2版" in approver.get(at).text


def test_a_picked_article_becomes_a_source_once(author: Client) -> None:
    given = ENTRY | {"do": "try", "pick": ["中华人民共和国测试法\t第一条"] * 2, "title": "选条文"}
    page = author.post(f"{HOME}/new", given).text
    assert page.count('value="中华人民共和国测试法"') == 1


def test_an_uploaded_plan_is_corrected_and_accepted(office: Office, author: Client, approver: Client) -> None:
    done = finished(approver, upload(approver, (PLAN.encode(), "方案.txt")))
    number = re.search(r"/plans/(\d+)", done.text)
    assert number, done.text
    at = f"{HOME}/plans/{number[1]}"
    page = approver.get(at).text
    assert "将活动总结报送区安委办" in page  # the sentence beside
    facts = re.findall(r'name="fact" id="([^"]+)"', page)
    due = next(f for f in facts if f.startswith("deadline"))
    wrong = approver.post(at, {"fact": facts, f"{due}.date": "2027-13-40", "do": "save"})
    assert wrong.status_code == 422
    beside = re.search(rf'id="{due}.date-error">([^<]+)<', wrong.text)
    assert beside
    assert "2026-06-16" in beside[1]  # how to write it
    assert 'value="2027-13-40"' in wrong.text
    assert office.services.plan_desk.plan(int(number[1])).ticked is None
    ticked = {"fact": [f for f in facts if not f.startswith("hotline")], f"{due}.date": "2027-06-22"}
    assert approver.post(at, {**ticked, "do": "submit"}).status_code == 303
    assert not office.services.plan_desk.rows()
    seen = office.services.plan_desk.plan(int(number[1])).seen
    alone = approver.post(f"{at}/accept", {"seen": seen})
    assert (alone.status_code, "请另一位同事审核采用" in alone.text) == (409, True)
    second = office.sign_in(Role.APPROVER)
    assert author.post(f"{at}/accept", {"seen": seen}).status_code == 403
    assert second.post(f"{at}/accept", {"seen": "x"}).status_code == 409
    assert "请您审核" in second.get(at).text
    assert second.post(f"{at}/return", {"reason": "日期再核对"}).status_code == 303
    assert second.post(f"{at}/accept", {"seen": seen}).status_code == 409
    assert "日期再核对" in author.get(at).text
    assert author.post(at, {**ticked, "do": "submit"}).status_code == 303
    assert approver.post(f"{at}/accept", {"seen": seen}).status_code == 409  # the correction was theirs
    assert second.post(f"{at}/accept", {"seen": seen}).status_code == 303
    rows = office.services.plan_desk.rows()
    assert "2027-06-22" in {r.date for r in rows}
    assert "已采用" in approver.get(at).text
    assert approver.post(f"{at}/withdraw", {"reason": "改期"}).status_code == 303
    assert not office.services.plan_desk.rows()


def test_of_two_who_tick_a_plan_the_second_is_shown_both(office: Office, author: Client, approver: Client) -> None:
    text = PLAN.replace("2027", "2028").replace("江海区文化", "文化")
    done = finished(approver, upload(approver, (text.encode(), "方案二.txt")))
    found = re.search(r"/plans/(\d+)", done.text)
    assert found, done.text
    at = f"{HOME}/plans/{found[1]}"
    page = author.get(at).text
    facts, seen = re.findall(r'name="fact" id="([^"]+)"', page), re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    due = next(f for f in facts if f.startswith("deadline"))
    theirs = {"fact": facts, f"{due}.date": "2028-06-22", "seen": seen[1], "do": "save"}
    assert approver.post(at, theirs).status_code == 303
    mine = {"fact": facts[1:], f"{due}.date": "2028-06-20", "seen": seen[1], "do": "submit"}
    answer = author.post(at, mine)
    assert answer.status_code == 409
    beside = answer.text.split("不一样的地方</caption>")[1].split("</table>")[0]
    assert "2028-06-22" in beside
    assert "2028-06-20" in beside
    assert "没有勾选" in beside
    assert 'value="2028-06-20"' in answer.text  # what was typed is in the form
    held = office.services.plan_desk.plan(int(at.rpartition("/")[2]))
    assert (held.ticked, held.submitted_by) == (tuple(facts), "")
    again = re.search(r'name="seen" value="([^"]+)"', answer.text.split('name="do"')[0].rpartition("<form")[2])
    assert again
    assert author.post(at, {**mine, "seen": again[1]}).status_code == 303  # seen, and meant all the same


def test_a_statute_is_imported_and_the_same_plan_is_found_again(approver: Client) -> None:
    law = "江海区测试条例\n" + "".join(f"第{n}条 为了测试，规定第{n}件事情要怎么做。\n" for n in "一二三四五六")
    done = finished(approver, upload(approver, (law.encode(), "条例.txt"), (PLAN.encode(), "方案.txt")))
    assert "6 条，新增" in done.text
    assert "以前传过" in done.text


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "空.docx", "空的"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "图.html", "SVG"),
        (b"<svg onload=alert(1)>", "图.svg", "不收"),
        (b"GIF89a" + b"\0" * 40, "假.pdf", "图片"),
        (b"GIF89a%PDF-1.4\n", "双.pdf", "拼成"),
        (b"%PDF-1.4\n" + zipped(a_txt=b"x"), "藏.pdf", "压缩包"),
        (b"MZ" + b"\0" * 100, "程序.txt", "程序"),
        (zipped(a_zip=zipped(b_txt=b"x")), "套.zip", "还有压缩包"),
        (zipped(a_txt=b"\0" * (30 << 20)), "炸.zip", "炸弹"),
        (b"just text", "名不副实.docx", "内容却是"),
        (b"x", "没有后缀", "不收"),
        (b"PK\x03\x04broken", "坏.docx", "损坏"),
    ],
)
def test_rubbish_is_refused_in_plain_words(approver: Client, data: bytes, name: str, said: str) -> None:
    response = upload(approver, (data, name))
    assert response.status_code == 303
    assert response.location.endswith("/import")
    assert said in approver.get(response.location).text


def test_work_is_shown_to_its_owner_alone(author: Client, approver: Client) -> None:
    response = approver.post(f"{HOME}/words", {"pairs": "小电驴=电动自行车", "do": "try"})
    finished(approver, response)
    assert author.get(response.location).status_code == 404


def test_synonyms_are_written_by_one_and_published_by_another(author: Client, approver: Client) -> None:
    wrong = author.post(f"{HOME}/words", {"pairs": "没有等号", "do": "save"})
    assert wrong.status_code == 422
    assert "没有等号" in wrong.text
    assert author.post(f"{HOME}/words", {"pairs": "热得慌=高温", "do": "submit"}).status_code == 303
    assert approver.post(f"{HOME}/words/publish", {"version": "1"}).status_code == 303
    assert "在用：第1版" in author.get(f"{HOME}/words").text


def test_a_question_set_shows_what_drafts_change(author: Client) -> None:
    assert author.post(f"{HOME}/regression/sets", {"name": "常问", "questions": "几度停工\n高温费"}).status_code == 303
    fields = ENTRY | {
        "title": "多少度停工",
        "questions": "几度停工\n热到几度可以不干\n高温停工标准\n多热才停\n停工是几度",
    }
    at = f"{HOME}/entries/heat-stop"
    held = author.get(f"{at}/edit").text
    version = re.search(r'name="version" value="(\d+)"', held)
    assert version
    author.post(f"{at}/edit", fields | {"answer": "三十九度停工。", "version": version[1], "do": "save"})
    done = finished(author, author.post(f"{HOME}/regression"))
    assert "1 个回答会变" in done.text
    assert "三十九度停工" in done.text
    author.post(f"{at}/discard")


def test_all_knowledge_goes_out_and_comes_back_by_a_second_person(
    office: Office, author: Client, approver: Client
) -> None:
    done = finished(approver, approver.post(f"{HOME}/files/export"))
    link = re.search(r"/staff/knowledge/files/\d+\.zip", done.text)
    assert link
    data = approver.get(link[0]).data
    assert "safetybot-export.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    back = approver.post(f"{HOME}/files/bring", {"package": (io.BytesIO(data), "k.zip")})
    checked = re.search(r"/staff/knowledge/files/parcels/\d+", finished(approver, back).text)
    assert checked
    assert "等另一位审核的同事" in approver.get(checked[0]).text
    alone = approver.post(f"{checked[0]}/accept")
    assert (alone.status_code, "请另一位同事审核" in alone.text) == (409, True)
    assert author.post(f"{checked[0]}/accept").status_code == 403
    second = office.sign_in(Role.APPROVER)
    assert "读回的知识包等您审核" in second.get("/staff/").text
    assert "请您审核" in second.get(checked[0]).text
    assert "已经读入" in finished(second, second.post(f"{checked[0]}/accept")).text
    assert "没有成功" in finished(second, second.post(f"{checked[0]}/accept")).text
    local = office.sign_in(Role.DISTRICT, region="广东省江门市江海区")
    assert local.get(checked[0]).status_code == 404
    other = approver.post(f"{HOME}/files/bring", {"package": (io.BytesIO(zipped(a_txt=b"x")), "x.zip")})
    assert "没有成功" in finished(approver, other).text


def test_markup_of_staff_is_shown_as_text(author: Client, approver: Client) -> None:
    at = written(author, title="奇怪的题", answer=EVIL, why=EVIL, questions="\n".join(f"{EVIL}{n}" for n in range(5)))
    for page in (at, f"{at}/history", f"{at}/edit", f"{HOME}/review", f"{HOME}/ask?q={EVIL}", f"{HOME}/?q={EVIL}"):
        assert "<script>alert" not in approver.get(page).text, page
        assert "<img src=x" not in approver.get(page).text, page


def test_another_district_is_not_read_and_nothing_is_written(office: Office, author: Client) -> None:
    at = written(author, title="蓬江的事", region=WEST, questions="蓬江一\n蓬江二\n蓬江三\n蓬江四\n蓬江五")
    district = office.sign_in(Role.DISTRICT, region=EAST)
    assert "蓬江的事" not in district.get(f"{HOME}/").text
    for path in (at, f"{at}/history"):
        assert district.get(path).status_code == 404
    assert district.get(f"{HOME}/entries/heat-stop").status_code == 200  # holds everywhere
    assert district.post(f"{HOME}/entries/heat-stop/edit", ENTRY).status_code == 403
    local = office.sign_in(Role.AUTHOR, region=EAST)
    assert local.post(f"{HOME}/entries/heat-stop/edit", ENTRY).status_code == 404
    assert local.post(f"{HOME}/new", ENTRY | {"region": WEST}).status_code == 404
    assert local.get(f"{HOME}/import").status_code == 404


def test_an_auditor_reads_and_changes_nothing(office: Office) -> None:
    auditor = office.sign_in(Role.AUDITOR)
    for path in ("/", "/review", "/plans", "/words", "/regression", "/conflicts", "/entries/heat-stop"):
        assert auditor.get(HOME + path).status_code == 200, path
    for path in ("/new", "/import", "/words", "/entries/heat-stop/withdraw", "/entries/heat-stop/edit"):
        assert auditor.post(HOME + path, ENTRY).status_code == 403, path


@pytest.mark.parametrize("path", ["/entries/none", "/entries/em-fire", "/plans/99", "/progress/99", "/?show=x"])
def test_what_there_is_not_is_not_found(author: Client, path: str) -> None:
    assert author.get(HOME + path).status_code == 404


@pytest.mark.parametrize("junk", ["\x00", "٣", "9" * 5000, "-1", EVIL])
def test_fields_full_of_junk_never_break_a_page(approver: Client, junk: str) -> None:
    names = (
        "title",
        "answer",
        "questions",
        "region",
        "reviewed",
        "valid_from",
        "verify",
        "own_figures",
        "version",
        "pick",
    )
    for do, status in (("try", 200), ("save", 409), ("submit", 409)):
        answer = approver.post(f"{HOME}/new", dict.fromkeys(names, junk) | {"do": do})
        assert answer.status_code == (422 if "\0" in junk else status), answer.text
    assert approver.post(f"{HOME}/entries/heat-stop/publish", {"version": junk}).status_code == (
        422 if "\0" in junk else 400
    )
    assert approver.post(f"{HOME}/words", {"pairs": junk, "do": "submit"}).status_code == 422
