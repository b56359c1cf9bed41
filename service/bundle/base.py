"""What all models of a bundle share: frozen, strict, no unknown fields, and null read as absent."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

T = TypeVar("T")

# A list, and one that holds at least one thing where it is given. Strictness is lifted for the list alone
# (the file gives a list, the model keeps a tuple), not for what it holds.
Rows = Annotated[tuple[T, ...], Strict(False)]
Some = Annotated[tuple[T, ...], Strict(False), Field(min_length=1)]


class BundleModel(BaseModel):
    """Base of every object in a bundle."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    keeps_null: ClassVar[frozenset[str]] = frozenset()
    """Fields of which null says something else than absence: that it is not known."""

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the field names as a file spells them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _read_null_as_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {*cls.keys()} - cls.keeps_null
        return {key: given for key, given in value.items() if given is not None or key not in known}
