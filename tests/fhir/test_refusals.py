"""Whatever could carry a word about a person is refused by its name, wherever in a transaction or a Task it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.fhir_builders import FhirCaller, coded, dental, paths_refused
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from length import draws
from loop_builders import CLINIC, SENDER, Loop

from service.errors import BodyRefused
from service.fhir.models import MODELS, element_types
from service.fhir.outcomes import expression_of
from service.fhir.sending import DROPPED, read_move, read_transaction

CANARY = "Canary Jane Doe"
NAMED = (
    "contained", "text", "note", "identifier", "display", "patientInstruction", "supportingInfo", "extension",
    "modifierExtension", "description", "reasonCode", "instantiatesUri", "meta", "implicitRules", "language",
)  # fmt: skip
"""What the guide names, and what else could hold words."""
VALUES: tuple[Any, ...] = (CANARY, [CANARY], {"text": CANARY}, [{"div": CANARY}], {"reference": CANARY}, [[CANARY]], 7)
TASK = {
    "resourceType": "Task", "id": "7b1d", "status": "requested", "intent": "order",
    "code": coded("x", "y"), "for": {}, "output": [],
}  # fmt: skip


def objects(tree: Any, model: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each object of a resource, with its place and the model of its type."""
    if isinstance(tree, list):
        for place, part in enumerate(tree):
            yield from objects(part, model, f"{pointer}/{place}")
        return
    if not isinstance(tree, dict):
        return
    model = MODELS.get(tree.get("resourceType", ""), model)
    yield pointer, tree, model
    types = element_types(model)
    for name, value in tree.items():
        if name in types and hasattr(types[name], "elementProperties"):
            yield from objects(value, types[name], f"{pointer}/{name}")


def is_dropped(bundle: dict[str, Any], pointer: str, name: str) -> bool:
    """Return whether an element is ignored, wherever it appears in its resource."""
    _, _, place, _, *inner = [*pointer.split("/"), "", "", ""] if "resource" in pointer else [""] * 5
    if not place.isdecimal():
        return False
    path = ".".join([*(part for part in inner if part and not part.isdecimal()), name])
    return path in DROPPED[bundle["entry"][int(place)]["resource"]["resourceType"]]


def refused(bundle: dict[str, Any]) -> list[str]:
    with pytest.raises(BodyRefused) as caught:
        read_transaction(json.dumps(bundle).encode(), datetime.now(UTC))
    assert CANARY not in str(caught.value) + str(caught.value.problems)
    return [problem.path for problem in caught.value.problems]


@given(data=st.data())
@hypothesis_settings(max_examples=draws(3_000))
def test_an_element_that_is_not_read_is_refused_by_its_name(data: st.DataObject) -> None:
    """Any element of R4, at any object, with any value; a name that R4 lacks is told by what holds it."""
    bundle = dental(progress=True)
    places = list(objects(bundle, None))
    pointer, holder, model = data.draw(st.sampled_from(places), label="where")
    names = sorted(element_types(model))
    name = data.draw(
        st.sampled_from(NAMED) | st.sampled_from(names) | st.sampled_from(names).map("_{}".format) | st.just(CANARY),
        label="element",
    )
    if name in holder or is_dropped(bundle, pointer, name):
        return
    holder[name] = data.draw(st.sampled_from(VALUES), label="value")
    paths = refused(bundle)

    if name.removeprefix("_") in names:
        assert any(path.startswith(f"{pointer}/{name}") for path in paths), paths
    else:
        assert pointer in paths


@pytest.mark.parametrize("name", NAMED)
def test_what_the_contract_names_is_refused_in_both_resources(name: str) -> None:
    """In ServiceRequest and Task, by path, except for elements that are ignored."""
    for place in (0, 1):
        bundle = dental()
        resource = bundle["entry"][place]["resource"]
        is_known = name in element_types(MODELS[resource["resourceType"]]) and name != "extension"
        if is_known and name not in DROPPED[resource["resourceType"]]:
            resource[name] = [{"text": CANARY}]
            at = f"/entry/{place}/resource/{name}"
            assert {at, f"{at}/0"} & set(refused(bundle))  # of `supportingInfo` a reference is read: told by its entry
        resource.pop(name, None)
        resource["extension"] = [{"url": "http://example.org/person", "valueString": CANARY}]
        assert any(path.startswith(f"/entry/{place}/resource/extension") for path in refused(bundle))


@given(name=st.sampled_from(sorted(element_types(MODELS["Task"]))) | st.just(CANARY), value=st.sampled_from(VALUES))
def test_a_task_that_moves_a_referral_carries_nothing_else(name: str, value: Any) -> None:
    """What stands as it is shown is let be; anything else is refused by its name."""
    if name in ("id", "status", "identifier"):  # its receiver's own identifier is taken off unread
        return
    moved = read_move(json.dumps({**TASK, "status": "received", name: value}).encode(), TASK)

    assert moved.fields["status"] == "received"
    assert moved.problems
    paths = [problem.path for problem in moved.problems]
    assert any(path.startswith(f"/{name}") for path in paths) or (name == CANARY and "" in paths), paths
    assert CANARY not in str(moved.problems)
    assert not read_move(json.dumps({**TASK, "status": "received"}).encode(), TASK).problems


@given(tree=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(("resourceType", "entry", "resource", "type", "extension", "code", "coding", "performer")),
        inner | st.sampled_from(("Bundle", "Task", "ServiceRequest", "transaction")), max_size=4),
    max_leaves=12,
))  # fmt: skip
@hypothesis_settings(max_examples=draws(1_000))
def test_any_body_is_refused_and_none_is_a_defect(tree: Any) -> None:
    """Whatever is sent, it is refused with its problems, and so is a transaction with a part replaced by it."""
    replaced = dental()
    replaced["entry"][0]["resource"]["extension"] = deepcopy(tree)
    for body in (tree, {"resourceType": "Bundle", "type": "transaction", "entry": tree}, replaced):
        with pytest.raises(BodyRefused):
            read_transaction(json.dumps(body).encode(), datetime.now(UTC))
        assert read_move(json.dumps(body).encode(), TASK).problems


def test_over_http_the_path_is_told_and_nothing_is_stored(loop: Loop) -> None:
    """422 with FHIRPath; the word is in no answer; no referral is made and none moves."""
    sender, clinic = FhirCaller(loop), FhirCaller(loop, CLINIC)
    task = sender.sent()
    before = loop.call("GET", "/v1/referrals", SENDER).json()["total"]
    for pointer, *_ in objects(dental(), None):
        bundle = dental()
        holder = next(part for place, part, _ in objects(bundle, None) if place == pointer)
        holder["id" if "/request" in pointer else "extension" if "extension" not in holder else "id"] = [CANARY]
        response = sender.send(bundle)
        assert (response.status_code, CANARY in response.text) == (422, False)
        assert any(path.startswith(expression_of(pointer, "Bundle")) for path in paths_refused(response))
    for name in ("note", "description", "reasonCode", "contained", "text"):
        response = clinic.move(task["id"], "received", **{name: [{"text": CANARY}]})
        assert (response.status_code, paths_refused(response)[0].startswith(f"Task.{name}")) == (422, True)
        assert CANARY not in response.text
    assert loop.call("GET", "/v1/referrals", SENDER).json()["total"] == before
    assert clinic.get(f"/Task/{task['id']}").json()["status"] == "requested"
