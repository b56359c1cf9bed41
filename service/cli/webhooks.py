"""`deliver` and `webhook …`: send events apart from the server, and keep endpoints without a client program."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from logging.config import dictConfig
from threading import Event
from typing import Annotated

import typer
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from service.cli.environment import read_settings
from service.cli.opening import opening
from service.cli.options import PLAIN, DatabaseUrl
from service.cli.terminal import Status, Stopped, print_json, say
from service.database.database import Database, open_database
from service.directory.access import WEBHOOK
from service.documents.entity_tags import Condition
from service.errors import CursorExpired, CursorRefused
from service.i18n import commands, replies
from service.logs import log_config
from service.maintenance.anchors import anchoring
from service.security import Caller, build_caller
from service.web.outgoing.transport import SafePost
from service.webhooks import deliveries, endpoints
from service.webhooks.delivering import delivering, open_networks
from service.webhooks.endpoints import EndpointSpec
from service.webhooks.read_events import read_events

AT_ONCE = 200
ANYTHING = Condition(frozenset("*"))
Keeper = Annotated[str, typer.Option("--organization", metavar="SLUG", help=commands.KEEPER)]
Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help=commands.ENDPOINT)]
Delivery = Annotated[str, typer.Argument(metavar="DELIVERY", help=commands.DELIVERY)]


def add_commands(app: typer.Typer) -> None:
    """Add `deliver` and the group `webhook` to the program."""
    app.command()(deliver)
    group = typer.Typer(help=commands.WEBHOOK, **PLAIN)  # type: ignore[arg-type]
    for command in (add, show, remove, rotate, again, retry, statistics, events):
        group.command()(command)
    group.command("test")(send_test)
    group.command("list")(list_endpoints)
    group.command("deliveries")(list_deliveries)
    app.add_typer(group, name="webhook")


def deliver(database: DatabaseUrl = None) -> None:
    """Send webhooks and fire timers, apart from `serve`, until stopped."""
    settings = read_settings(database)
    with open_database(settings, must_exist=True) as store:
        store.require_usable()
        store.cipher.keys.require_all()
        dictConfig(log_config(settings.log_format))
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with delivering(settings), anchoring(store, settings):
            say(replies.DELIVERING)
            stop.wait()


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help=commands.ENDPOINT_URL)],
    organization: Keeper,
    event: Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", help=commands.EVENT_TYPE)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Have an agency's events sent to a URL, and print the secret that signs the events, only once."""
    settings = read_settings(database)
    spec = EndpointSpec(url, tuple(event) if event else None)
    with keeping(database, organization) as keeper:
        endpoints.check_spec(spec, SafePost(open_networks(settings)).check, organization)
        keyed_endpoint = endpoints.create_endpoint(*keeper, spec, key=None, body=b"")
    print_json({**keyed_endpoint.endpoint.document, "secret": keyed_endpoint.secret})


def list_endpoints(organization: Keeper, database: DatabaseUrl = None) -> None:
    """List an organization's endpoints."""
    with keeping(database, organization) as keeper:
        print_json(endpoints.list_endpoints(*keeper, page=1, per_page=AT_ONCE).document["items"])


def show(endpoint: Endpoint, organization: Keeper, database: DatabaseUrl = None) -> None:
    """Show an endpoint."""
    with keeping(database, organization) as keeper:
        print_json(endpoints.get_endpoint(*keeper, endpoint).document)


def remove(endpoint: Endpoint, organization: Keeper, database: DatabaseUrl = None) -> None:
    """Delete an endpoint and its pending deliveries."""
    with keeping(database, organization) as keeper:
        endpoints.delete_endpoint(*keeper, endpoint, condition=ANYTHING)
    say(replies.ENDPOINT_GONE)


