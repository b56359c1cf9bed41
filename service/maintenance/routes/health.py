"""Operations: whether the process runs, whether it can answer, and its counts."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from service.directory.routes.dependencies import OptionalToken, require, wiring_of
from service.i18n import setup
from service.maintenance.count_work import text_of
from service.security import Caller
from service.web import metrics
from service.web.addresses import address_of
from service.web.bounds import bound_of
from service.web.problems import responses_for

router = APIRouter(tags=["health"])
Visitor = Annotated[Caller | None, Depends(OptionalToken(counts_all=False))]


class Live(BaseModel):
    """The process is up."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """Whether answers can be given, and from which versions."""

    status: Literal["ready", "not_ready"]
    directory_version: int | None = Field(description="The version served; null: none yet, or there is no token.")
    policy_version: str | None
    reason: str | None = Field(
        description="What is missing, what keeps a newer version out, or what to see to, in plain words."
    )


READY = Readiness(status="ready", directory_version=12, policy_version="sha256:…", reason=None)
NOT_READY = Readiness(
    status="not_ready", directory_version=None, policy_version=None, reason=setup.DATABASE_OUT_OF_REACH
)


def _with_example(model: BaseModel, description: str) -> dict[str, object]:
    content = {"application/json": {"example": model.model_dump()}}
    return {"model": type(model), "description": description, "content": content}


@router.get(
    "/health/live",
    summary="Is the process up?",
    responses={200: _with_example(Live(), "It is.")},
)
async def check_liveness() -> Live:
    """Say that the process runs, without asking the database."""
    return Live()


@router.get(
    "/health/ready",
    summary="Can answers be given?",
    response_model=None,
    responses={
        200: _with_example(READY, "They can, from what the store holds."),
        503: _with_example(NOT_READY, "They cannot, or only from an older version of it."),
        **responses_for("invalid_token", "too_many_requests", "invalid_request"),
    },
)
async def check_readiness(request: Request, caller: Visitor) -> Response:
    """Say if answers can be given: the database is reached and stores, the rules are checked, the newest is served.

    Open to all; the version is shown to callers with a token.
    """
    state = wiring_of(request).snapshots.state
    directory, organization = (state.directory, caller.organization) if caller is not None else (None, "")
    body = Readiness(
        status="ready" if state.ready else "not_ready",
        directory_version=directory.version_for(organization) if directory else None,
        policy_version=directory.rulebook.version if directory else None,
        reason=state.reason,
    )
    return JSONResponse(body.model_dump(), 200 if state.ready else 503)


def metrics_router(counts: metrics.Metrics, *, is_open: bool) -> APIRouter:
    """Return the router of `/metrics`; unless open, `/metrics` needs the scope `operator`."""
    router = APIRouter(tags=["health"])
    refusals = () if is_open else ("invalid_token", "missing_scope", "invalid_request", "too_many_requests")

    @router.get(
        "/metrics",
        summary="Counts for operators",
        response_class=Response,
        dependencies=[] if is_open else [Depends(require("operator"))],
        responses={
            200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"},
                  "example": "referral_router_ready 1.0\n"}}},
            **responses_for(*refusals),
        },
    )  # fmt: skip
    async def show_metrics(request: Request) -> Response:
        """Show the number of answered requests, their speed, and the version served. No figure names a person."""
        wiring = wiring_of(request)
        most_s = bound_of(request.scope)
        text = await wiring.lists.run(
            partial(text_of, counts, wiring.snapshots), ("", address_of(request)), most_s=most_s
        )
        return Response(text, headers={"Content-Type": metrics.MEDIA_TYPE})

    return router
