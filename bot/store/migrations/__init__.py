"""Numbered migrations. HEAD names the newest: two made at once collide here in git, not in service."""

HEAD = "0035"
