"""`python -m bot.knowledge`: builds the base of what is live, giving way to everybody else who wants the processor.

Reads its settings as JSON from standard input: they hold a password. See building.py, which starts it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bot import log
from bot.errors import BotError
from bot.knowledge.bases import Shelf, build_base, make_vectors
from bot.store.database import Database

#: The lowest priority but for what runs only on an idle machine.
_NICE = 15


def main() -> int:
    """Build, and say what went wrong where something did."""
    os.nice(_NICE)
    given = json.load(sys.stdin)
    log.set_up(given["log_level"])
    try:
        shelf = Shelf(Path(given["var_dir"]) / "index")
        name = build_base(Path(given["knowledge_dir"]), Database(given["database"]), shelf)
        if given.get("dense"):
            make_vectors(shelf, name)
    except BotError as e:
        print(f"the knowledge base was not built: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
