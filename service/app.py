"""The HTTP application: composition root, lifespan, middleware. The only place for wiring the parts together."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Scope

import service.webhooks.lifecycle_events  # noqa: F401 - every type of event and of timer is known
from service.answers.routes import paths, policy
from service.coalition.routes import coalition, grievances, guide, proposals, record_changes, states, what_ifs
from service.coalition.routes.service_searches import service_searches_router
from service.coalition.use_cases.keep_what_ifs import working_out
from service.database.database import Database, open_database
from service.database.lost_keys import KeyCheck
from service.database.polling import poll
from service.description import complete_description
from service.directory.routes import (
    agreements,
    changes,
    hsds,
    organizations,
    release_forms,
    services,
    terms,
    vocabulary,
)
from service.directory.routes.dependencies import WATCHING_EACH, Wiring
from service.directory.snapshot.snapshots import Snapshots
from service.fhir.routes import fhir_router
from service.fhir.routes.outcomes import FhirOutcomes
from service.garbage_collection import rare_collection
from service.i18n.translation import languages, refused_catalogues, translation, use_catalogues
from service.maintenance.anchors import anchoring
from service.maintenance.count_work import note_state
from service.maintenance.routes import audit, health, legal_hold
from service.page.errors import add_error_pages, defect_page
from service.page.site import PAGES
from service.referrals.routes import consents, receipts, referrals
from service.security import build_issuer, build_verifier
from service.security.polled_tokens import RefusedTokens
from service.sessions.routes import sessions, sign_in_links
from service.settings import Settings, read_list
from service.web import (
    STATE,
    CrossOrigin,
    SecurityHeaders,
    build_connections,
    docs_router,
    is_for_people,
)
from service.web.addresses import ClientAddress, build_proxies
from service.web.anonymous_limiter import build_anonymous_limiter
from service.web.handlers import add_error_handlers
from service.web.long_polls import POLLING_EACH, LongPollRegistry
from service.web.media_types import accepts_json
from service.web.metrics import Measure, Metrics
from service.web.middleware import BodyLimit, HeadMiddleware, RateFields, RequestId, ServerErrorMiddleware
from service.web.outgoing.transport import SafePost
from service.web.problems import problem
from service.web.rates import RateLimit
from service.web.search_scheduler import SearchScheduler
from service.web.traces import OFF, Trace, Traces
from service.webhooks.delivering import beating, delivering, open_networks, recording
from service.webhooks.routes import endpoints as webhooks
from service.webhooks.routes import events

ABOUT = "Who to call next, and what may be said: ranked referral paths under consent and confidentiality rules."
API_VERSION = "1.0"
log = logging.getLogger(__name__)

SETTINGS = Settings.model_fields.items()
ROUTERS = (
    paths.router,
    organizations.router,
    services.router,
    agreements.router,
    release_forms.router,
    vocabulary.router,
    changes.router,
    proposals.router,
    record_changes.router,
    grievances.router,
    terms.router,
    policy.router,
    consents.router,
    referrals.router,
    events.router,
    webhooks.router,
    sessions.router,
    sign_in_links.router,
    audit.router,
    states.router,
    what_ifs.router,
)


_DESCRIPTIONS: dict[tuple[bool, bool], dict[str, Any]] = {}
"""OpenAPI documents made so far, by `hsds_open` and `metrics_open`, the only settings that change the description."""


class Application(FastAPI):
    """FastAPI, with our own description of bodies and errors."""

    def __init__(self, *, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._described_by = (settings.hsds_open, settings.metrics_open)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once in a process, which takes a second."""
        if self._described_by not in _DESCRIPTIONS:
            routes = iter_route_contexts(self.routes)
            _DESCRIPTIONS[self._described_by] = complete_description(super().openapi(), routes)
        return _DESCRIPTIONS[self._described_by]


