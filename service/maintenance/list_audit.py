"""The audit as an organization reads it: its own acts, and of one token what came of it."""

from __future__ import annotations

from service.database.audit import page_of
from service.database.unit_of_work import UnitOfWork
from service.documents.entity_tags import TaggedDocument, with_etag
from service.security import Caller


def list_audit(work: UnitOfWork, caller: Caller, *, token: str | None, page: int, per_page: int) -> TaggedDocument:
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
                "objects": [dict(zip(("type", "digest", "status"), entry, strict=True)) for entry in row.objects],
                "details": row.details or {},
                "token": row.subject_digest if token is not None else None,
            }
            for row in rows
        ]
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})
