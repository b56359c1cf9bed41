"""Answers as text, in the notation of the scenarios' pictures, so that a test asserts what its docstring draws.

`hotline --warm--> center --self--> clinic` is two hand-offs in a row; `; ` sets apart a hand-off that starts at the
origin again; a gateway, which meets nothing, stands in brackets.
"""

from __future__ import annotations

import routing


def picture(path: routing.Path) -> str:
    """Return a path as one line."""
    line, holder = "", ""
    for step in path.steps:
        if step.holder != holder:
            line += ("; " if line else "") + step.holder
        name = step.organization if step.covers else f"({step.organization})"
        line += f" --{step.mode}--> {name}"
        holder = step.organization
    return line


def pictures(answer: routing.Answer) -> list[str]:
    """Return every path of an answer as a line, best first."""
    return [picture(path) for path in answer.paths]


def best_picture(answer: routing.Answer) -> str | None:
    """Return the best path as a line, None if there is no path."""
    return picture(answer.paths[0]) if answer.paths else None


def terms(path: routing.Path) -> dict[str, int]:
    """Return the cost terms by name."""
    return {term.name: term.value for term in path.terms}


def coverage(path: routing.Path) -> list[dict[str, tuple[str, ...]]]:
    """Return, for each step, what each of its services meets."""
    return [{use.service: use.covers for use in step.services} for step in path.steps]


def reasons(answer: routing.Answer) -> dict[str, dict[str, int]]:
    """Return, for each need left open, how many services fail for which reason."""
    return {need.need: {reason.code: reason.count for reason in need.reasons} for need in answer.uncovered}
