"""The audit's entries: written in the transaction of an act, and linked into a chain after its commit.

A link is a keyed digest (HMAC) over an entry and the link before it. Whoever changes, removes, adds or moves an entry
without the key breaks a link; with the key, a link that was noted elsewhere (an anchor) stays broken. The last link is
signed, so that nobody cuts off the end without the key, unless they put back a head that was signed earlier; an anchor
shows that too.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import column, delete, event, func, select, text, update, values
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, col

from service.database.actor import Actor, current_actor
from service.errors import StoreError
from service.i18n import audit as words
from service.settings import Settings

from . import clock
from .advisory_locks import wait_for_turn
from .audit_tables import ANCHORED, IS_ANCHOR, UNSIGNED_HEAD, AuditEntry, AuditHead, AuditSalt
from .key_lines import Purpose
from .store_keys import StoreKeys, build_keys
from .table_base import table_of
from .upsert import insert_new

if TYPE_CHECKING:
    from .key_ring import CodeKey, KeyRing
    from .unit_of_work import ChangeSet

KEY_MADE = "keys make"
"""Operation of an entry about a key that was made at its first need, or by the command."""
FORGOTTEN = "audit.forgotten"
"""The operation of an entry that the chain itself rests on: the entries before an anchored one were deleted."""
SUBJECTS_KEPT_FOR = timedelta(days=365)
ANCHOR_EVERY = timedelta(hours=1)
AT_ONCE = 500
_ONLY, _FIRST_LINK = 1, ""
_TOUCHED, _DETAILS = "audit", "audit details"
_BY_DIGEST, _SIGNED_IN = ("consent", "referral"), "page_session"
"""Tables by name, so that whoever only reads a directory loads none of what happens."""
_entries, _head, _salts = table_of(AuditEntry), table_of(AuditHead), table_of(AuditSalt)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The link of an entry, to be kept elsewhere; every entry up to it counts into the link."""

    position: int
    link: str


