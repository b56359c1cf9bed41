"""The coalition's own work, as documented in openapi/guide. An object may hold further keys."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field


class AgeBand(BaseModel):
    """Completed years, both ends inclusive; 120 stands for any age from `min` on."""

    min: int
    max: int


class CoveragePlace(BaseModel):
    """A need in an area, for an age band."""

    type: str
    area: str
    age: AgeBand


class CoverageCell(CoveragePlace):
    """Coverage of a need in an area, for an age band. Hours, room, gender and traits are left aside."""

    services: int = Field(description="Services that surely take somebody of this age there.")
    organizations: int
    always_open: int = Field(description="How many of the services are open day and night.")
    languages: list[str] = Field(description="Languages that these services name; one that names none has English.")
    any_language: int = Field(description="How many of the services have interpretation.")
    by_referral_only: int = Field(description="How many take nobody who comes by themselves.")
    unsure: int = Field(description="Further services that may take them; it is not known.")


class CoverageGap(CoveragePlace):
    """A need in an area that no service surely meets; `unsure` services may meet the need."""

    unsure: int


class CoverageThin(CoveragePlace):
    """A need in an area that just one agency meets."""

    organization: str


class CoverageFocus(BaseModel):
    """The needs and ages in which most members are strong; `age` null: no member declares its services."""

    types: list[str]
    age: AgeBand | None
    plain: str


class CoverageDocument(BaseModel):
    """Coverage. Cells without any service, sure or unsure, are only in `gaps`.

    Where areas, needs and ages are too many for one document, it holds the outermost areas alone: `complete` is false,
    and nothing in it is about any area that `areas` does not list. One area is always told whole.
    """

    directory_version: int
    bands: list[AgeBand]
    cells: list[CoverageCell]
    gaps: list[CoverageGap]
    thin: list[CoverageThin]
    focus: CoverageFocus = Field(description="Of all areas, also where not all are listed.")
    complete: bool = Field(description="Whether every area that was asked for is in it.")
    areas: list[str] = Field(description="The areas that it is about, each after the one around it.")
    plain: str | None = Field(description="What is left out, in words; null: nothing.")


class MapOrganization(BaseModel):
    """An agency on the map; `kind` and `basis` null: not declared."""

    slug: str
    name: str
    kind: str | None
    basis: str | None


class MapEdge(BaseModel):
    """A hand-off that one agency can make to another for the types, in a mode that the rules could allow."""

    from_: str = Field(alias="from")
    to: str
    relationship: Literal["internal", "coalition", "coordination", "cooperation", "public"]
    types: list[str]


class LostNeed(BaseModel):
    """A need in an area."""

    type: str
    area: str


class SinglePoint(BaseModel):
    """An agency without which the rest cannot meet a need, or make a hand-off."""

    organization: str
    lost: list[LostNeed] = Field(description="Needs, with areas, that nobody left can meet or be led to for.")
    cuts_off: list[str] = Field(description="Agencies that no hand-off would lead to, or lead from to the rest.")
    plain: str


class MapGroup(BaseModel):
    """Agencies of one kind whose services all lie within an area; null: not declared, or in no single area."""

    kind: str | None
    area: str | None
    organizations: int


class MapGroupEdge(BaseModel):
    """How many agencies of one group can hand over to one of the next group."""

    from_: int = Field(alias="from", description="The place of the group in `groups`, from 0.")
    to: int
    relationship: Literal["internal", "coalition", "coordination", "cooperation", "public"]
    pairs: int = Field(description="Each pair of agencies counts once, by its closest hand-off.")


class MapLeftOut(BaseModel):
    """What belongs here and is not shown."""

    organizations: int
    single_points: int


class MapDocument(BaseModel):
    """The map of hand-offs.

    Beyond 200 agencies it is of `groups`, unless a part is asked for: then `organizations` are those of the part, 100
    at most. Single points are found among all agencies; beyond 200 a packet counts wherever the door of a service lets
    its sender in, the rules are not asked, and those without whom most is lost are listed.
    """

    directory_version: int
    organizations: list[MapOrganization]
    edges: list[MapEdge]
    single_points: list[SinglePoint]
    groups: list[MapGroup]
    group_edges: list[MapGroupEdge]
    complete: bool = Field(description="Whether every agency that was asked for is in it.")
    left_out: MapLeftOut
    plain: str | None = Field(description="What is not shown, in words; null: all is.")


class DueItem(BaseModel):
    """One item to see to; an item without a day of its own is due today."""

    kind: Literal[
        "agreement_ends",
        "agreement_ended",
        "agreement_unsigned",
        "agreement_suspended",
        "contact_term_ends",
        "contact_without_successor",
        "declaration_review",
        "sources_to_read",
        "counsel_review",
        "beds_not_counted",
        "word_undecided",
        "labels_undecided",
        "service_incomplete",
        "address_told_elsewhere",
        "hidden_after_restore",
        "referral_follow_up",
    ]
    organization: str = Field(description="Whose it is to see to.")
    due: date
    state: Literal["overdue", "soon", "later"] = Field(description="Soon: within 30 days.")
    plain: str
    href: str = Field(description="The object that it is about.")


class DueDocument(BaseModel):
    """The due items, the earliest first."""

    items: list[DueItem]


class ExchangeMember(BaseModel):
    """A member's offers and wants, in its own words from agreements, and the types of its services."""

    organization: str
    offers: list[str]
    wants: list[str]
    types: list[str]


