"""Bodies that many operations share: every error answer (RFC 9457), a spoken code."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.documents import fields
from service.documents.base import BundleModel
from service.i18n.spoken_codes import LONGEST


class FieldError(BaseModel):
    """One wrong field of a request."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body; empty for the whole of it.")
    parameter: str | None = Field(default=None, description="The parameter or header, where it is not in the body.")
    detail: str = Field(description="What is allowed there; never what was sent.")
    code: str | None = Field(default=None, description="Of a change in a list: what it by itself is answered with.")


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(description="Where this kind of problem is explained.")
    title: str
    status: int
    code: str = Field(description="Stable; what programs go by.")
    detail: str | None = None
    errors: list[FieldError] | None = None
    more_errors: int | None = Field(default=None, description="How many errors there are that `errors` does not list.")


def example_of(**members: Any) -> ConfigDict:
    """Return the configuration of a model with an example of its members.

    >>> example_of(code="acoustic bamboo canoe dolphin")
    {'json_schema_extra': {'examples': [{'code': 'acoustic bamboo canoe dolphin'}]}}
    """
    return ConfigDict(json_schema_extra={"examples": [members]})


class CodeBody(BundleModel):
    """A code as a person says it: case, accents, spaces and hyphens do not count."""

    model_config = example_of(code="acoustic bamboo canoe dolphin")

    code: Annotated[fields.Filled, Field(max_length=LONGEST)]
