"""A paper with one number, for the client to carry: asked for first, neutral, and without what is not public.

The number is that of a call, or of the advocate that a referral names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from service.directory.standard.phone_numbers import dialable
from service.i18n.translation import languages
from service.page import profile_form
from service.page.calls import LINE, ShownCall, calls_of
from service.page.errors import PageRoute
from service.page.forms import Form, fields
from service.page.intake import PATHS
from service.page.visit import SignedInVisit, Visit
from service.page.words import word

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CALL, SAFE, NAME, PICTURE, IN, REFERRAL = "paper", "safe", "with_name", "with_picture", "in", "referral"
PAPER = profile_form.PROFILE | fields(CALL, SAFE, NAME, PICTURE, IN, REFERRAL)
NOT_PUBLIC = frozenset({401, 403, 404})
SPOKEN = (None, "voice", "cell")


@router.post("/paper")
async def show_paper(visit: SignedInVisit) -> Response:
    """Ask if paper is safe to carry; after a yes, show the number to print, with what the client chose."""
    form = await visit.form(PAPER)
    visit = await visit.in_form_language(form) or visit
    call = await (_advocate(visit, form.value(REFERRAL)) if form.value(REFERRAL) else _call(visit, form))
    if call is None or not await _is_public(visit, call):
        return visit.page("paper_choice.html", form=form, call=None, here_form="/paper")
    if form.value(SAFE) != "yes":
        return visit.page("paper_choice.html", form=form, call=call, here_form="/paper")
    language = form.value(IN) if form.value(IN) in languages() else visit.language
    picture = picture_of(call.tel) if form.value(PICTURE) and call.tel else None
    name = call.name if form.value(NAME) else ""
    return visit.page(
        "paper.html", form=form, call=call, name=name, picture=picture, paper_language=language,
        paper_line=word(language, "paper.line"), here_form="/paper",
    )  # fmt: skip


def picture_of(tel: str) -> Markup:
    """Return a `tel:` link as a QR code, drawn in SVG. Pure."""
    return Markup(segno.make(tel, micro=False).svg_inline(scale=5))  # noqa: S704 - drawn here, and holds no text


async def _call(visit: Visit, form: Form) -> ShownCall | None:
    """Return the call that the paper is about, from the answer as it is now; None where the client is not to call."""
    answer = (await visit.ask("POST", PATHS, profile_form.profile_of(form) | {"include": []})).document
    calls = (call for call in calls_of(answer) if call.key == form.value(CALL) and call.is_for_client)
    return next(calls, None)


async def _advocate(visit: Visit, referral_id: str) -> ShownCall | None:
    """Return the call to the advocate of a referral that the caller's agency sent; None without one, or a number."""
    referral = (await visit.ask("GET", f"/v1/referrals/{quote(referral_id, safe='')}")).document
    slug = referral.get("advocate")
    reply = await visit.ask("GET", f"/v1/organizations/{quote(slug, safe='')}", but=NOT_PUBLIC) if slug else None
    if reply is None or reply.is_refused:
        return None
    record = reply.document
    phone = next((entry for entry in record.get("phones") or () if entry.get("type") in SPOKEN), None)
    if phone is None or phone.get("extension"):
        return None
    tel = dialable(phone["number"], None)
    return ShownCall(slug, record["name"], phone["number"], tel, organization=record["id"])


async def _is_public(visit: Visit, call: ShownCall) -> bool:
    """Return whether everybody may know the agency and this number of it; a line that answers all is public."""
    if not call.organization:
        return call.key.startswith(LINE)
    place = f"/hsds/organizations/{quote(call.organization, safe='')}?full_service=true"
    reply = await visit.as_nobody().ask("GET", place, but=NOT_PUBLIC)
    return not reply.is_refused and call.phone in set(_numbers(reply.document))


def _numbers(record: Mapping[str, Any]) -> Iterator[str]:
    for part in (record, *(record.get("services") or ())):
        yield from (phone["number"] for phone in part.get("phones") or () if phone.get("number"))
