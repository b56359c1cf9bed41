"""The same small directory in older layouts: tables of HSDS 1.1 and 2.0, and those of Ohana."""

from __future__ import annotations

OLD = {
    "organization": [{"id": "o", "name": "County Food Pantry", "description": "Food.", "url": "https://a.example"}],
    "service": [{"id": "s", "organization_id": "o", "program_id": "", "name": "Boxes", "status": "active"}],
    "location": [{"id": "l", "organization_id": "o", "name": "Hall", "latitude": "30.25", "longitude": "-97.75"}],
    "services_at_location": [{"id": "sl", "service_id": "s", "location_id": "l"}],
    "phone": [
        {
            "id": "p",
            "service_id": "s",
            "location_id": "",
            "contact_id": "",
            "service_at_location_id": "",
            "number": "555-0150",
            "language": "en, es",
        }
    ],
    "contact": [{"id": "c", "service_at_location_id": "sl", "organization_id": "", "service_id": "", "name": "Desk"}],
    "physical_address": [
        {
            "id": "a",
            "location_id": "l",
            "address_1": "1 Example St",
            "city": "Austin",
            "state_province": "TX",
            "postal_code": "78701",
            "country": "US",
        }
    ],
    "regular_schedule": [
        {"service_id": "s", "location_id": "", "weekday": day, "opens_at": "09:00", "closes_at": "17:00"}
        for day in ("1", "Tuesday", "WE")
    ],
    "holiday_schedule": [{"id": "h", "service_id": "s", "closed": "true", "start_date": "2026-12-24"}],
    "eligibility": [{"id": "e", "service_id": "s", "eligibility": "adult"}],
    "service_area": [{"id": "sa", "service_id": "s", "service_area": "travis"}],
    "language": [{"id": "la", "service_id": "s", "language": "Spanish"}],
    "taxonomy": [{"id": "t", "name": "Food Pantry", "parent_id": "", "parent_name": "", "vocabulary": "AIRS"}],
    "service_taxonomy": [{"id": "st", "service_id": "s", "taxonomy_id": "t", "taxonomy_detail": ""}],
    "accessibility_for_disabilities": [{"id": "ac", "location_id": "l", "accessibility": "ramp", "details": "rear"}],
}

OHANA = {
    "organizations": [
        {"id": "1", "name": "County Food Pantry", "description": "Food.", "funding_sources": "City,State"}
    ],
    "locations": [
        {"id": "7", "organization_id": "1", "name": "Hall", "latitude": "30.25", "longitude": "-97.75", "virtual": ""}
    ],
    "addresses": [
        {
            "id": "3",
            "location_id": "7",
            "address_1": "1 Example St",
            "city": "Austin",
            "state_province": "TX",
            "postal_code": "78701",
            "country": "US",
        }
    ],
    "services": [
        {
            "id": "5",
            "location_id": "7",
            "program_id": "",
            "name": "Boxes",
            "status": "",
            "languages": "English,Spanish",
            "service_areas": "travis",
            "taxonomy_ids": "102-04",
            "eligibility": "Adults",
            "website": "https://a.example",
        }
    ],
    "phones": [
        {
            "id": "9",
            "location_id": "",
            "service_id": "5",
            "organization_id": "",
            "contact_id": "",
            "number": "555-0150",
            "number_type": "voice",
        }
    ],
    "regular_schedules": [
        {"id": "1", "location_id": "", "service_id": "5", "weekday": "Monday", "opens_at": "9:00", "closes_at": "17:00"}
    ],
    "taxonomy": [{"taxonomy_id": "102-04", "name": "Food Pantry", "parent_id": "102", "parent_name": "Food"}],
}
