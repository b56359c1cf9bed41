"""Questions and arrangements of an agency itself, as sentences beside its service (contract, "To confirm")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import routing
from routing.kept import cached_property
from service.answers.schemas.paths import Confirm
from service.directory.snapshot.served import Served
from service.words import calls, codes
from service.words.vocabulary import TRAITS_BY_CODE

INTERPRETATION = "interpretation"
MOST_INTERPRETERS = 2
TRAIT = "client.traits."


@dataclass(frozen=True)
class ConfirmWriter:
    """Writes the entries to confirm of an answer. Pure for one request."""

    served: Served
    profile: routing.Profile

    def write(self, entry: routing.Confirm) -> Confirm:
        """Return an entry in the contract's form."""
        return {"attribute": entry.attribute, "plain": self._plain(entry)}

    def _plain(self, entry: routing.Confirm) -> str:
        if entry.kind == "language":
            return calls.may_not_speak(self.profile.client.languages or (), self._interpreters)
        if entry.kind == "companions":
            return calls.for_all(1 + len(self.profile.client.companions))
        return calls.asks_about(None if entry.attribute is None else self._topic(entry.attribute.removeprefix(TRAIT)))

    def _topic(self, trait: str) -> str:
        if trait in TRAITS_BY_CODE:
            return codes.topic(trait)
        view = self.served.names.codes.get(trait)
        return view.name if view is not None and view.name else trait.replace("_", " ")

    @cached_property
    def _interpreters(self) -> list[str]:
        """Return the names of agencies that could interpret now: open, in the client's area, surely in the language."""
        return list(dict.fromkeys(self._open_interpreters()))[:MOST_INTERPRETERS]

    def _open_interpreters(self) -> Iterator[str]:
        snapshot, client = self.served.snapshot, self.profile.client
        near = routing.services_near(snapshot, client, INTERPRETATION)
        for row in routing.surely_speak(snapshot, client, [snapshot.service_index[one.slug] for one in near]):
            service = snapshot.services[row]
            who = snapshot.organization(service.organization)
            open_now = routing.availability(service, self.profile.at, snapshot.zone).status == "open"
            if open_now and self.profile.avoid.isdisjoint({who.slug, who.kind}):
                yield self.served.names.organizations[who.slug].name
