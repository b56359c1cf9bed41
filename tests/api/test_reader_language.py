"""The language of sentences over HTTP: chosen by the reader, named in the answer, and never mixed up by a cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from canaries import places, put_at
from read_in_spanish import left_in_english, names_of, said_in

from service import demo
from service.answers.routes.examples import ASKED_SHARE
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import load_snapshot

READ = ("directory:read", "route", "route:any", "webhook")
PROFILE = json.loads(demo.profile_bytes("01-fifteen-at-2am"))
ASKED: list[tuple[str, Any]] = [
    ("/v1/referral-paths", PROFILE), ("/v1/next-calls", PROFILE), ("/v1/policy/decisions", ASKED_SHARE),
    ("/v1/policy/rules", None), ("/v1/policy/states", None), ("/v1/coverage", None), ("/v1/coalition/map", None),
    ("/v1/coalition/due", None), ("/v1/coalition/legal-hold", None),
    ("/v1/coalition/guide", None), ("/v1/outcomes", None), ("/v1/terms", None), ("/v1/event-types", None),
]  # fmt: skip
TAGGED = [path for path, body in ASKED if body is None and path.split("/")[2] in ("coverage", "coalition", "outcomes")]
FREELY = {"rate_limit": "1000000/minute"}
EVERY_SCOPE = (
    *READ, "directory:write", "directory:admin", "organization:admin", "consent", "consent:any", "referral", "capacity",
    "grievance",
)  # fmt: skip
NOT_SAID = frozenset({"decision_id"})
IN_ENGLISH = frozenset({"National Center for Missing and Exploited Children"})
"""Names in what the rules say."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application that takes as long as all needs, so that what it finds depends on no clock."""
    with running(demo_settings(tmp_path_factory.mktemp("languages"), question_budget_ms=60_000, **FREELY)) as app:
        yield app


def ask(api: Api, path: str, body: Any, language: str | None, **headers: str) -> Any:
    preference = {} if language is None else {"Accept-Language": language}
    if body is None:
        return api.get(path, *READ, headers=preference | headers)
    return api.post(path, body, *READ, headers=preference | headers)


@pytest.mark.parametrize(("path", "body"), ASKED)
def test_sentences_come_in_the_readers_language(api: Api, path: str, body: Any) -> None:
    """Named in the answer; without a wish, or with one that nobody can meet, they are English, as ever."""
    english, other, spanish = (ask(api, path, body, wish) for wish in (None, "fr", "es-MX, en;q=0.5"))
    with open_database(api.settings) as database:
        names = names_of(load_snapshot(database.unit_of_work(writes=False)))

    for answer, language in ((english, "en"), (other, "en"), (spanish, "es")):
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
    assert _same(english.json()) == _same(other.json())
    assert english.json() != spanish.json()
    assert left_in_english(said_in(spanish.json()), names | IN_ENGLISH) == []


def _same(document: Any) -> Any:
    return {key: value for key, value in document.items() if key not in NOT_SAID}


@pytest.mark.parametrize("path", TAGGED)
def test_a_cache_never_shows_another_language(api: Api, path: str) -> None:
    """The tag of a document in one language is not at hand in another."""
    tags = {language: ask(api, path, None, language).headers["etag"] for language in ("en", "es")}

    assert [tag[-4:] for tag in tags.values()] == ['-en"', '-es"']
    for language, tag in tags.items():
        again = {other: ask(api, path, None, other, **{"If-None-Match": tag}).status_code for other in tags}
        assert again == {tag: 304 if tag == language else 200 for tag in tags}


def test_a_record_without_sentences_has_one_tag(api: Api) -> None:
    """What an agency says about itself is in its own words, whatever the reader prefers."""
    english, spanish = (ask(api, "/v1/organizations/juniper-bridge-hotline", None, code) for code in ("en", "es"))

    assert english.headers["etag"] == spanish.headers["etag"]
    assert english.content == spanish.content
    assert "content-language" not in spanish.headers


