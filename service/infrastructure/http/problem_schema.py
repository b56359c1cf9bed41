"""The body of every error answer (RFC 9457)."""

from __future__ import annotations

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    """One wrong field of a request."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body; empty for the whole of it.")
    parameter: str | None = Field(default=None, description="The parameter or header, where it is not in the body.")
    detail: str = Field(description="What is allowed there; never what was sent.")


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(description="Where this kind of problem is explained.")
    title: str
    status: int
    code: str = Field(description="Stable; what programs go by.")
    detail: str | None = None
    errors: list[FieldError] | None = None
    more_errors: int | None = Field(default=None, description="How many errors there are that `errors` does not list.")
