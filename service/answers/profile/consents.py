"""A consent as the rules read a consent, from the sent form: agencies and forms by slug, however named."""

from __future__ import annotations

from collections.abc import Mapping

import policies
from service.answers.profile.schema import ConsentEntry
from service.directory.store.records import Presentation


def form_names(names: Presentation) -> dict[str, str]:
    """Return the slug of each release form by its id. Pure."""
    return {form.id: slug for slug, form in names.forms.items()}


def consent_of(entry: ConsentEntry, organizations: Mapping[str, str], forms: Mapping[str, str]) -> policies.Consent:
    """Return a consent with agencies and form as slugs. Pure.

    `organizations` holds the slug for every name of an agency, and every agency named in the entry; `forms` likewise,
    but an unknown form keeps its name: no recipient takes an unknown form.
    """
    return policies.Consent(
        form=None if entry.form is None else forms.get(entry.form, entry.form),
        level=entry.level,
        marks=frozenset(entry.marks),
        holder=organizations[entry.holder],
        to=frozenset(organizations[name] for name in entry.to),
        data=frozenset(entry.data),
        purpose=entry.purpose,
        signers=frozenset(entry.signers),
        signed_on=entry.signed_on,
        ends_on=entry.ends_on,
        withdrawn_on=entry.withdrawn_on,
    )
