"""The search's view of the rules: the law of hand-offs, and answers to questions of confidentiality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from routing.model import Client, ConsentCondition, FactCondition


class Transfer(NamedTuple):
    """One class of data from one organization to another (slugs), under an agreement (slug, or `None`)."""

    holder: str
    recipient: str
    data: str
    agreement: str | None


CALL = Transfer("", "", "call", None)
"""No transfer, but asked about like one: that the client is given a number to call. Contract, "Modes"."""


class HandOffLaw(Protocol):
    """The data and choices that a hand-off brings by its nature, whatever the rules of a coalition. Immutable."""

    @property
    def reveals(self) -> Mapping[str, str]:
        """The data class that a destination itself reveals to readers of the packet, by type handed over."""

    @property
    def reveals_by_trait(self) -> Mapping[str, str]:
        """The data class that a service reveals by taking only clients with a trait, by trait."""

    @property
    def only_by_choice(self) -> frozenset[str]:
        """Kinds of agency that are a way in only by the client's choice: never a gateway of an unconditional path."""

    @property
    def by_report(self) -> frozenset[str]:
        """Types met by a report of the origin alone, whether or not a duty to report is certain."""

    @property
    def by_third_party(self) -> frozenset[str]:
        """Types met by a third party's own call, without the client; no other type is met for a third party."""

    @property
    def called_by_children(self) -> frozenset[str]:
        """Types that a young child may call about without a safe adult."""

    @property
    def may_be_discoverable(self) -> frozenset[str]:
        """Types of need that lead to a discoverable place by their nature; going there costs no more than elsewhere."""

    @property
    def left_to_advocates(self) -> frozenset[str]:
        """Traits that no systems-based agency is asked to ask about: a court can obtain the agency's knowledge."""

    @property
    def support(self) -> frozenset[str]:
        """Types of accompaniment of a client."""

    @property
    def trafficked(self) -> frozenset[str]:
        """Traits of a client who comes to a specialised agency before others, for a stay or support."""

    @property
    def specialised_kinds(self) -> frozenset[str]:
        """Kinds of agency made for victims of trafficking."""

    @property
    def specialised_regimes(self) -> frozenset[str]:
        """Confidentiality regimes that only agencies for victims of trafficking come under."""


@dataclass(frozen=True, slots=True)
class ServiceTypes:
    """The service types of which a search knows more than the code. Immutable; those of the program are data.

    `order`: rows of types; of needs of one urgency, those of an earlier row are seen to first, types of no row last.
    `stays`: types by which a client stays somewhere. `with_companions`: types for which companions count.
    `from_anywhere`: types met on the telephone. `never_asked_first`: types that an unknown trait closes, for a client
    led home must be known to be safe at home beforehand. `near`: the types to be called instead of an uncovered type.
    """

    order: tuple[frozenset[str], ...] = ()
    stays: frozenset[str] = frozenset()
    with_companions: frozenset[str] = frozenset()
    from_anywhere: frozenset[str] = frozenset()
    never_asked_first: frozenset[str] = frozenset()
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def beds_for(self, client: Client, *service_types: str) -> int:
        """Return how many beds the client, with every companion that counts for any of the types, takes. Pure."""
        return 1 + (len(client.companions) if not self.with_companions.isdisjoint(service_types) else 0)


class HopRules(Protocol):
    """The confidentiality rules, as far as a search needs the rules. Pure and deterministic for one request."""

    def may_send(self, transfers: Sequence[Transfer]) -> NDArray[np.bool_]:
        """Return for each transfer whether the data may go under the known facts and recorded consents.

        A search asks about many at once, and once for holders and agreements in force that look alike (RULES.md).
        """

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the (holder, recipient) pairs named in a recorded consent."""

    def only_by_consent(self) -> frozenset[str]:
        """Return the classes of data that may go between the `named_pairs` alone, whoever else the two are."""


class ReasonRules(HopRules, Protocol):
    """The rules, as far as the reasons of an uncovered need require them. Pure and deterministic for one request."""

    def hindrances(self, transfer: Transfer) -> frozenset[str]:
        """Return the hindrances of a transfer: "consent", "agreement", both, or an empty set."""


Ages = tuple[int, int]
"""Completed years, both ends inclusive; a range from 0 to the oldest age is an unknown age."""


@dataclass(frozen=True, slots=True)
class TransferConditions:
    """The smallest set of conditions under which the transfers may go: ages, facts to learn, consents to ask for."""

    ages: Ages
    facts: tuple[FactCondition, ...]
    consents: tuple[ConsentCondition, ...]


class AskRules(HopRules, Protocol):
    """The rules, as far as a search for conditions to open a path needs them. Pure and deterministic for a request."""

    def age_bounds(self) -> tuple[int, ...]:
        """Return the ages (completed years) from which the rules judge otherwise, rising."""

    def could_send(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether each transfer may go in a world, with every consent that lawful signers could give.

        Shape (worlds, transfers): a row for each combination of values of the unknown facts, as many rows and in the
        same order for every `ages` (on one side of each bound). `CALL` is asked about likewise, here and below.
        """

    def as_agreed(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether each transfer may go in a world with the recorded consents alone; shape as `could_send`."""

    def least(self, transfers: Sequence[Transfer], ages: Ages, *, age_is_listed: bool) -> TransferConditions | None:
        """Return the least to ask for, so that every transfer may go at every age in the answer; `None` if impossible.

        `age_is_listed`: the age is a condition anyway, so narrowing the age costs no further question.
        """
