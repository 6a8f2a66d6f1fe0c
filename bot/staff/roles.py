"""Roles and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is at the office; a person may be several."""

    AUTHOR = "author"
    APPROVER = "approver"
    HANDLER = "handler"
    DISTRICT = "district"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a page asks for; every route names one."""

    SIGNED_IN = "signed_in"
    READ_KNOWLEDGE = "read_knowledge"
    WRITE_KNOWLEDGE = "write_knowledge"
    REVIEW_KNOWLEDGE = "review_knowledge"
    READ_CONVERSATIONS = "read_conversations"
    ANSWER_PEOPLE = "answer_people"
    READ_OUTREACH = "read_outreach"
    WRITE_OUTREACH = "write_outreach"
    APPROVE_OUTREACH = "approve_outreach"
    READ_PEOPLE = "read_people"
    WRITE_PEOPLE = "write_people"
    EXPORT_PEOPLE = "export_people"
    READ_REPORTS = "read_reports"
    HANDLE_REPORTS = "handle_reports"
    READ_SETTINGS = "read_settings"
    WRITE_SETTINGS = "write_settings"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"


_P = Permission
_READ = {p for p in Permission if p.startswith("read_")}
_AUTHOR = {
    *_READ - {_P.READ_AUDIT}, _P.SIGNED_IN, _P.WRITE_KNOWLEDGE, _P.WRITE_OUTREACH, _P.WRITE_PEOPLE, _P.EXPORT_PEOPLE,
}  # fmt: skip
_HANDLER = {
    _P.SIGNED_IN, _P.READ_CONVERSATIONS, _P.ANSWER_PEOPLE, _P.READ_REPORTS, _P.HANDLE_REPORTS, _P.READ_KNOWLEDGE,
    _P.READ_PEOPLE,
}  # fmt: skip

MAY: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: frozenset(_AUTHOR),
    Role.APPROVER: frozenset(_AUTHOR | {_P.REVIEW_KNOWLEDGE, _P.APPROVE_OUTREACH}),
    Role.HANDLER: frozenset(_HANDLER),
    # What is told to everybody (knowledge, settings) belongs to the whole office; a district works on its own people.
    Role.DISTRICT: frozenset(_HANDLER | (_AUTHOR - {_P.WRITE_KNOWLEDGE, _P.READ_SETTINGS})),
    Role.AUDITOR: frozenset(_READ | {_P.SIGNED_IN}),
    Role.ADMINISTRATOR: frozenset(Permission),
}
NAMES = {
    Role.AUTHOR: "编辑", Role.APPROVER: "审核", Role.HANDLER: "办理员", Role.DISTRICT: "辖区人员", Role.AUDITOR: "审计",
    Role.ADMINISTRATOR: "管理员",
}  # fmt: skip
EXPLAINED = {
    Role.AUTHOR: "写知识、写推送、管理关注者和单位",
    Role.APPROVER: "除编辑的事以外，审核别人写的知识和推送",
    Role.HANDLER: "接待转人工的群众，办理隐患举报",
    Role.DISTRICT: "在自己的辖区里做编辑和办理员的事，看不到别的地区",
    Role.AUDITOR: "什么都能看，包括操作记录；什么都不能改",
    Role.ADMINISTRATOR: "所有的事，包括账号和设置",
}


@dataclass(frozen=True, slots=True)
class Staff:
    """One who signs in to the console.

    name    to sign in with; on record as the one who did something
    region  whose people and units are shown, and of the places inside it; empty: everywhere
    """

    id: int
    name: str
    display: str
    roles: frozenset[Role]
    region: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles allows it."""
        return any(permission in MAY[role] for role in self.roles)

    def sees(self, region: str) -> bool:
        """Whether what belongs to this place is theirs; what belongs to no place is the whole office's alone."""
        return region.startswith(self.region)
