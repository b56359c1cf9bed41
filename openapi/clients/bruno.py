"""Builds a Bruno collection out of the description: every request example, with the demo's ids and today's dates.

    python openapi/clients/bruno.py FOLDER
    cd FOLDER && npx @usebruno/cli@2 run --env demo --env-var token=TOKEN --env-var shelter=TOKEN

`token` is one of the hotline's, with every scope and `route:any`, `shelter` one of Bluestem Haven's. What is built is
made anew, and not checked in.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from service import demo

DESCRIPTION = Path(__file__).parents[1] / "openapi.json"
MAKES = {"/v1/consents": "consent", "/v1/referrals": "referral", "/v1/grievances": "grievance"}
"""What gives a code, and an id, that later requests need."""
BY_SHELTER = ("look_up_referral", "put_referral_status", "withdraw_consent_by_code")
LAST = ("put_referral_status", "withdraw_consent_by_code")
NEEDS_PEOPLE = re.compile(r"proposals/\{id\}|grievances/\{id\}|webhook-|/fhir|\{id\}/capacity/c")
"""Operations whose example needs an answer that no other example gives, a public address, or a count of this day."""


def build(folder: Path) -> int:
    """Write the collection; return how many requests it has."""
    (folder / "environments").mkdir(parents=True, exist_ok=True)
    about = {"version": "1", "name": "Referral router", "type": "collection"}
    (folder / "bruno.json").write_text(json.dumps(about, indent=2))
    (folder / "environments" / "demo.bru").write_text("vars {\n  server: http://127.0.0.1:8000\n}\n")
    paths = json.loads(demo.moved(DESCRIPTION.read_bytes(), day=demo.today()))["paths"]
    requests = [
        (path, method, operation, name, example)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not NEEDS_PEOPLE.search(path)
        for name, example in examples_of(operation)
    ]
    requests.sort(key=lambda request: (request[2]["operationId"] in LAST, request[0] not in MAKES))
    for number, (path, method, operation, name, example) in enumerate(requests, 1):
        title = f"{operation['operationId']} {name}"
        text = (
            f"meta {{\n  name: {title}\n  type: http\n  seq: {number}\n}}\n{text_of(path, method, operation, example)}"
        )
        (folder / f"{number:03} {title}.bru").write_text(text)
    return len(requests)


def examples_of(operation: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the examples of an operation's body by name; of an operation without a body nothing."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = {name: example["value"] for name, example in content.get("examples", {}).items()}
    return [*(named or ({"example": content["example"]} if "example" in content else {})).items()]


def text_of(path: str, method: str, operation: dict[str, Any], example: Any) -> str:
    """Return a request in Bruno's language, which expects success and keeps what later requests need."""
    ids = {"{id}": next(iter(operation["parameters"][0].get("schema", {}).get("examples", ("",))))}
    makes, code_of = MAKES.get(path), path.removesuffix("/look-up").replace("consent-withdrawals", "consents")
    if path.startswith("/v1/referrals/{id}"):
        ids = {"{id}": "{{referral}}"}
    if "code" in example and code_of in MAKES:
        example = {**example, "code": f"{{{{{MAKES[code_of]}_code}}}}"}
    headers = {"Accept": "application/json"}
    names = {parameter["name"] for parameter in operation["parameters"]}
    headers |= {"If-Match": "*"} if "If-Match" in names else {}
    headers |= {"Idempotency-Key": "bruno-{{$guid}}"} if "Idempotency-Key" in names else {}
    token = "shelter" if operation["operationId"] in BY_SHELTER else "token"
    blocks = {
        method: [f"url: {{{{server}}}}{path.replace('{id}', ids['{id}'])}", "body: json", "auth: bearer"],
        "auth:bearer": [f"token: {{{{{token}}}}}"],
        "headers": [f"{name}: {value}" for name, value in headers.items()],
        "body:json": json.dumps(example, indent=2, ensure_ascii=False).splitlines(),
        "assert": ["res.status: lt 300"],
    }
    if makes is not None and method == "post":
        blocks["vars:post-response"] = [f"{makes}_code: res.body.code", f"{makes}: res.body.id"]
    return "\n".join(
        f"{name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n" for name, lines in blocks.items()
    )


if __name__ == "__main__":
    print(f"{build(Path(sys.argv[1]))} requests")
