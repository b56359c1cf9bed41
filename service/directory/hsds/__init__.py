"""HSDS, the Human Services Data Specification (openreferral.org): the tolerant way in, and the way out.

Files become plain data (`reading`), plain data a graph of records whatever the nesting, and the graph's records rows of
the store (`importing`). `service.directory.use_cases.import_hsds` stores the rows.
"""

from .findings import Finding, ImportRefused

__all__ = ["Finding", "ImportRefused"]
