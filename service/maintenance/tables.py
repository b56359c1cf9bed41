"""The tables: records of the directory, the coalition itself, and what happens.

Table models do not validate; only validated bundles and imports reach the tables. A record (`directory_tables.Record`)
is a document in HSDS 3.2's names; a private place is sealed. `id` is a UUID as text, `slug` the name that people use.
`owner_id` is the organization of a record, so that an organization is replaced with all that it owns. `position`
keeps the order of the file for people to read; no answer depends on it.

On imported records, `source` names the import that first brought the record (None: a bundle's), and `extra` in the
document or in a part holds what is no field of its class or could not be read. `curated` holds settled fields of a
curation file, under HSDS field names, and `own` fields of ours: every import lays them over the source's. `inferred`
holds values read out of free text: shown, and unknown to routing until settled. `withheld` holds, sealed, the texts
that came over HTTP and read like an address: see `service.directory.withheld`. What hangs on a service's place counts
as a part of the service too.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import MetaData


@cache
def all_tables() -> MetaData:
    """Return all tables, as migrations are compared with them: the directory's, and those of what happens.

    The modules that define them are imported here: they bring what signs tokens and sends webhooks, which a command
    over a database that is up to date doesn't need.
    """
    # ruff: noqa: PLC0415, F401
    from service.database import audit_tables, hiding_note, key_tables
    from service.database.outbox import tables as event_tables
    from service.database.table_base import ActRow
    from service.directory.store import capacity_tables, change_tables, proposal_tables
    from service.directory.store.directory_tables import DIRECTORY
    from service.referrals.store import tables as loop_tables
    from service.referrals.store import work_tables
    from service.security import tables as token_tables
    from service.sessions import tables as page_tables
    from service.webhooks import tables as webhook_tables

    metadata = MetaData(naming_convention=DIRECTORY.naming_convention)
    for table in (*DIRECTORY.sorted_tables, *ActRow.metadata.sorted_tables):
        table.to_metadata(metadata)
    return metadata
