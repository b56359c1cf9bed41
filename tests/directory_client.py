"""The directory over HTTP on a real database, and callers whose tokens say in plain words who they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api_builders import ADDRESS_KEY, serving
from fastapi import FastAPI
from httpx import Client, Response
from starlette.middleware import Middleware

from service.coalition.routes import proposals, record_changes
from service.database.database import Database, open_database
from service.directory.bundle.schema import Coalition
from service.directory.routes import agreements, changes, organizations, release_forms, services, vocabulary
from service.directory.routes.dependencies import Wiring
from service.directory.snapshot.snapshots import Snapshots
from service.directory.standard.identity import id_of
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables
from service.security import Caller, InvalidToken
from service.security.errors import Refusal
from service.settings import Settings
from service.web.anonymous_limiter import build_anonymous_limiter
from service.web.handlers import add_error_handlers
from service.web.long_polls import LongPollRegistry
from service.web.middleware import ServerErrorMiddleware
from service.web.outgoing.targets import OpenNetworks
from service.web.outgoing.transport import SafePost
from service.web.rates import RateLimit
from service.web.search_scheduler import SearchScheduler

READ, WRITE, ADMIN = "directory:read", "directory:write", "directory:admin"
ALL = (READ, WRITE, ADMIN)


class PlainVerifier:
    """Takes `organization|scope scope` for a token."""

    def verify(self, token: str) -> Caller:
        organization, separator, scopes = token.partition("|")
        if not separator:
            raise InvalidToken(Refusal.BAD_FORM)
        return Caller(organization, frozenset(scopes.split()), "test")


class As:
    """A client that speaks for one organization with some scopes."""

    def __init__(self, client: Client, organization: str, scopes: Iterable[str]) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {organization}|{' '.join(scopes)}"}

    def get(self, path: str, **headers: str) -> Response:
        return self._client.get(f"/v1/{path}", headers=self._headers | _named(headers))

    def put(self, path: str, body: Any, **headers: str) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self._headers, **_named(headers)}
        return self._client.put(f"/v1/{path}", content=content, headers=sent)

    def delete(self, path: str, **headers: str) -> Response:
        return self._client.delete(f"/v1/{path}", headers=self._headers | _named(headers))

    def patch(self, *changes: dict[str, Any], **options: Any) -> Response:
        """Send changes as one list. Each has a `path` (`agreements/mou-1`) instead of a resource and an id."""
        sent = []
        for change in changes:
            path = change.get("path", "/")
            resource, _, key = path.partition("/")
            sent.append({"resource": resource, "id": key} | {n: v for n, v in change.items() if n != "path"})
        return self._client.patch("/v1/directory", json={"changes": sent, **options}, headers=self._headers)

    def propose(self, **body: Any) -> Response:
        """Propose labels, or an entry of the vocabulary."""
        return self._client.post("/v1/vocabulary-proposals", json=body, headers=self._headers)

    def undo(self) -> Response:
        """Undo the organization's latest change."""
        [latest, *_] = self.get("record-changes").json()["items"]
        return self._client.post(f"/v1/record-changes/{latest['id']}/undo", headers=self._headers)

    def decide(self, proposal: Response, status: str = "accepted", **headers: str) -> Response:
        """Decide on a proposal as it stands, or as `headers` say."""
        path = f"vocabulary-proposals/{proposal.json()['id']}"
        tag = headers or {"if_match": self.get(path).headers.get("etag", '"none"')}
        return self.put(f"{path}/decision", {"status": status}, **tag)

    def change(self, path: str, **changes: Any) -> Response:
        """Put what is there with some fields changed; None takes a field out."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return self.put(path, {**response.json(), **changes}, if_match=response.headers["etag"])

    def add(self, path: str, body: Any) -> Response:
        """Put where nothing is."""
        return self.put(path, body, if_none_match="*")

    def remove(self, path: str) -> Response:
        """Delete what is there."""
        return self.delete(path, if_match=self.get(path).headers["etag"])

    def slugs(self, path: str) -> list[str]:
        """List the slugs of a page."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return [item["slug"] for item in response.json()["items"]]


@dataclass(frozen=True)
class Stage:
    """A served directory, to be filled anew for each test."""

    database: Database
    client: Client
    snapshots: Snapshots

    def load(self, bundle: dict[str, Any]) -> Client:
        """Make the directory hold exactly `bundle`."""
        load_bundle(self.database.unit_of_work(), json.dumps(bundle).encode(), replace=True)
        return self.client

    def prune(self, organization: str, bundle: dict[str, Any]) -> None:
        """Remove an organization as an import does; the coalition is that of `bundle`."""
        gone = [("organization", id_of("organization", organization))]
        with self.database.unit_of_work() as work:
            founding = Coalition.model_validate(bundle["coalition"])
            CoalitionRepository(work).merge([], founding=founding, gone=lambda: gone)
            work.commit()

    def serve(self) -> None:
        """Serve the present version to the operations that answer from one, as proposals do."""
        self.snapshots.refresh()

    def version(self) -> int:
        """Return the directory's version."""
        with self.database.unit_of_work(writes=False) as work:
            return CoalitionRepository(work).directory_version()


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Serve the directory in a fresh SQLite file in `folder`."""
    settings = Settings(database=f"sqlite:///{folder / 'router.db'}", address_key=ADDRESS_KEY)
    with open_database(settings) as database:
        database.upgrade(all_tables)
        snapshots = Snapshots(database)
        with build_client(snapshots, settings) as client:
            yield Stage(database, client, snapshots)


@contextmanager
def build_client(snapshots: Snapshots, settings: Settings) -> Iterator[Client]:
    """Serve an application that has the directory alone, and give a client for it."""
    app = FastAPI(redirect_slashes=False, middleware=[Middleware(ServerErrorMiddleware)])
    rates, anonymous_limiter, post = (
        RateLimit("1000000/minute"),
        build_anonymous_limiter(settings),
        SafePost(OpenNetworks()),
    )
    verifier: Any = PlainVerifier()
    searches, waiting = SearchScheduler(settings), LongPollRegistry()
    app.state.wiring = Wiring(settings, snapshots, verifier, rates, anonymous_limiter, searches, post, waiting, waiting)
    add_error_handlers(app)
    directory = (organizations, services, agreements, release_forms, vocabulary, changes)
    for module in (*directory, proposals, record_changes):
        app.include_router(module.router, prefix="/v1")
    with serving(app) as client:
        yield client


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def errors_of(response: Response) -> dict[str, str]:
    """Return what a problem lists, by pointer."""
    return {error["pointer"]: error["detail"] for error in response.json().get("errors", ())}
