"""The desk's pages: lists and records, and a change in three steps: its form, its preview, and what was done."""

from __future__ import annotations

from secrets import token_hex
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.responses import Response

from service.directory.access import ADMIN, WRITE
from service.page.desk.documents import (
    BEFORE,
    Document,
    RecordForm,
    at,
    fields_in,
    is_list,
    put_at,
    slug_of_name,
    with_action,
)
from service.page.desk.inputs import RecordWords, choices_for
from service.page.desk.kinds import KINDS, Kind
from service.page.errors import PageRoute
from service.page.forms import Fields, Form, fields, is_number
from service.page.inside import Reply
from service.page.names import every_name, place_of
from service.page.refusals import PageRefused, problems_at
from service.page.visit import SignedInVisit, Visit

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CHANGES, PREVIEWS = "/v1/record-changes", "/v1/record-previews"
PROPOSALS = "/v1/vocabulary-proposals"
PER_PAGE, FIRST = "25", "1"
REFUSED, NOT_HERE, TAKEN, STALE, WRONG = 403, 404, 409, 412, 422
LIST = fields("words", "page")
OPEN = fields("id")
UNDO = fields("change", "kind", "id")
NEW = "new"
CONTROL = ("id", "tag", "part", "action", "organization", "back")


async def desk_visit(visit: SignedInVisit) -> Visit:
    """Return the visit of somebody who may change records, as a dependency.

    Raises:
        PageRefused: the caller may not.
    """
    if not visit.may(WRITE):
        raise PageRefused(REFUSED, "missing_scope")
    return visit


async def kind_of(kind: str) -> Kind:
    """Return a kind of record by its name in the address, as a dependency.

    Raises:
        PageRefused: there is no such kind.
    """
    if kind not in KINDS:
        raise PageRefused(NOT_HERE, "not_found")
    return KINDS[kind]


DeskVisit = Annotated[Visit, Depends(desk_visit)]
OfKind = Annotated[Kind, Depends(kind_of)]


@router.get("/desk")
async def desk(visit: DeskVisit) -> Response:
    """Show the kinds of record, what waits to be decided, and the agency's own latest changes."""
    changes = (await visit.ask("GET", CHANGES)).document["items"]
    proposals = (await visit.ask("GET", f"{PROPOSALS}?status=open&per_page=1")).document["total"]
    due = (await visit.ask("GET", "/v1/coalition/figures")).document["due"]
    names = await every_name(visit)
    return visit.page("desk.html", kinds=KINDS, changes=changes[:10], proposals=proposals, due=due, names=names)


@router.post("/desk/undo")
async def undo(visit: DeskVisit) -> Response:
    """Undo a change of the last ten minutes, and show the record as it is then."""
    form = await visit.form(UNDO)
    path = f"{CHANGES}/{quote(form.value('change'), safe='')}/undo"
    reply = await visit.ask("POST", path, but={REFUSED, NOT_HERE, TAKEN, STALE, WRONG})
    kind = await kind_of(form.value("kind"))
    result = "undone" if not reply.is_refused else "changed_since" if reply.status == STALE else "not_undone"
    there = await visit.ask("GET", _path(kind, form.value("id")), but={NOT_HERE})
    if there.is_refused:
        return await _list_page(visit, kind, Form(), result=result)
    return await _record_page(visit, kind, there, result=result)


@router.get("/desk/{kind}")
async def records(visit: DeskVisit, kind: OfKind) -> Response:
    """Show the records of a kind by name."""
    return await _list_page(visit, kind, Form())


@router.post("/desk/{kind}")
async def search_records(visit: DeskVisit, kind: OfKind) -> Response:
    """Show the records that have the words, which are in no address."""
    form = await visit.form(LIST)
    return await _list_page(await visit.in_form_language(form) or visit, kind, form)


@router.post("/desk/{kind}/open")
async def open_record(visit: DeskVisit, kind: OfKind) -> Response:
    """Show a record: its parts, what can be done, and its history. It may be a hidden one, so no address names it."""
    form = await visit.form(OPEN)
    visit = await visit.in_form_language(form) or visit
    return await _record_page(visit, kind, await visit.ask("GET", _path(kind, form.value("id"))))


@router.post("/desk/{kind}/edit")
async def edit(visit: DeskVisit, kind: OfKind) -> Response:
    """Show the form of one part: as the record is, with the values of an action, or as it was typed."""
    form = await visit.form(_fields_of(kind))
    visit = await visit.in_form_language(form) or visit
    part, choices = _part(kind, form), await choices_for(visit)
    if form.value("back"):
        return await _form_page(visit, kind, part, form)
    if part == NEW:
        base: Document = {}
        for path, value in kind.defaults.items():
            put_at(base, path, value)
        if form.value("organization"):
            put_at(base, "parent" if kind.resource == "organizations" else "organization", form.value("organization"))
        shown = RecordForm(kind, choices).form_of(part, base)
        return await _form_page(visit, kind, part, Form({**_controls(form), **shown.values}))
    reply = await visit.ask("GET", _path(kind, form.value("id")))
    document: Document = reply.document
    if (action := kind.actions.get(form.value("action"))) is not None and action.part == part:
        document = with_action(document, action, visit.today)
    controls = {**_controls(form), "tag": (reply.headers["etag"],)}
    return await _form_page(
        visit, kind, part, Form({**controls, **RecordForm(kind, choices).form_of(part, document).values})
    )


