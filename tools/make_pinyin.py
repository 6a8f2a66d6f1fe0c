"""Write bot/answers/data/pinyin.txt: one toneless reading per Chinese character, from pypinyin (MIT).

pypinyin itself takes 0.25 s and 68 MB to import, so the running bot reads this table instead.
Run after an upgrade of pypinyin: python tools/make_pinyin.py
"""

from pathlib import Path

from pypinyin import lazy_pinyin

OUT = Path(__file__).parent.parent / "bot/answers/data/pinyin.txt"
COMMON = range(0x4E00, 0x9FA6)


def main() -> None:
    by_reading: dict[str, list[str]] = {}
    for code in COMMON:
        char = chr(code)
        reading = lazy_pinyin(char)[0].replace("ü", "v")
        if reading != char and reading.isascii() and reading.isalpha():
            by_reading.setdefault(reading, []).append(char)
    lines = [f"{reading} {''.join(chars)}" for reading, chars in sorted(by_reading.items())]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
