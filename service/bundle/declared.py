"""What an organization declares to its coalition beside HSDS: its `coalition` object."""

from __future__ import annotations

from typing import Annotated

from service import vocabulary
from service.documents import fields
from service.documents.base import BundleModel, Rows


class Declaration(BundleModel):
    """When and by whom an organization declared what binds it, and when that is due for review."""

    on: fields.Day
    by: fields.Filled | None = None
    review_by: fields.Day | None = None


class Grievance(BundleModel):
    """Where a grievance goes."""

    contact: fields.Filled
    code_of_ethics: str | None = None


class SubpoenaContact(BundleModel):
    """Who answers a subpoena."""

    name: fields.Filled
    phone: str | None = None
    email: fields.Email | None = None


class AgencyProfile(BundleModel):
    """`organization.coalition`: what an agency said about itself."""

    basis: Annotated[str, fields.one_of(vocabulary.BASES)]
    kind: fields.Kind
    regimes: Rows[fields.Regime] = ()
    reporter: Annotated[str, fields.one_of(vocabulary.REPORTERS)] | None = None
    membership: Annotated[str, fields.one_of(vocabulary.MEMBERSHIPS)] = "none"
    listed: Annotated[str, fields.one_of(vocabulary.LISTINGS)] | None = None
    address_private: bool = False
    near: fields.Slug | None = None
    operator_authorised: Rows[fields.Slug] = ()
    accepted_forms: Rows[fields.Slug] = ()
    declared: Declaration | None = None
    grievance: Grievance | None = None
    subpoena_contact: SubpoenaContact | None = None

    @property
    def listing(self) -> str:
        """Return `public` or `coalition`, by the contract's default where nothing is said."""
        hidden = self.address_private or self.kind in vocabulary.KINDS_UNLISTED_BY_DEFAULT
        return self.listed or ("coalition" if hidden else "public")
