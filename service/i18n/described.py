"""Sentences of the page at `/docs` around the description of the interface; each operation has its own texts."""

from __future__ import annotations

PARAMETER = "What it is"
SAME_FOR_PROGRAMS = "The same as a document for programs"
GUIDE = "What it means, with examples to run, is in the program's source"
GUIDE_TO_PRINT = "Pages to print for people who don't program"
CREDENTIAL = "Token, to try an operation with; it is kept nowhere"
