"""The coalition bundle: its shape, and the strict way in."""

from service.infrastructure.errors import BundleRefused, Problem

from .reader import read_bundle
from .schema import Bundle
from .surprises import find_surprises

__all__ = ["Bundle", "BundleRefused", "Problem", "find_surprises", "read_bundle"]
