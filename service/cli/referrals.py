"""`consent` and `referral`: the closed loop from a terminal, as one organization, without a client program.

Codes are read from standard input, because other users of the machine can read its command lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import typer

import service.webhooks.lifecycle_events  # noqa: F401 - every type of event and of timer is known
from service.cli.environment import read_settings
from service.cli.opening import opening
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import print_json, read_input, say
from service.database.database import Database
from service.database.key_ring import KeyRing
from service.directory.parties import CAPACITY, CONSENT, CONSENT_ANY, REFERRAL
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.documents.bodies import read_sent_body
from service.documents.entity_tags import Condition
from service.i18n import commands, receipts
from service.referrals.use_cases import keep_consents, move_referral, withdraw_consent
from service.referrals.use_cases.follow_up import FollowUpBody, record_follow_up
from service.referrals.use_cases.print_receipt import print_receipt
from service.referrals.use_cases.referral_body import read_referral
from service.referrals.use_cases.send_referral import SendReferral
from service.security import Caller
from service.settings import Settings

As = Annotated[str, typer.Option("--as", metavar="ORGANIZATION", help=commands.AS)]
Id = Annotated[str, typer.Argument(metavar="ID", help=commands.ID)]
Body = Annotated[str, typer.Argument(metavar="FILE", help=commands.BODY)]
Status = Annotated[str | None, typer.Option("--status", help=commands.STATUS)]
_SCOPES = frozenset({CONSENT, CONSENT_ANY, REFERRAL, CAPACITY})
_MOST = 1000

consent = typer.Typer(help=commands.CONSENT, **PLAIN)  # type: ignore[arg-type]
referral = typer.Typer(help=commands.REFERRAL, **PLAIN)  # type: ignore[arg-type]


def add_commands(app: typer.Typer) -> None:
    """Add the groups `consent` and `referral` to the program."""
    app.add_typer(consent, name="consent")
    app.add_typer(referral, name="referral")


class AgencyDesk:
    """An organization at work on an open database, with the keys and the directory that its acts need."""

    def __init__(self, settings: Settings, database: Database, organization: str) -> None:
        self.settings = settings
        self.database = database
        self.caller = Caller(organization, _SCOPES, "command line")
        self.ring = KeyRing(database.cipher.keys)
        self.directory = load_snapshot(database.unit_of_work(writes=False))

    @property
    def today(self) -> date:
        """The day in the coalition's time zone."""
        return datetime.now(UTC).astimezone(self.directory.snapshot.zone).date()


def sending_at(desk: AgencyDesk) -> SendReferral:
    """Return the use case that sends referrals of a desk's organization; each decision reads the database anew."""
    return SendReferral(
        *(desk.database, desk.ring, desk.settings, desk.caller),
        current=lambda: load_snapshot(desk.database.unit_of_work(writes=False)),
        refresh=lambda: None,
    )


@contextmanager
def desk(database: str | None, organization: str) -> Iterator[AgencyDesk]:
    """Open the database for an organization; a refusal of a use case becomes a sentence. For a `with` block.

    Raises:
        Stopped: a use case refused.
    """
    settings = read_settings(database)
    with opening(settings) as store:
        yield AgencyDesk(settings, store, organization)


@consent.command("record")
def record(file: Body, organization: As, database: DatabaseUrl = None) -> None:
    """Record a client's consent: its terms as in a profile. The code is shown only once."""
    data = read_input(file, "consent")
    with desk(database, organization) as at:
        terms = keep_consents.read_terms(at.directory, at.caller, data)
        work, zone = at.database.unit_of_work(), at.directory.snapshot.zone
        view = keep_consents.record_consent(work, at.caller, terms, zone=zone, ring=at.ring, settings=at.settings)
    print_json(view.document)


@consent.command("confirm")
def confirm(consent_id: Id, organization: As, database: DatabaseUrl = None) -> None:
    """Confirm, as its `from`, a consent that another agency put on record."""
    with desk(database, organization) as at:
        work, zone = at.database.unit_of_work(), at.directory.snapshot.zone
        print_json(keep_consents.confirm_consent(work, at.caller, consent_id, zone=zone).document)


@consent.command("list")
def list_consents(
    organization: As,
    status: Status = None,
    role: Annotated[str | None, typer.Option("--role", help=commands.ROLE)] = None,
    database: DatabaseUrl = None,
) -> None:
    """List the agency's own consents, and the consents on which a packet was sent to the agency."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        print_json(
            keep_consents.list_consents(work, at.caller, role=role, status=status, page=1, per_page=_MOST).document
        )


@consent.command("show")
def show_consent(consent_id: Id, organization: As, database: DatabaseUrl = None) -> None:
    """Show the organization's part of a consent."""
    with desk(database, organization) as at:
        print_json(keep_consents.get_consent(at.database.unit_of_work(writes=False), at.caller, consent_id).document)


