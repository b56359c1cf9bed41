"""The coalition bundle: its shape, and the strict way in."""

from service.errors import BundleRefused, Problem

from .reader import read_bundle
from .schema import Bundle
from .warnings import find_warnings

__all__ = ["Bundle", "BundleRefused", "Problem", "find_warnings", "read_bundle"]
