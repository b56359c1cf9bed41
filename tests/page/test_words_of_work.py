"""Words of the pages for agencies and for the table: each code of a closed list has one, in each language, once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from fastapi.routing import APIRoute, iter_route_contexts

from policies.card_points import POINTS
from service.app import create_app
from service.coalition.routes.schemas.coalition import DueItem
from service.coalition.use_cases.hear_grievances import CODES, OUTCOMES, STATUSES
from service.database.outbox import event_types
from service.directory.routes.dependencies import Requires
from service.i18n.legal_hold import KEPT
from service.i18n.translation import LANGUAGES
from service.page.menu import ENTRIES
from service.page.words import words_in
from service.referrals.outcomes import CLASSES
from service.referrals.store.referrals import WAITLISTED
from service.referrals.use_cases.keep_consents import STATUSES as CONSENT_STATUSES
from service.referrals.use_cases.move_referral import CANCEL_REASONS, DECLINE_REASONS
from service.referrals.use_cases.move_referral import OUTCOMES as ENDS
from service.settings import Settings
from service.webhooks.claiming import NOT_FOR_YOU, NOT_READY

ROOT = Path(__file__).parents[2] / "service"


def delivery_errors() -> set[str]:
    """The codes with which an attempt ends without an answer, as the modules that send write them."""
    modules = ("web/outgoing/transport.py", "web/outgoing/targets.py", "webhooks/worker.py")
    sent = "".join((ROOT / name).read_text() for name in modules)
    return set(re.findall(r'(?:Refused\(|return None, |error=|else )"(\w+)"', sent))


FOLDER = ROOT / "i18n" / "page_texts"
REFERRAL_STATUSES = (
    *("requested", "received", "accepted", "declined", "cancelled", "completed", "expired", "closed"),
    WAITLISTED,
)


def described() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the resource of each operation that the audit may name, and the scopes that open it."""
    for context in iter_route_contexts(create_app(Settings(database="sqlite:///:memory:")).routes):
        first, *rest = context.path.strip("/").split("/")
        if first in ("v1", "fhir") and isinstance(context.original_route, APIRoute):
            yield (rest[0] if first == "v1" else first), scopes_in(context.dependant)


def scopes_in(dependant: Any) -> frozenset[str]:
    own = dependant.call.scopes if isinstance(dependant.call, Requires) else frozenset()
    return own.union(*map(scopes_in, dependant.dependencies))


RESOURCES = sorted({resource for resource, _ in described()})
SCOPES = sorted(frozenset().union(*(scopes for _, scopes in described())) - {"organization:admin"})
LISTS = {
    "answered": (*DECLINE_REASONS, *CANCEL_REASONS),
    "outcome": (*ENDS, "unknown"),
    "status": REFERRAL_STATUSES,
    "agreed.status": ("proposed", "current", "ended", "withdrawn"),
    "grievance.code": CODES,
    "grievance.outcome": OUTCOMES,
    "grievance.status": STATUSES,
    "relationship": ("internal", "coalition", "coordination", "cooperation", "public"),
    "audit.object": ("consent", "referral", "organization", "agreement"),
    "audit.state": (*CONSENT_STATUSES, *REFERRAL_STATUSES, "changed"),
    "audit.thing": ("sign_in", *RESOURCES),
    "scope": SCOPES,
    "states.point": tuple(POINTS),
    "coalition.due": get_args(DueItem.model_fields["state"].annotation),
    "coalition.outcomes": (*CLASSES, "not_told"),
    "delivery_error": (*delivery_errors(), NOT_READY, NOT_FOR_YOU),
    "event_type": tuple(declared.name for declared in event_types()),
    "kept_kind": tuple(KEPT),
    "menu": tuple(entry.name for entry in ENTRIES),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_a_word(language: str) -> None:
    """Reasons, outcomes, states, and each page of the menu with what it is for."""
    missing = [f"{name}.{code}" for name, codes in LISTS.items() for code in codes]
    missing += [f"menu.{entry.name}_about" for entry in ENTRIES]

    assert [key for key in missing if key not in words_in(language)] == []


def test_no_key_stands_in_two_files() -> None:
    """Of two texts with one key, one would be shown in the place of the other."""
    files = [*FOLDER.glob("*.yaml")]
    keys = Counter(key for file in files for key in flat(yaml.load(file.read_text(), yaml.BaseLoader)))

    assert len(files) > 2
    assert [key for key, times in keys.items() if times > 1] == []


def flat(tree: dict[str, object], before: str = "") -> list[str]:
    keys: list[str] = []
    for key, value in tree.items():
        keys += flat(value, f"{before}{key}.") if isinstance(value, dict) else [f"{before}{key}"]
    return keys


def test_what_is_due_has_a_word_for_each_kind() -> None:
    """The kinds that the interface describes."""
    kinds = get_args(DueItem.model_fields["kind"].annotation)
    assert kinds
    assert [kind for kind in kinds if f"due.{kind}" not in words_in("es")] == []
