"""Bringing a database to the tables of this version, and back.

After a change of the models, before the first release:
`python -m auction.store.migrate regenerate` writes `versions/0001_initial.py` anew.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from auction.store.base import configure_sqlite

_HERE = Path(__file__).parent / "migrations"
_INITIAL = "0001"
_LOCK = 0x6C616E64
"""PostgreSQL advisory lock: two processes that start at once migrate one after the other."""


def upgrade(database: Engine | str, revision: str = "head") -> None:
    """Bring `database` (an engine or a URL) up to `revision`, in one transaction."""
    with _transaction(database) as conn:
        command.upgrade(_config(conn), revision)


def downgrade(database: Engine | str, revision: str) -> None:
    """Take `database` back to `revision` (`base`: no tables), in one transaction."""
    with _transaction(database) as conn:
        command.downgrade(_config(conn), revision)


def current(database: Engine | str) -> str | None:
    """The revision at which `database` is; None if it was never migrated."""
    with _transaction(database) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def heads() -> tuple[str, ...]:
    """The newest revisions that this version knows: exactly one, or a branch was not merged."""
    return tuple(ScriptDirectory.from_config(_config(None)).get_heads())


def regenerate() -> None:
    """Write the initial migration anew from the models; valid until the first release."""
    (_HERE / "versions" / f"{_INITIAL}_initial.py").unlink(missing_ok=True)
    with _transaction("sqlite://") as conn:
        config = _config(conn)
        options = "format --isolated --line-length 100 REVISION_SCRIPT_FILENAME"
        for key, value in {
            "hooks": "ruff",
            "ruff.type": "module",
            "ruff.module": "ruff",
            "ruff.options": options,
        }.items():
            config.set_section_option("post_write_hooks", key, value)
        command.revision(config, "initial", autogenerate=True, rev_id=_INITIAL)


@contextmanager
def _transaction(database: Engine | str) -> Iterator[Connection]:
    engine = database if isinstance(database, Engine) else _engine(database)
    try:
        with engine.execution_options(immediate=True).begin() as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield conn
    finally:
        if engine is not database:
            engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "sqlite":
        configure_sqlite(engine)
    return engine


def _config(conn: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(_HERE / "versions").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = conn
    return config


if __name__ == "__main__":
    if sys.argv[1:] != ["regenerate"]:
        sys.exit("usage: python -m auction.store.migrate regenerate")
    regenerate()
