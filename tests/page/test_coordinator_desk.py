"""The coordinator's desk over HTTP: find, add, edit, renew, end and undo, with a preview before each change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from html import unescape
from typing import Any

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from length import draws, spread
from page_states import fields_of
from visitors import Visitor, signed_in

from service.page.desk.documents import with_action
from service.page.desk.kinds import KINDS

READ, WRITE, ADMIN = "directory:read", "directory:write", "directory:admin"
OTHER = "willow-bend-youth"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("desk"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.fixture(scope="module")
def coordinator(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, READ, WRITE, ADMIN, "webhook")


def read(api: Api, path: str) -> Any:
    return api.client.get(f"/v1/{path}", headers=api.bearer(READ, WRITE, ADMIN)).json()


def send(visitor: Visitor, path: str, **form: Any) -> httpx.Response:
    return visitor.post(path, {"forgery": visitor.forgery("/desk"), **form})


def filled(page: str, action: str) -> dict[str, Any]:
    """Return the fields of the page's form for `action`, as a browser would send them."""
    form = next(part for part in re.findall(r"<form .*?</form>", page, re.DOTALL) if f'action="{action}"' in part)
    values: dict[str, Any] = {}
    for tag, name in re.findall(r'(<input [^>]*?name="([^"]+)"[^>]*>)', form):
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        values.setdefault(name, []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        values[name] = unescape(text)
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = unescape(chosen[1]) if chosen else ""
    return values


def change(visitor: Visitor, kind: str, form: dict[str, Any], **fields: Any) -> httpx.Response:
    """Change some fields of a form, review the change and save it."""
    checked = visitor.post(f"/desk/{kind}/check", {**form, **{f"f.{name}": value for name, value in fields.items()}})
    assert checked.status_code == 200, checked.text
    return visitor.post(f"/desk/{kind}/save", filled(checked.text, f"/desk/{kind}/save"))


def edit_form(visitor: Visitor, kind: str, **form: str) -> dict[str, Any]:
    page = send(visitor, f"/desk/{kind}/edit", **form)
    assert page.status_code == 200, page.text
    return filled(page.text, f"/desk/{kind}/check")


@pytest.mark.parametrize("kind", ["organizations", "services", "agreements", "release-forms"])
def test_a_form_sent_as_it_is_changes_nothing(api: Api, coordinator: Visitor, kind: str) -> None:
    """For every part of every record: fields not on the form stay, and shown fields hold the stored values."""
    for slug in slugs(api, kind):
        before = read(api, f"{kind}/{slug}")
        if kind == "organizations" and before["coalition"].get("address_private"):
            continue
        for part in KINDS[kind].parts:
            checked = coordinator.post(f"/desk/{kind}/check", edit_form(coordinator, kind, id=slug, part=part))
            assert "Nothing changes" in checked.text, (slug, part)
    assert read(api, "record-changes")["items"] == []


def slugs(api: Api, kind: str) -> Sequence[str]:
    return spread([row["slug"] for row in read(api, f"{kind}?per_page=200")["items"]], draws(40, 40))


def test_a_record_is_found_by_words_and_opened(coordinator: Visitor) -> None:
    """By its own name or its agency's, ignoring case. No search word or record appears in a URL."""
    found = send(coordinator, "/desk/organizations", words="WILLOW bend")
    assert re.findall(r'name="id" value="[^"]+"><strong>([^<]+)', found.text) == ["Willow Bend Youth House"]
    of_agency = send(coordinator, "/desk/services", words="willow")
    assert of_agency.text.count('<button class="row"') >= 1
    opened = send(coordinator, "/desk/organizations/open", id=OTHER)
    assert "<h1>Willow Bend Youth House</h1>" in opened.text
    assert not re.search(r'href="[^"]*willow', opened.text)


def test_an_edit_is_reviewed_saved_and_undone(api: Api, coordinator: Visitor) -> None:
    """The preview names the changes, the history records them, and one click undoes them."""
    before = read(api, f"organizations/{OTHER}")
    form = edit_form(coordinator, "organizations", id=OTHER, part="about")
    checked = coordinator.post("/desk/organizations/check", {**form, "f.website": "https://willow.example"})
    assert "https://willow.example" in checked.text
    assert read(api, f"organizations/{OTHER}") == before

    saved = coordinator.post("/desk/organizations/save", filled(checked.text, "/desk/organizations/save"))

    assert "Saved." in saved.text
    assert read(api, f"organizations/{OTHER}")["website"] == "https://willow.example"
    undo = re.search(r'name="change" value="([^"]+)"', saved.text)
    assert undo
    undone = coordinator.post("/desk/undo", {**fields_of(saved.text, "/desk/undo"), "change": undo[1]})
    assert "Undone." in undone.text
    assert read(api, f"organizations/{OTHER}") == before


def test_errors_appear_next_to_their_field(coordinator: Visitor) -> None:
    """The form keeps the input, each field refers to its error, and nothing is stored."""
    form = edit_form(coordinator, "organizations", id=OTHER, part="contacts")
    row = {"f.contacts.1.name": "Kay Lark", "f.contacts.1.until": "2027-02-30", "f.contacts.1.email": "kay"}
    page = coordinator.post("/desk/organizations/check", {**form, **row})

    assert page.status_code == 422
    for name, value in row.items():
        tag = re.search(rf'<input id="{name}"[^>]*>', page.text)
        assert tag
        assert f'value="{value}"' in tag[0]
        assert ('aria-invalid="true"' in tag[0]) == (name != "f.contacts.1.name")
        assert (f'id="problem-{name}"' in page.text) == (name != "f.contacts.1.name")


def test_an_agency_and_its_service_are_added(api: Api, coordinator: Visitor) -> None:
    """Two short forms; the preview of the service says who can now refer to it."""
    form = edit_form(coordinator, "organizations", part="new")
    saved = change(
        coordinator, "organizations", form, **{"name": "Cedar House", "coalition.kind": "community"},
        **{"coalition.basis": "community", "phones.0.number": "555-0142"},
    )  # fmt: skip
    assert "Saved." in saved.text
    agency = read(api, "organizations/cedar-house")
    assert (agency["name"], agency["coalition"]["membership"], agency["phones"]) == (
        "Cedar House", "active", [{"number": "555-0142"}],
    )  # fmt: skip

    form = edit_form(coordinator, "services", part="new", organization="cedar-house")
    area = read(api, "terms")["areas"][0]
    values = {"f.name": "Pantry", "f.referral.types": ["food"], "f.service_areas": [area["name"].upper()]}
    checked = coordinator.post("/desk/services/check", {**form, **values})
    assert "more agencies can refer there" in checked.text
    saved = coordinator.post("/desk/services/save", filled(checked.text, "/desk/services/save"))
    assert "Saved." in saved.text
    service = read(api, "services/pantry")
    assert (service["organization"], service["referral"]["types"]) == ("cedar-house", ["food"])
    assert service["service_areas"] == [{"name": area["code"]}]


def test_an_agreement_is_renewed_in_three_presses(api: Api, coordinator: Visitor) -> None:
    """The action fills in a date one year after the old end, or one year from today if that is later."""
    slug = next(row["slug"] for row in read(api, "agreements?per_page=200")["items"] if row.get("expires"))
    before = read(api, f"agreements/{slug}")
    form = edit_form(coordinator, "agreements", id=slug, part="terms", action="renew")
    saved = change(coordinator, "agreements", form)

    assert "Saved." in saved.text
    after = read(api, f"agreements/{slug}")
    assert after["expires"] > before["expires"]
    assert {**after, "expires": before["expires"], "status": before["status"]} == before


def test_a_change_made_meanwhile_is_not_overwritten(api: Api, coordinator: Visitor) -> None:
    """The form returns with the input, to review again against the current record."""
    form = edit_form(coordinator, "organizations", id=OTHER, part="about")
    change(coordinator, "organizations", dict(form), description="Willow beds")
    late = coordinator.post("/desk/organizations/save", {**form, "f.website": "https://late.example"})

    assert late.status_code == 412
    assert "while you were editing" in late.text
    assert 'value="https://late.example"' in late.text
    assert read(api, f"organizations/{OTHER}").get("website") != "https://late.example"


def test_a_removal_is_previewed_done_and_undone(api: Api, coordinator: Visitor) -> None:
    """Two clicks remove it, and the desk's start page offers to undo that."""
    form = edit_form(coordinator, "release-forms", part="new")
    change(coordinator, "release-forms", form, name="Short form", elements=["who", "what"])
    preview = send(coordinator, "/desk/release-forms/remove", id="short-form")
    assert read(api, "release-forms/short-form")["elements"] == ["what", "who"]
    gone = coordinator.post("/desk/release-forms/remove", filled(preview.text, "/desk/release-forms/remove"))
    assert "Removed." in gone.text
    desk = coordinator.get("/desk").text
    undone = coordinator.post(
        "/desk/undo",
        {**fields_of(desk, "/desk/undo"), "change": re.search(r'name="change" value="([^"]+)"', desk)[1]},  # type: ignore[index]
    )
    assert "Undone." in undone.text
    assert read(api, "release-forms/short-form")["name"] == "Short form"


def test_an_agency_edits_its_own_record_and_no_other(api: Api) -> None:
    """It lacks the right to edit the coalition's records: no button leads there, and the API's refusal is shown."""
    own = signed_in(api, OTHER, READ, WRITE)
    assert "/desk/organizations/edit" in send(own, "/desk/organizations/open", id=OTHER).text
    assert "/desk/organizations/edit" not in send(own, "/desk/organizations/open", id=HOTLINE).text
    form = edit_form(own, "organizations", id=HOTLINE, part="about")
    refused = own.post("/desk/organizations/check", {**form, "f.name": "Ours now"})
    assert refused.status_code == 403
    assert signed_in(api, OTHER, READ).get("/desk").status_code == 403


def test_a_hidden_record_looks_like_a_missing_one(api: Api) -> None:
    """Opening, editing or removing it gets the answer for a record that doesn't exist."""
    outsider = signed_in(api, "bright-basin-dental", READ, WRITE)
    for act in ("open", "edit", "remove"):
        form = {"part": "about"} if act == "edit" else {}
        answers = [
            send(outsider, f"/desk/organizations/{act}", id=name, **form) for name in ("bluestem-haven", "nowhere")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1


def test_the_desk_is_in_spanish_too(api: Api) -> None:
    """Labels, values and the preview are in Spanish."""
    visitor = signed_in(api, HOTLINE, READ, WRITE, ADMIN, Accept_Language="es")
    page = send(visitor, "/desk/agreements/edit", id="mou-core", part="terms", action="end")
    assert "Revisar los cambios" in page.text
    checked = visitor.post("/desk/agreements/check", filled(page.text, "/desk/agreements/check"))
    assert "Terminado" in checked.text


@pytest.mark.parametrize(
    "number", ["x.number", "", "\u00b2.number", "9" * 5000 + ".number"], ids=["word", "empty", "power", "long"]
)
def test_a_row_without_a_number_is_no_defect(coordinator: Visitor, number: str) -> None:
    """A field that no form has changes nothing, and breaks nothing."""
    name = f"f.phones.{number}"
    form = edit_form(coordinator, "organizations", id=OTHER, part="phones")
    again = coordinator.post("/desk/organizations/edit", {**form, "back": "1", name: "1"})
    checked = coordinator.post("/desk/organizations/check", {**form, name: "1"})
    assert (again.status_code, checked.status_code) == (200, 200)
    assert "Nothing changes" in checked.text


def test_the_last_day_of_all_is_renewed_to_itself() -> None:
    """Some write December 31, 9999 for "no end"."""
    renewed = with_action({"expires": "9999-12-31"}, KINDS["agreements"].actions["renew"], date(2026, 3, 2))
    assert renewed["expires"] == "9999-12-31"
