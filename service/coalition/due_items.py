"""Due items: every task for an agency, in a single list, months ahead.

A reader sees the items of its own organization and of its agreements, so that no member learns of another's weak
points; with `directory:admin` a member sees every item of the coalition. An item without a day is due today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import policies
import routing
from policies.messages import joined
from service.answers.builder.phones import contact_phone
from service.coalition.terminology import AgencyWords
from service.coalition.visible_directory import VisibleDirectory
from service.directory.access import ADMIN
from service.i18n import coalition
from service.i18n.times import Day
from service.vocabulary import COUNTED_TYPES

Document = dict[str, Any]
USUAL, NEXT = timedelta(days=60), timedelta(days=30)
"""So far ahead items are listed, and so far ahead they are due soon."""
OVERDUE, SOON, LATER = STATES = ("overdue", "soon", "later")
FOLLOW_UP = "referral_follow_up"
_FRESH = timedelta(hours=24)


class Item(NamedTuple):
    """A task for `organization` (slug) by a day; `href` is the task's object."""

    due: date
    kind: str
    organization: str
    href: str
    plain: str


@dataclass(frozen=True)
class DueItems:
    """Items due at a moment (aware) and within a time from then; an overdue item stays.

    `besides`: items that do not follow from the directory alone.
    """

    visible: VisibleDirectory
    at: datetime
    within: timedelta = USUAL
    besides: tuple[Item, ...] = ()

    @property
    def today(self) -> date:
        """The day in the coalition's time zone."""
        return self.visible.today(self.at)

    def items(self) -> list[Item]:
        """Return every item known to the reader, by day, kind and organization."""
        last = self.today + self.within
        items = {item for item in self._unsorted_items() if item.due <= last and self._is_for_reader(item.organization)}
        return sorted(items)

    def document(self) -> Document:
        """Return the answer as a JSON document."""
        return {
            "items": [
                {**item._asdict(), "due": item.due.isoformat(), "state": self.state_of(item)} for item in self.items()
            ]
        }

    def state_of(self, item: Item) -> str:
        """Say whether an item's day is over, within the next thirty days, or later."""
        if item.due < self.today:
            return OVERDUE
        return SOON if item.due <= self.today + NEXT else LATER

    def _is_for_reader(self, organization: str) -> bool:
        reader = self.visible.reader
        return reader is None or organization == reader.organization or (reader.member and ADMIN in reader.scopes)

    def _unsorted_items(self) -> Iterator[Item]:
        for agreement in self.visible.agreements:
            yield from self._agreement(agreement)
        for slug, view in self.visible.organizations.items():
            href = f"/v1/organizations/{slug}"
            if view.review_by is not None:
                plain = coalition.DECLARATION_REVIEW.format(name=view.name, day=Day.of(view.review_by))
                yield Item(view.review_by, "declaration_review", slug, href, plain)
            yield from self._contacts(slug, href)
        for service in self.visible.snapshot.services:
            yield from self._service(service)
        yield from self._words()
        yield from self._sources()
        yield from self._counsel()
        yield from self.besides

    def _agreement(self, agreement: policies.Agreement) -> Iterator[Item]:
        """Yield an item for each party, so that each party sees the item as its own."""
        routing.checkpoint()
        task, day = self._task_and_days(agreement)
        if task is None:
            return
        for slug in agreement.between:
            partners = joined([self.visible.name(party) for party in agreement.between if party != slug], ", ")
            plain = coalition.AGREEMENT[task].format(name=partners, day=Day.of(day))
            yield Item(day, task, slug, f"/v1/agreements/{agreement.id}", plain)

    def _task_and_days(self, agreement: policies.Agreement) -> tuple[str | None, date]:
        """Return the tasks of an agreement, and their days."""
        over = agreement.expires is not None and agreement.expires < self.today
        match agreement.status:
            case "draft":
                return "agreement_unsigned", agreement.effective or self.today
            case "suspended":
                return "agreement_suspended", self.today
            case "ended":
                over = True
        if over:
            return (None if self._is_followed(agreement) else "agreement_ended"), agreement.expires or self.today
        return (None if agreement.expires is None else "agreement_ends"), agreement.expires or self.today

    def _is_followed(self, agreement: policies.Agreement) -> bool:
        """Say whether another agreement of the same parties is in force."""
        parties = set(agreement.between)
        return any(
            parties <= set(following.between) and following.is_in_force(self.today)
            for following in self.visible.agreements
        )

    def _contacts(self, slug: str, href: str) -> Iterator[Item]:
        for contact in self.visible.names.contacts.get(slug, ()):
            if contact.until is not None:
                role = coalition.role(contact.title)
                about = {"role": role, "name": self.visible.name(slug), "day": Day.of(contact.until)}
                yield Item(contact.until, "contact_term_ends", slug, href, coalition.TERM_ENDS.format(**about))
                if not (contact.successor or "").strip():
                    plain = coalition.NO_SUCCESSOR.format(**about)
                    yield Item(contact.until, "contact_without_successor", slug, href, plain)

    def _service(self, service: routing.Service) -> Iterator[Item]:
        routing.checkpoint()
        if not service.active:
            return
        owner, href = service.organization, f"/v1/services/{service.slug}"
        if service.types & COUNTED_TYPES:
            counts = [count.updated for count in service.capacities if count.updated is not None]
            if not counts or self.at - max(counts) > _FRESH:
                plain = coalition.BEDS_NOT_COUNTED.format(name=service.name)
                yield Item(self.today, "beds_not_counted", owner, href, plain)
        if gaps := [words for is_gap, words in self._gaps(service) if is_gap]:
            plain = coalition.INCOMPLETE.format(name=service.name, missing=joined(gaps, ", "))
            yield Item(self.today, "service_incomplete", owner, href, plain)

    def _gaps(self, service: routing.Service) -> Iterator[tuple[bool, str]]:
        phones = self.visible.organizations[service.organization].phones
        has_ages = service.limits_known or not (service.minimum_age is None or service.maximum_age is None)
        yield not service.types, coalition.MISSING_TYPES
        yield not has_ages, coalition.MISSING_AGES
        yield not service.areas_known, coalition.MISSING_AREAS
        yield not service.schedules, coalition.MISSING_HOURS
        yield contact_phone(service.phones, phones, in_writing=False) is None, coalition.MISSING_PHONE

    def _sources(self) -> Iterator[Item]:
        """Yield, for each member, each pack and card in use by the day on which its oldest source is a year old."""
        cards = self._cards
        days: dict[str, list[date]] = {}
        for source in policies.sources_of(self.visible.directory.rulebook, cards):
            days.setdefault(source.within, []).append(source.due)
        for within, due in days.items():
            first, place = min(due), "states" if within in self.visible.names.cards else "rules"
            count = sum(day <= max(first, self.today) for day in due)
            plain = coalition.SOURCES_DUE.format(name=within, count=count, day=Day.of(first))
            for member in self.visible.members:
                yield Item(first, "sources_to_read", member, f"/v1/policy/{place}", plain)

    @property
    def _cards(self) -> tuple[policies.StateCard, ...]:
        return tuple(card for code, card in self.visible.names.cards.items() if code in self.visible.snapshot.areas)

    def _counsel(self) -> Iterator[Item]:
        """Yield, for each member, each sign-off in use by its last day; today where the text is not what was signed."""
        rulebook = self.visible.directory.rulebook
        texts = policies.texts_in_force(rulebook, self._cards)
        for signed in self.visible.names.sign_offs:
            if signed.name not in texts:
                continue
            changed = signed.version != policies.text_version(signed.name, rulebook, texts[signed.name])
            plain = coalition.LAW_CHANGED if changed else coalition.SIGN_OFF_ENDS
            due, place = self.today if changed else signed.until, "states" if texts[signed.name] else "rules"
            for member in self.visible.members:
                about = plain.format(name=signed.name, day=Day.of(signed.on if changed else due))
                yield Item(due, "counsel_review", member, f"/v1/policy/{place}", about)

    def _words(self) -> Iterator[Item]:
        """Yield each word used by agencies in more than one way, for each using agency."""
        words = AgencyWords(self.visible)
        for term in filter(words.is_split, words.codes_by_word):
            plain = coalition.WORD_UNDECIDED.format(term=term)
            for slug in words.codes_by_word[term]:
                yield Item(self.today, "word_undecided", slug, f"/v1/vocabulary/{slug}:{term}", plain)
