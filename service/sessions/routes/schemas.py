"""Sessions at the pages, as documented."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.sessions.keep_sessions import WAYS
from service.web.schemas import example_of

_EXAMPLE: dict[str, Any] = {
    "id": "5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11",
    "begun_at": "2026-03-02T10:00:00+00:00",
    "used_at": "2026-03-02T10:41:00+00:00",
    "way": "link",
    "label": "desk 2",
    "own": True,
}


class SessionDocument(BaseModel):
    """Somebody who is signed in at the pages, without a name. `used_at` is exact to a minute."""

    model_config = example_of(**_EXAMPLE)

    id: str
    begun_at: str
    used_at: str
    way: Annotated[str, Field(description="By which way in.", json_schema_extra={"enum": list(WAYS)})]
    label: str | None = Field(description="The person's own word for the place.")
    own: bool = Field(description="Whether it is of the caller's own subject.")


class SessionPage(BaseModel):
    """A page of sessions."""

    model_config = example_of(items=[_EXAMPLE], page=1, per_page=50, total=1)

    items: list[SessionDocument]
    page: int
    per_page: int
    total: int


_LINK: dict[str, Any] = {
    "id": "b3c6f6de-96c8-5a57-8a4a-9f5f0a8f6f11",
    "made_at": "2026-03-02T10:00:00+00:00",
    "ends_at": "2026-03-02T10:10:00+00:00",
    "scopes": ["consent", "route"],
}


class LinkDocument(BaseModel):
    """A link that nobody has opened yet."""

    model_config = example_of(**_LINK)

    id: str
    made_at: str
    ends_at: str
    scopes: list[str]


class MadeLink(LinkDocument):
    """A new link. `path`, below the address of the pages, signs its person in; it is told this once."""

    model_config = example_of(**_LINK, path="/signin/\u2026")

    path: str


class LinkList(BaseModel):
    """The links that wait, the oldest first."""

    model_config = example_of(items=[_LINK])

    items: list[LinkDocument]
