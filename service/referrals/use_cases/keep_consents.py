"""Consents on record: recorded, confirmed, read, looked up by code; each party sees its own part and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from service.answers.profile import ConsentTerms, form_names, unknown_among
from service.database import clock
from service.database import outbox as events
from service.database.idempotency_keys import remember
from service.database.key_ring import KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import CONSENT_ANY, MAY, TO, Act, PartyRole
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.bodies import peek, read_as
from service.documents.document import parse_body
from service.documents.entity_tags import TaggedDocument, with_etag
from service.documents.node import Node
from service.errors import ActRefused, BodyRefused, Forbidden, KeyReused, NotFound, Problem
from service.i18n import refusals
from service.i18n.spoken_codes import CONSENT_WORDS, ENGLISH, new_code
from service.referrals.store.attempt_limits import CODES, Allowance, count_try
from service.referrals.store.consents import Consents, StoredConsent
from service.referrals.store.tables import Consent
from service.security import Caller
from service.settings import Settings

PROPOSED, CURRENT, ENDED, WITHDRAWN = STATUSES = ("proposed", "current", "ended", "withdrawn")
ENDING_DAYS = 7
"""So long before its end a consent's `from` hears of it; not where the whole term is shorter."""


@dataclass(frozen=True, slots=True)
class ConsentReceipt:
    """A recorded consent: `document` with the `code` for a new consent, without for the answer to a repeat."""

    document: dict[str, Any]
    repeated: bool