@router.post("/desk/{kind}/check")
async def check(visit: DeskVisit, kind: OfKind) -> Response:
    """Show what a change would do, field by field and for whom; or the form again, with what does not fit."""
    form = await visit.form(_fields_of(kind))
    visit = await visit.in_form_language(form) or visit
    change = await _change(visit, kind, form)
    if isinstance(change, Response):
        return change
    record_id, before, after, names = change
    preview = {"resource": kind.resource, "id": record_id, "document": after}
    reply = await visit.ask("POST", PREVIEWS, preview, but={REFUSED, NOT_HERE, TAKEN, WRONG})
    if reply.is_refused:
        return await _form_page(visit, kind, _part(kind, form), form, reply=reply, fields_by_pointer=names)
    values = Form({**form.values, "id": (record_id,)})
    return await _check_page(visit, kind, values, before, after, preview=reply.document)


@router.post("/desk/{kind}/save")
async def save(visit: DeskVisit, kind: OfKind) -> Response:
    """Store a change that was looked at, and show the record with the way to undo it."""
    form = await visit.form(_fields_of(kind))
    change = await _change(visit, kind, form)
    if isinstance(change, Response):
        return change
    record_id, _, after, names = change
    tag, refused = form.value("tag"), {REFUSED, NOT_HERE, TAKEN, STALE, WRONG}
    reply = await visit.ask("PUT", _path(kind, record_id), after, match=tag, is_new=not tag, but=refused)
    if reply.is_refused:
        return await _form_page(visit, kind, _part(kind, form), form, reply=reply, fields_by_pointer=names)
    return await _record_page(visit, kind, reply, result="saved")


@router.post("/desk/{kind}/remove")
async def remove(visit: DeskVisit, kind: OfKind) -> Response:
    """Show what removing a record would do; pressed there, remove it."""
    form = await visit.form(fields("id", "tag"))
    path, refused = _path(kind, form.value("id")), {REFUSED, TAKEN, STALE}
    record = await visit.ask("GET", path)
    if not form.value("tag"):
        preview = {"resource": kind.resource, "id": form.value("id"), "document": None}
        reply = await visit.ask("POST", PREVIEWS, preview, but=refused)
        if not reply.is_refused:
            values = Form({"id": form.all("id"), "tag": (record.headers["etag"],)})
            return await _check_page(visit, kind, values, record.document, {}, preview=reply.document, removes=True)
    else:
        reply = await visit.ask("DELETE", path, match=form.value("tag"), but=refused)
    if reply.is_refused:
        result = "changed_since" if reply.status == STALE else "not_removed"
        return await _record_page(visit, kind, record, result=result, status=reply.status, refused=reply)
    return await _list_page(visit, kind, Form(), result="removed")


def _path(kind: Kind, record_id: str) -> str:
    return f"/v1/{kind.resource}/{quote(record_id, safe='')}"


def _fields_of(kind: Kind) -> Fields:
    """Return the fields of every form of a kind."""
    lists = {
        BEFORE + path
        for part in (*kind.parts, NEW)
        for path, entry in fields_in(kind, part)
        if is_list(kind, path, entry)
    }
    return fields(*CONTROL, lists=lists, prefixes=[BEFORE])


def _part(kind: Kind, form: Form) -> str:
    part = form.value("part")
    if part != NEW and part not in kind.parts:
        raise PageRefused(400, "not_a_form")
    return part


def _controls(form: Form) -> dict[str, tuple[str, ...]]:
    return {name: form.all(name) for name in ("id", "part", "organization") if form.value(name)}


async def _change(visit: Visit, kind: Kind, form: Form) -> Response | tuple[str, Document, Document, dict[str, str]]:
    """Return a record's id, the record before and after a form's change, and the form's fields by pointer.

    The form once more, where somebody has changed the record meanwhile.
    """
    part, choices = _part(kind, form), await choices_for(visit)
    if part == NEW:
        base: Document = dict[str, Any]()
        if kind.resource == "services":
            base = {"organization": form.value("organization"), "status": "active"}
        after, names = RecordForm(kind, choices).document_of(part, base, form)
        record_id = form.value("id") or await _new_slug(visit, kind, after)
        return record_id, {}, after, names
    reply = await visit.ask("GET", _path(kind, form.value("id")))
    if reply.headers["etag"] != form.value("tag"):
        fresh = Form({**form.values, "tag": (reply.headers["etag"],)})
        return await _form_page(visit, kind, part, fresh, status=STALE, now=reply.document)
    after, names = RecordForm(kind, choices).document_of(part, reply.document, form)
    return form.value("id"), reply.document, after, names


