"""Paths and their steps on a page: the first path in full, later paths in the few lines that a second call needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from policies.messages import TOGETHER, joined, parts_of
from service.answers.printed.contacts import in_brackets
from service.answers.printed.page import PrintedPage
from service.answers.schemas.paths import Step
from service.i18n import answers, codes, pages, times

Document = Mapping[str, Any]


def print_first_path(page: PrintedPage, path: Document, asked_at: datetime) -> set[str]:
    """Print the best path in full; return the sentences of the obligations spelled out."""
    page.gap()
    page.paragraph(pages.FIRST_PATH.format(rank=path["rank"]), style="bold")
    _print_cover(page, path)
    page.row(pages.LABEL["exposure"], _exposure(path))
    sentences: set[str] = set()
    for number, step in enumerate(path["steps"], start=1):
        page.gap()
        page.item(_title(step, number, path), mark=f"{number}.", style="bold")
        _print_step(page, step, asked_at, sentences)
    page.gap()
    _print_cost(page, path, pages.COST_EXPLAINED)
    return sentences


def print_alternative(
    page: PrintedPage, path: Document, earlier: Sequence[Document], asked_at: datetime, sentences: set[str]
) -> None:
    """Print a later path in short, after the `earlier` ones.

    `sentences`: sentences of the obligations printed so far; the obligations of the path are added.
    """
    first = earlier[0]
    page.gap()
    page.paragraph(_path_title(path, earlier), style="bold")
    _print_cover(page, path)
    if path["exposure"] != first["exposure"]:
        page.row(pages.LABEL["exposure"], _exposure(path))
    for number, step in enumerate(path["steps"], start=1):
        page.item(joined([_title(step, number, path), _contact(step)], ", "), mark=f"{number}.", indent=2)
        for line in _short_lines(step, asked_at, sentences):
            page.paragraph(line, indent=5)
    _print_cost(page, path)


def print_conditional_path(page: PrintedPage, path: Document, asked_at: datetime, sentences: set[str]) -> None:
    """Print a path that is not open yet: its conditions, its steps in short. `sentences` as for `print_alternative`."""
    page.gap()
    page.paragraph(pages.CONDITIONAL_PATH.format(rank=path["rank"]), style="bold")
    for condition in path["conditions"]:
        page.item(condition["plain"], indent=2)
    _print_cover(page, path)
    page.row(pages.LABEL["exposure"], _exposure(path))
    for number, step in enumerate(path["steps"], start=1):
        page.item(joined([_title(step, number, path), _contact(step)], ", "), mark=f"{number}.", indent=2)
        for line in _short_lines(step, asked_at, sentences):
            page.paragraph(line, indent=5)
    _print_cost(page, path)


def _path_title(path: Document, earlier: Sequence[Document]) -> str:
    """Return the title of a later path, with the agencies of earlier paths that it avoids."""
    agencies = {step["to"]["slug"] for step in path["steps"]}
    steps = (step for earlier_path in earlier for step in earlier_path["steps"])
    skipped_names = dict.fromkeys(step["to"]["name"] for step in steps if step["to"]["slug"] not in agencies)
    if not skipped_names:
        return pages.LATER_PATH.format(rank=path["rank"])
    return pages.LATER_PATH_WITHOUT.format(rank=path["rank"], listed=codes.listed(list(skipped_names)))


def _print_cover(page: PrintedPage, path: Document) -> None:
    page.row(pages.LABEL["covers"], codes.listed([codes.service_type(code) for code in path["covers"]]))
    if path["uncovered"]:
        page.row(pages.LABEL["open"], codes.listed([codes.service_type(code) for code in path["uncovered"]]))


def _title(step: Step, number: int, path: Document) -> str:
    """Return the agency of a step, and the agency that hands over where the asking agency no longer does."""
    origin = path["steps"][0]["from"]["slug"]
    to: str = step["to"]["name"]
    is_handed_on = number > 1 and step["from"]["slug"] != origin
    return pages.HANDED_ON.format(to=to, name=step["from"]["name"]) if is_handed_on else to


def _contact(step: Step) -> str:
    contact = step["contact"]
    if contact["phone"] is None:
        return pages.NO_NUMBER
    return f"{contact['phone']} ({contact['label']})" if contact["label"] else str(contact["phone"])


def _services(step: Step, asked_at: datetime) -> Iterator[str]:
    """Yield for each service of a step its needs, name, hours and room, and how soon it answers if that is told."""
    for service in step["services"]:
        needs = codes.listed([codes.service_type(code) for code in service["covers"]])
        purpose = needs if service["covers"] else pages.WAY_ON
        opening = service["availability"]
        near = codes.near_day(opening["opens_at"], asked_at) if opening["opens_at"] else ""
        hours, *room = parts_of(opening["plain"])
        yield joined([in_brackets(purpose, service["name"]), joined([hours + near, *room], "; ")], ": ")
        if "usual_answer" in service:
            yield service["usual_answer"]["plain"]


def _exposure(path: Document) -> str:
    """Return the exposure of a path in words, from a step of the same level; internal steps count only when alone."""
    steps = [step for step in path["steps"] if step["mode"] != "internal"] or path["steps"]
    plain = next(step["exposure"]["plain"] for step in steps if step["exposure"]["level"] == path["exposure"])
    return joined([codes.EXPOSURE[path["exposure"]], plain], TOGETHER)


def _print_step(page: PrintedPage, step: Step, asked_at: datetime, sentences: set[str]) -> None:
    def line(label: str, text: str, style: str = "") -> None:
        page.row(label and pages.LABEL[label], text, indent=3, style=style)

    line("phone", _contact(step), "bold")
    for number, service in enumerate(_services(step, asked_at)):
        line("" if number else "for", service)
    line("how", answers.MODE[step["manner"]])
    if step["mode"] == "internal":
        return
    line(_verb(step), _words_to_say(step))
    for number, (data, plain, rule) in enumerate(_withheld(step)):
        line("" if number else "hold back", pages.NOT_SAID.format(data=data, plain=plain, rule=rule))
    for number, task in enumerate(step["obligations"]):
        sentences.add(task["plain"])
        line("" if number else "do", _task(task))
    level = step["exposure"]["level"]
    line("exposure", joined([codes.EXPOSURE[level], step["exposure"]["plain"]], TOGETHER))
    line("agreement", codes.RELATIONSHIP[step["relationship"]])
    rules = (in_brackets(rule["id"], codes.authority(rule["authority"])) for rule in step["rules"])
    line("rules", joined(rules, "; "))


def _short_lines(step: Step, asked_at: datetime, sentences: set[str]) -> Iterator[str]:
    yield from _services(step, asked_at)
    if step["mode"] == "internal":
        yield answers.MODE[step["manner"]]
        return
    words = joined([pages.LABEL[_verb(step)], ": ", _words_to_say(step), "."], "") if step["share"] else ""
    yield joined([answers.MODE[step["manner"]], words], TOGETHER)
    if step["mode"] != "self":  # the client makes the contact, and the worker says nothing
        for data, _, rule in _withheld(step):
            yield pages.HELD_BACK.format(data=data, rule=rule)
    new = [task for task in step["obligations"] if task["plain"] not in sentences]
    repeated = [task["id"] for task in step["obligations"] if task["plain"] in sentences]
    for task in new:
        sentences.add(task["plain"])
        yield pages.TO_DO.format(task=_task(task))
    if repeated:
        yield pages.TO_DO_AGAIN.format(tasks=", ".join(repeated))


def _verb(step: Step) -> str:
    return "send" if step["mode"] == "packet" else "say"


def _words_to_say(step: Step) -> str:
    """Return the data to say in words, or the sentence for no data; of a report, the duty lists what it holds."""
    share = [] if step["mode"] == "report" else step["share"]
    return answers.data_listed(share) or pages.SAYS_NOTHING[step["manner"]]


def _withheld(step: Step) -> list[tuple[str, str, str]]:
    """Return (data, sentence, rule id) of withheld data; classes under the same sentence and rule stand together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in step["withhold"]:
        groups.setdefault((entry["plain"], entry["rule"]), []).append(entry["data"])
    return [(answers.data_listed(data), plain, rule) for (plain, rule), data in groups.items()]


def _task(task: Document) -> str:
    deadline = pages.DUE.format(when=times.due(task["due"])) if task["due"] else ""
    rule = joined([task["id"], codes.authority(task["authority"])], "; ")
    return in_brackets(joined([task["plain"], deadline], TOGETHER), rule)


def _print_cost(page: PrintedPage, path: Document, template: str = pages.COST) -> None:
    cost = path["cost"]
    terms = [joined([codes.TERM.get(term["name"], term["name"]), f"{term['value']:,}"], " ") for term in cost["terms"]]
    page.row(pages.LABEL["cost"], template.format(total=f"{cost['total']:,}", terms=codes.listed(terms)))