def read_terms(directory: DirectorySnapshot, caller: Caller, data: bytes) -> ConsentTerms:
    """Return the terms of a consent to record, with its organizations by slug and its form by id.

    Raises:
        BodyRefused: the terms are wrong, or name an absent entry.
        Forbidden: the terms are another organization's, and the scope is missing.
    """
    holder = Node(peek(data)).text("from") or caller.organization
    seen, holder_slug = directory.acting_for(caller.organization, holder)
    if (holder_slug or holder) != caller.organization and CONSENT_ANY not in caller.scopes:
        raise Forbidden
    names = seen.names
    slugs = {name: slug for slug, view in names.organizations.items() for name in (slug, view.id)}
    forms = form_names(names) | {slug: slug for slug in names.forms}

    def unknown(document: Node) -> Iterator[Problem]:
        yield from unknown_among([document.get("from"), *document.texts("to")], slugs, refusals.NO_ORGANIZATION)
        yield from unknown_among([document.get("form")], forms, refusals.NO_FORM_HERE)

    terms = read_as(ConsentTerms, data, defaults={"from": caller.organization}, unknown=unknown, parse=parse_body)
    slugs_and_form = {
        "holder": slugs[terms.holder],
        "to": tuple(slugs[name] for name in terms.to),
        "form": None if terms.form is None else forms[terms.form],
    }
    return terms.model_copy(update=slugs_and_form)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request's `Idempotency-Key`, with the request's body."""

    key: str
    body: bytes


def record_consent(
    work: UnitOfWork,
    caller: Caller,
    terms: ConsentTerms,
    *,
    zone: ZoneInfo,
    ring: KeyRing,
    settings: Settings,
    request: KeyedRequest | None = None,
    language: str = ENGLISH,
) -> ConsentReceipt:
    """Record a client's consent (`read_terms`); `zone`: the coalition's, `language`: the code's.

    For another organization's `from` (scope `consent:any`) the consent is only proposed, until its `from` confirms.

    Raises:
        BodyRefused: the days do not fit today.
        KeyReused: the key was used for another body.
    """
    with work:
        now = clock.now(work.session)
        if problems := tuple(_undue(terms, settings, now.astimezone(zone))):
            raise BodyRefused(problems)
        new_id = str(uuid4())
        if request is not None and (earlier := _recall(work, caller, request, new_id)) is not None:
            return earlier
        code = new_code(CONSENT_WORDS, language)
        columns = {
            "id": new_id,
            "status": CURRENT if terms.holder == caller.organization else PROPOSED,
            "holder": terms.holder,
            "form": terms.form,
            "level": terms.level,
            "marks": sorted(terms.marks),
            "data": sorted(terms.data),
            "purpose": terms.purpose,
            "signers": sorted(terms.signers),
            "signed_on": terms.signed_on,
            "ends_on": terms.ends_on,
            "recorded_at": now,
            "changed_at": now,
            **ring.newest.stamp(code),
            "keep_days": settings.keep_consents_days,
        }
        record = Consents(work.session).add(columns, set(terms.to))
        _set_timers(work, record.consent, now, zone)
        work.commit()
        return ConsentReceipt({**_receipt_of(new_id), "status": columns["status"], "code": code}, repeated=False)


def confirm_consent(work: UnitOfWork, caller: Caller, consent_id: str, *, zone: ZoneInfo) -> TaggedDocument:
    """Make a proposed consent count, as its `from`; a current consent stays as before. `zone`: the coalition's.

    Raises:
        NotFound, Forbidden: as their names say.
        ActRefused: the consent has ended or was withdrawn.
    """
    with work:
        record = party_to(
            Consents(work.session).find(consent_id, party=caller.organization, lock=True),
            caller.organization,
            Act.CONFIRM_CONSENT,
        )
        if record.consent.status not in (PROPOSED, CURRENT):
            raise ActRefused("not_from_here")
        if record.consent.status == PROPOSED:
            now = clock.now(work.session)
            touch(record.consent, now, status=CURRENT)
            _set_timers(work, record.consent, now, zone)  # its near end was told to nobody while it counted for nothing
        answer = consent_view(record, caller.organization)
        work.commit()
        return answer


def get_consent(work: UnitOfWork, caller: Caller, consent_id: str) -> TaggedDocument:
    """Return the caller's part of a consent.

    Raises:
        NotFound: no such consent, or not for the caller to read.
    """
    with work:
        record = party_to(
            Consents(work.session).find(consent_id, party=caller.organization, own_part=True),
            caller.organization,
            Act.READ_CONSENT,
        )
        return consent_view(record, caller.organization)


def list_consents(
    work: UnitOfWork, caller: Caller, *, role: str | None, status: str | None, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of the consents readable by the caller, by id: `items`, `page`, `per_page`, `total`."""
    with work:
        total, rows = Consents(work.session).page(
            caller.organization, role=role, status=status, offset=(page - 1) * per_page, limit=per_page
        )
        items = [consent_view(record, caller.organization).document for record in rows]
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def look_up_consent(work: UnitOfWork, ring: KeyRing, caller: Caller, code: str) -> TaggedDocument:
    """Return the caller's part of the consent with `code`.

    Raises:
        NotFound: no consent has the code, or the caller is no party to it: in the same words and time.
        ActRefused: too many codes were tried.
    """
    take_try(work, ring, CODES, caller)
    with work:
        record = Consents(work.session).find_by_code(ring.digests(code), party=caller.organization, own_part=True)
        return consent_view(party_to(record, caller.organization, Act.LOOK_UP_CONSENT), caller.organization)


def take_try(work: UnitOfWork, ring: KeyRing, allowance: Allowance, caller: Caller, *, times: int = 1) -> None:
    """Count tries in a transaction of their own, so that tries count whatever their result.

    Raises:
        ActRefused: too many tries for now.
    """
    with work:
        wait = count_try(work.session, ring.newest, allowance, caller.organization, caller.subject, times=times)
        if wait is not None:
            raise ActRefused("too_many_codes", wait_s=wait)
        work.commit()


def party_to(record: StoredConsent | None, organization: str, act: Act) -> StoredConsent:
    """Return a consent if the organization may do `act` with it.

    Raises:
        NotFound: the consent is absent, or hidden from the organization.
        Forbidden: the organization may see the consent, and `act` is another party's.
    """
    role = role_of(record, organization)
    if record is None or (role not in MAY[act] and role not in MAY[Act.READ_CONSENT]):
        raise NotFound
    if role not in MAY[act]:
        raise Forbidden
    return record


def role_of(record: StoredConsent | None, organization: str) -> PartyRole:
    """Return how an organization stands to a consent."""
    if record is not None and record.consent.holder == organization:
        return PartyRole.FROM
    part = None if record is None else record.part_of(organization)
    if part is None:
        return PartyRole.OTHER
    return PartyRole.RECEIVED if part.received else PartyRole.NAMED


