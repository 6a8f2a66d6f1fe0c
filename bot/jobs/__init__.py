"""What runs beside the answers: batches of broadcasts, and the schedule."""

from bot.jobs.crew import Crew, Terms
from bot.jobs.worker import signal

__all__ = ["Crew", "Terms", "signal"]
