"""Who is reached: followers, units and their liaison officers, what each chose, what may still be sent to them."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
    from bot.people.choices import Choices
    from bot.people.choices import load as load_choices
    from bot.people.desk import PeopleDesk
    from bot.people.flow import UNIT_SCENE, PeopleFlow
else:
    __getattr__ = opening(
        __name__,
        {
            "Choices": "choices.Choices",
            "PeopleDesk": "desk.PeopleDesk",
            "PeopleFlow": "flow.PeopleFlow",
            "UNIT_SCENE": "flow.UNIT_SCENE",
            "load_choices": "choices.load",
        },
    )

__all__ = ["UNIT_SCENE", "Choices", "PeopleDesk", "PeopleFlow", "load_choices"]
