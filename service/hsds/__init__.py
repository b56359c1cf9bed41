"""HSDS, the Human Services Data Specification (openreferral.org): the tolerant way in.

Files become plain data (`files`, `shapes`), plain data one graph of records whatever the nesting (`graph`), records
rows of the store (`layouts`, `readings`, `records`). Nothing here opens a database; `service.usecases.import_hsds` does.
"""

from .errors import ImportRefused
from .findings import Finding

__all__ = ["Finding", "ImportRefused"]
