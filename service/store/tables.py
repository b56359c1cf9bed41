"""The tables: HSDS 3.2 under its own names, and our lists beside HSDS.

Table models do not validate; only validated bundles and imports reach the tables. A field that routing, search or the
HSDS answers filter on is a typed column; the rest of an HSDS object is `extra`. `id` is a UUID as text, `slug` the name
that people use. `owner_id` is the organization of the row's record, so that a record is replaced whole. `position`
keeps the order of the file for people to read; no answer depends on it, save the order of the parties to an agreement.

On imported rows, `source` names the import that first brought the record (None: a bundle's). `curated` holds settled
fields of a curation file, under HSDS field names: every import lays the settled fields over the source's. `inferred`
holds values read out of free text: shown, and unknown to routing until settled. `withheld` holds, sealed, the texts
that came over HTTP and read like an address: see `service.withheld`. A part of a service's place
(`service_at_location_id`) counts as a part of the service too.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import MetaData

from . import event_tables, loop_tables, page_tables, webhook_tables, work_tables
from .directory_tables import DIRECTORY
from .table_base import Happening

DEFINED_IN = (event_tables, loop_tables, page_tables, webhook_tables, work_tables)


@cache
def all_tables() -> MetaData:
    """Return all tables, as migrations are compared with them: the directory's, and those of what happens."""
    found = MetaData(naming_convention=DIRECTORY.naming_convention)
    for table in (*DIRECTORY.sorted_tables, *Happening.metadata.sorted_tables):
        table.to_metadata(found)
    return found
