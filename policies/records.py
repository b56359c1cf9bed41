"""The records that a decision is made from: who holds, who receives, what the client agreed to.

Plain frozen values without names of people; whoever keeps them (a store, a request) builds them. They may be
incomplete: None means unknown, and unknown is always read strictly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class Agency:
    """An organization as it declared itself.

    `house` is the id of its topmost parent (its own id without one). `operator_authorised` holds the ids of
    organizations that may know its private address; `accepted_forms` the ids of release forms that it takes.
    """

    id: str
    kind: str | None = None
    basis: str | None = None
    regimes: frozenset[str] = frozenset()
    declared: bool = True
    reporter: str | None = None
    member: bool = False
    house: str = ""
    address_private: bool = False
    operator_authorised: frozenset[str] = frozenset()
    accepted_forms: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        """Hash the id: it tells nearly all agencies apart, and they are looked up by the hundred."""
        return hash(self.id)


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement between agencies. `types` and `data` None mean all; dates None mean no limit, end day included.

    `mutual` False: the first of `between` refers to the second, and not back.
    """

    id: str
    between: tuple[str, ...]
    mutual: bool = True
    type: str = "mou"
    status: str = "signed"
    effective: date | None = None
    expires: date | None = None
    types: frozenset[str] | None = None
    data: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a client agreed to: from `holder`, to the organizations `to`, these classes of data, for this purpose.

    Without a purpose it is not known what for, and it counts for nothing. `ends_on` is the last day on which it holds;
    `withdrawn_on` the first day on which it no longer does.
    """

    form: str | None
    level: str
    marks: frozenset[str]
    holder: str
    to: frozenset[str]
    data: frozenset[str]
    purpose: str | None
    signers: frozenset[str]
    signed_on: date | None
    ends_on: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of the client on the day `today` (in the coalition's time zone).

    `age` is minor, adult or unknown (see `age_from_range`). `equivalent_forms` holds groups of form ids that the
    coalition stated to be worth the same; a form that shares a group with a listed one is accepted, and nothing is
    inferred from one group to the next. `vulnerable_adult`: 65 or over, or an adult whose disability keeps them from
    protecting themselves; None: that may be so. `state_law`: the rulebook holds the law of the client's state.
    """

    today: date
    age: str = "unknown"
    guardian: str | None = None
    may_sign_alone: bool | None = None
    emancipated: bool | None = None
    danger: str | None = None
    consents: tuple[Consent, ...] = ()
    equivalent_forms: frozenset[frozenset[str]] = frozenset()
    trafficking: bool | None = None
    sex_trafficking: bool | None = None
    missing_from_care: bool | None = None
    runaway: bool | None = None
    vulnerable_adult: bool | None = None
    pseudonym_or_acp: bool | None = None
    state_law: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """One thing that may or may not be done: `holder` does `action` towards `recipient`.

    `data` is a class of data, None when nothing leaves (route, serve). `agreement` is the one that covers what is
    handed over (its day, parties and data are judged here). `process` is an order only where the order names this
    recipient and this data. `location_of` says whose private address a shelter_location is; None: the holder's own.
    `encoded` says that names go hashed, encrypted or coded.
    """

    holder: Agency
    recipient: Agency
    action: str
    data: str | None
    purpose: str
    agreement: Agreement | None = None
    conditioned_on: str = "none"
    process: str = "none"
    location_of: Agency | None = None
    encoded: bool = False


def age_from_range(lowest: int | None, highest: int | None) -> str:
    """Return minor, adult or unknown for a client aged `lowest` to `highest` completed years (None: no limit known)."""
    if highest is not None and highest < ADULT_AGE:
        return "minor"
    if lowest is not None and lowest >= ADULT_AGE:
        return "adult"
    return "unknown"
