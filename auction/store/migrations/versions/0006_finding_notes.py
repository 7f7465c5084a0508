"""Auditors' notes on what verifications found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "finding_note",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_finding_note_log_id_log")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_note")),
    )
    op.create_index(op.f("ix_finding_note_finding"), "finding_note", ["finding"])


def downgrade() -> None:
    op.drop_table("finding_note")
