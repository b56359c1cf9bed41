"""The names that a profile may use in a version of the directory, and the names without an entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from service import vocabulary
from service.answers.profile.consents import form_names
from service.directory.store.records import Presentation
from service.documents.node import Node
from service.errors import Problem
from service.i18n import refusals
from service.vocabulary import normal_term


class ProfileNames:
    """A profile's possible names: organizations and forms by slug or id, types and traits by code or equal code."""

    def __init__(self, names: Presentation) -> None:
        self.names = names
        by_id = {view.id: slug for slug, view in names.organizations.items()}
        self.organizations = {**by_id, **{slug: slug for slug in names.organizations}}
        self.forms = form_names(names)
        self.types = _codes(names, "type", vocabulary.SERVICE_TYPES)
        self.traits = _codes(names, "trait", vocabulary.TRAITS)

    def type_of(self, word: str, speaker: str | None) -> str | None:
        """Return the code of a need: the speaker's own word first, then codes; None if neither fits.

        A word for a trait is no need.

        Raises:
            KeyError: the speaker is no organization here.
        """
        if speaker is not None:
            speaker_word = self.names.terms.get((self.organizations[speaker], normal_term(word)))
            if speaker_word in self.types:
                return self.types[speaker_word]
        return self.types.get(word)


def _codes(names: Presentation, word_type: str, built_in: tuple[str, ...]) -> dict[str, str]:
    """Return every code of a kind, and every code declared by the coalition as equal to exactly one of the codes."""
    views = [view for view in names.codes.values() if view.kind == word_type]
    counts = Counter(alias for view in views for alias in set(view.same_as))
    aliases = {alias: view.code for view in views for alias in view.same_as if counts[alias] == 1}
    return {**aliases, **{view.code: view.code for view in views}, **{code: code for code in built_in}}


def find_unknown(profile: Node, words: ProfileNames) -> Iterator[Problem]:
    """Yield each name without an entry in the plain data of a profile, by path.

    Works on data that the schema may refuse, so every problem can be told together.
    """
    yield from unknown_among([profile.get("origin")], words.organizations, refusals.NO_ORGANIZATION)
    yield from _unknown_of_client(profile.get("client"), words)
    for need in profile.rows("needs"):
        yield from _unknown_in_need(need, words)
    yield from unknown_among(profile.texts("avoid"), {*words.organizations, *vocabulary.KINDS}, refusals.NO_KIND)
    yield from unknown_in_consents(profile, words.organizations)


def unknown_among(nodes: Iterable[Node], codes: Collection[str], message: str) -> Iterator[Problem]:
    """Yield each unknown text.

    >>> list(unknown_among([Node("travis", "client.area")], {"hays"}, "is not an area of this directory"))
    [Problem(path='client.area', message='is not an area of this directory')]
    """
    for node in nodes:
        if isinstance(node.value, str) and node.value not in codes:
            yield node.problem(message)


def unknown_in_consents(document: Node, organizations: Collection[str]) -> Iterator[Problem]:
    """Yield each agency in the consents of a document outside the known agencies."""
    for consent in document.rows("consents"):
        yield from unknown_among([consent.get("from"), *consent.texts("to")], organizations, refusals.NO_ORGANIZATION)


def _unknown_of_client(client: Node, words: ProfileNames) -> Iterator[Problem]:
    yield from unknown_among([client.get("area")], words.names.areas, refusals.NO_AREA)
    traits = client.get("traits")
    if isinstance(traits.value, dict) and not words.traits.keys() >= traits.value.keys():
        yield traits.problem(refusals.NO_TRAIT)
    yield from unknown_among(client.texts("completed"), words.types, refusals.NO_TYPE)


def _unknown_in_need(need: Node, words: ProfileNames) -> Iterator[Problem]:
    word, speaker = need.text("type"), need.text("as_said_by")
    if speaker is not None and speaker not in words.organizations:
        yield need.get("as_said_by").problem(refusals.NO_ORGANIZATION)
    elif word is not None and words.type_of(word, speaker) is None:
        yield need.get("type").problem(refusals.NO_TYPE_OR_WORD)
