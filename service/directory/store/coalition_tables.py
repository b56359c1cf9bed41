"""The table of the coalition itself."""

from __future__ import annotations

from sqlmodel import Field

from service.infrastructure.database.table_base import Row, json_value, words

ONLY_ROW = 1  # the primary key of the one row of `coalition`


class Coalition(Row, table=True):
    """The coalition: a single row. `directory_version` rises by one with every change to the directory.

    `fallback_lines` null: the coalition named no line. `interpreted` null: the coalition named no language of its
    members' telephone interpreters.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    slug: str
    name: str
    timezone: str
    policy_packs: list[str] = words()
    fallback_lines: list[dict[str, str]] | None = json_value()
    interpreted: list[str] | None = json_value()
    directory_version: int
