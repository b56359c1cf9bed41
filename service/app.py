"""The HTTP application: composition root, lifespan, middleware. The only place that wires everything together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from service.database import open_database
from service.serving import Serving
from service.settings import Settings
from service.web import STYLE, SecurityHeaders, docs_page

DISTRIBUTION = "referral-router"
ABOUT = "Who to call next, and what may be said: ranked referral paths under consent and confidentiality rules."
PROBLEM = "application/problem+json"
CODES = {404: "not_found", 405: "method_not_allowed"}


class Live(BaseModel):
    """The process is up."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """Whether answers can be given, and from which versions. `reason` says in plain words what is missing."""

    status: Literal["ready", "not_ready"]
    directory_version: int | None
    policy_version: str | None
    reason: str | None


def create_app(settings: Settings) -> FastAPI:
    """Return the application for `settings`. It opens the database when it starts and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_database(settings) as database:
            serving = Serving(database)
            await asyncio.to_thread(serving.refresh)
            app.state.serving = serving
            polling = asyncio.create_task(serving.poll())
            try:
                yield
            finally:
                polling.cancel()
                with suppress(asyncio.CancelledError):
                    await polling

    app = FastAPI(
        title="Referral router",
        description=ABOUT,
        version=program_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(HTTPException, _problem)
    _add_health(app)
    _add_docs(app)
    return app


def program_version() -> str:
    """Return the version of the installed program; "0" where it runs from its source without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"


def create_app_from_environment() -> FastAPI:
    """Return the application for the settings in the environment; what worker processes start from."""
    return create_app(Settings())


def _add_health(app: FastAPI) -> None:
    @app.get("/health/live", tags=["health"])
    async def live() -> Live:
        """Say that the process runs. Asks nothing of the database."""
        return Live()

    @app.get("/health/ready", tags=["health"], responses={503: {"model": Readiness, "description": "Not ready"}})
    async def ready(request: Request, response: Response) -> Readiness:
        """Say whether answers can be given: database reachable, directory and rules loaded, and which versions."""
        serving: Serving = request.app.state.serving
        served = serving.current
        is_ready = served is not None and serving.trouble is None
        response.status_code = 200 if is_ready else 503
        return Readiness(
            status="ready" if is_ready else "not_ready",
            directory_version=served.directory_version if served else None,
            policy_version=served.rulebook.version if served else None,
            reason=serving.trouble,
        )


def _add_docs(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    @app.get("/docs/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(STYLE, media_type="text/css")


async def _problem(_request: Request, error: Exception) -> Response:
    """Render an HTTP error as a problem document (RFC 9457); nothing of the request is in it."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = getattr(error, "headers", None)
    title = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body["code"] = CODES.get(status, f"http_{status}")
    return JSONResponse(body, status_code=status, headers=headers, media_type=PROBLEM)
