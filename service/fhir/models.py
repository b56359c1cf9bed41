"""The models of R4 (fhirclient, made from HL7's 4.0.1): for every outgoing and incoming resource. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from fhirclient.models.bundle import Bundle
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.consent import Consent
from fhirclient.models.fhirabstractbase import FHIRAbstractBase, FHIRValidationError
from fhirclient.models.healthcareservice import HealthcareService
from fhirclient.models.location import Location
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.organization import Organization
from fhirclient.models.questionnaire import Questionnaire
from fhirclient.models.questionnaireresponse import QuestionnaireResponse
from fhirclient.models.servicerequest import ServiceRequest
from fhirclient.models.task import Task

from service.errors import Problem
from service.fhir.elements import Element
from service.i18n import refusals

MODELS: dict[str, type[FHIRAbstractBase]] = {
    model.resource_type: model
    for model in (
        *(Organization, Location, HealthcareService, ServiceRequest, Task, Consent),
        *(Bundle, CapabilityStatement, OperationOutcome, Questionnaire, QuestionnaireResponse),
    )
}


def validate(resource: Element) -> Element:
    """Return a resource, read and written by its model.

    Raises:
        FHIRValidationError: a defect of ours: an unknown or missing element, or a wrong type.
    """
    element: Element = MODELS[resource["resourceType"]](resource).as_json()
    return element


def faults(resource_type: str, element: Element) -> tuple[Problem, ...]:
    """Return the places of faults against R4, as JSON pointers. `element` holds only elements of R4."""
    try:
        MODELS[resource_type](element).as_json()
    except FHIRValidationError as error:
        return tuple(Problem(pointer, refusals.NOT_R4) for pointer in sorted(set(_pointers(error, ""))))
    return ()


@cache
def element_types(model: type[FHIRAbstractBase]) -> dict[str, Any]:
    """Return the elements of a resource or a data type: the type of each, by its name in JSON."""
    return {name: element_type for _, name, element_type, *_ in model().elementProperties()}


def _pointers(error: FHIRValidationError, place: str) -> Iterator[str]:
    pointer = f"{place}/{error.path.replace('.', '/')}" if error.path else place
    inner = [inner_error for inner_error in error.errors if isinstance(inner_error, FHIRValidationError)]
    if not inner:
        yield pointer.replace("/for_fhir", "/for")
    for inner_error in inner:
        yield from _pointers(inner_error, pointer)
