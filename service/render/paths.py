"""Paths and their steps on a page: the first path in full, later paths in the few lines that a second call needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from service.render.page import PrintedPage
from service.wording import answers, codes, pages

Document = dict[str, Any]


def print_first_path(page: PrintedPage, path: Document, asked_at: datetime) -> set[str]:
    """Print the best path in full; return the sentences of the obligations spelled out."""
    page.gap()
    page.paragraph(pages.FIRST_PATH.format(rank=path["rank"]), style="bold")
    _print_cover(page, path)
    page.labelled("Exposure", _exposure(path))
    told: set[str] = set()
    for number, step in enumerate(path["steps"], start=1):
        page.gap()
        page.item(_title(step, number, path), mark=f"{number}.", style="bold")
        _print_step(page, step, asked_at, told)
    page.gap()
    _print_cost(page, path, pages.COST_EXPLAINED)
    return told


def print_alternative(
    page: PrintedPage, path: Document, earlier: list[Document], asked_at: datetime, told: set[str]
) -> None:
    """Print a later path in short, after the `earlier` ones.

    `told`: sentences of the obligations printed so far; the obligations of the path are added.
    """
    first = earlier[0]
    page.gap()
    page.paragraph(pages.LATER_PATH.format(rank=path["rank"], earlier=_without(path, earlier)), style="bold")
    _print_cover(page, path)
    if path["exposure"] != first["exposure"]:
        page.labelled("Exposure", _exposure(path))
    for number, step in enumerate(path["steps"], start=1):
        page.item(f"{_title(step, number, path)}, {_contact(step)}", mark=f"{number}.", indent=2)
        for line in _short_lines(step, asked_at, told):
            page.paragraph(line, indent=5)
    _print_cost(page, path)


def print_conditional_path(page: PrintedPage, path: Document, asked_at: datetime, told: set[str]) -> None:
    """Print a path that is not open yet: its conditions, then its steps in short. `told` as for `print_alternative`."""
    page.gap()
    page.paragraph(pages.CONDITIONAL_PATH.format(rank=path["rank"]), style="bold")
    for condition in path["conditions"]:
        page.item(condition["plain"], indent=2)
    _print_cover(page, path)
    page.labelled("Exposure", _exposure(path))
    for number, step in enumerate(path["steps"], start=1):
        page.item(f"{_title(step, number, path)}, {_contact(step)}", mark=f"{number}.", indent=2)
        for line in _short_lines(step, asked_at, told):
            page.paragraph(line, indent=5)
    _print_cost(page, path)


def _without(path: Document, earlier: list[Document]) -> str:
    """Return the phrase on the agencies of earlier paths that a path avoids, such as `: without Rio Grande Shelter`."""
    here = {step["to"]["slug"] for step in path["steps"]}
    steps = (step for other in earlier for step in other["steps"])
    missing = dict.fromkeys(step["to"]["name"] for step in steps if step["to"]["slug"] not in here)
    return pages.WITHOUT.format(listed=codes.listed(list(missing))) if missing else ""


def _print_cover(page: PrintedPage, path: Document) -> None:
    page.labelled("Covers", codes.listed([codes.service_type(code) for code in path["covers"]]))
    if path["uncovered"]:
        page.labelled("Still open", codes.listed([codes.service_type(code) for code in path["uncovered"]]))


def _title(step: Document, number: int, path: Document) -> str:
    """Return the agency of a step, and the agency that hands over where the asking agency no longer does."""
    origin = path["steps"][0]["from"]["slug"]
    by = pages.HANDED_ON.format(name=step["from"]["name"]) if number > 1 and step["from"]["slug"] != origin else ""
    return f"{step['to']['name']}{by}"


def _contact(step: Document) -> str:
    contact = step["contact"]
    if contact["phone"] is None:
        return pages.NO_NUMBER
    return f"{contact['phone']} ({contact['label']})" if contact["label"] else str(contact["phone"])


def _services(step: Document, asked_at: datetime) -> Iterator[str]:
    """Yield one line for each service of a step: its needs, its name, and its hours and room."""
    for service in step["services"]:
        wanted = codes.listed([codes.service_type(code) for code in service["covers"]])
        purpose = wanted if service["covers"] else pages.WAY_ON
        opening = service["availability"]
        near = codes.near_day(opening["opens_at"], asked_at) if opening["opens_at"] else ""
        hours, _, room = opening["plain"].partition("; ")
        yield f"{purpose} ({service['name']}): {hours}{near}" + (f"; {room}" if room else "")


def _exposure(path: Document) -> str:
    """Return the exposure of a path in words, from a step of the same level; internal steps count only when alone."""
    steps = [step for step in path["steps"] if step["mode"] != "internal"] or path["steps"]
    plain = next(step["exposure"]["plain"] for step in steps if step["exposure"]["level"] == path["exposure"])
    return f"{codes.EXPOSURE[path['exposure']]} {plain}"


def _print_step(page: PrintedPage, step: Document, asked_at: datetime, told: set[str]) -> None:
    def line(label: str, text: str, style: str = "") -> None:
        page.labelled(label, text, indent=3, style=style)

    line("Phone", _contact(step), "bold")
    for number, service in enumerate(_services(step, asked_at)):
        line("" if number else "For", service)
    line("How", answers.MODE[step["manner"]])
    if step["mode"] == "internal":
        return
    line(_verb(step), _said(step))
    for number, (data, plain, rule) in enumerate(_held_back(step)):
        line("" if number else "Hold back", pages.NOT_SAID.format(data=data, plain=plain, rule=rule))
    for number, task in enumerate(step["obligations"]):
        told.add(task["plain"])
        line("" if number else "Do", _task(task))
    level = step["exposure"]["level"]
    line("Exposure", f"{codes.EXPOSURE[level]} {step['exposure']['plain']}")
    line("Agreement", codes.RELATIONSHIP[step["relationship"]])
    line("Rules", "; ".join(f"{rule['id']} ({codes.authority(rule['authority'])})" for rule in step["rules"]))


def _short_lines(step: Document, asked_at: datetime, told: set[str]) -> Iterator[str]:
    yield from _services(step, asked_at)
    if step["mode"] == "internal":
        yield answers.MODE[step["manner"]]
        return
    yield answers.MODE[step["manner"]] + (f" {_verb(step)}: {_said(step)}." if step["share"] else "")
    if step["mode"] != "self":  # the client makes the contact, and the worker says nothing
        for data, _, rule in _held_back(step):
            yield pages.HELD_BACK.format(data=data, rule=rule)
    new = [task for task in step["obligations"] if task["plain"] not in told]
    again = [task["id"] for task in step["obligations"] if task["plain"] in told]
    for task in new:
        told.add(task["plain"])
        yield pages.TO_DO.format(task=_task(task))
    if again:
        yield pages.TO_DO_AGAIN.format(tasks=", ".join(again))


def _verb(step: Document) -> str:
    return "Send" if step["mode"] == "packet" else "Say"


def _said(step: Document) -> str:
    """Return the data to say in words, or the sentence for no data; of a report, the duty lists what it holds."""
    share = [] if step["mode"] == "report" else step["share"]
    return answers.data_listed(share) or pages.SAYS_NOTHING[step["manner"]]


def _held_back(step: Document) -> list[tuple[str, str, str]]:
    """Return (data, sentence, rule id) of withheld data; classes under the same sentence and rule stand together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in step["withhold"]:
        groups.setdefault((entry["plain"], entry["rule"]), []).append(entry["data"])
    return [(answers.data_listed(data), plain, rule) for (plain, rule), data in groups.items()]


def _task(task: Document) -> str:
    when = f" Due {answers.due(task['due'])}." if task["due"] else ""
    return f"{task['plain']}{when} ({task['id']}; {codes.authority(task['authority'])})"


def _print_cost(page: PrintedPage, path: Document, said: str = pages.COST) -> None:
    cost = path["cost"]
    terms = codes.listed([f"{codes.TERM.get(term['name'], term['name'])} {term['value']:,}" for term in cost["terms"]])
    page.labelled("Cost", said.format(total=cost["total"], terms=terms))