@consent.command("look-up")
def look_up_consent(organization: As, database: DatabaseUrl = None) -> None:
    """Look a consent up by the code on standard input."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work()
        print_json(keep_consents.look_up_consent(work, at.ring, at.caller, read_code()).document)


@consent.command("withdraw")
def withdraw(consent_id: Id, organization: As, database: DatabaseUrl = None) -> None:
    """Withdraw a consent as its `from`, or as a `to` its own part."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work()
        print_json(withdraw_consent.withdraw_consent(work, at.caller, consent_id, today=at.today).document)


@consent.command("withdraw-by-code")
def withdraw_by_code(organization: As, database: DatabaseUrl = None) -> None:
    """Pass on a client's wish to end a consent, by the code on standard input."""
    with desk(database, organization) as at:
        withdraw_consent.ask_withdrawal(at.database.unit_of_work(), at.ring, at.caller, read_code(), today=at.today)
    say(receipts.WITHDRAWAL_NOTED)


@consent.command("receipt")
def receipt(
    consent_id: Id,
    organization: As,
    names: Annotated[bool, typer.Option("--names", help=commands.RECEIPT_NAMES)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Print the receipt of a consent, for the client to keep."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        lines = print_receipt(work, at.directory, at.caller, consent_id, with_names=names)
    for line in lines:
        say(line)


@referral.command("send")
def send(
    file: Body,
    organization: As,
    key: Annotated[str | None, typer.Option("--key", help=commands.KEY)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Send a referral for a single hand-off, decided now. The receiver finds the referral by the printed code."""
    data = read_input(file, "referral")
    with desk(database, organization) as at:
        print_json(sending_at(at).send(read_referral(data, origin=organization), data, key or str(uuid4())).document)


@referral.command("list")
def list_referrals(
    organization: As,
    box: Annotated[str | None, typer.Option("--box", help=commands.BOX)] = None,
    status: Status = None,
    database: DatabaseUrl = None,
) -> None:
    """List the referrals that the agency sent or was sent."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        statuses = None if status is None else (status,)
        print_json(
            move_referral.list_referrals(work, at.caller, box=box, statuses=statuses, page=1, per_page=_MOST).document
        )


@referral.command("show")
def show_referral(referral_id: Id, organization: As, database: DatabaseUrl = None) -> None:
    """Show a referral as the organization's side sees it."""
    with desk(database, organization) as at:
        work = at.database.unit_of_work(writes=False)
        print_json(move_referral.get_referral(work, at.ring, at.caller, referral_id).document)


@referral.command("look-up")
def look_up_referral(organization: As, database: DatabaseUrl = None) -> None:
    """Look a referral up, as its receiver, by the code on standard input."""
    with desk(database, organization) as at:
        print_json(move_referral.look_up_referral(at.database.unit_of_work(), at.ring, at.caller, read_code()).document)


@referral.command("move")
def move(  # noqa: PLR0917 - typer passes them by name
    referral_id: Id,
    status: Annotated[str, typer.Argument(metavar="STATUS", help=commands.NEW_STATUS)],
    organization: As,
    reason: Annotated[str | None, typer.Option("--reason", help=commands.REASON)] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help=commands.OUTCOME)] = None,
    expected: Annotated[str | None, typer.Option("--expected", help=commands.EXPECTED)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Move a referral: receive, accept, put on a list, decline or complete it; as the sender, take it back."""
    body = {"status": status, "reason": reason, "outcome": outcome, "expected": expected}
    with desk(database, organization) as at:
        print_json(
            move_referral.move_referral(
                at.database.unit_of_work(),
                at.directory,
                at.caller,
                referral_id,
                ring=at.ring,
                sent_body=read_sent_body(move_referral.StatusBody, json.dumps(body).encode()),
                condition=Condition(frozenset("*")),
                waits=timedelta(days=at.settings.waitlisted_days),
            ).document
        )


@referral.command("follow-up")
def follow_up(
    referral_id: Id,
    organization: As,
    result: Annotated[str | None, typer.Option("--result", help=commands.FOLLOW_UP_RESULT)] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help=commands.FOLLOW_UP_ON)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Record, as its sender, what came of checking back on a referral, and when to do it next."""
    sent_body = read_sent_body(FollowUpBody, json.dumps({"result": result, "on": on}).encode())
    with desk(database, organization) as at:
        work, anyhow = at.database.unit_of_work(), Condition(frozenset("*"))
        print_json(
            record_follow_up(work, at.caller, referral_id, ring=at.ring, sent_body=sent_body, condition=anyhow).document
        )


def read_code() -> str:
    """Return the code on standard input."""
    return read_input("-", "code").decode("utf-8", errors="replace").strip()