def create_app(settings: Settings) -> FastAPI:
    """Return the application for `settings`. The application opens the database at its start and closes it at its stop.

    Raises (at the start):
        BadDatabaseUrl: the database URL cannot be read.
        TokenKeyError: the settings name no source of keys to check tokens with, or two.
    """
    use_catalogues(settings.catalogues)
    if settings.catalogues is not None:
        for reason in refused_catalogues().values():
            log.warning("a catalogue is left out", extra={"reason": reason})
        for language in languages():  # read here and not by the first answer
            translation(language)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        with open_database(settings) as database:
            key_check = KeyCheck(database.cipher.keys)
            snapshots = Snapshots(database, note=partial(note_state, metrics), find_trouble=key_check)
            refused = RefusedTokens(database)
            verifier, rates = build_verifier(settings, is_refused=refused.holds), RateLimit(settings.rate_limit)
            post, issuer = SafePost(open_networks(settings)), build_issuer(settings)
            waiting, watching = (
                LongPollRegistry(each, refused=lambda: refused.names) for each in (POLLING_EACH, WATCHING_EACH)
            )
            anonymous_limiter, searches = build_anonymous_limiter(settings), SearchScheduler(settings)
            app.state.wiring = Wiring(
                settings, snapshots, verifier, rates, anonymous_limiter, searches, post, waiting, watching, issuer
            )
            traces.start()
            await asyncio.to_thread(refused.refresh)
            await asyncio.to_thread(snapshots.refresh)
            app.openapi()  # made here and not by the first request, whose query is held against it
            for route in app.router.routes:  # each router works out its operations when it is first looked at
                route.matches({"type": "http", "method": "GET", "path": "/"})
            stop = asyncio.Event()
            polling = asyncio.gather(poll(refused.refresh, stop), poll(snapshots.refresh, stop))
            work = ExitStack()
            await asyncio.to_thread(_start_work, work, settings, database, app.state.wiring)
            try:
                with rare_collection():
                    yield {STATE: build_connections(settings, proxies, app.state.wiring.ending)}
            finally:
                stop.set()
                await asyncio.to_thread(work.close)
                await asyncio.to_thread(traces.stop)
                await polling

    metrics, traces, proxies = Metrics(), Traces(), build_proxies(settings)
    app = Application(
        settings=settings,
        title="Referral router",
        description=ABOUT,
        version=API_VERSION,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
        telemetry=OFF,
        middleware=[
            Middleware(Measure, metrics=metrics),
            Middleware(RequestId),
            Middleware(Trace, traces=traces),
            Middleware(SecurityHeaders, leave_to=settings.leave_to, page_url=settings.page_url),
            Middleware(CrossOrigin, hsds_open=settings.hsds_open, origins=read_list(settings.web_origins)),
            Middleware(RateFields),
            Middleware(HeadMiddleware),
            Middleware(FhirOutcomes),
            Middleware(ClientAddress, proxies=proxies),
            Middleware(ServerErrorMiddleware, answer=_answer_defect),
            Middleware(BodyLimit, most=settings.max_body_size),
        ],
    )
    add_error_handlers(app)
    add_error_pages(app, is_for_people)
    app.router.routes += _operations(hsds_open=settings.hsds_open)
    app.include_router(health.metrics_router(metrics, is_open=settings.metrics_open))
    return app


@cache
def _operations(*, hsds_open: bool) -> tuple[BaseRoute, ...]:
    """Return the routes of all operations and pages except `/metrics`, made once in a process: that takes a while.

    Applications share the routes, so what an application says for all of its routes holds for `/metrics` alone.
    """
    shared = APIRouter(generate_unique_id_function=_name_of)
    for router in ROUTERS:
        shared.include_router(router, prefix="/v1", dependencies=[Depends(accepts_json)])
    shared.include_router(receipts.router, prefix="/v1")
    # Pictures and calendars too: each operation looks at `Accept`.
    shared.include_router(coalition.router, prefix="/v1")
    shared.include_router(legal_hold.router, prefix="/v1")
    shared.include_router(guide.router, prefix="/v1", dependencies=[Depends(accepts_json)])
    shared.include_router(service_searches_router(is_open=hsds_open), prefix="/v1")
    shared.include_router(hsds.hsds_router(is_open=hsds_open))
    shared.include_router(fhir_router(is_open=hsds_open))
    shared.include_router(health.router)
    shared.include_router(docs_router)
    for router in PAGES:
        shared.include_router(router)
    return tuple(shared.routes)


def _name_of(route: APIRoute) -> str:
    return route.name


def description_bytes() -> bytes:
    """Return the OpenAPI document as `openapi/openapi.json` holds it: JSON in UTF-8, the same for any settings."""
    app = create_app(Settings.model_construct(**{name: field.default for name, field in SETTINGS}))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1).encode() + b"\n"


def create_app_from_environment() -> FastAPI:
    """Return the application for the settings in the environment; worker processes start here."""
    return create_app(Settings())


def _answer_defect(scope: Scope) -> Response:
    """Return the response to a defect: a page to a browser on a path of pages, a problem document to programs."""
    page = defect_page(scope) if is_for_people(scope["path"]) else None
    return page or problem("internal_error").response(Request(scope))


def _start_work(work: ExitStack, settings: Settings, database: Database, wiring: Wiring) -> None:
    """Begin the work beside requests: heartbeat, audit of answers, what-ifs, delivery unless others deliver."""
    database.register_note()
    work.enter_context(beating(database))
    work.enter_context(recording(database, wiring.audit))
    turns = (wiring.searches, wiring.lists, wiring.bodies, wiring.changes)
    work.enter_context(
        working_out(database, lambda: wiring.snapshots.state.directory, lambda: any(each.is_busy for each in turns))
    )
    if settings.deliver:
        work.enter_context(delivering(settings))
        work.enter_context(anchoring(database, settings))
