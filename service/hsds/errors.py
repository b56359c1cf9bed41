"""What HSDS import and export raise on purpose.

ServiceError
├── ImportRefused   there is nothing that could be read: no such path, no JSON file, or not one readable file
└── ExportRefused   nothing could be written there, or it cannot be told in which form
"""

from __future__ import annotations

from service.errors import ServiceError

from .findings import Finding


class ImportRefused(ServiceError):
    """Nothing could be read, so nothing was stored. `findings` say which files were tried and what was wrong."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        self.findings = findings
        super().__init__("\n".join([message, *map(str, findings)]))


class ExportRefused(ServiceError):
    """Nothing was exported, and what was there before is as it was."""
