"""The body for a referral: a needs profile, a step, and the client's yes. Read strictly, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from service.answers.profile import NeedsProfile
from service.documents import fields
from service.documents.base import BundleModel, Some
from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.errors import ActRefused, BodyRefused, Problem, ProfileRefused
from service.i18n import refusals
from service.vocabulary import THIRD_PARTY

SENT = ("warm", "packet")
NOT_SENT = ("self", "internal", "report")
MOST_SERVICES = 8


def _refuse_moment(_value: Any) -> None:
    raise fields.fault(refusals.NOW_IS_OURS)


def _require_yes(value: bool) -> bool:
    if not value:
        raise fields.fault(refusals.CLIENT_AGREES)
    return value


class ReferralProfile(NeedsProfile):
    """A needs profile as of now. `origin` is the caller's own organization, and may be left out."""

    origin: fields.Slug | None = None  # type: ignore[assignment]
    at: Annotated[fields.Instant | None, AfterValidator(_refuse_moment)] = None


class ReferralStep(BundleModel):
    """The hand-off: to which organization, for which of its services, and how."""

    to: fields.Slug
    services: Annotated[Some[fields.Slug], Field(max_length=MOST_SERVICES)]
    mode: Annotated[str, fields.one_of((*SENT, *NOT_SENT))]


class ReferralBody(BundleModel):
    """A referral to send. `agreed`: the client said so; `progress`: the sender may follow its course.

    `advocate`: an organization that stays with the client; `follow_up_on`: when the sender checks back. It alone sees
    both.
    """

    profile: ReferralProfile
    step: ReferralStep
    agreed: Annotated[bool, AfterValidator(_require_yes)]
    progress: bool = False
    advocate: fields.Slug | None = None
    follow_up_on: fields.Day | None = None


@dataclass(frozen=True, slots=True)
class AskedReferral:
    """A requested referral."""

    profile: NeedsProfile
    step: ReferralStep
    progress: bool
    advocate: str | None = None
    follow_up_on: date | None = None


def read_referral(data: bytes, *, origin: str) -> AskedReferral:
    """Return the request in `data` (JSON); `origin` is the caller's organization.

    Raises:
        BodyRefused: its shape is wrong, or a third party asks; carries every problem.
        ActRefused: its mode sends no referral.
    """
    body = read_as(ReferralBody, data, defaults={}, parse=parse_body)
    if body.profile.facts.caller == THIRD_PARTY:
        raise BodyRefused((Problem("/profile/facts/caller", refusals.CLIENT_WAS_NOT_ASKED),))
    if body.step.mode in NOT_SENT:
        raise ActRefused("nothing_to_send")
    return AskedReferral(
        profile=body.profile.model_copy(update={"origin": body.profile.origin or origin}),
        step=body.step,
        progress=body.progress,
        advocate=body.advocate,
        follow_up_on=body.follow_up_on,
    )


@contextmanager
def within_profile() -> Iterator[None]:
    """Have a profile's problems told at their places in the body."""
    try:
        yield
    except ProfileRefused as refused:
        problems = tuple(Problem(f"/profile{problem.path}", problem.message) for problem in refused.problems)
        raise BodyRefused(problems, more=refused.more) from None
