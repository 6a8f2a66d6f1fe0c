"""Whoever sets the bot up finds every setting explained."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.settings import PREFIX, load, names

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTED = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "docs" / "configuration.md")
)
EXAMPLE = (ROOT / "config" / "safetybot.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_setting_is_documented_with_its_variable(name: str) -> None:
    variable = PREFIX + name.upper().replace(".", "__")
    rows = [line for line in DOCUMENTED.splitlines() if f"`{variable}`" in line]
    assert any(f"`{name}`" in row for row in rows)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    variables = set(re.findall(rf"`({PREFIX}[A-Z_]+?)(?:_FILE)?`", DOCUMENTED))
    assert variables == {PREFIX + name.upper().replace(".", "__") for name in names()}


def test_example_file_names_every_setting() -> None:
    written = uncommented(EXAMPLE)
    assert {dotted for dotted, _ in flat(written)} == set(names())


def test_example_file_changes_nothing_as_it_is() -> None:
    assert not flat(tomllib.loads(EXAMPLE))


def test_example_values_are_the_defaults(tmp_path: Path) -> None:
    lines = [line for line in uncommented_lines(EXAMPLE) if not line.startswith(("var_dir", "knowledge_dir"))]
    (tmp_path / "safetybot.toml").write_text("\n".join(lines), encoding="utf-8")
    assert load({}, tmp_path) == load({}, tmp_path / "nothing")


def uncommented(text: str) -> dict[str, object]:
    """The example as it would be if every setting in it were switched on."""
    return tomllib.loads("\n".join(uncommented_lines(text)))


def uncommented_lines(text: str) -> list[str]:
    """`#name = value` is a setting, `# a sentence` is not."""
    return [re.sub(r"^#(?=[a-z_]+ = )", "", line) for line in text.splitlines()]


def flat(table: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Dotted names with their values."""
    out: list[tuple[str, object]] = []
    for name, value in table.items():
        out += flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return out
