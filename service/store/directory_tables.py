"""The tables of the directory, which a load replaces: all that an answer is read from.

Reading a directory imports these tables alone; `service.store.tables` adds those of what happens (referrals, events).
"""

from __future__ import annotations

from sqlalchemy import MetaData

from . import coalition_tables, record_tables
from .table_base import Row

DEFINED_IN = (coalition_tables, record_tables)
DIRECTORY: MetaData = Row.metadata
"""Every table of the directory by name, `DIRECTORY.tables["organization"]`, and in the order of references."""
