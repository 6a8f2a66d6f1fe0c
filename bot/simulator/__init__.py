"""A faithful local stand-in of WeChat: its HTTP API, its pushes, and a phone to type into.

It imports nothing else of the bot: what shares code shares mistakes.
"""

from .actions import NotFollowing, Place
from .config import Mode, Profile, SimulatorConfig
from .envelope import Push, Tamper
from .faults import Fault
from .ledger import Trigger
from .push import Attempt, PushOutcome, Repeats
from .recorder import ApiRecord
from .reply import Article, Outcome, PassiveReply
from .server import create_app, create_blueprint
from .simulator import FAILURE_LINE, Simulator

__all__ = [
    "FAILURE_LINE",
    "ApiRecord",
    "Article",
    "Attempt",
    "Fault",
    "Mode",
    "NotFollowing",
    "Outcome",
    "PassiveReply",
    "Place",
    "Profile",
    "Push",
    "PushOutcome",
    "Repeats",
    "Simulator",
    "SimulatorConfig",
    "Tamper",
    "Trigger",
    "create_app",
    "create_blueprint",
]
