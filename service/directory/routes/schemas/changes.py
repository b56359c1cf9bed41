"""The answer to a list of changes, as documented."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from service.web.schemas import example_of


class MadeChangeDocument(BaseModel):
    """A change that was made, or in a dry run would be."""

    op: Literal["put", "delete"]
    resource: str
    id: str
    slug: str
    result: Literal["created", "replaced", "deleted"]
    etag: str | None = Field(
        description="Of the object once the whole list is made; null where it is gone, and in a dry run."
    )


class PatchDocument(BaseModel):
    """The changes, in the order in which they were sent."""

    model_config = example_of(
        dry_run=False,
        changes=[
            {
                "op": "put", "resource": "release-forms", "id": "d9d7a5c3-0c0c-5e0f-9d55-4b9a3a1f6f11",
                "slug": "roi-standard", "result": "replaced", "etag": '"8d969eef6ecad3c29a3a629280e686cf"',
            },
        ],
    )  # fmt: skip

    dry_run: bool
    changes: list[MadeChangeDocument]
