"""The first tables: HSDS 3.2 and the coalition's own lists.

Written out in full and never edited: later changes are revisions of their own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None

JSON: Any = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TABLES = (
    "coalition",
    "area",
    "organization",
    "release_form",
    "form_equivalence",
    "vocabulary_term",
    "agreement",
    "agreement_party",
    "service",
    "service_area",
    "service_capacity",
    "location",
    "private_address",
    "address",
    "service_at_location",
    "contact",
    "phone",
    "schedule",
    "language",
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    _create_coalition()
    _create_agreements()
    _create_services()
    _create_places()
    _create_parts()


def downgrade() -> None:
    """Take the tables back to the revision before: none."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _key() -> sa.Column[Any]:
    return sa.Column("id", sa.String(36), primary_key=True)


def _to(name: str, table: str, *, nullable: bool = False, deferred: bool = False) -> sa.Column[Any]:
    when: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"} if deferred else {}
    return sa.Column(name, sa.String(36), sa.ForeignKey(f"{table}.id", **when), nullable=nullable, index=True)


def _create_coalition() -> None:
    op.create_table(
        "area",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        _to("within_id", "area", nullable=True, deferred=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
    )
    op.create_table(
        "coalition",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("policy_packs", JSON, nullable=False),
        sa.Column("directory_version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "organization",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        _to("parent_id", "organization", nullable=True, deferred=True),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("regimes", JSON, nullable=False),
        sa.Column("reporter", sa.String(), nullable=True),
        sa.Column("membership", sa.String(), nullable=False),
        sa.Column("listed", sa.String(), nullable=False),
        sa.Column("address_private", sa.Boolean(), nullable=False),
        sa.Column("operator_authorised", JSON, nullable=False),
        sa.Column("accepted_forms", JSON, nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=True),
        sa.Column("declared_by", sa.String(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("grievance", JSON, nullable=True),
        sa.Column("subpoena_contact", JSON, nullable=True),
        sa.Column("extra", JSON, nullable=True),
    )
    op.create_table(
        "release_form",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("elements", JSON, nullable=False),
        sa.Column("marks", JSON, nullable=False),
    )
    op.create_table(
        "form_equivalence",
        _key(),
        sa.Column("group_id", sa.String(length=36), nullable=False, index=True),
        _to("form_id", "release_form"),
    )
    op.create_table(
        "vocabulary_term",
        _key(),
        sa.Column("code", sa.String(), nullable=True, unique=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("same_as", JSON, nullable=False),
        _to("organization_id", "organization", nullable=True),
        sa.Column("term", sa.String(), nullable=True),
        sa.Column("means", sa.String(), nullable=True),
    )


def _create_agreements() -> None:
    op.create_table(
        "agreement",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("mutual", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("types", JSON, nullable=True),
        sa.Column("data", JSON, nullable=True),
    )
    op.create_table(
        "agreement_party",
        _key(),
        _to("agreement_id", "agreement"),
        _to("organization_id", "organization"),
        sa.Column("offers", sa.String(), nullable=True),
        sa.Column("wants", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )


def _create_services() -> None:
    op.create_table(
        "service",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        _to("organization_id", "organization"),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False, index=True),
        sa.Column("minimum_age", sa.Integer(), nullable=True),
        sa.Column("maximum_age", sa.Integer(), nullable=True),
        sa.Column("limits_known", sa.Boolean(), nullable=False),
        sa.Column("interpretation_services", sa.String(), nullable=True),
        sa.Column("types", JSON, nullable=False),
        sa.Column("accepts", JSON, nullable=False),
        sa.Column("accepts_from", JSON, nullable=False),
        sa.Column("requires", JSON, nullable=False),
        sa.Column("intake_data", JSON, nullable=False),
        sa.Column("genders", JSON, nullable=True),
        sa.Column("only_traits", JSON, nullable=False),
        sa.Column("not_traits", JSON, nullable=False),
        sa.Column("designated", sa.Boolean(), nullable=False),
        sa.Column("response_time_s", sa.Integer(), nullable=True),
        sa.Column("last_modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "service_area",
        _key(),
        _to("owner_id", "organization"),
        _to("service_id", "service"),
        sa.Column("name", sa.String(), nullable=True, index=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("extent", sa.String(), nullable=True),
        sa.Column("extent_type", sa.String(), nullable=True),
        sa.Column("uri", sa.String(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "service_capacity",
        _key(),
        _to("owner_id", "organization"),
        _to("service_id", "service"),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("maximum", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )


def _create_places() -> None:
    op.create_table(
        "location",
        _key(),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        _to("organization_id", "organization"),
        sa.Column("location_type", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "address",
        _key(),
        _to("owner_id", "organization"),
        _to("location_id", "location"),
        sa.Column("attention", sa.String(), nullable=True),
        sa.Column("address_1", sa.String(), nullable=False),
        sa.Column("address_2", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("state_province", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("address_type", sa.String(), nullable=False),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "private_address",
        sa.Column("id", sa.String(36), sa.ForeignKey("location.id"), primary_key=True),
        _to("owner_id", "organization"),
        sa.Column("sealed", sa.String(), nullable=False),
    )
    op.create_table(
        "service_at_location",
        _key(),
        _to("owner_id", "organization"),
        _to("service_id", "service"),
        _to("location_id", "location"),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )


def _create_parts() -> None:
    op.create_table(
        "contact",
        _key(),
        _to("owner_id", "organization"),
        _to("organization_id", "organization", nullable=True),
        _to("service_id", "service", nullable=True),
        _to("location_id", "location", nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("successor", sa.String(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "schedule",
        _key(),
        _to("owner_id", "organization"),
        _to("service_id", "service", nullable=True),
        _to("location_id", "location", nullable=True),
        sa.Column("freq", sa.String(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("byday", sa.String(), nullable=True),
        sa.Column("byweekno", sa.String(), nullable=True),
        sa.Column("bymonthday", sa.String(), nullable=True),
        sa.Column("byyearday", sa.String(), nullable=True),
        sa.Column("opens_at", sa.Time(), nullable=True),
        sa.Column("closes_at", sa.Time(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("dtstart", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "phone",
        _key(),
        _to("owner_id", "organization"),
        _to("organization_id", "organization", nullable=True),
        _to("service_id", "service", nullable=True),
        _to("location_id", "location", nullable=True),
        _to("contact_id", "contact", nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_table(
        "language",
        _key(),
        _to("owner_id", "organization"),
        _to("service_id", "service", nullable=True),
        _to("location_id", "location", nullable=True),
        _to("phone_id", "phone", nullable=True),
        sa.Column("code", sa.String(), nullable=True, index=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("extra", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
    )
