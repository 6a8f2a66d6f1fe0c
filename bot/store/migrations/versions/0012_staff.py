"""Staff: accounts, sessions, failed sign-ins, parked forms, and an audit trail that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def _staff() -> sa.Column[int]:
    return sa.Column("staff_id", _ID, nullable=False)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_staff_id_staff"
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("display", sa.String(40), nullable=False),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("must_change", sa.Integer, nullable=False),
        sa.Column("totp", sa.String(64), nullable=False),
        sa.Column("totp_used", sa.Integer, nullable=False),
        sa.Column("recovery", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", _TIME),
        sa.Column("active", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("signed_in_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("name", name="uq_staff_name"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        _staff(),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("is_proven", sa.Integer, nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        _of_staff("staff_session"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.UniqueConstraint("token", name="uq_staff_session_token"),
    )
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_index("ix_staff_session_seen_at", "staff_session", ["seen_at"])
    op.create_table(
        "sign_in_failure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failure"),
    )
    op.create_index("ix_sign_in_failure_address_at", "sign_in_failure", ["address", "at"])
    op.create_table(
        "setup_code",
        sa.Column("code", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_setup_code"),
    )
    op.create_table(
        "parked_form",
        sa.Column("id", _ID, nullable=False),
        _staff(),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        _of_staff("parked_form"),
        sa.PrimaryKeyConstraint("id", name="pk_parked_form"),
    )
    op.create_index("ix_parked_form_staff_id", "parked_form", ["staff_id"])
    _audit()


def _audit() -> None:
    texts = {"at": 32, "staff": 40, "action": 80, "kind": 40, "object_id": 120}
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in texts.items()),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("before", "after", "reason")),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("address", "prior", "hash")),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    for columns in (["staff", "id"], ["kind", "object_id", "id"], ["action", "id"], ["at"]):
        op.create_index(f"ix_audit_{'_'.join(columns)}", "audit", columns)
    # What this program never does, nobody who came by its connection should do either.
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            refuse = "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
            op.execute(f"CREATE TRIGGER audit_no_{deed.lower()} BEFORE {deed} ON audit {refuse}")
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )
