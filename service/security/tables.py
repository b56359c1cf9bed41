"""The table of bearer tokens refused before their end."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from service.database.columns import UtcDateTime
from service.database.table_base import ActRow


class RefusedToken(ActRow, table=True):
    """A bearer token refused before its end: the name that the token is refused by, a digest, and the token's end."""

    __tablename__ = "refused_token"

    name: str = Field(primary_key=True, max_length=64)
    ends_at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)
