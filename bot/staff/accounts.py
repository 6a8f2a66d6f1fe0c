"""Accounts: made, changed, closed; and the two factors that somebody must show to sign in."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import StaffError, StoreError
from bot.staff import passwords, second_factor, tries
from bot.staff.roles import Role, Staff
from bot.staff.tables import setup_code, staff, staff_channel, staff_session
from bot.store.database import Database, aware

_NAME = re.compile(r"[A-Za-z0-9_.一-鿿-]{2,40}")
#: One sentence for every failure: nobody learns which names exist.
REFUSED = "登录名、密码或验证码不对，或者连续错了太多次。连续错5次要等15分钟；忘了密码请找管理员重设。"
_TAKEN = "登录名“{}”已经有人用了，请换一个。"
#: A name that is no account's, in the trail: 4,096 of them can be told apart.
_NOBODY, _NOBODY_CHARS = "没有的登录名 ", 3
_NOT_FIRST = "已经有管理员了，请直接登录。"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is held, without its secrets."""

    staff: Staff
    is_active: bool
    must_change: bool
    has_factor: bool
    locked_until: datetime | None
    signed_in_at: datetime | None
    codes_left: int


class Accounts:
    """The accounts in one database. Methods raise StaffError with what to do, StoreError without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def setup_code(self) -> str | None:
        """What must be shown to make the first account; None once there is one."""
        with self._database.begin() as db:
            # In this order: whoever makes the first account takes the code away with it.
            code = db.scalar(sa.select(setup_code.c.code))
            if db.scalar(sa.select(staff.c.id).limit(1)):
                return None
            if code is None:
                code = passwords.random_password()
                db.execute(setup_code.insert().values(code=code))
            return str(code)

    def set_up(self, code: str, name: str, display: str, password: str, now: datetime) -> Staff:
        """Make the first account, an administrator."""
        held = self.setup_code()
        if held is None:
            raise StaffError(_NOT_FIRST)
        if not secrets.compare_digest(held.encode(), code.strip().lower().encode("utf-8", "replace")):
            raise StaffError("启动码不对。它显示在服务器启动的窗口里，安装人员也可以运行 safetybot staff code 查看。")
        passwords.check(password, name)
        return self._insert(name, display, {Role.ADMINISTRATOR}, "", password, is_first=True, now=now)

    def add(self, name: str, display: str, roles: Collection[Role], region: str, now: datetime) -> tuple[Staff, str]:
        """Make an account; returns it and the password for its first sign-in, which is not kept."""
        password = passwords.random_password()
        return self._insert(name, display, roles, region, password, is_first=False, now=now), password

    def change(self, number: int, display: str, roles: Collection[Role], region: str) -> None:
        """Give an account another name to show, other roles, another region."""
        _check(display, roles, region)
        with self._database.begin() as db:
            if Role.ADMINISTRATOR not in roles:
                self._keep_an_administrator(db, number)
            held = " ".join(sorted(roles))
            self._one(db.execute(_of(number).values(display=display.strip(), roles=held, region=region.strip())))

    def close(self, number: int) -> None:
        """Let nobody sign in with it any more; it stays on record."""
        with self._database.begin() as db:
            self._keep_an_administrator(db, number)
            self._one(db.execute(_of(number).values(active=0)))
            db.execute(staff_channel.delete().where(staff_channel.c.staff_id == number))
            db.execute(staff_session.delete().where(staff_session.c.staff_id == number))

    def open(self, number: int) -> None:
        """Let a closed account sign in again."""
        with self._database.begin() as db:
            self._one(db.execute(_of(number).values(active=1, failures=0, locked_until=None)))
            tries.forgive(db, number)

    def reset(self, number: int) -> str:
        """A new password for the next sign-in, and a second factor anew; for who lost the telephone or forgot."""
        password = passwords.random_password()
        fresh = {"totp": "", "recovery": "", "failures": 0, "locked_until": None, "must_change": 1}
        digest = passwords.digest(password)
        with self._database.begin() as db:
            self._one(db.execute(_of(number).values(password=digest, **fresh)))
            tries.forgive(db, number)
            db.execute(staff_session.delete().where(staff_session.c.staff_id == number))
        return password

    def every(self) -> list[Account]:
        """All accounts by name, the closed ones behind."""
        with self._database.begin() as db:
            rows = db.execute(sa.select(staff).order_by(staff.c.active.desc(), staff.c.name)).all()
        return [_account(row) for row in rows]

    def displays(self) -> dict[str, str]:
        """Sign-in name -> the name that colleagues read, of everybody who ever had an account."""
        with self._database.begin() as db:
            return {row.name: row.display for row in db.execute(sa.select(staff.c.name, staff.c.display))}

    def named(self, name: str) -> str:
        """What may be kept of a name that somebody signed in by: an account's as it is, a short digest of any other.

        People type their password where the name belongs. The digest tells apart who tries the same name again, and is
        too short to find a password by it.
        """
        name = name.strip()
        with self._database.read() as db:
            if db.scalar(sa.select(staff.c.id).where(staff.c.name == name)) is not None:
                return name
        return f"{_NOBODY}{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:_NOBODY_CHARS]}"

    def account(self, number: int) -> Account | None:
        """One account."""
        with self._database.begin() as db:
            row = db.execute(sa.select(staff).where(staff.c.id == number)).one_or_none()
        return _account(row) if row else None

    def first_factor(self, name: str, password: str, ip: str, now: datetime) -> Account:
        """The account of this name and password. Raises StaffError(REFUSED) for every reason that it is not."""
        with self._database.begin() as db:
            row = db.execute(sa.select(staff).where(staff.c.name == name.strip())).one_or_none()
            tried = tries.begin(db, row.id if row else None, ip, now)
        # No transaction is open while the hash is computed: that takes as long as a hundred messages. It is computed
        # for a locked account too: an answer that comes sooner would tell which names exist.
        fits = passwords.matches(password, row.password if row and row.active and tried else "")
        if not fits or row is None or tried is None:
            raise StaffError(REFUSED)
        with self._database.begin() as db:
            tries.right(db, tried)
        return _account(row)

    def second_factor(self, number: int, code: str, ip: str, now: datetime) -> None:
        """Take a code of the app, or a recovery code, each once. Raises StaffError(REFUSED)."""
        with self._database.begin() as db:
            row = db.execute(sa.select(staff).where(staff.c.id == number, staff.c.active == 1)).one_or_none()
            tried = tries.begin(db, number, ip, now) if row else None
            taken = row is not None and tried is not None and _take(db, row, code.replace(" ", ""), now)
            if taken and tried:
                tries.right(db, tried)
        if not taken:
            raise StaffError(REFUSED)

    def enrol(self, number: int, secret: str, code: str, now: datetime) -> list[str]:
        """Make this secret the second factor once its code is right; returns recovery codes, which are not kept."""
        step = second_factor.step_of(code.replace(" ", ""), secret, now, 0)
        if step is None:
            raise StaffError("验证码不对。请看手机上现在显示的6位数字，并检查手机时间是否准确。")
        codes = second_factor.recovery_codes()
        kept = "\n".join(map(second_factor.digest, codes))
        with self._database.begin() as db:
            none_yet = _of(number).where(staff.c.totp == "")
            self._one(db.execute(none_yet.values(totp=secret, totp_used=step, recovery=kept)))
        return codes

    def set_password(self, number: int, old: str, new: str, ip: str, now: datetime) -> None:
        """Exchange a password by its owner; ends nothing else. A wrong old one counts as a failed sign-in."""
        held, account = self.old_password(number, old, ip, now), self.account(number)
        self.exchange(number, held, self.new_password(account.staff.name if account else "", old, new))

    def old_password(self, number: int, old: str, ip: str, now: datetime) -> str:
        """What is stored of a password that its owner has shown, for `exchange`. Raises StaffError, and counts it."""
        with self._database.begin() as db:
            row = db.execute(sa.select(staff).where(staff.c.id == number)).one()
            tried = tries.begin(db, number, ip, now)
        if tried is None or not passwords.matches(old, row.password):
            raise StaffError("原来的密码不对，或者连续错了太多次。连续错5次要等15分钟；忘了密码请找管理员重设。")
        with self._database.begin() as db:
            tries.right(db, tried)
        return str(row.password)

    def new_password(self, name: str, old: str, new: str) -> str:
        """What is to be stored of a new password. Raises StaffError where it will not do."""
        if secrets.compare_digest(old.encode(), new.encode()):
            raise StaffError("新密码要和原来的不一样。")
        passwords.check(new, name)
        return passwords.digest(new)

    def exchange(self, number: int, held: str, digest: str) -> None:
        """Store a new password where the old one is still what it was: nobody has reset it meanwhile."""
        with self._database.begin() as db:
            same = _of(number).where(staff.c.password == held)
            self._one(db.execute(same.values(password=digest, must_change=0)))

    def succeeded(self, number: int, now: datetime) -> None:
        """Both factors were shown: forget the failures."""
        with self._database.begin() as db:
            db.execute(_of(number).values(failures=0, locked_until=None, signed_in_at=now))

    def _insert(
        self, name: str, display: str, roles: Collection[Role], region: str, password: str, *, is_first: bool,
        now: datetime,
    ) -> Staff:  # fmt: skip
        name, display = name.strip(), display.strip()
        if not _NAME.fullmatch(name):
            raise StaffError("登录名用2到40个字母、数字或汉字，不要空格。")
        _check(display, roles, region)
        row = {
            "name": name, "display": display, "roles": " ".join(sorted(roles)), "region": region.strip(),
            "password": passwords.digest(password), "must_change": int(not is_first), "created_at": now,
        }  # fmt: skip
        try:
            with self._database.begin() as db:
                if is_first and not db.execute(setup_code.delete()).rowcount:  # used up by whoever came a moment before
                    raise StaffError(_NOT_FIRST)
                if db.scalar(sa.select(staff.c.id).where(sa.func.lower(staff.c.name) == name.lower())):
                    raise StaffError(_TAKEN.format(name))
                number = db.execute(staff.insert().values(**row).returning(staff.c.id)).scalar_one()
        except StoreError as e:
            if not isinstance(e.__cause__, sa.exc.IntegrityError):
                raise
            raise StaffError(_TAKEN.format(name)) from e  # by whoever came a moment before
        return Staff(number, name, display, frozenset(roles), region.strip())

    def _keep_an_administrator(self, db: sa.Connection, without: int) -> None:
        # Locked, all in one order: two administrators who close one another at once would leave none.
        held = sa.select(staff.c.id, staff.c.roles).where(staff.c.active == 1).order_by(staff.c.id).with_for_update()
        if not any(Role.ADMINISTRATOR in row.roles.split() for row in db.execute(held).all() if row.id != without):
            raise StaffError("至少要留一位管理员。请先让另一个账号成为管理员。")

    def _one(self, done: sa.CursorResult[Any]) -> None:
        if done.rowcount != 1:
            raise StaffError("没有这个账号，可能已经被别人改过了。请返回账号列表再看。")


def person(row: sa.Row[Any]) -> Staff:
    """The one whom a row of `staff` describes."""
    return Staff(row.id, row.name, row.display, frozenset(map(Role, row.roles.split())), row.region)


def _check(display: str, roles: Collection[Role], region: str) -> None:
    if not 1 <= len(display.strip()) <= 40:
        raise StaffError("请填写姓名或称呼，最多40个字。")
    if not roles:
        raise StaffError("请至少选一个角色。")
    if Role.DISTRICT in roles and not region.strip():
        raise StaffError("辖区人员要填写所管的地区，例如：广东省江门市江海区。")
    if region.strip() and set(roles) & {Role.ADMINISTRATOR, Role.AUDITOR}:
        raise StaffError("管理员和审计看全部地区，不能限定辖区。请去掉地区，或者改角色。")
    if len(region) > 100:
        raise StaffError("地区名最多100个字。")


def _take(db: sa.Connection, row: sa.Row[Any], code: str, now: datetime) -> bool:
    step = second_factor.step_of(code, row.totp, now, row.totp_used) if row.totp else None
    if step is not None:
        done = db.execute(_of(row.id).where(staff.c.totp_used < step).values(totp_used=step))
        return bool(done.rowcount == 1)
    left, given = row.recovery.split("\n"), second_factor.digest(code)
    if not row.recovery or given not in left:
        return False
    left.remove(given)
    done = db.execute(_of(row.id).where(staff.c.recovery == row.recovery).values(recovery="\n".join(left)))
    return bool(done.rowcount == 1)


def _of(number: int) -> sa.Update:
    return staff.update().where(staff.c.id == number)


def _account(row: sa.Row[Any]) -> Account:
    left = len(row.recovery.split()) if row.recovery else 0
    return Account(
        person(row), bool(row.active), bool(row.must_change), bool(row.totp), aware(row.locked_until),
        aware(row.signed_in_at), left,
    )  # fmt: skip
