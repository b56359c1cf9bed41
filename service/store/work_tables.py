"""The tables of the coalition's own work: words that are proposed. No load of a directory touches them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Field

from .columns import Json
from .table_base import Happening, key


class VocabularyProposal(Happening, table=True):
    """A word or a code that an organization (a slug) proposed. `status`: open, accepted, declined.

    `entry` is what stands in the vocabulary once it is accepted, in the bundle's form; `slug` its name there.
    """

    __tablename__ = "vocabulary_proposal"

    id: str = key()
    organization: str = Field(index=True)
    slug: str = Field(index=True)
    entry: dict[str, Any] = Field(sa_type=Json, nullable=False)
    status: str
    proposed_on: date
    decided_on: date | None = None
    decided_by: str | None = None
