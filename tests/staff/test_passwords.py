"""Passwords: kept so that a stolen database gives none away, and none that everybody tries first."""

import subprocess
import sys

import pytest

from bot.errors import StaffError
from bot.staff import passwords


def test_a_password_is_kept_as_slowly_as_argon2_advises() -> None:
    # A process of its own: in that of the tests it is done in no time.
    code = "from bot.staff import passwords; print(passwords.digest('correct-horse-battery'))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_only_the_same_word_matches() -> None:
    stored = passwords.digest("correct-horse-battery")
    assert passwords.matches("correct-horse-battery", stored)
    assert not passwords.matches("correct-horse-batter", stored)
    assert not passwords.matches("correct-horse-battery", "")
    assert stored != passwords.digest("correct-horse-battery"), "salted"


@pytest.mark.parametrize("word", ["short-1", "x" * 201, "aaaabbbbcccc", "Password2026", "lisi-lisi-lisi"])
def test_what_is_tried_first_is_refused(word: str) -> None:
    with pytest.raises(StaffError, match="密码"):
        passwords.check(word, "lisi")


def test_random_ones_are_good_enough() -> None:
    made = {passwords.random_password() for _ in range(20)}
    assert len(made) == 20
    for word in made:
        passwords.check(word, "lisi")
