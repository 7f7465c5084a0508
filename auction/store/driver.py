"""Statements on the way of every bid: compiled once, then run by the driver itself.

SQLAlchemy builds them, so they follow the tables; running them without its per-row work is several
times cheaper. Values are given as the database keeps them (instants as microseconds).
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

Row: TypeAlias = tuple[Any, ...]


class Bulk:
    """One inserting or updating statement for many rows.

    `names` are the columns (or bind parameters) in the order in which rows give their values.
    """

    def __init__(self, build: Callable[[str], UpdateBase], *names: str) -> None:
        """`build` makes the statement for a dialect's name."""
        self._build = build
        self._names = names
        self._compiled: dict[str, tuple[str, tuple[int, ...] | None]] = {}

    def run(self, conn: Connection, rows: Sequence[Row]) -> None:
        """Run it for these rows, which may be none."""
        if not rows:
            return
        known = self._compiled.get(conn.dialect.name)
        if known is None:
            known = self._compiled[conn.dialect.name] = self._compile(conn.dialect)
        sql, order = known
        if order is not None:
            rows = [tuple(row[i] for i in order) for row in rows]
        # One row alone is not "many" to the driver, and cheaper so.
        conn.exec_driver_sql(sql, rows[0] if len(rows) == 1 else list(rows))

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[int, ...] | None]:
        statement = self._build(dialect.name)
        compiled = statement.compile(dialect=positional(dialect), column_keys=list(self._names))
        asked: list[str] = getattr(compiled, "positiontup")  # noqa: B009 - of SQL compilers only
        order = tuple(self._names.index(name) for name in asked)
        return str(compiled), None if order == tuple(range(len(self._names))) else order


def positional(dialect: Dialect) -> Dialect:
    """The same dialect with parameters by position."""
    kind: Callable[..., Dialect] = type(dialect)
    return kind(paramstyle="qmark" if dialect.name == "sqlite" else "format")


def places(conn: Connection, count: int) -> str:
    """So many placeholders, for a list in brackets."""
    return ",".join(["?" if conn.dialect.name == "sqlite" else "%s"] * count)
