"""Initial."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bank_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_by", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_bank_file")),
    )
    op.create_table(
        "bank_import",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_by", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("exceptions", sa.Integer(), nullable=False),
        sa.Column("difference_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_import")),
    )
    op.create_table(
        "challenge",
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_challenge")),
    )
    op.create_index(op.f("ix_challenge_expires_at"), "challenge", ["expires_at"], unique=False)
    op.create_table(
        "credit",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("account_number", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("credited_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("refund_due", sa.BigInteger(), nullable=True),
        sa.Column("refunded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
    )
    op.create_index(op.f("ix_credit_account_number"), "credit", ["account_number"], unique=False)
    op.create_index("ix_credit_reference", "credit", ["reference"], unique=True)
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("last_sequenced", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
        sa.UniqueConstraint("origin", name=op.f("uq_log_origin")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("acceptances", sa.JSON(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.Column("lot_slugs", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("drafted_by", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_because", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.String(length=16), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("approval_statement", sa.String(length=64), nullable=True),
        sa.Column("publish_at", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("slug", name=op.f("uq_notice_slug")),
    )
    op.create_table(
        "officer",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
    )
    op.create_table(
        "party",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("name_index", name=op.f("uq_party_name_index")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("issuer_hash", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.String(length=16), nullable=True),
        sa.Column("officer_id", sa.String(length=16), nullable=True),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_credential_officer_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_credential_party_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_credential_fingerprint")),
    )
    op.create_index(
        "ix_credential_issuer_serial", "credential", ["issuer_hash", "serial"], unique=True
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_log_checkpoint_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_entry",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.Column("sequenced", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_log_entry_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "seq", name=op.f("pk_log_entry")),
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("notice_id", sa.String(length=16), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("sealed_log_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("leader", sa.String(length=12), nullable=True),
        sa.Column("listing_until", sa.BigInteger(), nullable=True),
        sa.Column("bids_from", sa.BigInteger(), nullable=True),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("suspended_since", sa.BigInteger(), nullable=True),
        sa.Column("suspended_ground", sa.String(length=60), nullable=True),
        sa.Column("suspended_by", sa.String(length=40), nullable=True),
        sa.Column("suspended_left_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_lot_log_id_log")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_lot_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["sealed_log_id"], ["log.id"], name=op.f("fk_lot_sealed_log_id_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("log_id", name=op.f("uq_lot_log_id")),
        sa.UniqueConstraint("sealed_log_id", name=op.f("uq_lot_sealed_log_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_lot_slug")),
    )
    op.create_table(
        "award",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("papers_due", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=True),
        sa.Column("filing", sa.String(length=64), nullable=True),
        sa.Column("opened_by", sa.JSON(), nullable=False),
        sa.Column("examined_by", sa.String(length=16), nullable=True),
        sa.Column("proposal", sa.String(length=12), nullable=True),
        sa.Column("proposal_ground", sa.String(length=32), nullable=True),
        sa.Column("proposal_note", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_at", sa.BigInteger(), nullable=True),
        sa.Column("notice_number", sa.String(length=24), nullable=True),
        sa.Column("confirmation_number", sa.String(length=24), nullable=True),
        sa.Column("confirmation_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_award_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_award")),
    )
    op.create_table(
        "bid",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("plate", sa.String(length=12), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_bid_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", "seq", name=op.f("pk_bid")),
    )
    op.create_index("ix_bid_statement", "bid", ["lot_id", "statement"], unique=True)
    op.create_table(
        "deposit_account",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_deposit_account_lot_id_lot")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deposit_account")),
    )
    op.create_index(op.f("ix_deposit_account_lot_id"), "deposit_account", ["lot_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_evidence_lot_id_lot")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_lot_id"), "evidence", ["lot_id"], unique=False)
    op.create_table(
        "joint_draft",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("lead", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_joint_draft_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_draft")),
    )
    op.create_index(op.f("ix_joint_draft_lot_id"), "joint_draft", ["lot_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_message_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_pseudonym"), "message", ["pseudonym"], unique=False)
    op.create_table(
        "paper",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_paper_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_lot_id"), "paper", ["lot_id"], unique=False)
    op.create_table(
        "part",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_part_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", "pseudonym", name=op.f("pk_part")),
    )
    op.create_table(
        "reading",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_reading_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", "pseudonym", name=op.f("pk_reading")),
    )
    op.create_table(
        "seat",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("plate", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("application", sa.String(length=64), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("account_number", sa.String(length=40), nullable=False),
        sa.Column("qualified_at", sa.BigInteger(), nullable=True),
        sa.Column("certificate_number", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_seat_lot_id_lot")),
        sa.PrimaryKeyConstraint("lot_id", "pseudonym", name=op.f("pk_seat")),
        sa.UniqueConstraint("account_number", name=op.f("uq_seat_account_number")),
        sa.UniqueConstraint("certificate_number", name=op.f("uq_seat_certificate_number")),
    )
    op.create_index("ix_seat_plate", "seat", ["lot_id", "plate"], unique=True)
    op.create_table(
        "termination_proposal",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lot.id"], name=op.f("fk_termination_proposal_lot_id_lot")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_termination_proposal")),
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
            name=op.f("fk_web_session_credential_id_credential"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_index(
        op.f("ix_web_session_credential_id"), "web_session", ["credential_id"], unique=False
    )
    op.create_table(
        "joint_consent",
        sa.Column("joint_id", sa.String(length=16), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["joint_id"], ["joint_draft.id"], name=op.f("fk_joint_consent_joint_id_joint_draft")
        ),
        sa.PrimaryKeyConstraint("joint_id", "pseudonym", name=op.f("pk_joint_consent")),
    )
    op.create_index(
        op.f("ix_joint_consent_pseudonym"), "joint_consent", ["pseudonym"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_joint_consent_pseudonym"), table_name="joint_consent")
    op.drop_table("joint_consent")
    op.drop_index(op.f("ix_web_session_credential_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_table("termination_proposal")
    op.drop_index("ix_seat_plate", table_name="seat")
    op.drop_table("seat")
    op.drop_table("reading")
    op.drop_table("part")
    op.drop_index(op.f("ix_paper_lot_id"), table_name="paper")
    op.drop_table("paper")
    op.drop_index(op.f("ix_message_pseudonym"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_joint_draft_lot_id"), table_name="joint_draft")
    op.drop_table("joint_draft")
    op.drop_index(op.f("ix_evidence_lot_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(op.f("ix_deposit_account_lot_id"), table_name="deposit_account")
    op.drop_table("deposit_account")
    op.drop_index("ix_bid_statement", table_name="bid")
    op.drop_table("bid")
    op.drop_table("award")
    op.drop_table("lot")
    op.drop_table("log_entry")
    op.drop_table("log_checkpoint")
    op.drop_index("ix_credential_issuer_serial", table_name="credential")
    op.drop_table("credential")
    op.drop_table("party")
    op.drop_table("officer")
    op.drop_table("notice")
    op.drop_table("log")
    op.drop_table("heartbeat")
    op.drop_index("ix_credit_reference", table_name="credit")
    op.drop_index(op.f("ix_credit_account_number"), table_name="credit")
    op.drop_table("credit")
    op.drop_index(op.f("ix_challenge_expires_at"), table_name="challenge")
    op.drop_table("challenge")
    op.drop_table("bank_import")
    op.drop_table("bank_file")
