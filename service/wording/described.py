"""What the page at `/docs` says around the description of the interface, which stands beside each operation."""

from __future__ import annotations

PARAMETER = "What it is"
SAME_FOR_PROGRAMS = "The same as a document for programs"
CREDENTIAL = "Token, to try an operation with; it is kept nowhere"
