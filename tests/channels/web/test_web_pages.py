"""The pages as a browser without script gets them: chat, statutes, articles, errors."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from flask import abort

from bot.messages import Reply

from .conftest import LAW, OLD_LAW

ARTICLE = quote(f"/law/{LAW}/第二条")


def page(response):
    return unescape(response.get_data(as_text=True))


def test_chat_page_names_the_office_and_offers_first_questions(anna):
    shown = page(anna.opens("/"))
    assert "江海区安全办" in shown
    assert 'value="电动车能停楼道吗"' in shown
    assert 'href="tel:0750-1234567"' in shown


@pytest.mark.parametrize("path", ["/", "/law/", quote(f"/law/{LAW}"), ARTICLE, "/nowhere"])
def test_emergency_numbers_stand_on_every_page(anna, path):
    shown = page(anna.opens(path))
    assert all(f'href="tel:{number}"' in shown for number in (119, 120, 110))


@pytest.mark.parametrize(
    "path", ["/", "/law/", quote(f"/law/{LAW}"), ARTICLE, "/healthz", "/nowhere", "/api/nowhere", "/web/static/chat.js"]
)
def test_every_response_is_guarded(anna, path):
    headers = anna.opens(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    # no-referrer would make browsers send `Origin: null` with our own form
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/law/", quote(f"/law/{LAW}"), ARTICLE, "/nowhere"])
def test_no_page_holds_script_or_style_of_its_own(anna, path):
    shown = anna.opens(path).get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", shown)


def test_script_is_served_as_script(anna):
    assert anna.opens("/web/static/chat.js").mimetype == "text/javascript"


def test_form_without_script_shows_question_and_answer(anna):
    shown = page(anna.submits(text="要不要制定预案", id="f-1"))
    assert "要不要制定预案" in shown
    assert "应当制定。\n依据：《安全生产法》第二条" in shown
    assert re.search(rf'<a href="/law/[^"]+">{"《安全生产法》第二条"}</a>', shown)
    assert re.search(r'name="say" value="安全生产谁来管"><span class="number">1</span>谁来管', shown)


def test_reloading_the_answer_does_not_ask_again(site, anna):
    first, again = (anna.submits(text="你好", id="f-1") for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert len(site.heard) == 1


def test_tapped_suggestion_counts_before_typed_words(site, anna):
    anna.submits(text="写了一半", say="罚多少", id="f-1")
    assert site.heard[0].text == "罚多少"


def test_long_question_fits_the_form(anna):
    assert "开头800字" in page(anna.submits(text="火" * 2000, id="f-1"))


def test_what_was_said_is_never_read_as_html(site, anna):
    site.reply = Reply("<img src=x onerror=alert(2)>")
    raw = anna.submits(text="<script>alert(1)</script>").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in raw
    assert "&lt;img src=x" in raw
    assert "<img" not in raw


def test_refused_form_is_a_page_in_chinese(anna):
    for n in range(20):
        anna.submits(text=str(n))
    refused = anna.submits(text="还有")
    assert refused.status_code == 429
    assert "您问得太快了" in page(refused)


def test_article_stands_in_full_with_all_one_must_know_of_it(anna):
    shown = page(anna.opens(ARTICLE))
    for words in (
        LAW,
        "第二条",
        "有关法律另有规定的，适用其规定。",
        "某某制定机关",
        "2021年9月1日",
        "现行有效",
        "第一章 总则",
    ):
        assert words in shown
    assert f'rel="prev" href="{quote(f"/law/{LAW}/第一条")}"' in shown
    assert f'rel="next" href="{quote(f"/law/{LAW}/第三条")}"' in shown


def test_first_and_last_article_have_one_neighbour(anna):
    assert 'rel="prev"' not in page(anna.opens(quote(f"/law/{LAW}/第一条")))
    assert 'rel="next"' not in page(anna.opens(quote(f"/law/{LAW}/第三条")))


def test_words_of_the_question_are_marked(anna):
    shown = page(anna.opens(ARTICLE, query_string={"q": "生产 安全生产 的 从事(.*"}))
    assert "<mark>安全生产</mark>" in shown
    assert "从事<mark>生产</mark>经营" in shown
    assert "<mark>的</mark>" not in shown


def test_question_without_words_marks_nothing(anna):
    assert "<mark>" not in page(anna.opens(ARTICLE, query_string={"q": "<b> 的"}))


def test_repealed_law_says_so_first(anna):
    assert "状态是“已废止”" in page(anna.opens(quote(f"/law/{OLD_LAW}/第一条")))
    assert "状态是“已废止”" in page(anna.opens(quote(f"/law/{OLD_LAW}")))
    assert "状态是" not in page(anna.opens(ARTICLE))


def test_statute_lists_chapters_and_articles(anna):
    shown = page(anna.opens(quote(f"/law/{LAW}")))
    assert "第一章 总则" in shown
    assert f'href="{ARTICLE}"' in shown


def test_list_of_statutes_leads_to_each(anna):
    assert f'href="{quote(f"/law/{LAW}")}"' in page(anna.opens("/law/"))


@pytest.mark.parametrize("path", ["/law/没有这部法", f"/law/{LAW}/第九百条", "/law/没有/第一条", "/law/%00/%FF"])
def test_law_that_is_not_held_is_a_page_saying_so(anna, path):
    response = anna.opens(path)
    assert response.status_code == 404
    assert "没有收录" in page(response)


def test_unknown_address_is_a_page_in_chinese(anna):
    response = anna.opens("/wp-login.php")
    assert response.status_code == 404
    assert "没有找到这个页面" in page(response)


def test_fault_elsewhere_in_the_app_is_a_page_without_a_trace(site, anna):
    @site.app.get("/broken")
    def broken():
        raise RuntimeError("secret detail")

    response = anna.opens("/broken")
    assert response.status_code == 500
    assert "系统刚才出了点问题" in page(response)
    assert "secret detail" not in page(response)


def test_rare_refusals_have_words_too(site, anna):
    @site.app.get("/teapot")
    def teapot():
        abort(418)

    assert "返回再试一次" in page(anna.opens("/teapot"))


def test_site_is_well(anna):
    response = anna.opens("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})
    assert "Set-Cookie" not in response.headers
