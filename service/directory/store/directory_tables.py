"""The tables of the directory, which a load replaces: all that an answer is read from.

Reading a directory imports these tables alone; `service.keeping.tables` adds those of what happens (referrals, events).
"""

from __future__ import annotations

from sqlalchemy import MetaData

from service.infrastructure.database.table_base import Row

from . import coalition_tables, record_tables

DEFINED_IN = (coalition_tables, record_tables)
DIRECTORY: MetaData = Row.metadata
"""Every table of the directory by name, `DIRECTORY.tables["organization"]`, and in the order of references."""
