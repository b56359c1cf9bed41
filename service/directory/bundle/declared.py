"""The declarations of an organization to its coalition, beside HSDS: the organization's `coalition` object."""

from __future__ import annotations

from typing import Annotated

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Readers, Words


class Declaration(BundleModel):
    """`on`: the day on which an agency said which laws bind it. `by`: the person who said so.

    `review_by`: the day by which the agency is to check the facts again.
    """

    on: fields.Day
    by: Annotated[fields.Filled | None, Readers.MEMBERS] = None
    review_by: fields.Day | None = None


class Grievance(BundleModel):
    """The contact for a grievance, and the code of ethics that a grievance can refer to."""

    contact: fields.Filled
    code_of_ethics: str | None = None


class SubpoenaContact(BundleModel):
    """The person to call about a subpoena, which is an order to hand over papers."""

    name: fields.Filled
    phone: str | None = None
    email: fields.Email | None = None


class Profile(BundleModel):
    """What rules and sight go by: an agency's basis (community or systems), its kind, the laws that bind it."""

    basis: Annotated[str, fields.one_of(vocabulary.BASES)]
    kind: fields.Kind
    regimes: Words[fields.Regime] = ()
    reporter: Annotated[str, fields.one_of(vocabulary.REPORTERS)] | None = None
    membership: Annotated[str, fields.one_of(vocabulary.MEMBERSHIPS)] = "none"
    listed: Annotated[Annotated[str, fields.one_of(vocabulary.LISTINGS)] | None, Readers.MEMBERS] = None


class AgencyProfile(Profile):
    """`organization.coalition`: what an agency says about itself."""

    address_private: bool = False
    near: Annotated[fields.Slug | None, Readers.MEMBERS] = None
    operator_authorised: Annotated[Words[fields.Slug], Readers.OWNER] = ()
    accepted_forms: Words[fields.Slug] = ()
    declared: Declaration | None = None
    grievance: Grievance | None = None
    subpoena_contact: Annotated[SubpoenaContact | None, Readers.MEMBERS] = None
