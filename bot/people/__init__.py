"""Who is reached: followers, units and their liaison officers, what each chose, what may still be sent to them."""

from bot.people.choices import Choices
from bot.people.choices import load as load_choices
from bot.people.desk import PeopleDesk
from bot.people.flow import UNIT_SCENE, PeopleFlow

__all__ = ["UNIT_SCENE", "Choices", "PeopleDesk", "PeopleFlow", "load_choices"]
