"""Changes of records, and previews of them, as documented."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.directory.use_cases.read_directory import RESOURCES
from service.web.schemas import example_of

_CHANGE: dict[str, Any] = {
    "id": "2f4b8a0e-6c1d-4e57-9a1b-3c5d7e9f1a2b", "at": "2026-03-02T10:00:00+00:00", "by": "juniper-bridge-hotline",
    "resource": "agreements", "slug": "mou-core", "action": "changed", "fields": ["expires"],
    "undo_until": "2026-03-02T10:10:00+00:00",
}  # fmt: skip
_REACH = {"organization": "blue-door", "type": "emergency_shelter", "gained": 12, "lost": 0}
Resource = Annotated[str, Field(json_schema_extra={"enum": list(RESOURCES)})]


class RecordChangeDocument(BaseModel):
    """A change of a record: who changed which fields, and when; never a value."""

    model_config = example_of(**_CHANGE)

    id: str
    at: datetime
    by: str | None = Field(description="The agency that changed it; null: not one that the caller may know of.")
    resource: Resource
    slug: str
    action: Annotated[str, Field(json_schema_extra={"enum": ["added", "changed", "removed"]})]
    fields: list[str] = Field(description="The fields that changed, those of a part as `coalition.kind`.")
    undo_until: datetime | None = Field(description="How long the caller can undo it; null: not, or no longer.")


class RecordChangeList(BaseModel):
    """The latest changes, the newest first."""

    model_config = example_of(items=[_CHANGE])

    items: list[RecordChangeDocument]


class ReachChange(BaseModel):
    """How many agencies could newly refer there, and how many no longer."""

    organization: str
    type: str
    gained: int
    lost: int


class PreviewDocument(BaseModel):
    """What a change would do. `reach` null: too much changed lately to compare."""

    model_config = example_of(fields=["expires"], reach=[_REACH])

    fields: list[str]
    reach: list[ReachChange] | None
