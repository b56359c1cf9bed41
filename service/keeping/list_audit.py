"""The audit as an organization reads it: its own acts, and of one token what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.directory.work.read_directory import Found, found
from service.infrastructure.auth import Caller
from service.infrastructure.database.audit import page_of
from service.infrastructure.database.unit_of_work import UnitOfWork


def list_grounds(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the grounds of an answer: its decision id, its versions, and the ids of the rules that it shows. Pure.

    >>> list_grounds({"decision_id": "d", "policy_version": "p", "paths": [{"steps": [{"rules": [{"id": "a"}]}]}]})
    {'decision_id': 'd', 'policy_version': 'p', 'rules': ['a']}
    """
    told = {name: answer[name] for name in ("decision_id", "directory_version", "policy_version") if answer.get(name)}
    return {**told, "rules": sorted(set(_rules(answer)))}


def list_audit(work: UnitOfWork, caller: Caller, *, token: str | None, page: int, per_page: int) -> Found:
    """Return a page of the acts of the caller's organization, the newest first; `token`: of one token's digest alone.

    Whose token acted is told only where one is asked for.
    """
    with work:
        rows, total = page_of(
            work.session, caller.organization, token=token, offset=(page - 1) * per_page, limit=per_page
        )
        items = [
            {
                "id": row.id,
                "position": row.position,
                "at": row.at.isoformat(),
                "operation": row.operation,
                "objects": [dict(zip(("type", "digest", "status"), one, strict=True)) for one in row.objects],
                "details": row.details or {},
                "token": row.subject_digest if token is not None else None,
            }
            for row in rows
        ]
    return found({"items": items, "page": page, "per_page": per_page, "total": total})


def _rules(value: Any) -> Iterator[str]:
    """Yield the id of each rule, wherever `rules` stand in plain data."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "rules" and isinstance(inner, list):
                yield from (rule["id"] for rule in inner if isinstance(rule, Mapping) and "id" in rule)
            else:
                yield from _rules(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _rules(inner)
