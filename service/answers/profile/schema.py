"""The shape of a needs profile (openapi/guide/needs-profile.md). A profile holds no name and no identifier.

Strict: unknown fields are refused, and a refusal names the field by JSON pointer and never echoes a value.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    model_validator,
)

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, MaxEntries, Rows
from service.documents.bodies import Parse, Unknown, nothing_unknown, read_as
from service.documents.document import parse_document
from service.errors import ProfileRefused
from service.i18n import refusals
from service.i18n import spoken_codes as codes

MOST_NEEDS = 8
MOST_CONSENTS = 50
MOST_PATHS = 10
MOST_COMPANIONS = 8
MOST_WORDS = 200
LONGEST_SENTENCE = 10_000
_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


class AgeRange(BundleModel):
    """Completed years, both ends inclusive; a missing end is unknown."""

    min: fields.Age | None = None
    max: fields.Age | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise fields.fault(refusals.MIN_AND_MAX)
        return self


_AGE: TypeAdapter[int] = TypeAdapter(fields.Age)


def _read_age(value: Any) -> Any:
    """Read a single number as a range of one; further values are left to the range to judge."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = _AGE.validate_python(value)  # judged here, so that a refusal names no end that was not sent
        return {"min": number, "max": number}
    if not isinstance(value, (dict, AgeRange)):
        raise fields.fault(refusals.AGE_RANGE)
    return value


Age = Annotated[AgeRange, BeforeValidator(_read_age, json_schema_input_type=fields.Age | AgeRange)]


def read_moment(value: datetime) -> datetime:
    """Return `value` if schedules can be asked about the moment. Pure."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise fields.fault(refusals.THIS_CENTURY)
    return value


def _organization_or_kind(value: str) -> str:
    if value not in vocabulary.KINDS and not _SLUG.fullmatch(value):
        choices = refusals.ID_OR_ONE_OF + ", ".join(vocabulary.KINDS)
        raise fields.fault(refusals.WANTED.format(wanted=choices))
    return value


OrganizationOrKind = Annotated[
    str, fields.document_check(_organization_or_kind, pattern=f"^(?:{_SLUG.pattern}|{'|'.join(vocabulary.KINDS)})$")
]
CodeText = Annotated[fields.Filled, Field(max_length=200)]
"""A code of the vocabulary, or another code that the coalition said is the same."""


class Companion(BundleModel):
    """A person who comes along with the client; null and absent are unknown."""

    age: Age | None = None
    gender: Annotated[str, fields.one_of(vocabulary.GENDERS)] | None = None


class Client(BundleModel):
    """The known facts of the client; null and absent are unknown."""

    age: Age | None = None
    gender: Annotated[str, fields.one_of(vocabulary.GENDERS)] | None = None
    languages: Annotated[Rows[fields.Language], MaxEntries(MOST_WORDS)] = ()
    area: fields.Slug | None = None
    traits: Annotated[dict[CodeText, bool | None], MaxEntries(MOST_WORDS)] = Field(default_factory=dict)
    completed: Annotated[Rows[CodeText], MaxEntries(MOST_WORDS)] = ()
    companions: Annotated[Rows[Companion], Field(alias="with"), MaxEntries(MOST_COMPANIONS)] = ()


class NeedEntry(BundleModel):
    """A need: a service type's code, or with `as_said_by` the agency's own word for the type."""

    type: CodeText
    as_said_by: fields.Slug | None = None
    urgency: Annotated[str, fields.one_of(vocabulary.URGENCIES)] = "today"
    required: bool = True


class CaseFacts(BundleModel):
    """The known facts of the situation; null and absent are unknown."""

    client_present: bool | None = None
    guardian: Annotated[str, fields.one_of(vocabulary.GUARDIANS)] | None = None
    may_sign_alone: bool | None = None
    emancipated: bool | None = None
    pseudonym_or_acp: bool | None = None


def _read_dangers(value: Any) -> Any:
    """Read a word as a list of one."""
    return [value] if isinstance(value, str) else value


def _none_alone(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if value is not None and "none" in value and len({*value}) > 1:
        raise fields.fault(refusals.NONE_ALONE)
    return value


Danger = Annotated[str, fields.one_of(vocabulary.PROFILE_DANGERS)]
Dangers = Annotated[
    Rows[Danger],
    Field(min_length=1),
    MaxEntries(len(vocabulary.PROFILE_DANGERS)),
    BeforeValidator(_read_dangers, json_schema_input_type=Danger | Annotated[list[Danger], Field(min_length=1)]),
    AfterValidator(_none_alone),
]


class ProfileFacts(CaseFacts):
    """The facts of a needs profile's situation. The profile may also tell of a subpoena without a judge's signature.

    `danger`: a word or a list of words; `none` stands alone. `caller`: `third_party` tells of what they saw, and
    cannot reach the client. `adult_protection`: the client is an adult who can't protect themselves; an age never says
    so. `client_phone`: the client has a phone of their own that is safe to use.
    """

    danger: Dangers | None = None
    caller: Annotated[str, fields.one_of(vocabulary.CALLERS)] | None = None
    adult_protection: bool | None = None
    client_phone: bool | None = None
    process: Annotated[str, fields.one_of(("none", "subpoena"))] = "none"


def _refuse_withdrawn(_day: Any) -> None:
    raise fields.fault(refusals.WITHDRAWN_LATER)


class ConsentEntry(BundleModel):
    """A consent of the client: from an organization to organizations, with data, purpose and signers.

    A condition of an answer may be pasted whole: its `kind` and `plain` are taken and not read. The purpose defaults to
    a referral; null means an unknown purpose, and then the consent counts for no share.
    """

    keeps_null: ClassVar[frozenset[str]] = frozenset({"purpose"})

    kind: Annotated[str, fields.one_of(("consent",))] | None = None
    plain: Annotated[str, Field(max_length=LONGEST_SENTENCE)] | None = None
    form: fields.Slug | None = None
    level: Annotated[str, fields.one_of(vocabulary.CONSENT_LEVELS)]
    marks: Annotated[Rows[Annotated[str, fields.one_of(vocabulary.MARKS)]], MaxEntries(MOST_WORDS)] = ()
    holder: fields.Slug = Field(alias="from")
    to: Annotated[Rows[fields.Slug], MaxEntries(MOST_WORDS)] = ()
    data: Annotated[Rows[fields.DataClass], MaxEntries(MOST_WORDS)] = ()
    purpose: Annotated[str, fields.one_of(vocabulary.PURPOSES)] | None = "referral"
    signers: Annotated[Rows[Annotated[str, fields.one_of(vocabulary.SIGNERS)]], MaxEntries(MOST_WORDS)] = ()
    signed_on: fields.Day | None = None
    ends_on: fields.Day | None = None
    withdrawn_on: fields.Day | None = None


class ConsentTerms(ConsentEntry):
    """The terms of a consent to record: dated, and with an end. `from` is by default the caller."""

    to: Annotated[Rows[fields.Slug], Field(min_length=1, max_length=MOST_WORDS)]
    signed_on: fields.Day
    ends_on: fields.Day
    withdrawn_on: Annotated[fields.Day | None, AfterValidator(_refuse_withdrawn)] = None


class ConsentReference(BundleModel):
    """A consent on record, by its id or its code: the stored terms count, and a withdrawal ends the consent."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["id"], "properties": {"id": {"type": "string"}}},
            "then": {"properties": {"code": {"type": "null"}}},
            "else": {"required": ["code"], "properties": {"code": {"type": "string"}}},
        }
    )

    id: Annotated[str, Field(max_length=36)] | None = None
    code: Annotated[str, Field(max_length=codes.LONGEST)] | None = None

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        if (self.id is None) is (self.code is None):
            raise fields.fault(refusals.ID_OR_CODE)
        return self


