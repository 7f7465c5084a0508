"""Trust anchors, changes by two officers, revocation data, enrolment, sign-ins that wait."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CREDENTIAL = (
    ("bound_by", sa.String(length=16)),
    ("intermediates", sa.JSON()),
    ("revocation_instant", sa.BigInteger()),
    ("revocation_evidence", sa.String(length=64)),
    ("retired_at", sa.BigInteger()),
)
_WATCHED = ("not_after", "revoked_at")
"""Looked at every second: which certificates have ended."""


def upgrade() -> None:
    for name, kind in _CREDENTIAL:
        op.add_column("credential", sa.Column(name, kind, nullable=True))
    for name in _WATCHED:
        op.create_index(op.f(f"ix_credential_{name}"), "credential", [name])
    op.add_column("party", sa.Column("code_index", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_party_code_index"), "party", ["code_index"], unique=True)
    op.create_table(
        "trust_anchor",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_trust_anchor")),
    )
    op.create_table(
        "dual_change",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=12), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dual_change")),
    )
    op.create_index(op.f("ix_dual_change_proposed_at"), "dual_change", ["proposed_at"])
    op.create_table(
        "revocation_record",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=48), nullable=True),
        sa.Column("serial", sa.String(length=64), nullable=True),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("this_update", sa.BigInteger(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=True),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_revocation_record")),
    )
    op.create_index(op.f("ix_revocation_record_issuer"), "revocation_record", ["issuer"])
    op.create_table(
        "revocation_source",
        sa.Column("anchor", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("succeeded_at", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("anchor", "url", name=op.f("pk_revocation_source")),
    )
    op.create_table(
        "enrolment_request",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("asker", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("party_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_enrolment_request_party_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_request")),
    )
    op.create_index(op.f("ix_enrolment_request_asker"), "enrolment_request", ["asker"])
    op.create_index(
        op.f("ix_enrolment_request_submitted_at"), "enrolment_request", ["submitted_at"]
    )
    op.create_table(
        "pending_sign_in",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
            name=op.f("fk_pending_sign_in_credential_id_credential"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pending_sign_in")),
    )
    op.create_index(op.f("ix_pending_sign_in_expires_at"), "pending_sign_in", ["expires_at"])
    op.create_table(
        "enrolment_proof",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("intermediates", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_enrolment_proof")),
    )
    op.create_index(op.f("ix_enrolment_proof_expires_at"), "enrolment_proof", ["expires_at"])


def downgrade() -> None:
    for table in (
        "enrolment_proof",
        "pending_sign_in",
        "enrolment_request",
        "revocation_source",
        "revocation_record",
        "dual_change",
        "trust_anchor",
    ):
        op.drop_table(table)
    op.drop_index(op.f("ix_party_code_index"), "party")
    op.drop_column("party", "code_index")
    for name in _WATCHED:
        op.drop_index(op.f(f"ix_credential_{name}"), "credential")
    for name, _ in reversed(_CREDENTIAL):
        op.drop_column("credential", name)
