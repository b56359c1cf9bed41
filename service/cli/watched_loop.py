"""A hand-off sent, delivered and answered in a single terminal, at the end of `demo`. No data leaves the machine.

A small receiver of webhooks listens on this machine alone. It prints each event that arrives and checks the signature
with the library that receivers use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Any
from uuid import uuid4

from standardwebhooks import Webhook, WebhookVerificationError

from policies.messages import joined
from service.answers.printed import PrintedPage
from service.cli.referrals import AgencyDesk, sending_at
from service.database.database import Database
from service.database.unit_of_work import UnitOfWork
from service.demo.hand_offs import DemoHandOff
from service.directory.access import WEBHOOK
from service.documents.bodies import read_sent_body
from service.documents.entity_tags import Condition
from service.errors import ActRefused
from service.i18n import watched
from service.i18n.page_texts import TEXTS
from service.referrals.use_cases import keep_consents, move_referral, withdraw_consent
from service.referrals.use_cases.referral_body import read_referral
from service.security import Caller, build_caller
from service.settings import Settings
from service.webhooks import endpoints
from service.webhooks.delivering import delivering
from service.webhooks.endpoints import EndpointSpec

PATIENCE_S = 15.0
MOST_BYTES = 65_536
ANYTHING = Condition(frozenset("*"))
Arrived = tuple[str, dict[str, str], bytes]
"""The path of a request, its headers by name in lower case, its body."""


class WatchedLoop:
    """Two agencies at their desks, and a receiver of webhooks for both."""

    def __init__(self, settings: Settings, database: Database, hand_off: DemoHandOff, page: PrintedPage) -> None:
        self._hand_off = hand_off
        self._page = page
        self._settings = settings.model_copy(update={"webhook_networks": "127.0.0.0/8", "webhook_http": True})
        self._sender = AgencyDesk(self._settings, database, hand_off.sender)
        self._receiver = AgencyDesk(self._settings, database, hand_off.receiver)
        self._secrets: dict[str, str] = {}
        self._arrived: Queue[Arrived] = Queue()
        self._arrivals: dict[tuple[str, str | None], bool] = {}  # by path and type of an event: was the signature right

    def show(self) -> None:
        """Play the hand-off and print each step as it happens; a refusal is printed too and ends the hand-off."""
        self._page.heading(watched.HEADING)
        self._page.paragraph(watched.ABOUT)
        with ExitStack() as stack:
            port = stack.enter_context(_receiving(self._arrived))
            for desk in (self._sender, self._receiver):
                stack.callback(self._drop, desk, self._keep(desk, port))
            stack.enter_context(delivering(self._settings))
            try:
                self._play()
            except ActRefused as refused:
                plain = joined([reason["plain"] for reason in refused.members.get("reasons", ())], "; ")
                self._say(watched.REFUSED.format(reasons=plain or refused.code))

    def _play(self) -> None:
        sender, receiver = self._sender, self._receiver
        code, consent_id = self._record()
        self._say(watched.RECORDED.format(sender=self._name(sender), code=code))
        body = json.dumps(self._hand_off.referral(consent_id)).encode()
        referral = read_referral(body, origin=self._hand_off.sender)
        sent_view = sending_at(sender).send(referral, body, str(uuid4())).document
        self._say(watched.SENT.format(sender=self._name(sender), receiver=self._name(receiver), code=sent_view["code"]))
        self._await("referral.requested", receiver)
        document = move_referral.look_up_referral(
            self._work(), receiver.ring, receiver.caller, sent_view["code"]
        ).document
        self._move(document["id"], "accepted")
        view = move_referral.get_referral(self._work(), sender.ring, sender.caller, sent_view["id"]).document
        sentence = watched.SEES if view["progress"] else watched.SEES_NOT
        self._say(
            sentence.format(
                sender=self._name(sender),
                receiver=self._name(receiver),
                status=TEXTS[f"status.{view['status']}"],
            )
        )
        self._say(watched.TAKEN_BACK)
        withdraw_consent.ask_withdrawal(self._work(), receiver.ring, receiver.caller, code, today=sender.today)
        self._await("consent.withdrawn", sender)
        self._await("referral.consent_withdrawn", receiver)
        self._move(document["id"], "completed", outcome="served")

    def _record(self) -> tuple[str, str]:
        desk, terms = self._sender, json.dumps(self._hand_off.consent(self._sender.today)).encode()
        consent_terms = keep_consents.read_terms(desk.directory, desk.caller, terms)
        receipt = keep_consents.record_consent(
            self._work(),
            desk.caller,
            consent_terms,
            zone=desk.directory.snapshot.zone,
            ring=desk.ring,
            settings=desk.settings,
        ).document
        return receipt["code"], receipt["id"]

    def _move(self, referral_id: str, status: str, **more: str) -> None:
        desk, data = self._receiver, json.dumps({"status": status, **more}).encode()
        move_referral.move_referral(
            self._work(),
            desk.directory,
            desk.caller,
            referral_id,
            ring=desk.ring,
            sent_body=read_sent_body(move_referral.StatusBody, data),
            condition=ANYTHING,
            waits=timedelta(days=desk.settings.waitlisted_days),
        )
        self._say(watched.MOVED[status].format(receiver=self._name(desk)))

    def _await(self, event_type: str, desk: AgencyDesk) -> None:
        """Wait for an event at an agency's endpoint, and print whether its signature is right.

        Events may come in any order. Prints a sentence of its own if the event does not arrive within `PATIENCE_S`
        seconds.
        """
        key, ends = (f"/{desk.caller.organization}", event_type), monotonic() + PATIENCE_S
        while key not in self._arrivals:
            try:
                path, headers, body = self._arrived.get(timeout=max(0.01, ends - monotonic()))
            except Empty:
                self._say(watched.SILENT.format(type=event_type))
                return
            self._arrivals[path, _event_type_of(body)] = self._is_signed(path, headers, body)
        sentence = watched.ARRIVED if self._arrivals[key] else watched.FORGED
        self._say(sentence.format(who=self._name(desk), type=event_type))

    def _is_signed(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        try:
            Webhook(self._secrets[path]).verify(body, headers)
        except (WebhookVerificationError, KeyError):
            return False
        return True

    def _keep(self, desk: AgencyDesk, port: int) -> str:
        """Have an agency's events sent to the receiver, and return the id of the new endpoint."""
        path = f"/{desk.caller.organization}"
        spec = EndpointSpec(f"http://127.0.0.1:{port}{path}")
        keyed_endpoint = endpoints.create_endpoint(desk.database, _keeper(desk), spec, key=None, body=b"")
        self._secrets[path] = keyed_endpoint.secret or ""
        return str(keyed_endpoint.endpoint.document["id"])

    def _drop(self, desk: AgencyDesk, endpoint_id: str) -> None:
        endpoints.delete_endpoint(desk.database, _keeper(desk), endpoint_id, condition=ANYTHING)

    def _work(self) -> UnitOfWork:
        return self._sender.database.unit_of_work()

    def _name(self, desk: AgencyDesk) -> str:
        return desk.directory.names.organizations[desk.caller.organization].name

    def _say(self, words: str) -> None:
        self._page.item(words)


def _keeper(desk: AgencyDesk) -> Caller:
    return build_caller(organization=desk.caller.organization, scopes=[WEBHOOK], subject=None)


def _event_type_of(body: bytes) -> str | None:
    try:
        event = json.loads(body)
    except ValueError:
        return None
    return event.get("type") if isinstance(event, dict) else None


@contextmanager
def _receiving(arrived: Queue[Arrived]) -> Iterator[int]:
    """Listen on a free port of the machine for a `with` block, put each POST request into `arrived`; give the port."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S

        def do_POST(self) -> None:
            """Put the request into `arrived` and answer 204."""
            size = self.headers.get("Content-Length", "")
            body = self.rfile.read(min(int(size), MOST_BYTES)) if size.isdigit() else b""
            arrived.put((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print no log line: an event is printed after its signature was checked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, name="receiver", daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
