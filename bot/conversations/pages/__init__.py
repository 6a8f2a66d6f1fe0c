"""The pages of talks: who waits, the search, a talk with its answer box."""

from bot.conversations.pages.today import figures_of, waiting_of
from bot.conversations.pages.views import SECTION, create_pages

__all__ = ["SECTION", "create_pages", "figures_of", "waiting_of"]
