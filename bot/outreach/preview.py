"""A message as it looks on a phone, drawn as SVG: for each level and way, before anything is sent.

The picture is a value: no script, no link, no font; a picture in it comes from the site that shows it; whatever staff
wrote is text in it.
"""

from __future__ import annotations

import unicodedata
from html import escape

from bot.outreach.ways import APP, MASSES, NOTICE, ROBOT, SMS, WAYS
from bot.sending import Kind, Message

_WIDTH, _MARGIN, _LINE, _FONT = 360, 16, 22, 15
#: Widths of a bubble: a Chinese character is one, a Latin letter about half.
_CHARS = 17
_MOST_LINES = 60
_TITLES = {NOTICE: "服务通知", APP: "企业微信", ROBOT: "企业微信群", SMS: "短信"}


def lines(message: Message, sender: str) -> list[str]:
    """What stands in the bubble, a line each, as a phone breaks them."""
    return [line for part in _parts(message, sender) for line in _broken(part)][:_MOST_LINES]


def svg(message: Message, picture: str = "", *, sender: str, account: str) -> str:
    """The phone's screen. account: whom the follower sees as the sender; picture: the address of the one it shows."""
    told = lines(message, sender)
    card = message.kind is Kind.NEWS or sender == NOTICE
    height = 64 + _MARGIN * 3 + _LINE * len(told) + (90 if message.kind in (Kind.NEWS, Kind.IMAGE, Kind.VIDEO) else 0)
    title = escape(f"{_TITLES.get(sender, account)}")
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        f' role="img" aria-label="{escape(f"{WAYS[sender].words}预览")}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ededed"/>',
        f'<rect width="{_WIDTH}" height="44" fill="#f7f7f7"/>',
        f'<text x="{_WIDTH // 2}" y="28" text-anchor="middle" font-size="16">{title}</text>',
        f'<rect x="{_MARGIN}" y="60" width="{_WIDTH - 2 * _MARGIN - (0 if card else 40)}"'
        f' height="{height - 60 - _MARGIN}" rx="6" fill="#ffffff"/>',
    ]
    y = 60 + _MARGIN
    if message.kind in (Kind.NEWS, Kind.IMAGE, Kind.VIDEO):
        words = {Kind.NEWS: "封面图", Kind.IMAGE: "图片", Kind.VIDEO: "视频"}[message.kind]
        place = f'x="{2 * _MARGIN}" y="{y}" width="{_WIDTH - 6 * _MARGIN}" height="80"'
        out.append(f'<rect {place} fill="#d9d9d9"/>')
        out.append(
            f'<text x="{_WIDTH // 2}" y="{y + 46}" text-anchor="middle" font-size="14" fill="#666">{words}</text>'
        )
        if picture:
            out.append(f'<image {place} preserveAspectRatio="xMidYMid slice" href="{escape(picture)}"/>')
        y += 90
    for line in told:
        y += _LINE
        out.append(f'<text x="{2 * _MARGIN}" y="{y - 6}" font-size="{_FONT}" fill="#111">{escape(_drawn(line))}</text>')
    return "\n".join([*out, "</svg>"])


def _parts(message: Message, sender: str) -> list[str]:
    if sender == NOTICE:
        return [f"{name}：{value}" for name, value in message.fields.items()]
    if message.kind in (Kind.IMAGE, Kind.VIDEO) and sender in MASSES:
        return []
    return [part for part in (message.title, message.text, message.url) if part]


def _broken(text: str) -> list[str]:
    """A text in lines of the bubble's width."""
    out = []
    for paragraph in text.splitlines() or [""]:
        line, used = "", 0.0
        for char in paragraph:
            width = 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.55
            if used + width > _CHARS:
                out.append(line)
                line, used = "", 0.0
            line, used = line + char, used + width
        out.append(line)
    return out


def _drawn(line: str) -> str:
    """Without what XML does not allow."""
    return "".join(
        c for c in line if c == "\t" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )
