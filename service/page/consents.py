"""A client's consent, recorded without name or words of the client: terms, the code to keep, the receipt to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from service.i18n.texts import fold
from service.i18n.translation import languages
from service.page import profile_form
from service.page.calls import LEVELS, object_in
from service.page.errors import PageRoute
from service.page.forms import Form, fields, new_key
from service.page.names import names_of, next_of
from service.page.refusals import problems_at
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LISTS = ("to", "data", "marks", "signers")
SINGLES = ("form", "level", "signed_on", "ends_on")
ABOUT = "about"
DAYS = ("signed_on", "ends_on")
REQUIRED = ("to", "data", "level", "signers", *DAYS)
FIND = "find"
ANSWER_FIELDS = profile_form.PROFILE | fields(ABOUT)
TERMS = ANSWER_FIELDS | fields(*SINGLES, FIND, lists=LISTS)
RECEIPT = profile_form.PROFILE | fields("id", "code", "in", "names")
DATA = (
    "need", "identity", "contact_location", "narrative", "health", "mental_health", "sud", "education", "immigration",
    "justice", "abuse_report", "privileged",
)  # fmt: skip
MARKS = ("sud", "health", "immigration", "privilege")
SIGNERS = ("client", "parent", "guardian")
CLOSED = {"data": DATA, "marks": MARKS, "signers": SIGNERS, "level": LEVELS}
"""The closed lists of terms to choose from."""
FORBIDDEN, REFUSED = 403, 422
MOST_LISTED = 300
"""So many agencies are listed unasked; of more, those that are searched for."""
SYSTEMS = "systems"
CONSENTS, FORMS, AGENCIES = "/v1/consents", "/v1/release-forms", "/v1/organizations"
POINTERS = {f"/{name}": name for name in (*LISTS, *SINGLES)}


@router.get("/consent")
async def begin_consent(visit: SignedInVisit) -> Response:
    """Show the terms to fill in."""
    return await _terms_page(visit, Form(), _first_terms(visit))


@router.post("/consent")
async def fill_in_consent(visit: SignedInVisit) -> Response:
    """Show the terms to fill in, beside what one call of an answer asks for; or as typed before, to change them."""
    form = await visit.form(TERMS)
    visit = await visit.in_form_language(form) or visit
    has_terms = any(form.all(name) for name in (*LISTS, *SINGLES, FIND))
    return await _terms_page(visit, form, form if has_terms else _first_terms(visit))


@router.post("/consent/check")
async def check_consent(visit: SignedInVisit) -> Response:
    """Show the terms of a consent in words before its record, so that none is recorded unread; or the missing terms."""
    form = await visit.form(TERMS)
    visit = await visit.in_form_language(form) or visit
    gaps = [name for name in REQUIRED if not form.all(name)]
    wrong_days = [name for name in DAYS if name not in gaps and not is_day(form.value(name))]
    if gaps or wrong_days:
        return await _terms_page(visit, form, form, REFUSED, {name: [""] for name in (*gaps, *wrong_days)})
    names = dict(await _forms(visit)) | await names_of(visit, form.all("to"))
    receivers = [names.get(slug, slug) for slug in form.all("to")]
    return visit.page(
        "consent_summary.html", form=form, names=names, receivers=receivers, key=new_key(), here_form="/consent/check"
    )


@router.post("/consent/record")
async def record_consent(visit: SignedInVisit) -> Response:
    """Record the terms; show the code, only once, and the receipt to print."""
    form = await visit.form(TERMS)
    terms: dict[str, Any] = {name: list(form.all(name)) for name in LISTS}
    terms |= {name: form.value(name) for name in SINGLES if form.value(name)}
    reply = await visit.create(CONSENTS, {**terms, "purpose": "referral"}, form, but={REFUSED})
    if reply.is_refused:
        return await _terms_page(visit, form, form, reply.status, problems_at(reply, POINTERS))
    return _recorded_page(visit, form, {"id": reply.document["id"], "code": reply.document.get("code") or ""})


@router.post("/consent/recorded")
async def show_recorded(visit: SignedInVisit) -> Response:
    """Show the code again in the other language; the code travels only in the form."""
    form = await visit.form(RECEIPT)
    visit = await visit.in_form_language(form) or visit
    return _recorded_page(visit, form, {name: form.value(name) for name in ("id", "code")})


@router.post("/consent/receipt")
async def show_receipt(visit: SignedInVisit) -> Response:
    """Show the receipt to print, in the client's language, safe to be found."""
    form = await visit.form(RECEIPT)
    visit = await visit.in_form_language(form) or visit
    language = form.value("in") if form.value("in") in languages() else visit.language
    with_names = "?detail=names" if form.value("names") == "yes" else ""
    in_language = replace(visit, language=language)
    path = f"{CONSENTS}/{quote(form.value('id'), safe='')}/receipt"
    reply = await in_language.ask("GET", path + with_names, accept="text/plain")
    receipt = {name: form.value(name) for name in ("id", "code", "names")}
    return visit.page(
        "receipt.html",
        lines=reply.text.splitlines(),
        paper_language=language,
        receipt=receipt,
        answer_fields=form.only(profile_form.PROFILE),
        here_form="/consent/receipt",
    )


def is_day(text: str) -> bool:
    """Return whether a text is a day.

    >>> is_day("2026-03-02"), is_day("2 March")
    (True, False)
    """
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _first_terms(visit: Visit) -> Form:
    """Return terms as the page begins: signed today, and without a term that the client would have agreed to."""
    return Form({"signed_on": (visit.today.isoformat(),)})


def _request_of_call(form: Form) -> dict[str, Any]:
    """Return the agency, data, level and marks of the consent that a call of an answer asks for, or an empty dict."""
    about = object_in(form.value(ABOUT)) if form.value(ABOUT) else {}
    if not isinstance(about.get("to"), str):
        return {}
    level, *marks = str(about.get("needs") or LEVELS[0]).split("+")
    asks = about.get("data")
    data = [data_class for data_class in DATA if isinstance(asks, list) and data_class in asks] or [*DATA[:1]]
    return {"to": about["to"], "name": str(about.get("name", about["to"])), "data": data, "level": level,
            "marks": marks}  # fmt: skip


async def _terms_page(
    visit: Visit, answer_form: Form, terms: Form, status: int = 200, faults: dict[str, list[str]] | None = None
) -> Response:
    """Return the page of the terms, which carries on the fields of an answer; the agency of its call stands first."""
    answer_fields, call = answer_form.only(ANSWER_FIELDS), _request_of_call(answer_form)
    to, agencies = call.get("to"), await _agencies(visit)
    matches = [agency for agency in agencies or () if _is_match(agency, terms, len(agencies or ()))]
    groups = {
        "called": [agency for agency in agencies or () if agency["slug"] == to],
        "community": [
            agency for agency in matches if agency["slug"] != to and agency["coalition"].get("basis") != SYSTEMS
        ],
        "systems": [
            agency for agency in matches if agency["slug"] != to and agency["coalition"].get("basis") == SYSTEMS
        ],
    }
    return visit.page(
        "consent.html",
        status,
        form=terms,
        answer_fields=answer_fields,
        here_form="/consent",
        faults=faults or {},
        key=new_key(),
        closed=CLOSED,
        forms=await _forms(visit),
        groups=None if agencies is None else groups,
        has_matches=bool(matches),
        call=call,
    )


def _is_match(agency: Mapping[str, Any], terms: Form, count: int) -> bool:
    """Return whether an agency of so many is listed: a chosen one always, else one that is searched for. Pure."""
    words = fold(terms.value(FIND)).split()
    if agency["slug"] in terms.all("to"):
        return True
    return (bool(words) or count <= MOST_LISTED) and all(word in fold(agency["name"]) for word in words)


async def _agencies(visit: Visit) -> list[dict[str, Any]] | None:
    """Return the agencies that the caller may see, by name; None without the scope: the page then takes a slug."""
    agencies: list[dict[str, Any]] = []
    place: str | None = f"{AGENCIES}?per_page=200"
    while place is not None:
        reply = await visit.ask("GET", place, but={FORBIDDEN})
        if reply.is_refused:
            return None
        agencies += reply.document["items"]
        place = next_of(reply)
    return sorted(agencies, key=lambda agency: fold(agency["name"]))


async def _forms(visit: Visit) -> list[tuple[str, str]]:
    """Return slug and name of each release form, by name; empty without the scope."""
    reply = await visit.ask("GET", f"{FORMS}?per_page=200", but={FORBIDDEN})
    items = () if reply.is_refused else reply.document["items"]
    return sorted(((form["slug"], form["name"]) for form in items), key=lambda pair: fold(pair[1]))


def _recorded_page(visit: Visit, form: Form, receipt: dict[str, str]) -> Response:
    return visit.page(
        "recorded.html", receipt=receipt, answer_fields=form.only(profile_form.PROFILE), here_form="/consent/recorded"
    )
