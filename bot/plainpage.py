"""A page for when the app cannot answer itself: it is not ready yet, or the server refused before asking it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

#: Served without anything that has to be made ready first.
_STYLE = "/staff/static/console.css"


def plain_page(title: str, lines: Sequence[str], again_s: int = 0) -> bytes:
    """The whole page. again_s: seconds after which it asks for its own address again, 0 for never; by no script."""
    refresh = f'\n  <meta http-equiv="refresh" content="{again_s}">' if again_s else ""
    said = "".join(f"\n  <p>{escape(line)}</p>" for line in lines)
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">{refresh}
  <title>{escape(title)}</title>
  <link rel="stylesheet" href="{_STYLE}">
</head>
<body class="outside">
<main id="main" class="door" tabindex="-1">
  <h1>{escape(title)}</h1>{said}
</main>
</body>
</html>
""".encode()