class ExchangeMatch(BaseModel):
    """A member that may have what another one wants, with no agreement in force about it yet."""

    wanted_by: str
    offered_by: str
    what: str
    types: list[str] = Field(description="Service types that it seems to be about.")
    agreement: str | None = Field(description="An agreement between them that is a draft or on hold.")
    plain: str
    draft: dict[str, Any] = Field(description="An agreement in the bundle's form, to be read, changed and signed.")


class ExchangeDocument(BaseModel):
    """Offers against wants."""

    members: list[ExchangeMember]
    matches: list[ExchangeMatch]
    complete: bool = Field(description="Whether every match is in it.")
    plain: str | None = Field(description="What is not shown, where not all is.")


class MemberContact(BaseModel):
    """A member's contact; without `named`, only the role and the agency's own line are shown."""

    organization: str
    role: str | None
    since: date | None
    until: date | None
    line: str | None
    named: bool
    name: str | None
    email: str | None
    phones: list[str]
    successor: str | None


class ContactsDocument(BaseModel):
    """Contacts of members, by organization."""

    directory_version: int
    contacts: list[MemberContact]


class LegalHoldContact(BaseModel):
    """An agency's contact for a subpoena; without `named`, only the agency's own line is shown."""

    organization: str
    line: str | None
    named: bool
    name: str | None
    phone: str | None
    email: str | None


class HeldRows(BaseModel):
    """The number of rows of a kind held about an id."""

    kind: str
    rows: int


class KeptKind(BaseModel):
    """The content of rows of a kind."""

    kind: str
    plain: str


class LegalHoldDocument(BaseModel):
    """Facts for a member with a subpoena; `held` null: no id was asked for."""

    plain: str
    directory_version: int
    contacts: list[LegalHoldContact]
    held: list[HeldRows] | None
    kept: list[KeptKind]
    never_kept: list[str]


MedianTime = Literal["an_hour", "four_hours", "a_day", "three_days", "a_week", "a_month", "longer", "not_half"]


class OutcomeTimes(BaseModel):
    """Within what time half of the row's referrals came so far; `not_half`: fewer than half ever did."""

    answer: MedianTime
    acceptance: MedianTime
    completion: MedianTime


class OutcomeRow(BaseModel):
    """A number of referrals, rounded down to a multiple of 5; `answered`: how soon the median referral was answered.

    `times` are told of service types alone, where they tell nothing of any one referral.
    """

    value: str
    name: str
    referrals: int
    answered: Literal["under_an_hour", "a_day", "longer"] | None
    times: OutcomeTimes | None


class DueFigures(BaseModel):
    """Numbers of due items of the caller."""

    overdue: int
    soon: int = Field(description="Due within 30 days.")


class FiguresDocument(BaseModel):
    """The figures to look at first."""

    directory_version: int
    without_help: list[str] = Field(description="Service types that nobody offers.")
    single_points: int = Field(description="Agencies that nobody could stand in for, as on the map.")
    due: DueFigures


class OutcomesDocument(BaseModel):
    """The outcomes of a quarter that may be shown, without small numbers; `computed_on` null: not counted yet."""

    quarter: str | None
    by: Literal["type", "area", "outcome", "reason"]
    computed_on: date | None
    rows: list[OutcomeRow]
    plain: str


class WordMeaning(BaseModel):
    """The meaning of a word at some agencies; without any: a code with the word as its name."""

    means: str
    name: str
    organizations: list[str]


class SplitWord(BaseModel):
    """A word with more than one meaning, its meanings side by side."""

    term: str
    meanings: list[WordMeaning]


class WordsDocument(BaseModel):
    """Words with more than one meaning."""

    directory_version: int
    words: list[SplitWord]


class GuideSource(BaseModel):
    """A public work behind entries of the guide, with the day on which its page was read; `year` null: not stated."""

    key: str = Field(description="What entries name the work by.")
    title: str
    publisher: str
    year: int | None
    url: str
    read: date


class GuideRequest(BaseModel):
    """What an officer or a lawyer can ask a federal agency for. It shares nothing by itself."""

    plain: str
    authority: str
    text_as_of: str = Field(description="The date of the oldest text that it rests on.")
    source: list[str] = Field(description="Keys of works in the sector's `source`.")


class GuideSector(BaseModel):
    """Signs that staff of a sector may see, and questions to ask. A sign proves nothing."""

    sector: str
    name: str
    source: list[GuideSource] = Field(description="The works that the entries of this sector name.")
    see: list[str]
    see_source: list[list[str]] = Field(
        description="For each entry of `see`, in order, keys of works in `source` that tell of it."
    )
    ask: list[str] = Field(description="Neutral questions; any of them may be skipped.")
    ask_source: list[list[str]] = Field(
        description="For each entry of `ask`, in order, keys of works in `source` that ask about it, or in that manner."
    )
    request: list[GuideRequest]
    needs: list[str] = Field(description="Service types to look for.")


class GuideDocument(BaseModel):
    """The guide. `about` goes before every other part; `checked` says how the guide was compared with its sources."""

    about: str
    source: list[GuideSource] = Field(description="The works that `about` follows.")
    checked: str
    sectors: list[GuideSector]
