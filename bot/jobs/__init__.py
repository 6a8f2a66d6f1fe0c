"""What runs beside the answers: batches of broadcasts, and the schedule."""

from bot.jobs.crew import Crew, Terms
from bot.jobs.worker import CHANGED

__all__ = ["CHANGED", "Crew", "Terms"]
