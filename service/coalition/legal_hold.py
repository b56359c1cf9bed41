"""For a subpoena: the contact at each agency, the rows held by the application, and the rows not held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.answers.builder.phones import best_phone
from service.coalition.visible_directory import VisibleDirectory
from service.directory.store.records import OrganizationView
from service.i18n import legal_hold

Document = dict[str, Any]


@dataclass(frozen=True)
class LegalHold:
    """The facts for a member on the arrival of court papers, at a moment (aware).

    `held`: the number of rows stored about an id, by kind, as far as the member is a party; never their content.
    """

    visible: VisibleDirectory
    at: datetime
    held: dict[str, int] | None = None

    def document(self) -> Document:
        """Return the answer; `held` is null where no id was asked for."""
        rows = None if self.held is None else [{"kind": kind, "rows": self.held[kind]} for kind in sorted(self.held)]
        return {
            "plain": legal_hold.FIRST,
            "directory_version": self.visible.version,
            "contacts": [self._contact(self.visible.organizations[slug]) for slug in sorted(self.visible.members)],
            "held": rows,
            "kept": [{"kind": kind, "plain": plain} for kind, plain in legal_hold.KEPT.items()],
            "never_kept": list(legal_hold.NEVER_KEPT),
        }

    def _contact(self, view: OrganizationView) -> Document:
        line, contact = best_phone(view.phones), view.subpoena_contact
        may_name = self.visible.may_name_people(view, self.at)
        visible_contact = contact if may_name else None
        return {
            "organization": view.slug,
            "line": None if line is None else line.number,
            "named": may_name,
            "name": None if visible_contact is None else visible_contact.name,
            "phone": None if visible_contact is None else visible_contact.phone,
            "email": None if visible_contact is None else visible_contact.email,
        }
