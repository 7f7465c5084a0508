"""Run by Alembic for every migration, on the connection that auction.store.migrate hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.script import ScriptDirectory

from auction.store.base import Instant
from auction.store.models import Base


def _render(kind: str, item: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """Migrations do not import the project: its types are written as what the database has."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=_render,
    # SQLite can change a table only by copying it; the first migration changes none.
    render_as_batch=bool(ScriptDirectory.from_config(context.config).get_heads()),
)
context.run_migrations()