@pytest.mark.parametrize(
    ("path", "scopes", "status"),
    [
        ("/v1/nothing", READ, 404),
        ("/v1/organizations", (), 403),
        ("/v1/organizations?no=1", READ, 422),
        ("/v1/organizations?per_page=many", READ, 422),
        ("/v1/coalition/guide?sector=none", READ, 422),
        ("/v1/services?kind=nothing", READ, 422),
    ],
)
def test_problems_come_in_the_readers_language(api: Api, path: str, scopes: tuple[str, ...], status: int) -> None:
    """Title, detail and each error; code, type and pointer are the same."""
    english, spanish = (api.get(path, *scopes, headers={"Accept-Language": response}) for response in ("en", "es"))
    texts = [{key: response.json().get(key) for key in ("title", "detail")} for response in (english, spanish)]
    details = [[error["detail"] for error in response.json().get("errors", ())] for response in (english, spanish)]

    assert (english.status_code, spanish.status_code) == (status, status)
    assert spanish.headers["content-language"] == "es"
    assert texts[0]["title"] != texts[1]["title"]
    assert left_in_english(filter(None, texts[1].values())) == []
    assert [response for response, other in zip(*details, strict=True) if response == other] == []
    assert {key: english.json()[key] for key in ("type", "code", "status")} == {
        key: spanish.json()[key] for key in ("type", "code", "status")
    }


DESCRIBED = json.loads((Path(__file__).parents[2] / "openapi/openapi.json").read_text(encoding="utf-8"))["paths"]
BODIES = {
    (path, method): next((example["value"] for example in content.get("examples", {}).values()), content.get("example"))
    for path, operations in DESCRIBED.items()
    for method, operation in operations.items()
    for content in operation.get("requestBody", {}).get("content", {}).values()
}
"""A body of each operation that takes one."""
OF_FIELDS = re.compile(r"`[^`]*`|se aceptan [\w, ]+")
"""Names of fields, which are the same in every language."""
NOT_SO = (None, "x", [{"x": 1}], 10**30)
"""What stands in each place of a body, one after the other."""


def refusals(api: Api, path: str, method: str, body: Any) -> Iterator[dict[str, Any]]:
    """Yield what is answered where a part of the body is something else, in Spanish."""
    address = path.replace("{id}", HOTLINE)
    headers = api.bearer(*EVERY_SCOPE) | {"Accept-Language": "es", "If-Match": "*", "Idempotency-Key": "refused-body"}
    for wrong in (put_at(body, place, value) for place in places(body) for value in NOT_SO):
        answer = api.client.request(method, address, json=wrong, headers=headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-language"] == "es"
            yield answer.json()


@pytest.mark.parametrize(("path", "method"), BODIES)
def test_whatever_is_refused_is_refused_in_spanish(api: Api, path: str, method: str) -> None:
    """Each part of each body something else: title, detail, errors and reasons."""
    texts = {text for refusal in refusals(api, path, method, BODIES[path, method]) for text in texts_of(refusal)}

    assert texts
    assert left_in_english({OF_FIELDS.sub("", text) for text in texts}, IN_ENGLISH) == []


def texts_of(problem: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads of a problem document, of this interface's form or of FHIR's."""
    yield from filter(None, (problem.get("title"), problem.get("detail")))
    yield from (error["detail"] for error in problem.get("errors", ()))
    yield from (reason["plain"] for reason in problem.get("reasons", ()))
    yield from (issue["details"]["text"] for issue in problem.get("issue", ()))


def test_every_operation_says_that_it_takes_a_language(api: Api) -> None:
    """Each holds sentences, in its problems if nowhere else."""
    paths = api.client.get("/openapi.json").json()["paths"]
    without = [
        (path, method)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if [parameter["name"] for parameter in operation["parameters"]].count("Accept-Language") != 1
    ]

    assert without == []
