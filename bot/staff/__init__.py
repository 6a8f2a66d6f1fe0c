"""Who works here: accounts, roles, what each may do, sessions, and the audit trail of what was done."""

from bot.staff.accounts import Accounts
from bot.staff.roles import Permission, Role, Staff
from bot.staff.trail import Entry, Trail

__all__ = ["Accounts", "Entry", "Permission", "Role", "Staff", "Trail"]
