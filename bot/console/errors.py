"""Errors as staff meet them: what happened and what to do, as a page or as a part of one; never a trace."""

from __future__ import annotations

import logging

from flask import Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from bot.errors import (
    BotError,
    ContentErrors,
    ConversationError,
    KnowledgeError,
    OfficeError,
    OutreachError,
    SendError,
    StaffError,
    StoreError,
)
from bot.headers import protect_staff

log = logging.getLogger(__name__)

_SENTENCES = {
    400: "提交的内容没能读懂，请返回再试一次。",
    401: "登录已经过期，请重新登录；刚才提交的内容还在。",
    403: "您的角色不能做这件事。需要的话请找管理员调整角色。",
    404: "没有找到这个页面或这条内容：可能已经删除，或者不在您的辖区。",
    405: "这个网址不能这样访问，请从页面上的按钮进入。",
    413: "内容太大了。请压缩或分成几份再传。",
    429: "操作太频繁，请过一会儿再试。",
    500: "系统出了问题，这一步没有完成。请稍后再试；一直这样，请联系安装人员查看日志。",
}
_TITLES = {
    400: "没有读懂", 401: "请重新登录", 403: "没有权限", 404: "没有找到", 405: "不能这样打开", 413: "太大了",
    422: "有地方要改", 429: "请稍等一下", 500: "出了点问题", 503: "暂时办不了",
}  # fmt: skip
_NO_STORE = "数据库暂时连不上，这一步没有完成。请过一分钟再试；一直这样，请联系安装人员。"
_NO_PLATFORM = "平台没有办成这一步{}。请过一会儿再试；一直这样，请联系安装人员查看日志。"


def respond(error: HTTPException) -> BaseResponse:
    """The page of an HTTP error."""
    code = error.code or 500
    ours = error.description if error.description != type(error).description else None
    response = error.get_response()
    said = _said(ours or _SENTENCES.get(code) or _SENTENCES[500 if code >= 500 else 400], code)
    response.data = said.data
    response.content_type = "text/html; charset=utf-8"
    return protect_staff(response)


def respond_to_ours(error: BotError) -> Response:
    """The page of an error of ours: what staff asked for cannot be done, or something did not do its part."""
    if isinstance(error, ConversationError | KnowledgeError | OfficeError | OutreachError | StaffError):
        return _said(str(error), 409)
    if isinstance(error, ContentErrors):
        return _said("\n".join(e.reason for e in error.errors[:20]), 409)
    log.error("a page failed: %s", error)
    if isinstance(error, StoreError):
        return _said(_NO_STORE, 503)
    if isinstance(error, SendError):
        code = "（没有回应）" if error.errcode is None else f"（错误码 {error.errcode}）"
        return _said(_NO_PLATFORM.format(code), 503)
    return _said(_SENTENCES[500], 500)


def _said(sentence: str, code: int) -> Response:
    if request.headers.get("HX-Request") == "true":
        html = render_template("console/problem.html", sentence=sentence)
    else:
        title = _TITLES.get(code, "没有办成")
        html = render_template(
            "console/error.html",
            title=title,
            sentence=sentence,
            is_known="visit" in g,
            was_sent=request.method == "POST",
            may_retry=request.method == "GET" and code >= 429,
        )
    response = make_response(html, code)
    protect_staff(response)
    return response
