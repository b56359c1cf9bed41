"""HSDS, the Human Services Data Specification (openreferral.org): the tolerant way in.

Files become plain data (`files`, `shapes`), plain data one graph of records whatever the nesting (`graph`), and its
records rows of the store (`layouts`, `readings`, `records`). `service.usecases.import_hsds` puts them there.
"""

from .errors import ImportRefused
from .findings import Finding

__all__ = ["Finding", "ImportRefused"]
