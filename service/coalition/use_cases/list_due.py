"""List due items: items that follow from the directory, and items known only to the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from service.coalition import DueItems, Item, VisibleDirectory
from service.coalition.due_items import FOLLOW_UP
from service.coalition.use_cases.keep_proposals import open_proposals
from service.coalition.use_cases.propose_entry import decider_of
from service.database import clock
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import REFERRAL
from service.directory.store.hide_organizations import unconfirmed_slugs
from service.directory.use_cases.read_directory import KEPT_HIDDEN, ORGANIZATIONS, View
from service.i18n import coalition
from service.referrals.store.referrals import Referrals


def list_due(work: UnitOfWork, visible: VisibleDirectory, at: datetime, within: timedelta) -> DueItems:
    """Return the items due for the reader of `visible` at a moment (aware), and within a time from then.

    Raises:
        AddressKeyError: sealed texts cannot be opened.
    """
    with work:
        today = visible.today(at)
        besides = (
            *_open_proposal_items(work, visible, today),
            *_address_leaks(work, visible, today),
            *_kept_hidden(work, visible, today),
            *_follow_ups(work, visible, today + within),
        )
    return DueItems(visible, at, within, besides)


def _open_proposal_items(work: UnitOfWork, visible: VisibleDirectory, today: date) -> Iterator[Item]:
    """Yield each waiting proposal, for its decider or proposer; of labels, for the organization that has the labels."""
    for proposal in open_proposals(work, visible):
        name, href = visible.name(proposal.organization), f"/v1/vocabulary-proposals/{proposal.id}"
        if proposal.resource == ORGANIZATIONS:
            plain = coalition.LABELS_PROPOSED.format(name=name, organization=visible.name(proposal.slug))
            yield Item(today, "labels_undecided", proposal.slug, href, plain)
            continue
        decider = decider_of(visible, proposal.entry)
        owner = decider if decider in visible.members else proposal.organization
        word = proposal.entry.get("term") or proposal.entry.get("name")
        yield Item(today, "word_undecided", str(owner), href, coalition.WORD_PROPOSED.format(name=name, word=word))


def _kept_hidden(work: UnitOfWork, visible: VisibleDirectory, today: date) -> Iterator[Item]:
    """Yield each organization that a restore keeps hidden until it confirms what it shows."""
    for slug in unconfirmed_slugs(work.session):
        if slug in visible.organizations:
            plain = coalition.KEPT_HIDDEN.format(name=visible.name(slug))
            yield Item(today, KEPT_HIDDEN, slug, f"/v1/organizations/{slug}", plain)


def _address_leaks(work: UnitOfWork, visible: VisibleDirectory, today: date) -> Iterator[Item]:
    """Yield each text of another agency that told the reader's private place, by its field: for the reader alone."""
    reader = visible.reader
    view = None if reader is None else visible.organizations.get(reader.organization)
    if reader is None or view is None:
        return
    for leak in View.of(work, reader).address_leaks_in_other_records(view.id):
        plain = coalition.TOLD_ELSEWHERE.format(field=leak["pointer"])
        yield Item(today, "address_told_elsewhere", view.slug, str(leak["href"]), plain)


def _follow_ups(work: UnitOfWork, visible: VisibleDirectory, until: date) -> Iterator[Item]:
    """Yield each referral that the reader's organization checks back on, for a reader of its referrals alone."""
    reader = visible.reader
    if reader is None or REFERRAL not in reader.scopes or reader.organization not in visible.organizations:
        return
    for referral_id, day in Referrals(work.session).follow_ups(
        reader.organization, until=until, now=clock.now(work.session)
    ):
        yield Item(day, FOLLOW_UP, reader.organization, f"/v1/referrals/{referral_id}", coalition.FOLLOW_UP)