@dataclass(frozen=True, slots=True)
class Links:
    """The next links of the chain after its head: of each entry the id, the position and the link. `key`: its name.

    `unsigned`: the entry, not written yet, that notes that the head is not signed; the first of the rows is its link.
    """

    head: Anchor
    key: str
    rows: Sequence[tuple[str, int, str]]
    unsigned: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the chain, in words; `position`: of the entry, None for the whole."""

    position: int | None
    plain: str


def watch(session_type: type[Session]) -> None:
    """Have sessions of a type note which objects they change."""
    event.listen(session_type, "after_flush", _note_touched)


def _note_touched(session: Session, _flush: UOWTransaction) -> None:
    for instance in (*session.new, *session.dirty, *session.deleted):
        if _name(instance) in (*_BY_DIGEST, _SIGNED_IN):
            session.info.setdefault(_TOUCHED, {})[instance.id] = instance


class AuditTrail:
    """Writes, links and checks entries. Safe to share between threads."""

    def __init__(self, settings: Settings, keys: StoreKeys | None = None) -> None:
        """Take the settings, and their keys if these are at hand. Touches no file yet."""
        self._keys = keys or build_keys(settings)
        self._keep_days = settings.keep_audit_days

    @cached_property
    def _ring(self) -> KeyRing:
        from .key_ring import KeyRing  # noqa: PLC0415 - it signs as well, which takes long to import

        return KeyRing(self._keys, Purpose.AUDIT)

    def write(self, session: Session, change_set: ChangeSet) -> None:
        """Write down the act of the transaction, as its last part, and keys that were made; nobody acts: no act."""
        if self._keys.new_keys:
            names = [{"purpose": key.purpose.value, "key": key.name} for key in self._keys.new_keys]
            self.add(session, [self.entry(Actor(KEY_MADE), clock.now(session), details=key) for key in names])
            event.listen(session, "after_commit", lambda _: self._keys.new_keys.clear(), once=True)
        actor = current_actor()
        if actor is None:
            return
        session.flush()
        changed = session.info.pop(_TOUCHED, {})
        organization = actor.organization or next(
            (instance.organization for instance in changed.values() if _name(instance) == _SIGNED_IN), None
        )
        instances = [instance for instance in changed.values() if _name(instance) in _BY_DIGEST]
        salts = _salts_of(session, [instance.id for instance in instances])
        objects = [
            [_name(instance), digest(instance.id, salts[instance.id]), instance.status] for instance in instances
        ]
        organizations = change_set.openly | change_set.to_members | change_set.privately
        objects += [["organization", row_id, "changed"] for row_id in sorted(organizations)]
        objects += [["agreement", row_id, "changed"] for row_id in sorted(change_set.agreements)]
        grounds = (_grounds(instance) for instance in instances if _name(instance) == "referral")
        details = session.info.pop(_DETAILS, None) or next(grounds, None)
        actor = Actor(actor.operation, organization, actor.subject)
        self.add(session, [self.entry(actor, clock.now(session), objects, details)])

    def entry(
        self,
        actor: Actor,
        at: datetime,
        objects: Sequence[Sequence[str]] = (),
        details: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return an entry as a row."""
        row = {
            "id": str(uuid4()), "at": at, "organization": actor.organization, "operation": actor.operation,
            "objects": [list(entry) for entry in objects], "details": None if details is None else dict(details),
            "keep_days": self._keep_days, "subject_salt": None, "subject_digest": None, "subject_mark": None,
        }  # fmt: skip
        if actor.subject is None or actor.organization is None:
            return row
        try:
            salt, subject = secrets.token_hex(16), self.subject_digests(actor.organization, actor.subject)[0]
        except StoreError:  # no key: the act is written down all the same
            return row
        return {**row, "subject_salt": salt, "subject_digest": subject, "subject_mark": _mark(salt, subject)}

    def add(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Write entries."""
        session.execute(insert_into(_entries), rows)

    def subject_digests(self, organization: str, subject: str) -> list[str]:
        """Return the possible keyed digests of a token's subject, that of the key in use first."""
        return [key.digest(f"subject:{organization}:{subject}") for key in self._ring.keys]

    def next_links(self, session: Session) -> Links | None:
        """Return the links of the next entries, at most `AT_ONCE`; None: no entry waits.

        For a transaction that only reads: to read and digest them takes long beside other threads, and whoever writes
        to SQLite waits for a transaction that writes.
        """
        unlinked = select(_entries).where(_entries.c.position.is_(None)).order_by(_entries.c.at, _entries.c.id)
        rows: Sequence[Any] = session.execute(unlinked.limit(AT_ONCE)).all()
        if not rows:
            return None
        head = session.execute(select(_head)).one_or_none()
        first = Anchor(head.position, head.link) if head is not None else Anchor(0, _FIRST_LINK)
        linked, before, newest, unsigned = [], first.link, self._ring.newest, None
        if head is not None and not self._is_signed(found := _plain_head(head._mapping)):
            unsigned = self.entry(Actor(UNSIGNED_HEAD), clock.now(session), details=found)
        in_order = rows if unsigned is None else [SimpleNamespace(**unsigned), *rows]
        for position, row in enumerate(in_order, start=first.position + 1):
            before = _link(newest, before, row, position)
            linked.append((row.id, position, before))
        return Links(first, newest.name, linked, unsigned)

    def link(self, session: Session, links: Links) -> bool:
        """Link entries into the chain, under its lock, and sign its head; False: it has another head by now."""
        insert_new(session, _head, {"id": _ONLY, "position": 0, "link": _FIRST_LINK})
        _, position, link = links.rows[-1]
        as_read = _head.c.position == links.head.position, _head.c.link == links.head.link
        statement = update(_head).where(*as_read).values(self.signed_head(position, link, clock.now(session)))
        if session.connection().execute(statement).rowcount == 0:
            return False
        if links.unsigned is not None:
            self.add(session, [dict(links.unsigned)])
        columns = [column(name, _entries.c[name].type) for name in ("id", "position", "link")]
        new = values(*columns, name="linked").data(links.rows).cte()
        linked = {"position": new.c.position, "link": new.c.link, "key": links.key}
        session.execute(update(_entries).where(_entries.c.id == new.c.id).values(**linked))
        return True

    def signed_head(self, position: int, link: str, at: datetime) -> dict[str, Any]:
        """Return the row of a head, signed by the key in use."""
        key = self._ring.newest
        row = {"position": position, "link": link, "signed_at": at, "key": key.name}
        return {**row, "signature": key.digest(_head_text(_plain_head(row)))}

    def _is_signed(self, head: Mapping[str, Any]) -> bool:
        """Say whether a head, as plain data, has a signature of its own; before the first entry none is needed."""
        key = next((key for key in self._ring.keys if key.name == head.get("key")), None)
        signature = None if key is None else key.digest(_head_text(head))
        return head.get("position") == 0 or (signature is not None and signature == head.get("signature"))

    def anchor(self, session: Session, *, every: timedelta | None = None) -> Anchor | None:
        """Return the last link, and note that it was given; None: no entry is linked yet.

        `every`: also None where an anchor was given within that time, or nothing has been linked since but its note.
        """
        wait_for_turn(session, ANCHORED)  # of several processes, one notes the anchor of the hour
        now, head = clock.now(session), session.execute(select(_head)).one_or_none()
        if head is None or head.position == 0:
            return None
        last = select(_entries.c.at, _entries.c.details).where(text(IS_ANCHOR)).order_by(_entries.c.at.desc()).limit(2)
        for at, noted in session.execute(last):
            if every is not None and (at > now - every or (noted and head.position <= noted["position"] + 1)):
                return None
        anchor = Anchor(head.position, head.link)
        self.add(session, [self.entry(Actor(ANCHORED), now, details=asdict(anchor))])
        return anchor

    def verify(self, session: Session, anchors: Iterable[Anchor] = ()) -> Iterator[Fault]:
        """Yield each fault of the chain, entry by entry, as a stream."""
        now, keys = clock.now(session), {key.name: key for key in self._ring.keys}
        links_by_position: dict[int, set[str | None]] = {}
        for anchor in anchors:  # two that differ at one position are no less a fault than one that does not fit
            links_by_position.setdefault(anchor.position, set()).add(anchor.link)
        first, before = self._start(session)
        expected = first
        query = select(_entries).where(_entries.c.position.is_not(None)).order_by(_entries.c.position)
        for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
            if row.position < expected:
                yield Fault(row.position, words.ADDED)
                continue
            if row.position > expected:
                yield Fault(expected, words.REMOVED.format(many=row.position - expected))
            if (key := keys.get(row.key or "")) is None:
                yield Fault(row.position, words.NO_KEY)
            elif row.link != _link(key, before, row, row.position) or not _subject_holds(row, now):
                yield Fault(row.position, words.CHANGED)
            if links_by_position.pop(row.position, {row.link}) != {row.link}:
                yield Fault(row.position, words.NOT_AS_ANCHORED)
            if row.operation == UNSIGNED_HEAD and not self._is_signed(row.details or {}):  # by a key found since
                yield Fault(row.position, words.NOT_SIGNED)
            expected, before = row.position + 1, row.link or ""
        yield from (Fault(place, words.CUT_OFF) for place in sorted(links_by_position) if place >= first)
        head = session.execute(select(_head)).one_or_none()
        if (expected - 1, before) != ((0, _FIRST_LINK) if head is None else (head.position, head.link)):
            yield Fault(None, words.HEAD)
        elif head is not None and not self._is_signed(_plain_head(head._mapping)):
            yield Fault(None, words.HEAD_NOT_SIGNED)

    def count(self, session: Session) -> tuple[int, int]:
        """Return how many entries are linked, and how many wait for their link."""
        linked, total = session.execute(select(func.count(_entries.c.position), func.count())).one()
        return linked, total - linked

    def signed_at(self, session: Session) -> datetime | None:
        """Return when the head was signed; None: it is not signed, or nothing is linked."""
        return session.execute(select(_head.c.signed_at)).scalar()

    def _start(self, session: Session) -> tuple[int, str]:
        """Return the first position that there must be, and the link before it."""
        details = select(_entries.c.details).where(_entries.c.operation == FORGOTTEN, _entries.c.position.is_not(None))
        starts = [(row["start"], row["before"]) for row in session.execute(details).scalars() if row]
        return max(starts, default=(1, _FIRST_LINK))


def forget(session: Session, now: datetime) -> None:
    """Delete subjects after a year, and entries after their time: from the oldest up to an anchored one, the new start.

    That start is written down in the chain, so that nobody else can shorten it unseen.
    """
    old = _entries.c.at <= now - SUBJECTS_KEPT_FOR, _entries.c.subject_salt.is_not(None)
    session.execute(update(_entries).where(*old).values(subject_salt=None, subject_digest=None))
    details = select(_entries.c.details).where(text(IS_ANCHOR)).order_by(_entries.c.at)  # as its index says it
    start = None
    for position in sorted({row["position"] for row in session.execute(details).scalars() if row}):
        row = session.execute(select(_entries).where(_entries.c.position == position)).one_or_none()
        if row is not None and row.at + timedelta(days=row.keep_days) > now:
            break
        start = row or start
    if start is None:
        return
    before = session.execute(select(_entries.c.link).where(_entries.c.position == start.position - 1)).scalar()
    if before is not None:
        new_start = {"start": start.position, "before": before}
        entry = {"id": str(uuid4()), "at": now, "operation": FORGOTTEN, "objects": [], "details": new_start}
        session.execute(insert_into(_entries).values(**entry, keep_days=start.keep_days))
        session.execute(delete(_entries).where(_entries.c.position < start.position))


def page_of(
    session: Session, organization: str, *, token: str | None, offset: int, limit: int
) -> tuple[Sequence[Any], int]:
    """Return a page of an organization's entries, the newest first, and how many there are; `token`: a digest."""
    conditions = [_entries.c.organization == organization]
    if token is not None:
        conditions.append(_entries.c.subject_digest == token)
    total = session.execute(select(func.count()).select_from(_entries).where(*conditions)).scalar_one()
    ordered = select(_entries).where(*conditions).order_by(_entries.c.at.desc(), _entries.c.id)
    return session.execute(ordered.offset(offset).limit(limit)).all(), total


def note_details(session: Session, details: Mapping[str, Any]) -> None:
    """Have the entry of the transaction say more: names of keys, counts; never content."""
    session.info[_DETAILS] = details


def forget_salt(session: Session, object_id: str) -> None:
    """Delete an object's salt, with the object; what the transaction changed of it before gets no other salt."""
    session.execute(delete(AuditSalt).where(col(AuditSalt.object_id) == object_id))
    session.info.get(_TOUCHED, {}).pop(object_id, None)


def digest(object_id: str, salt: str) -> str:
    """Return how an object stands in entries.

    >>> digest("0b1e9d0c", "salt")[:16]
    'bf1724af37447978'
    """
    return hashlib.sha256(f"{salt}:{object_id}".encode()).hexdigest()


def _salts_of(session: Session, ids: Sequence[str]) -> dict[str, str]:
    for object_id in ids:
        insert_new(session, _salts, {"object_id": object_id, "salt": secrets.token_hex(16)})
    if not ids:
        return {}
    rows = session.execute(select(_salts).where(_salts.c.object_id.in_(ids)))
    return {row.object_id: row.salt for row in rows}


def _name(instance: Any) -> str:
    return str(instance.__tablename__)


def _grounds(referral: Any) -> dict[str, Any]:
    rules = sorted({str(rule["id"]) for rule in referral.rules})
    return {"rules": rules, "directory_version": referral.directory_version, "policy_version": referral.policy_version}


def _mark(salt: str, subject: str) -> str:
    return hashlib.sha256(f"{salt}:{subject}".encode()).hexdigest()


def _subject_holds(row: Any, now: datetime) -> bool:
    """Say whether the subject is the one of the entry, or is gone after its year."""
    if row.subject_mark is None:
        return row.subject_salt is None and row.subject_digest is None
    if row.subject_salt is None or row.subject_digest is None:
        gone = row.subject_salt is None and row.subject_digest is None
        return bool(gone and row.at <= now - SUBJECTS_KEPT_FOR)
    return bool(_mark(row.subject_salt, row.subject_digest) == row.subject_mark)


def _plain_head(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a head as an entry notes it."""
    signed_at = row["signed_at"]
    return {**row, "signed_at": None if signed_at is None else signed_at.isoformat()}


def _head_text(head: Mapping[str, Any]) -> str:
    return json.dumps(["head", *(head.get(name) for name in ("position", "link", "signed_at", "key"))])


def _link(key: CodeKey, before: str, row: Any, position: int) -> str:
    names = ("id", "organization", "operation", "objects", "details", "subject_mark", "keep_days")
    content = [before, position, row.at.isoformat(), *(getattr(row, name) for name in names)]
    return key.digest(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
