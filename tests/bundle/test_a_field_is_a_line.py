"""A field of an agency is a line in its class: load, interface, description, HSDS, export and import follow from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
CODE = ("service", "routing", "policies")
LINES = {
    "public": "    motto: str | None = None\n",
    "members": "    motto: Annotated[str | None, Readers.MEMBERS] = None\n",
}
AFTER = "    tax_status: str | None = None\n"
SCRIPT = """
import io, json, sys
from pathlib import Path
from pydantic import SecretStr
from service.directory.routes.schemas.directory import directory_schemas
from service.security import Caller
from service.directory.bundle import Bundle
from service.documents.json_schema import json_schema
from service.settings import Settings
from service.database.database import open_database
from service.documents.entity_tags import Condition
from service.directory.use_cases.export_hsds import export_lines
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.read_directory import get_object
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import put_object
from service.maintenance.tables import all_tables

caller = Caller("lotus", frozenset({"directory:read", "directory:write"}), "somebody")
told = {"schema": "motto" in json_schema(Bundle)["$defs"]["Organization"]["properties"]}
told["description"] = "motto" in directory_schemas()["DirectoryOrganization"]["properties"]
folder = Path(sys.argv[1])

def opened(name):
    return open_database(Settings(database=f"sqlite:///{folder / name}", address_key=SecretStr("b" * 43 + "=")))

with opened("one.db") as database:
    database.upgrade(all_tables)
    told["load"] = load_bundle(database.unit_of_work(), (folder / "bundle.json").read_bytes(), replace=True).changed
    found = get_object(database.unit_of_work(), caller, "organizations", "lotus")
    told["get"] = found.document.get("motto")
    body = read_body("organizations", json.dumps({**found.document, "motto": "Come in"}).encode())
    any_tag = Condition(frozenset({"*"}))
    written = put_object(database.unit_of_work(), caller, "organizations", "lotus", body=body, condition=any_tag)
    told["put"] = written.document.document.get("motto")
    out = io.BytesIO()
    export_lines(database.unit_of_work(), out)
    [told["export"]] = [one.get("motto") for one in map(json.loads, out.getvalue().splitlines()) if "locations" in one]
(folder / "out.ndjson").write_bytes(out.getvalue())
with opened("two.db") as database:
    database.upgrade(all_tables)
    import_hsds(database.unit_of_work(), folder / "out.ndjson")
    again = io.BytesIO()
    export_lines(database.unit_of_work(), again)
    lines = map(json.loads, again.getvalue().splitlines())
    [told["import"]] = [one.get("motto") for one in lines if "locations" in one]
print(json.dumps(told))
"""


def ways(folder: Path, line: str) -> dict[str, Any]:
    """Return what becomes of a field, added to organizations in a copy of the program, on each of its ways."""
    for name in CODE:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "service" / "directory" / "bundle" / "hsds.py"
    written = file.read_text(encoding="utf-8")
    assert written.count(AFTER) == 1
    file.write_text(written.replace(AFTER, AFTER + line), encoding="utf-8")
    coalition = {"slug": "a", "name": "A", "timezone": "America/Chicago", "policy_packs": ["federal"]}
    profile = {"basis": "community", "kind": "legal", "membership": "active", "listed": "public"}
    organization = {"id": "lotus", "name": "Lotus Center", "motto": "Knock", "coalition": profile}
    bundle = {"coalition": coalition, "organizations": [organization]}
    (folder / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], cwd=folder, env=environment, check=True, capture_output=True
    )
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


@pytest.mark.parametrize("readers", LINES)
def test_a_line_is_all_that_a_field_needs(tmp_path: Path, readers: str) -> None:
    """Loaded, shown, changed, described, and told to the public, or not, as the line says."""
    public = "Come in" if readers == "public" else None

    assert ways(tmp_path, LINES[readers]) == {
        "schema": True,
        "description": True,
        "load": True,
        "get": "Knock",
        "put": "Come in",
        "export": public,
        "import": public,
    }
