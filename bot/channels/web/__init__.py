"""The chat page, its API, and the statutes it opens."""

from bot.channels.web.errors import register as register_errors
from bot.channels.web.pages import create_blueprint
from bot.channels.web.shelf import ArticlePage, Chapter, Library, Opening, StatutePage

__all__ = ["ArticlePage", "Chapter", "Library", "Opening", "StatutePage", "create_blueprint", "register_errors"]
