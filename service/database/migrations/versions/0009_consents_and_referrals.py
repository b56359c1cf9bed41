"""Consents on record, referrals with what they hold, bed counts, and what is counted over all processes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "closed_referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answered", sa.String(), nullable=True),
        sa.Column("referrals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_referral"),
    )
    op.create_index("ix_closed_referral_quarter", "closed_referral", ["quarter"])
    op.create_table(
        "code_withdrawal",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("digests", JSON, nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_code_withdrawal"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("marks", JSON, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("signers", JSON, nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=True),
        sa.Column("code_key", sa.String(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.UniqueConstraint("code_digest", name="uq_consent_code_digest"),
    )
    op.create_index("ix_consent_holder", "consent", ["holder"])
    op.create_table(
        "counted_try",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organization", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counted_try"),
    )
    op.create_index("ix_counted_try_at", "counted_try", ["at"])
    op.create_index("ix_counted_try_organization", "counted_try", ["organization"])
    op.create_table(
        "referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("covers", JSON, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("share", JSON, nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("wants_progress", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Boolean(), nullable=False),
        sa.Column("consent_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("obligations", JSON, nullable=False),
        sa.Column("directory_version", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("respond_by", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=True),
        sa.Column("code_key", sa.String(), nullable=True),
        sa.Column("seen_status", sa.String(), nullable=False),
        sa.Column("seen_reason", sa.String(), nullable=True),
        sa.Column("seen_outcome", sa.String(), nullable=True),
        sa.Column("seen_changed_at", MOMENT, nullable=False),
        sa.Column("seen_progress", sa.Boolean(), nullable=False),
        sa.Column("seen_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("seen_held", JSON, nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.UniqueConstraint("code_digest", name="uq_referral_code_digest"),
    )
    op.create_index("ix_referral_origin", "referral", ["origin"])
    op.create_index("ix_referral_recipient", "referral", ["recipient"])
    op.create_table(
        "service_count",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("maximum", sa.Integer(), nullable=True),
        sa.Column("holds_counted", sa.Boolean(), nullable=False),
        sa.Column("updated", MOMENT, nullable=True),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_count"),
        sa.UniqueConstraint("service", "unit", name="uq_service_count_service_unit"),
    )
    op.create_index("ix_service_count_service", "service_count", ["service"])
    op.create_index("ix_service_count_touched_at", "service_count", ["touched_at"])
    op.create_table(
        "consent_party",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("consent_id", sa.String(36), nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name="fk_consent_party_consent_id_consent"),
        sa.PrimaryKeyConstraint("id", name="pk_consent_party"),
        sa.UniqueConstraint("consent_id", "organization", name="uq_consent_party_consent_id_organization"),
    )
    op.create_index("ix_consent_party_consent_id", "consent_party", ["consent_id"])
    op.create_index("ix_consent_party_organization", "consent_party", ["organization"])
    op.create_table(
        "hold",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referral_id", sa.String(36), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("told_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_hold_referral_id_referral"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_referral_id", "hold", ["referral_id"])
    op.create_index("ix_hold_sender", "hold", ["sender"])
    op.create_index("ix_hold_service", "hold", ["service"])
    op.create_table(
        "referral_consent",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referral_id", sa.String(36), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_consent_referral_id_referral"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_consent"),
        sa.UniqueConstraint("referral_id", "consent_id", name="uq_referral_consent_referral_id_consent_id"),
    )
    op.create_index("ix_referral_consent_consent_id", "referral_consent", ["consent_id"])
    op.create_index("ix_referral_consent_referral_id", "referral_consent", ["referral_id"])
    op.create_table(
        "referral_move",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referral_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("real", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_move_referral_id_referral"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_move"),
        sa.UniqueConstraint("referral_id", "position", name="uq_referral_move_referral_id_position"),
    )
    op.create_index("ix_referral_move_referral_id", "referral_move", ["referral_id"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_table("referral_move")
    op.drop_table("referral_consent")
    op.drop_table("hold")
    op.drop_table("consent_party")
    op.drop_table("service_count")
    op.drop_table("referral")
    op.drop_table("counted_try")
    op.drop_table("consent")
    op.drop_table("code_withdrawal")
    op.drop_table("closed_referral")