async def _new_slug(visit: Visit, kind: Kind, document: Document) -> str:
    """Return a slug that no visible record has; who sees only a part of the directory names records after itself."""
    own = visit.session.caller.organization if visit.session else ""
    text = at(document, "name") or " ".join([*map(str, document.get("between", ())), str(document.get("type", ""))])
    slug = slug_of_name(text)
    if kind.resource in ("services", "agreements") and not visit.may(ADMIN):
        slug = f"{own}--{slug}"[:90]
    there = await visit.ask("GET", _path(kind, slug), but={NOT_HERE})
    return slug if there.is_refused else f"{slug}-{token_hex(2)}"


async def _list_page(visit: Visit, kind: Kind, form: Form, *, result: str = "") -> Response:
    page = form.value("page") if is_number(form.value("page")) and form.value("page") != "0" else FIRST
    place = place_of(f"/v1/{kind.resource}", q=form.value("words"), page=page, per_page=PER_PAGE)
    listed = (await visit.ask("GET", place)).document
    names = await every_name(visit)
    return visit.page(
        "desk_list.html", kind=kind, form=form, listed=listed, names=names, result=result,
        here=f"/desk/{kind.resource}", may_add=kind.resource == "agreements" or visit.may(ADMIN),
    )  # fmt: skip


async def _record_page(
    visit: Visit, kind: Kind, reply: Reply, *, result: str = "", status: int = 200, refused: Reply | None = None
) -> Response:
    document: Document = reply.document
    choices, own = await choices_for(visit), visit.session.caller.organization if visit.session else ""
    owners = {document.get("organization"), *document.get("between", ())} - {None}
    if kind.resource == "organizations":
        owners = {document["slug"]}
    place = place_of(CHANGES, resource=kind.resource, id=document["slug"])
    history = await visit.ask("GET", place, but={NOT_HERE})
    words = RecordWords(kind, choices, visit.words)
    parts = {name: words.part_in_words(name, document) for name in kind.parts}
    return visit.page(
        "desk_record.html", status, kind=kind, record=document, parts=parts, result=result, refused=refused,
        title=_title(document, choices["organizations"]), names=choices["organizations"],
        may_edit=own in owners or visit.may(ADMIN), may_add=visit.may(ADMIN),
        history=[] if history.is_refused else history.document["items"], here=f"/desk/{kind.resource}",
    )  # fmt: skip


async def _form_page(
    visit: Visit, kind: Kind, part: str, form: Form, *, status: int = 200, now: Document | None = None,
    reply: Reply | None = None, fields_by_pointer: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    choices = await choices_for(visit)
    singles, rows = RecordWords(kind, choices, visit.words).inputs_of(part, form)
    faults: dict[str, list[str]] = {}
    if reply is not None:
        faults, status = problems_at(reply, fields_by_pointer or {}), reply.status
        if detail := (reply.document or {}).get("detail"):
            faults[""] = [detail]
    used = {
        entry.names
        for entry in [*singles, *(entry for row in rows for entry in row)]
        if entry.widget in ("name", "names")
    }
    named = now or ({} if part == NEW else (await visit.ask("GET", _path(kind, form.value("id")))).document)
    return visit.page(
        "desk_form.html", status, kind=kind, part=part, form=form, inputs=singles, rows=rows, faults=faults,
        lists={name: sorted(set(choices[name].values()), key=str.casefold) for name in used},
        title=_title(named, choices["organizations"]), is_stale=now is not None, here=f"/desk/{kind.resource}/edit",
    )  # fmt: skip


async def _check_page(
    visit: Visit, kind: Kind, form: Form, before: Document, after: Document, *, preview: Document, removes: bool = False
) -> Response:
    choices = await choices_for(visit)
    changes = [] if removes else RecordWords(kind, choices, visit.words).differences(before, after)
    return visit.page(
        "desk_check.html", kind=kind, form=form, changes=changes, reach=preview["reach"], removes=removes,
        title=_title(before or after, choices["organizations"]), names=choices["organizations"],
        here=f"/desk/{kind.resource}", here_form=f"/desk/{kind.resource}/{'remove' if removes else 'check'}",
    )  # fmt: skip


def _title(document: Document, names: dict[str, str] | Any) -> str:
    """Return how people call a record: its name, or the parties of an agreement."""
    parties = [names.get(slug, slug) for slug in document.get("between", ())]
    return str(document.get("name") or " · ".join(parties))
