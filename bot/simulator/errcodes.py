"""WeChat's return codes: the one table of code and wording, and the exception that carries a code."""

import secrets
from typing import Any

#: errcode -> errmsg, as WeChat words it where the wording is known. Clients must never compare the words.
#: Source: developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
ERRMSGS = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40022: "invalid sub button level",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40031: "invalid openid list",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid parameters",
    40037: "invalid template_id",
    40052: "invalid action name",
    40053: "invalid action info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40056: "invalid agentid",
    40058: "invalid request parameter",
    40059: "invalid message id",
    40060: "invalid article idx",
    40125: "invalid appsecret",
    40130: "invalid openid list size, at least two openid",
    40152: "invalid tag_id",
    40164: "invalid ip, not in whitelist",
    40200: "invalid account type",
    40201: "invalid callback url",
    40202: "invalid check action",
    40203: "invalid check operator",
    40243: "appsecret is frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41009: "openid missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43003: "require https",
    43004: "require subscribe",
    43019: "user is in blacklist",
    43101: "user refuse to accept the msg",
    44001: "empty media data",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45005: "url size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45047: "out of response count limit",
    45056: "too many tags now, no need to add new",
    45057: "can't delete the tag that has too many fans",
    45058: "can't modify sys tag",
    45059: "can not tag this user with more tags",
    45064: "no permission to use weapp in menu",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45072: "invalid command",
    45080: "no recent exchange with the user",
    45081: "already in typing status",
    45083: "invalid speed",
    45084: "speed missing",
    45110: "author size out of limit",
    45113: "card is not supported any more",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    45169: "tagging the same openid at the same time",
    45171: "tagging partly failed",
    46003: "menu no exist",
    46004: "user no exist",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
    48002: "user block receive message",
    48004: "api forbidden",
    48006: "forbid to clear quota because of reaching the limit",
    49003: "not match openid with appid",
    50002: "user limited",
    50004: "token api forbidden",
    50005: "user is unsubscribed",
    50007: "account frozen",
    53600: "invalid article_id",
    60020: "not allow to access from your ip",
    61004: "access clientip is not registered",
    70000: "minor protection",
    65301: "no such conditional menu",
    65303: "there is no selfmenu, please create selfmenu first",
    65304: "match rule empty",
    65320: "match rule with withdrawn fields",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path, no permission",
    81013: "user & party & tag all invalid",
    82001: "all to users/parties/tags empty",
    82002: "invalid party list size",
    82003: "invalid tag list size",
    89503: "waiting for the administrator to confirm this ip",
    89504: "mass send job is waiting for the administrator to confirm",
    89505: "mass send job needs the administrator to confirm, confirmation started",
    89506: "administrator refused this ip, retry after 24 hours",
    89507: "administrator refused this ip, retry after 1 hour",
    93000: "invalid webhook url",
}


class Refused(Exception):
    """WeChat refuses a call: `errcode`, the wording, and further fields of the answer.

    errmsg   replaces the table's wording where it carries a fact, such as the address in 40164
    """

    def __init__(self, errcode: int, errmsg: str = "", **fields: Any) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or ERRMSGS.get(errcode, "refused")
        self.fields = fields


def new_rid() -> str:
    """A request id in WeChat's shape: three groups of eight hex digits."""
    return "-".join(secrets.token_hex(4) for _ in range(3))


def ok(**fields: Any) -> dict[str, Any]:
    """The answer to a call that does something rather than fetch something."""
    return {"errcode": 0, "errmsg": "ok", **fields}


def refusal_body(refused: Refused, rid: str) -> dict[str, Any]:
    """The answer to a refused call. WeChat appends the request id to errmsg."""
    return {"errcode": refused.errcode, "errmsg": f"{refused.errmsg} rid: {rid}", **refused.fields}
