"""Somebody who has no mouse, for walks of the staff site: keys only, and what each stop of the focus must be like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.system.console_browser import Desk

#: What has the focus: its label and its tag, and whether it is seen to have it.
_STOP = """
const e = document.activeElement, style = (x) => getComputedStyle(x);
if (!e || e === document.body) return ['', 'body', false];
const marked = (x) => x
  && (parseFloat(style(x).outlineWidth) > 0 && style(x).outlineStyle !== 'none' || style(x).boxShadow !== 'none');
const box = e.getBoundingClientRect(), near = e.parentElement.querySelector('.file-button') || e.nextElementSibling;
const inSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
const said = e.labels?.length ? e.labels[0].innerText : (e.innerText || e.getAttribute('aria-label') || '');
const seen = inSight && (marked(e) || e.matches('[type=file]') && marked(near));
return [said.trim(), e.tagName.toLowerCase(), Boolean(seen)];
"""


@dataclass
class Keyboard:
    """Keys before a browser. most: stops after which a thing counts as out of reach."""

    desk: Desk
    most: int = 90

    def opens(self, path: str) -> None:
        """Open a page and go to its text by the link that leads there."""
        self.desk.driver.get(self.desk.site.base + path)
        self.tab()
        assert self.stop()[0] == "跳到正文", path
        self.keys(Keys.ENTER)
        assert self._script("return document.activeElement.id") == "main"

    def keys(self, *keys: str) -> None:
        ActionChains(self.desk.driver, duration=0).send_keys(*keys).perform()

    def tab(self, *, back: bool = False) -> None:
        chain = ActionChains(self.desk.driver, duration=0)
        chain = chain.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if back else chain.send_keys(Keys.TAB)
        chain.perform()

    def stop(self) -> tuple[str, str, bool]:
        """What has the focus now."""
        said, tag, seen = self._script(_STOP)
        return said, tag, seen

    def to(self, label: str) -> None:
        """Go on until this has the focus. Each stop on the way is to be seen."""
        passed = []
        for _ in range(self.most):
            self.tab()
            said, tag, seen = self.stop()
            passed.append(said[:20] or tag)
            assert seen or tag == "body", f"the focus cannot be seen on {said[:40]!r} ({tag})"
            if said.startswith(label):
                return
        raise AssertionError(f"no way to {label!r} by {passed}")

    def press(self, label: str) -> None:
        self.to(label)
        self.keys(Keys.ENTER)

    def tick(self, label: str) -> None:
        self.to(label)
        self.keys(Keys.SPACE)

    def types(self, label: str, text: str) -> None:
        self.to(label)
        self.keys(text)

    def _script(self, script: str, *args: Any) -> Any:
        return self.desk.driver.execute_script(script, *args)
