"""Workers: heartbeat and watermark in one row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker")),
    )
    # The last sign of life is what the next start measures an outage from.
    op.execute(
        "INSERT INTO worker (worker, at, watermark, gone) "
        "SELECT worker, at, at, (1 = 1) FROM heartbeat"
    )
    op.drop_table("heartbeat")


def downgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )
    op.execute("INSERT INTO heartbeat (worker, at) SELECT substr(worker, 1, 40), at FROM worker")
    op.drop_table("worker")
