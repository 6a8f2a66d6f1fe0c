"""Living knowledge: what is live, how staff change it, how every process notices."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
    from bot.knowledge.desk import Clash, Conflict, Desk
    from bot.knowledge.keeper import CHANGED, Keeper
    from bot.knowledge.states import Move, PlanState, State
    from bot.knowledge.versions import Event, Version
else:
    __getattr__ = opening(
        __name__,
        {
            "CHANGED": "keeper.CHANGED",
            "Clash": "desk.Clash",
            "Conflict": "desk.Conflict",
            "Desk": "desk.Desk",
            "Event": "versions.Event",
            "Keeper": "keeper.Keeper",
            "Move": "states.Move",
            "PlanState": "states.PlanState",
            "State": "states.State",
            "Version": "versions.Version",
        },
    )

__all__ = ["CHANGED", "Clash", "Conflict", "Desk", "Event", "Keeper", "Move", "PlanState", "State", "Version"]
