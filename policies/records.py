"""The records behind a decision: the holder, the recipient, the client's consents.

Plain frozen values without names of people; a store or a request builds the records. Records may be incomplete: None
means unknown, and unknown is always read strictly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ADULT_AGE = 18
CALLING_AGE = 13
"""The age from which a client may be given a number to call without a safe adult."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An organization as declared by the organization itself.

    `house` is the id of its topmost parent (its own id without a parent). `operator_authorised` holds the ids of
    organizations allowed to know its private address; `accepted_forms` the ids of accepted release forms.
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
        """Hash the id: ids tell nearly every agency apart, and lookups come by the hundred."""
        return hash(self.id)


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement between agencies. `types` and `data` None: no limit; dates None: no limit, end day included.

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

    def status_on(self, day: date) -> str:
        """Return the fact `agreement` of a day: `in_force`, `draft`, `expired`, `ended`, or `absent` if unknown."""
        if self.status in ("suspended", "ended"):
            return "ended"
        if self.status == "draft" or (self.effective is not None and day < self.effective):
            return "draft"
        if self.status != "signed":
            return "absent"
        return "expired" if self.expires is not None and self.expires < day else "in_force"

    def is_in_force(self, day: date) -> bool:
        """Say whether the agreement is signed and dated so."""
        return self.status_on(day) == "in_force"


@dataclass(frozen=True, slots=True)
class Consent:
    """A client's consent: from `holder`, to the organizations `to`, for classes of data and a purpose.

    Without a purpose a consent counts for no share. `ends_on` is the last day of the consent; `withdrawn_on` the first
    day after the consent.
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
    """The known facts of the client on the day `today` (in the coalition's time zone).

    `age` is minor, adult or unknown (see `age_from_range`). `equivalent_forms` holds groups of form ids stated by the
    coalition to be worth the same; a form in the same group as a listed form is accepted, and groups are never joined.
    `vulnerable_adult`: 65 or over, or an adult kept by a disability from protecting themselves; None: possibly so.
    `state_law`: the rulebook holds the law of the client's state. `too_young`: surely under `CALLING_AGE`.
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
    too_young: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """An act to decide on: `holder` does `action` towards `recipient`.

    `data` is a class of data, None without data (route, serve). `agreement` covers the hand-off (its day, parties and
    data are judged here). `process` is an order only where the order names the recipient and the data. `location_of`
    is the owner of a private address (for shelter_location); None: the holder. `encoded`: names go hashed, encrypted
    or coded.
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
    """Return minor, adult or unknown for a client aged `lowest` to `highest` completed years (None: no limit known).

    >>> age_from_range(15, 17), age_from_range(18, None), age_from_range(17, 18)
    ('minor', 'adult', 'unknown')
    """
    if highest is not None and highest < ADULT_AGE:
        return "minor"
    if lowest is not None and lowest >= ADULT_AGE:
        return "adult"
    return "unknown"
