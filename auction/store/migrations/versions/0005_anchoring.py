"""Cosignatures of witnesses, timestamps, and how it stands with the places that give them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "cosignature",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_cosignature_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "size", "witness", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "timestamp_token",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_timestamp_token_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_timestamp_token")),
    )
    op.create_table(
        "anchoring_state",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("known_size", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.Column("contradicted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_anchoring_state_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "place", name=op.f("pk_anchoring_state")),
    )


def downgrade() -> None:
    for table in ("anchoring_state", "timestamp_token", "cosignature"):
        op.drop_table(table)
