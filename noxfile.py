"""The checks of this repository as named sessions: `nox -l` lists them, `nox -s guards` runs one in `.venv`."""

from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "guards"]
BIN = Path(__file__).parent / ".venv" / "bin"


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format with ruff; `nox -s lint -- --fix` mends what ruff can mend."""
    session.run(str(BIN / "ruff"), "check", *session.posargs, external=True)
    session.run(str(BIN / "ruff"), "format", *([] if session.posargs else ["--check"]), external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy, strict."""
    session.run(str(BIN / "mypy"), external=True)


@nox.session
def guards(session: nox.Session) -> None:
    """Run the promises about the code itself: imports, documents, sentences, locks."""
    session.run(str(BIN / "pytest"), "tests/guards", *session.posargs, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests, or the paths after `--`: `nox -s tests -- tests/store -k migrations`."""
    session.run(str(BIN / "pytest"), *session.posargs, external=True)


@nox.session
def describe(session: nox.Session) -> None:
    """Write `openapi/openapi.json` anew, after a change of the HTTP interface."""
    with Path("openapi/openapi.json").open("wb") as out:
        session.run(str(BIN / "referral-router"), "openapi", external=True, stdout=out)
