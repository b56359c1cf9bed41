"""The shape of a question to the rules: may an organization do an act towards a second organization?

As strict as a needs profile, and likewise answered and forgotten.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

import policies
from service import vocabulary
from service.answers.profile.schema import MOST_CONSENTS, Age, CaseFacts, ConsentEntry, read_moment
from service.documents import fields
from service.documents.base import BundleModel, MaxEntries, Rows
from service.documents.bodies import Parse, Unknown, nothing_unknown, read_as
from service.documents.document import parse_document
from service.i18n import refusals

_RULES = policies.load_vocabulary()


class ShareFacts(CaseFacts):
    """The known facts of the situation that the rules read; null and absent are unknown."""

    danger: Annotated[str, fields.one_of(vocabulary.DANGERS)] | None = None


class ShareQuestion(BundleModel):
    """An act to decide on: `holder` does `action` towards `recipient`.

    `agreement` names the agreement to judge under; without a name, the most helpful of the two parties' agreements.
    `process` is `judge_order` or `part2_order` only where a judge signed an order that names the recipient and the
    information. `encoded`: names would go hashed, encrypted or coded. `vulnerable_adult`: 65 or over, or an adult kept
    by a disability from protecting themselves. `missing_from_care`: a child in the care of the state who is missing
    or ran away. `runaway`: a young person who is away without leave.
    """

    holder: fields.Slug
    recipient: fields.Slug
    action: Annotated[str, fields.one_of(_RULES.actions)] = "disclose"
    data: Annotated[fields.DataClass | None, Field(validate_default=True)] = None
    encoded: bool = False
    purpose: Annotated[str, fields.one_of(vocabulary.PURPOSES)] = "referral"
    process: Annotated[str, fields.one_of(_RULES.words("Process"))] = "none"
    conditioned_on: Annotated[str, fields.one_of(_RULES.words("Condition"))] = "none"
    agreement: fields.Slug | None = None
    at: Annotated[fields.Instant, AfterValidator(read_moment)] | None = None
    age: Age | None = None
    trafficking: bool | None = None
    sex_trafficking: bool | None = None
    missing_from_care: bool | None = None
    runaway: bool | None = None
    vulnerable_adult: bool | None = None
    facts: ShareFacts = Field(default_factory=ShareFacts)
    consents: Annotated[Rows[ConsentEntry], MaxEntries(MOST_CONSENTS)] = ()

    @field_validator("data")
    @classmethod
    def _check_data(cls, data: str | None, info: ValidationInfo) -> str | None:
        if data is None and info.data.get("action") in ("disclose", "report"):
            raise fields.fault(refusals.DATA_NAMED)
        return data


def read_share_question(
    data: bytes, *, holder: str, unknown: Unknown = nothing_unknown, parse: Parse = parse_document
) -> ShareQuestion:
    """Return the question in `data`; `holder` is the holder where the question names no holder. Pure.

    `unknown` and `parse` as in `read_as`.

    Raises:
        BodyRefused: the question is wrong; the error holds no value of the question.
    """
    return read_as(ShareQuestion, data, defaults={"holder": holder}, unknown=unknown, parse=parse)
