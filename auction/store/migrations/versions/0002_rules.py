"""Sealed reserve, draw, ask, announced resumption, held results, listings that follow another."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LOT = (
    ("follows", sa.String(length=60)),
    ("lottery_commitment", sa.String(length=64)),
    ("lottery_seed", sa.LargeBinary()),
    ("resume_at", sa.BigInteger()),
    ("resume_by", sa.String(length=40)),
    ("reserve", sa.String(length=64)),
    ("reserve_fen", sa.BigInteger()),
    ("unsold", sa.String(length=20)),
)
_NOTICE = (("variant", sa.String(length=24)), ("lot_rules", sa.JSON()))


def upgrade() -> None:
    for name, kind in _NOTICE:
        op.add_column("notice", sa.Column(name, kind, nullable=True))
    for name, kind in _LOT:
        op.add_column("lot", sa.Column(name, kind, nullable=True))
    op.add_column(
        "lot", sa.Column("adjourned", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(op.f("ix_lot_follows"), "lot", ["follows"], unique=False)
    op.create_table(
        "reserve_entry",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("entered_by", sa.String(length=16), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_reserve_entry_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_reserve_entry")),
    )
    op.create_table(
        "held_proposal",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("ground", sa.String(length=120), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_held_proposal_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_held_proposal")),
    )


def downgrade() -> None:
    op.drop_table("held_proposal")
    op.drop_table("reserve_entry")
    op.drop_index(op.f("ix_lot_follows"), table_name="lot")
    op.drop_column("lot", "adjourned")
    for name, _ in reversed(_LOT):
        op.drop_column("lot", name)
    for name, _ in reversed(_NOTICE):
        op.drop_column("notice", name)
