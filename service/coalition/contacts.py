"""The speakers of each member, their terms, and their successors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.answers.builder.phones import best_phone
from service.coalition.visible_directory import VisibleDirectory
from service.directory.store.records import ContactView, OrganizationView

Document = dict[str, Any]


@dataclass(frozen=True)
class Contacts:
    """The contacts of members, in a member's view at a moment (aware).

    Of an unlisted or private organization the role and the agency's own line are told; names only to that organization
    and to parties of an agreement in force with the organization.
    """

    visible: VisibleDirectory
    at: datetime

    def document(self) -> Document:
        """Return every contact by organization, in the order of each organization's list."""
        contacts = [
            self._contact(self.visible.organizations[slug], contact)
            for slug in sorted(self.visible.members)
            for contact in self.visible.names.contacts.get(slug, ())
        ]
        return {"directory_version": self.visible.version, "contacts": contacts}

    def _contact(self, view: OrganizationView, contact: ContactView) -> Document:
        line = best_phone(view.phones)
        is_named = self.visible.may_name_people(view, self.at)
        return {
            "organization": view.slug,
            "role": contact.title,
            "since": None if contact.since is None else contact.since.isoformat(),
            "until": None if contact.until is None else contact.until.isoformat(),
            "line": None if line is None else line.number,
            "named": is_named,
            "name": contact.name if is_named else None,
            "email": contact.email if is_named else None,
            "phones": [phone.number for phone in contact.phones] if is_named else [],
            "successor": contact.successor if is_named else None,
        }
