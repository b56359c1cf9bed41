"""Names of organizations and services, for pages whose documents hold slugs."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from anyio import to_thread

from service.coalition import visible_directory_of
from service.directory.access import READ
from service.directory.routes.dependencies import wiring_of
from service.page.inside import Reply
from service.page.visit import Visit

NOT_HERE = 404


async def names_of(visit: Visit, organizations: Iterable[str], services: Iterable[str] = ()) -> dict[str, str]:
    """Return the name of each slug that the caller may see; empty for a caller without `directory:read`."""
    if not visit.may("directory:read"):
        return {}
    places = [
        *(f"/v1/organizations/{slug}" for slug in sorted(organizations)),
        *(f"/v1/services/{slug}" for slug in sorted(services)),
    ]
    replies = [await visit.ask("GET", place, but={NOT_HERE}) for place in places]
    return {reply.document["slug"]: reply.document["name"] for reply in replies if not reply.is_refused}


def next_of(reply: Reply) -> str | None:
    """Return the path of the next page of a list, None on the last page. Pure.

    >>> next_of(Reply(200, {}, {"link": '</v1/services?page=2>; rel="next"'}, ""))
    '/v1/services?page=2'
    """
    link = reply.headers.get("link", "")
    return link.partition("<")[2].partition(">")[0] if 'rel="next"' in link else None


async def every_name(visit: Visit, *, by_id: bool = False) -> dict[str, str]:
    """Return the name of each organization that the caller may see, by slug or id; empty before a directory is loaded.

    From the served version: the records of hundreds of agencies, read for their names alone, would take a second.
    """
    directory = wiring_of(visit.request).snapshots.state.directory
    if directory is None or visit.session is None or not visit.may(READ):
        return {}
    caller = visit.session.caller
    visible = await to_thread.run_sync(visible_directory_of, directory, caller.organization, caller.scopes)
    return {view.id if by_id else slug: view.name for slug, view in sorted(visible.organizations.items())}


def place_of(path: str, **query: str) -> str:
    """Return a path with the parameters that are not empty. Pure.

    >>> place_of("/v1/coalition/map", of="kind:health", narrow=""), place_of("/v1/coverage", area="")
    ('/v1/coalition/map?of=kind%3Ahealth', '/v1/coverage')
    """
    parameters = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(parameters)}" if parameters else path
