"""Reads a bundle: bytes in, a valid `Bundle` out, or every problem at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from service.documents.document import parse_document
from service.documents.messages import problems_of
from service.documents.node import ROOT, Node, sort_key
from service.documents.yaml_events import MOST_VALUES
from service.errors import BundleRefused, Problem
from service.i18n import refusals

from .addresses import find_address_leaks
from .checks import check_document
from .hsds import Organization
from .schema import Bundle

_MOST_PROBLEMS = 10_000


def read_bundle(data: bytes, most_values: int = MOST_VALUES) -> Bundle:
    """Return the bundle in `data` (YAML or JSON, UTF-8).

    `most_values`: how many values the file may hold. Pure, and safe to call from several threads. Cost is linear in the
    size of the file.

    Raises:
        BundleRefused: with every problem found, in document order, and without any value of the file; of a file
            that is no bundle at all, with their number.
    """
    tree, problems = parse_document(data, most_values=most_values)
    if not isinstance(tree, dict):
        raise BundleRefused((Problem(ROOT, refusals.BEGINS_WITH),))
    faults = [*problems, *check_document(tree), *find_address_leaks(Node(tree))]
    try:
        bundle = _validate(tree)
    except ValidationError as error:
        if error.error_count() > _MOST_PROBLEMS:  # each becomes an object many times as large as the value
            message = refusals.TOO_MANY_PROBLEMS.format(problems=error.error_count())
            raise BundleRefused((Problem(ROOT, message),)) from None
        faults += problems_of(error, Bundle)
    else:
        if not faults:
            return bundle
    raise BundleRefused(tuple(sorted(set(faults), key=lambda problem: (sort_key(problem.path), problem.message))))


def _validate(tree: dict[str, Any]) -> Bundle:
    """Return the bundle in plain data, of which each organization goes as soon as it is read: a state has thousands.

    Raises:
        ValidationError: with every problem of the schema; organizations before the first that has one are read.
    """
    organizations = tree.get("organizations")
    if isinstance(organizations, list):
        with suppress(ValidationError):
            for number, organization in enumerate(organizations):
                organizations[number] = Organization.model_validate(organization)
    return Bundle.model_validate(tree)
