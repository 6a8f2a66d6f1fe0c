"""Errors as people meet them: a Chinese sentence on a page, or as JSON under /api/; never a trace."""

from __future__ import annotations

import json

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from bot.headers import protect

DANGER = "险情请直接拨119、120、110。"

_SENTENCES = {
    400: "这条消息没能读懂，请返回再试一次。",
    403: "没有受理：请求不是从本页面发出的。请打开本页面再提问。",
    404: "没有找到这个页面，可能是网址有误，或者内容已经更新。",
    405: "这个网址不能这样访问。",
    413: "内容太长了，请写短一些，或者分几次发送。",
    429: f"您问得太快了，请过一分钟再试。{DANGER}",
    500: f"系统刚才出了点问题，请稍后再试。{DANGER}",
    503: f"回答还没有准备好，请再发一次。{DANGER}",
}
_TITLES = {404: "没有找到", 413: "内容太长", 429: "请稍等一下", 500: "出了点问题", 503: "请再试一次"}


def register(app: Flask) -> None:
    """Answer every HTTP error of the app in Chinese. The pages' blueprint must be registered: it has the template."""
    app.register_error_handler(HTTPException, respond)


def respond(error: HTTPException) -> Response:
    """The response to an error; keeps what belongs to it, such as Allow and Retry-After."""
    response = error.get_response()
    sentence = _sentence(error)
    if request.path.startswith("/api/"):
        response.data = json.dumps({"error": sentence}, ensure_ascii=False).encode()
        response.content_type = "application/json"
    else:
        title = _TITLES.get(error.code or 500, "没有办成")
        response.data = render_template("web/error.html", title=title, sentence=sentence).encode()
        response.content_type = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return protect(response)


def _sentence(error: HTTPException) -> str:
    # Werkzeug's own descriptions are English and speak to developers; ours were given by the view that refused.
    ours = error.description if error.description != type(error).description else None
    return ours or _SENTENCES.get(error.code or 500) or _SENTENCES[500 if (error.code or 500) >= 500 else 400]
