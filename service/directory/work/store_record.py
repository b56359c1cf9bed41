"""Store a record that came over HTTP, without its texts to withhold (`service.directory.withheld`)."""

from __future__ import annotations

from functools import cache
from secrets import token_hex

from service.directory.bundle import Bundle
from service.directory.store.resources import TYPES, Resources
from service.directory.store.rows import plain, rows_of
from service.directory.withheld import Text, split_withheld, tellers, write_withheld
from service.infrastructure.database.unit_of_work import UnitOfWork

from .read_directory import ORGANIZATIONS, SERVICES
from .record_body import texts_in
from .record_checks import LISTS


def owners_of(bundle: Bundle) -> frozenset[str]:
    """Return the slugs of a record's organizations: itself, or the parties of an agreement. Pure."""
    parties = (slug for agreement in bundle.agreements for slug in agreement.between)
    return frozenset((*(organization.id for organization in bundle.organizations), *parties))


def store_record(unit_of_work: UnitOfWork, resource: str, bundle: Bundle, *, writer: str) -> None:
    """Put the single record in `bundle` (of a service: its organization's) in place of the stored record.

    `writer`: the slug of the writing caller's organization.

    Raises:
        AddressKeyError: sealed texts cannot be opened, or new texts cannot be sealed.
    """
    resource = ORGANIZATIONS if resource == SERVICES else resource
    record_type, coalition = TYPES[resource], unit_of_work.coalition
    [row_id] = rows_of(bundle)[record_type]
    before = coalition.withheld(record_type, row_id).get(row_id, {})
    stored = Resources(unit_of_work.session).documents(resource, [row_id])
    lines = cache(coalition.private_lines)
    owners = owners_of(bundle)
    readable = not owners or writer in owners  # who writes what is the coalition's is shown all of it

    def new(text: str) -> Text:
        owners_told = tuple(owner for owner in tellers(lines(), text) if owner != row_id)
        return Text(text, owners_told, "" if readable else token_hex(8))

    told = plain(bundle)
    open_already = frozenset(texts_in(stored))
    shown, withheld = split_withheld(
        told[LISTS[resource]][0], before, readable=readable, open_already=open_already, new=new
    )
    if withheld:
        bundle = Bundle.model_validate({"coalition": told["coalition"], LISTS[resource]: [shown]})
    rows = rows_of(bundle)
    rows[record_type][row_id]["withheld"] = write_withheld(withheld)
    coalition.merge([rows], founding=bundle.coalition)
