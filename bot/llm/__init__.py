"""An optional language model: it may word answers in plainer words, or pick among what was found. Nothing else."""

from bot.llm.aide import Aide
from bot.llm.client import ModelClient, ModelFaultError

__all__ = ["Aide", "ModelClient", "ModelFaultError"]
