"""The table of keys that an operator said are lost for good."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from .columns import UtcDateTime
from .table_base import ActRow


class LostKey(ActRow, table=True):
    """A key that rows name and nobody has: by its name, which reveals no part of it. The program serves without it."""

    __tablename__ = "lost_key"

    name: str = Field(primary_key=True, max_length=12)
    purpose: str
    accepted_at: datetime = Field(sa_type=UtcDateTime, nullable=False)
