"""The errors that HSDS import and export raise on purpose.

ServiceError
├── ImportRefused   no record could be read: the path is absent, or no file has a readable form
└── ExportRefused   the target cannot be written, or its name tells no form
"""

from __future__ import annotations

from policies.messages import joined
from service.infrastructure.errors import ServiceError

from .findings import Finding


class ImportRefused(ServiceError):
    """No record could be read, so no row was stored. `findings` name the files that were tried, and their faults."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        self.findings = findings
        super().__init__(joined([message, *(one.said for one in findings)], "\n"))


class ExportRefused(ServiceError):
    """No record was exported, and an existing file is unchanged."""
