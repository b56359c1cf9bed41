"""Bodies that cost a server most: wrong ones about as large as is read, and right ones that ask for everything."""

from __future__ import annotations

import json
from typing import Any

from service import vocabulary

SIZE = 250_000
ATTACKER = "willow-bend-youth"
SECRET = "555-0100"


def filled(before: str, unit: str, after: str = "") -> bytes:
    """Return a body of about the largest size that is read: `unit` again and again, with commas between."""
    return (before + ",".join([unit] * ((SIZE - len(before)) // (len(unit) + 1))) + after).encode()


def keys(count: int, value: str = "1") -> str:
    return ",".join(f'"{SECRET}-{number}":{value}' for number in range(count))


def consents(of_each: dict[str, Any]) -> bytes:
    return json.dumps({"needs": [{"type": "food"}], "consents": [of_each] * 50}).encode()


WORST = {
    "empty consents": filled('{"needs":[{"type":"food"}],"consents":[', "{}", "]}"),
    "empty needs": filled('{"needs":[', "{}", "]}"),
    "numbers to avoid": filled('{"avoid":[', "1", "]}"),
    "unknown words to avoid": filled('{"avoid":[', '"a"', "]}"),
    "not numbers": filled('{"avoid":[', "NaN", "]}"),
    "half pairs": filled('{"avoid":[', '"\\ud800"', "]}"),
    "long numbers": filled('{"avoid":[', "9" * 4_000, "]}"),
    "as many fields as there may be": ("{" + keys(15_000) + "}").encode()[:SIZE],
    "fields that are not known": ("{" + keys(9_000) + "}").encode(),
    "mappings that are not known": ("{" + keys(4_900, "{}") + "}").encode(),
    "one field again and again": filled("{", '"limit":1', "}"),
    "traits": ('{"client":{"traits":{' + keys(9_000) + "}}}").encode(),
    "wrong words in every list": consents({"to": [1] * 199, "data": [1] * 190}),
    "mappings in every list": consents({"to": [{}] * 90}),
    "fields in every consent": consents({f"{SECRET}-{number}": 1 for number in range(90)}),
    "deep": b'{"needs":' + b"[" * 120_000 + b"]" * 120_000 + b"}",
    "deep mappings": filled("", '{"a":')[:-1].replace(b",", b""),
    "one long text": json.dumps({"origin": "a" * SIZE}).encode(),
    "long texts everywhere": json.dumps({"needs": [{"type": "a" * 9_000}] * 8, "avoid": ["a" * 9_000] * 18}).encode(),
    "a long key": json.dumps({"client": {SECRET * 30_000: 1}}).encode(),
    "letters of many bytes": json.dumps({"avoid": ["\U0001f9d1" * 2_000] * 30}, ensure_ascii=False).encode(),
    "records": filled('{"id":"x","services":[', "{}", "]}"),
    "records in records": json.dumps({"services": [{"schedules": [{}] * 48} for _ in range(100)]}).encode(),
    "numbers in records": json.dumps({"services": [{"referral": {"types": [1] * 190}} for _ in range(100)]}).encode(),
    "parties": json.dumps({"between": ["a"] * 999, "offers": {f"{SECRET}-{n}": 1 for n in range(5_000)}}).encode(),
    "not finished": filled('{"needs":[', '{"type":"food"}'),
}


def worst_profiles() -> list[bytes]:
    """Ten profiles that are right and cost most: all needs, unknown everywhere, and consents for everything."""
    types = vocabulary.SERVICE_TYPES
    consent = {"level": "written", "from": ATTACKER, "data": list(vocabulary.DATA_CLASSES), "signers": ["client"]}
    consents = [consent | {"to": ["heron-legal"] * 199, "ends_on": f"2099-01-{1 + n % 28:02}"} for n in range(50)]
    return [
        json.dumps(
            {
                "needs": [
                    {"type": types[(8 * start + n) % len(types)], "urgency": "this_week", "required": False}
                    for n in range(8)
                ],
                "consents": consents,
                "limit": 10,
            }
        ).encode()
        for start in range(10)
    ]
