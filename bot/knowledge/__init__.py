"""Living knowledge: what is live, how staff change it, how every process notices."""

from bot.knowledge.desk import Clash, Conflict, Desk
from bot.knowledge.keeper import Keeper, signal
from bot.knowledge.states import Move, PlanState, State
from bot.knowledge.versions import Event, Version

__all__ = ["Clash", "Conflict", "Desk", "Event", "Keeper", "Move", "PlanState", "State", "Version", "signal"]