def rotate(
    endpoint: Endpoint,
    organization: Keeper,
    grace: Annotated[int, typer.Option(min=0, max=604_800, metavar="SECONDS", help=commands.GRACE)] = 86_400,
    force: Annotated[bool, typer.Option("--force", help=commands.FORCE)] = False,
    database: DatabaseUrl = None,
) -> None:
    """Give an endpoint a new secret, and print the secret only once."""
    with keeping(database, organization) as keeper:
        say(endpoints.rotate_secret(*keeper, endpoint, grace_s=grace, force=force))


def send_test(endpoint: Endpoint, organization: Keeper, database: DatabaseUrl = None) -> None:
    """Have a test event sent to an endpoint by the server or by `deliver`."""
    with keeping(database, organization) as keeper:
        print_json(deliveries.test_endpoint(*keeper, endpoint).document)


def again(
    endpoint: Endpoint,
    organization: Keeper,
    since: Annotated[str, typer.Option(metavar="MOMENT", help=commands.SINCE)],
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=commands.TASK_KIND)] = deliveries.RECOVERY,
    database: DatabaseUrl = None,
) -> None:
    """Send events again: failed events, every event, or events never sent before."""
    if kind not in deliveries.TASK_TYPES:
        raise Stopped(replies.NO_SUCH_TASK, Status.WRONG_USAGE)
    with keeping(database, organization) as keeper:
        task = deliveries.begin_task(*keeper, endpoint, kind, since=_moment(since), until=None)
    print_json(task.document)


def retry(delivery: Delivery, organization: Keeper, database: DatabaseUrl = None) -> None:
    """Have a delivery tried again, now."""
    with keeping(database, organization) as keeper:
        print_json(deliveries.retry_delivery(*keeper, delivery).document)


def list_deliveries(
    endpoint: Endpoint,
    organization: Keeper,
    status: Annotated[str | None, typer.Option("--status", metavar="STATUS", help=commands.DELIVERY_STATUS)] = None,
    database: DatabaseUrl = None,
) -> None:
    """List the newest deliveries, with each attempt."""
    filters = deliveries.Filters(status=status)
    with keeping(database, organization) as keeper:
        page = deliveries.list_deliveries(*keeper, endpoint, filters, page=1, per_page=AT_ONCE)
    print_json(page.document["items"])


def statistics(endpoint: Endpoint, organization: Keeper, database: DatabaseUrl = None) -> None:
    """Show the deliveries of an endpoint in the last 7 days as statistics."""
    with keeping(database, organization) as keeper:
        print_json(deliveries.get_statistics(*keeper, endpoint).document)


def events(
    organization: Keeper,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help=commands.CURSOR)] = None,
    database: DatabaseUrl = None,
) -> None:
    """Read events without a webhook, and print the cursor to go on from."""
    with keeping(database, organization) as keeper:
        store, caller = keeper
        try:
            work = store.unit_of_work(writes=False)
            batch = read_events(work, store.secrets, caller.organization, after=after, limit=AT_ONCE)
        except CursorRefused:
            raise Stopped(replies.NO_CURSOR) from None
        except CursorExpired as expired:
            raise Stopped(replies.OLD_CURSOR.format(oldest=expired.oldest)) from None
    print_json({"events": list(batch.events), "next": batch.cursor})


@contextmanager
def keeping(database: str | None, organization: str) -> Iterator[tuple[Database, Caller]]:
    """Open the database for an organization that keeps endpoints; a refusal becomes a sentence. For a `with` block.

    Raises:
        Stopped: a use case refused, or the organization is no slug.
    """
    caller = _caller(organization)
    with opening(read_settings(database)) as store:
        yield store, caller


def _caller(organization: str) -> Caller:
    try:
        return build_caller(organization=organization, scopes=[WEBHOOK], subject=None)
    except ValueError as error:
        raise Stopped(str(error), Status.WRONG_USAGE) from None


def _moment(text: str) -> datetime:
    try:
        return TypeAdapter(AwareDatetime).validate_python(text)
    except ValidationError:
        raise Stopped(replies.NO_MOMENT, Status.WRONG_USAGE) from None