def consent_view(record: StoredConsent, organization: str) -> TaggedDocument:
    """Return a consent in a party's view: whole for its `from`, and for a `to` its own part alone."""
    consent, part = record.consent, record.part_of(organization)
    document: dict[str, Any] = {
        "id": consent.id,
        "status": consent.status,
        "form": consent.form,
        "level": consent.level,
        "marks": consent.marks,
        "data": consent.data,
        "ends_on": consent.ends_on.isoformat(),
    }
    if consent.holder != organization and part is not None:
        own_status = consent.status if part.withdrawn_on is None else WITHDRAWN
        return with_etag({**document, "status": own_status, "to": [organization]})
    withdrawal = consent.withdrawn_on
    return with_etag(
        {
            **document,
            "from": consent.holder,
            "to": [party.organization for party in record.parties],
            "purpose": consent.purpose,
            "signers": consent.signers,
            "signed_on": consent.signed_on.isoformat(),
            "withdrawn_on": None if withdrawal is None else withdrawal.isoformat(),
            "by": consent.withdrawn_by,
            "withdrawn": [
                {"to": party.organization, "by": party.withdrawn_by, "on": party.withdrawn_on.isoformat()}
                for party in record.parties
                if party.withdrawn_on is not None
            ],
            "receipt": _receipt_of(consent.id)["receipt"],
        }
    )


def touch(consent: Consent, now: datetime, **changes: Any) -> None:
    """Change columns of a locked consent, so that a decision on the earlier consent is made again."""
    for name, value in {**changes, "changed_at": now, "revision": consent.revision + 1}.items():
        setattr(consent, name, value)


def midnight_after(consent: Consent, zone: ZoneInfo) -> datetime:
    """Return when a consent is over: 00:00 of the day after its last, in the coalition's time zone."""
    return datetime.combine(consent.ends_on + timedelta(days=1), time(0), zone).astimezone(UTC)


def _set_timers(work: UnitOfWork, consent: Consent, now: datetime, zone: ZoneInfo) -> None:
    over = midnight_after(consent, zone)
    events.schedule(work.session, "consent.ended", consent.id, over)
    if (consent.ends_on - consent.signed_on).days >= ENDING_DAYS:
        soon = datetime.combine(consent.ends_on - timedelta(days=ENDING_DAYS), time(0), zone).astimezone(UTC)
        events.schedule(work.session, "consent.ending", consent.id, max(soon, now))


def _undue(terms: ConsentTerms, settings: Settings, now: datetime) -> Iterator[Problem]:
    longest = settings.longest_consent_days
    if terms.signed_on > now.date():
        yield Problem("/signed_on", refusals.NOT_IN_FUTURE)
    if terms.ends_on < terms.signed_on:
        yield Problem("/ends_on", refusals.NOT_BEFORE.format(first="signed_on"))
    elif terms.ends_on < now.date():
        yield Problem("/ends_on", refusals.NOT_OVER)
    elif (terms.ends_on - terms.signed_on).days > longest:
        yield Problem("/ends_on", refusals.CONSENT_TOO_LONG.format(days=longest))
    for place, name in enumerate(terms.to):
        if name == terms.holder:
            yield Problem(f"/{TO}/{place}", refusals.NOT_TO_ITSELF)


def _recall(work: UnitOfWork, caller: Caller, request: KeyedRequest, new_id: str) -> ConsentReceipt | None:
    """Return the consent recorded by the same request before; None: none, and the key is now the key of `new_id`."""
    earlier = remember(work, caller.organization, request.key, request.body, object_id=new_id)
    if earlier is None:
        return None
    if not earlier.same:
        raise KeyReused
    return ConsentReceipt(_repeat(work, earlier.object_id), repeated=True)


def _repeat(work: UnitOfWork, consent_id: str) -> dict[str, Any]:
    record = Consents(work.session).find(consent_id)
    return {**_receipt_of(consent_id), "status": WITHDRAWN if record is None else record.consent.status}


def _receipt_of(consent_id: str) -> dict[str, Any]:
    return {"id": consent_id, "receipt": f"/v1/consents/{consent_id}/receipt"}
