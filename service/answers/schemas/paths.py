"""Referral paths as documented: steps, costs, conditions. openapi/guide says what they mean."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.documents.fields import one_of
from service.vocabulary import ANSWER_BOUNDS, ANSWER_TIMES

Exposure = Annotated[str, one_of(("protected", "disclosed", "discoverable"))]
Mode = Annotated[str, one_of(("internal", "report", "warm", "self", "packet"))]
Manner = Annotated[
    str,
    one_of(
        (
            "internal", "report", "report_in_doubt", "warm", "warm_by_holder", "self", "self_with_adult",
            "self_by_third_party", "packet",
        )
    ),
]  # fmt: skip
Basis = Annotated[str, one_of(("community", "systems"))]
Hours = Annotated[str, one_of(("open", "opens_later", "unknown"))]
Room = Annotated[str, one_of(("available", "full", "stale", "unknown"))]
Relationship = Annotated[str, one_of(("internal", "coalition", "coordination", "cooperation", "public"))]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
MANNER = Field(
    description="The mode, or a finer word: a report that may not be owed, so the call asks first; a call on which the "
    "worker speaks for a child under 13; a contact for the safe parent or guardian of such a child; a contact that a "
    "third party uses."
)


class OrganizationName(TypedDict):
    """An organization by its ids and name."""

    id: str
    slug: str
    name: str


class Receiver(OrganizationName):
    """The agency that a step leads to. `basis`: the side its staff work for, null where not declared."""

    basis: Basis | None


class Availability(TypedDict):
    """Hours and room at the moment for which the profile is judged."""

    status: Hours
    opens_at: Annotated[
        str | None, Field(description="ISO 8601 with offset; never null when `status` is `opens_later`.")
    ]
    closes_at: Annotated[
        str | None,
        Field(
            description="ISO 8601 with offset: the end of the present opening; null if it does not close within seven "
            "days."
        ),
    ]
    capacity: Room
    plain: str


class UsualAnswer(TypedDict):
    """How soon a service answers at this time of day, by referrals of the last 180 days; it ranks nothing."""

    time: Annotated[str, one_of(ANSWER_TIMES)]
    in_time: Annotated[int, Field(description="Of 100 referrals, in tens, how many are answered in time.")]
    bound: Annotated[
        Annotated[str, one_of(ANSWER_BOUNDS)] | None, Field(description="`in_time` or more, or `in_time` or fewer.")
    ]
    plain: str


USUAL_ANSWER = Field(description="Absent where too few are known, or the counts of the service are not for the caller.")


class Confirm(TypedDict):
    """A question or arrangement of the agency itself; `attribute` null: asked with the origin off the line."""

    attribute: str | None
    plain: str


class ServiceUse(TypedDict):
    """A service of a step: the needs met, and the questions to confirm with the agency."""

    id: str
    slug: str
    name: str
    covers: list[str]
    availability: Availability
    usual_answer: NotRequired[Annotated[UsualAnswer, USUAL_ANSWER]]
    confirm: list[Confirm]


class Numbers(TypedDict):
    """The number to call, the same number as a `tel:` URI (RFC 3966), and a number to text; null where not known."""

    phone: str | None
    tel: str | None
    sms: str | None


class Contact(Numbers):
    """The line to call; `label` describes the line."""

    label: str | None


class Instead(TypedDict):
    """Another agency that could meet a type: the line to call, and the services."""

    to: OrganizationName
    services: list[ServiceUse]
    covers: list[str]
    contact: Contact


class Withheld(TypedDict):
    """A class of data that is not shared, and the least consent that would lift the limit (null: no consent can)."""

    data: str
    rule: str
    needs: str | None
    plain: str


class CitedRule(TypedDict):
    """A rule on what may be shared, as an answer cites it."""

    id: str
    effect: str
    plain: str
    authority: str


class Obligation(TypedDict):
    """A task that comes with a step; `due` is an ISO 8601 duration."""

    id: str
    plain: str
    authority: str
    due: str | None
    effect: str


class StepExposure(TypedDict):
    """How far words said at a step may travel."""

    level: Exposure
    plain: str


_Holder = TypedDict("_Holder", {"from": OrganizationName})


class Step(_Holder):
    """One hand-off, from one organization to the next."""

    to: Receiver
    services: list[ServiceUse]
    covers: list[str]
    mode: Mode
    manner: Annotated[Manner, MANNER]
    relationship: Relationship
    contact: Contact
    inquire: Annotated[str, Field(description="What may always be asked on that call: it says nothing about anybody.")]
    instead: NotRequired[
        Annotated[
            list[Instead], Field(description="On the first path: who else could meet the same, one without another.")
        ]
    ]
    share: list[str]
    withhold: list[Withheld]
    rules: NotRequired[list[CitedRule]]
    obligations: list[Obligation]
    exposure: StepExposure


class CostTerm(TypedDict):
    """One named part of a cost, whole points."""

    name: str
    value: int
    plain: str


class Cost(TypedDict):
    """The sum of the cost's terms."""

    total: int
    terms: NotRequired[list[CostTerm]]


class Path(TypedDict):
    """A ranked referral path."""

    rank: int
    covers: list[str]
    uncovered: list[str]
    cost: Cost
    exposure: Exposure
    steps: list[Step]


_Kind = TypedDict(
    "_Kind", {"kind": Literal["consent"], "form": str | None, "level": str, "marks": list[str], "from": str}
)


class ConsentCondition(_Kind):
    """A consent that the client would have to give, in the form in which a profile holds consents.

    `form` is null at a level that needs none. Both dates are a proposal: signed today, for a month.
    """

    to: list[str]
    data: list[str]
    purpose: str
    signers: list[str]
    signed_on: Day
    ends_on: Day
    plain: str


class FactCondition(TypedDict):
    """A fact that would have to hold: an age from a to b (`a-b`), or any one of the values."""

    kind: Literal["fact"]
    attribute: str
    values: str | list[str | bool]
    plain: str


class ChoiceCondition(TypedDict):
    """A way in that the client would have to choose."""

    kind: Literal["choice"]
    to: str
    plain: str


class ConditionalPath(Path):
    """A path that opens once its conditions hold; its cost counts the consents and facts to ask for."""

    conditions: list[ConsentCondition | FactCondition | ChoiceCondition]
