"""The search of services, as documented."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from service.directory.routes.schemas.terms import Term
from service.web.schemas import example_of

_PHONE = {"number": "555-0100", "type": "voice", "description": "24-hour line"}
_SERVICE: dict[str, Any] = {
    "id": "7c3a5f5e-1e0f-5b63-9a55-3f8d1c0a9b11", "slug": "jb-line", "name": "Crisis line",
    "types": ["crisis_hotline"], "sure": True, "status": "open", "opens_at": None, "closes_at": None, "phones": [],
}  # fmt: skip
_AGENCY: dict[str, Any] = {
    "id": "0a4f2c1e-55b0-5d0c-8b7e-8d0f6a0c3c21", "slug": "juniper-bridge-hotline", "name": "Juniper Bridge Hotline",
    "description": None, "listed": "public", "phones": [_PHONE], "services": [_SERVICE],
}  # fmt: skip
_FOOD = {"code": "food", "name": "food", "meaning": None}


class SearchedPhone(BaseModel):
    """A number of an agency or a service."""

    number: str
    type: str | None
    description: str | None


class SearchedService(BaseModel):
    """A service that fits. `phones`: its own; empty where the agency's are called."""

    model_config = example_of(**_SERVICE)

    id: str
    slug: str
    name: str
    types: list[str]
    sure: bool = Field(description="False: it may fit; something of it is not known.")
    status: Literal["open", "opens_later", "unknown"]
    opens_at: str | None
    closes_at: str | None
    phones: list[SearchedPhone]


class SearchedAgency(BaseModel):
    """An agency with a service that fits; without services where only words were asked for, which its name has."""

    model_config = example_of(**_AGENCY)

    id: str
    slug: str
    name: str
    description: str | None
    listed: Literal["public", "coalition"]
    phones: list[SearchedPhone]
    services: list[SearchedService]


class SearchChoices(BaseModel):
    """What can be chosen in a search, of what the caller may see."""

    types: list[Term]
    areas: list[Term]
    languages: list[Term]


class ServiceSearchDocument(BaseModel):
    """A page of agencies, those that surely fit first, then by name."""

    model_config = example_of(
        items=[_AGENCY], page=1, per_page=50, total=1, choices={"types": [_FOOD], "areas": [], "languages": []}
    )

    items: list[SearchedAgency]
    page: int
    per_page: int
    total: int
    choices: SearchChoices