class RecordedConsent(ConsentEntry):
    """A consent on record with its stored terms, in the place of a reference. `record`: its id, which no body gives."""

    record: str


def _names_record(value: Any) -> str:
    fields = value.keys() if isinstance(value, dict) else ()
    return (
        "(ConsentReference)" if isinstance(value, ConsentReference) or {"id", "code"} & {*fields} else "(ConsentEntry)"
    )


ConsentItem = Annotated[
    Annotated[ConsentEntry, Tag("(ConsentEntry)")] | Annotated[ConsentReference, Tag("(ConsentReference)")],
    Discriminator(_names_record),
]


class NeedsProfile(BundleModel):
    """A whole needs profile as sent, with words not yet held against a directory.

    `include`: the parts of the answer that are wanted beside its first part (lead, paths, needs left open, duties,
    lines, notices); absent, all of them.
    """

    origin: fields.Slug
    at: Annotated[fields.Instant, AfterValidator(read_moment)] | None = None
    client: Client = Field(default_factory=Client)
    needs: Annotated[Rows[NeedEntry], Field(min_length=1), MaxEntries(MOST_NEEDS)]
    facts: ProfileFacts = Field(default_factory=ProfileFacts)
    consents: Annotated[Rows[ConsentItem], MaxEntries(MOST_CONSENTS)] = ()
    avoid: Annotated[Rows[OrganizationOrKind], MaxEntries(MOST_WORDS)] = ()
    prefer: Annotated[str, fields.one_of(vocabulary.PREFERENCES)] = "balanced"
    limit: Annotated[int, Field(ge=1, le=MOST_PATHS), fields.READ_WHOLE] = 3
    include: Annotated[Rows[Annotated[str, fields.one_of(vocabulary.ANSWER_PARTS)]], MaxEntries(MOST_WORDS)] | None = (
        None
    )

    @property
    def parts(self) -> frozenset[str]:
        """The parts of the answer that are wanted beside those that are always there; by default all."""
        return frozenset(vocabulary.ANSWER_PARTS if self.include is None else self.include)


def read_profile(
    data: bytes, *, origin: str | None = None, unknown: Unknown = nothing_unknown, parse: Parse = parse_document
) -> NeedsProfile:
    """Return the profile in `data`. Pure. `origin` (a slug) asks where the profile names no origin.

    `unknown` and `parse` as in `read_as`.

    >>> read_profile(b'{"needs": [{"type": "food"}], "client": {"age": 16}}', origin="lotus-center").client.age
    AgeRange(min=16, max=16)

    Raises:
        ProfileRefused: the profile is wrong; the error holds no value of the profile.
    """
    defaults = {} if origin is None else {"origin": origin}
    return read_as(NeedsProfile, data, defaults=defaults, unknown=unknown, parse=parse, refusal=ProfileRefused)
