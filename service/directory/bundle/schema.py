"""The shape of a coalition bundle: our own lists and profile objects (the HSDS 3.2 objects are in `hsds.py`).

Every model is frozen and strict and refuses unknown fields. A model checks each field by itself; relations between
two places of the file are checked in `checks.py`, so that no error hides a second error.
Null and absent mean the same: unknown, or the documented default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Rows, Some, SomeWords, Words

from . import hsds
from .curation import Curation


class FallbackLine(BundleModel):
    """A line for clients without a path to a service, with a number to call, to text, or both. `hours` in words.

    `for`: the types of service that the line is for; None: for all.
    """

    name: fields.Filled
    phone: fields.Filled | None = None
    sms: fields.Filled | None = None
    hours: fields.Filled | None = None
    types: Some[fields.Code] | None = Field(default=None, alias="for")


class Coalition(BundleModel):
    """The coalition itself. `policy_packs`: the names of its rule packs, in the coalition's order.

    `fallback_lines` None: the coalition named no line, and the national hotline is used instead. `interpreted`: the
    languages (BCP 47) that the members' telephone interpreters offer; None: those of `service/i18n/interpreted.yaml`.
    `answer_times` false: nothing is counted or shown of how soon its services answer.
    """

    slug: fields.Slug
    name: fields.Filled
    timezone: fields.Timezone
    policy_packs: Some[Annotated[str, Field(max_length=fields.LONGEST_SLUG)]]
    fallback_lines: Some[FallbackLine] | None = None
    interpreted: Some[fields.Language] | None = None
    answer_times: bool | None = None


class Area(BundleModel):
    """A place in the containment tree; coordinates in degrees (WGS 84). `jurisdiction`: `tribal` for tribal land."""

    code: fields.Slug
    name: fields.Filled
    within: fields.Slug | None = None
    latitude: fields.Latitude | None = None
    longitude: fields.Longitude | None = None
    jurisdiction: Annotated[str, fields.one_of(vocabulary.JURISDICTIONS)] | None = None


class VocabularyEntry(BundleModel):
    """A new code (`code`, `name`), or the meaning of an organization's own word (`term`, `organization`, `means`)."""

    code: fields.Code | None = None
    name: fields.Filled | None = None
    kind: Annotated[str, fields.one_of(vocabulary.WORD_TYPES)] | None = None
    decided_by: fields.Filled | None = None
    same_as: Words[fields.Filled] = ()
    term: fields.Filled | None = None
    organization: fields.Slug | None = None
    means: fields.Code | None = None

    @property
    def word_type(self) -> str:
        """Return `type` (of service, the default) or `trait`.

        >>> VocabularyEntry(code="sober_living", name="Sober living").word_type
        'type'
        """
        return self.kind or "type"


class Agreement(BundleModel):
    """An agreement. `types` and `data` None: all that the rules allow; `effective` and `expires` None: no limit."""

    id: fields.Slug
    between: Annotated[Rows[fields.Slug], Field(min_length=2)]
    mutual: bool = True
    level: Annotated[str, fields.one_of(vocabulary.AGREEMENT_LEVELS)]
    type: Annotated[str, fields.one_of(vocabulary.AGREEMENT_TYPES)]
    status: Annotated[str, fields.one_of(vocabulary.AGREEMENT_STATUSES)]
    effective: fields.Day | None = None
    expires: fields.Day | None = None
    types: SomeWords[fields.Code] | None = None
    data: SomeWords[fields.DataClass] | None = None
    offers: dict[str, fields.Filled] | None = None
    wants: dict[str, fields.Filled] | None = None


class ReleaseForm(BundleModel):
    """A release form known to the coalition, with the elements stated on the form."""

    id: fields.Slug
    name: fields.Filled
    languages: Words[fields.Language] = ()
    elements: Words[Annotated[str, fields.one_of(vocabulary.FORM_ELEMENTS)]] = ()
    marks: Words[Annotated[str, fields.one_of(vocabulary.MARKS)]] = ()


class CardFact(BundleModel):
    """A fact of a state's card as the coalition knows it: it wins over the program's own, and says who said so.

    `fact` and `value` as in the program's `states.yaml`. `source`: a public page, read on a day. `by`: a role.
    """

    state: fields.Slug
    fact: fields.Filled
    value: str | int | bool | dict[str, Any] | list[Any]
    source: fields.Uri
    read: fields.Day
    by: fields.Filled


class Bundle(BundleModel):
    """A whole coalition, valid in itself: every reference, except in `curation`, resolves within the bundle."""

    coalition: Coalition
    areas: Rows[Area] = ()
    vocabulary: Rows[VocabularyEntry] = ()
    organizations: Rows[hsds.Organization] = ()
    agreements: Rows[Agreement] = ()
    release_forms: Rows[ReleaseForm] = ()
    equivalent_forms: Rows[Annotated[Rows[fields.Slug], Field(min_length=2)]] = ()
    card_facts: Rows[CardFact] = ()
    curation: Curation = Curation()


RECORD_CLASSES: Mapping[str, type[BundleModel]] = {
    "organization": hsds.Organization,
    "service": hsds.Service,
    "location": hsds.Location,
    "service_at_location": hsds.ServiceAtLocation,
    "area": Area,
    "agreement": Agreement,
    "release_form": ReleaseForm,
    "vocabulary_term": VocabularyEntry,
}
"""The class of each record that is stored by itself, by its type."""
