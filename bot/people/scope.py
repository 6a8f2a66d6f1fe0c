"""Whose people somebody may see: staff of a district see their own region and its units, and nobody else's.

A region is written from the province down (广东省江门市江海区), so that it begins those inside it; "" is everywhere.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bot.people.tables import follower, unit

Condition = sa.ColumnElement[bool]


class Begins(FunctionElement[bool]):
    """Whether the first text begins with the second."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stand as it is: SQLAlchemy would write `= 1` behind it for SQLite, which then uses no index."""
        return self


# As a range, which an index serves: both compare by bytes, PostgreSQL by these operators alone.


@compiles(Begins)
def _begins_here(element: Begins, compiler: Any, **options: Any) -> str:
    return "({} ~>=~ {} AND {} ~<~ ({} || chr(1114109)))".format(*_twice(element, compiler, options))


@compiles(Begins, "sqlite")
def _begins_on_sqlite(element: Begins, compiler: Any, **options: Any) -> str:
    return "({} >= {} AND {} < {} || char(1114109))".format(*_twice(element, compiler, options))


def _twice(element: Begins, compiler: Any, options: Any) -> list[str]:
    text, head = element.clauses
    return [compiler.process(part, **options) for part in (text, head, text, head)]


class Aside(FunctionElement[str]):
    """A text as it is, which SQLite looks up in no index: where most rows are wanted, it would fetch them one by one
    and sort them, though the table has them in order."""

    type = sa.String()
    inherit_cache = True


@compiles(Aside)
def _aside(element: Aside, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(Aside, "sqlite")
def _aside_on_sqlite(element: Aside, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def inside(column: sa.ColumnElement[Any], region: str) -> Condition:
    """Those in a region, or inside it."""
    return Begins(column, sa.literal(region)) if region else sa.true()


def sees(own: str, region: str, unit_region: str | None) -> bool:
    """Whether staff of a region see somebody who lives in one and belongs to a unit in one, None for no unit.

    As `followers_of` asks the database; people who told no region and belong to no unit are seen by the office alone.
    """
    return not own or region.startswith(own) or (unit_region is not None and unit_region.startswith(own))


def followers_of(region: str) -> Condition:
    """Followers in a region, and those who belong to one of its units."""
    if not region:
        return sa.true()
    mine = sa.select(unit.c.id).where(inside(unit.c.region, region))
    member = sa.and_(follower.c.unit_id.is_not(None), follower.c.unit_id.in_(mine))
    return sa.or_(inside(follower.c.region, region), member)
