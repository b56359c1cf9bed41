"""Raw bundles and profiles through the application's own reader, store and rules, down to what routing is asked.

Nothing is mapped by hand here: what the engine sees is what it would see in service. A bundle takes some 40 ms.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from oracle.reading import row_of
from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

import routing
from service import demo
from service.answers.profile import ResolvedProfile, read_profile, resolve
from service.database.field_cipher import build_vault
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.sharing import Sharing
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.documents.document import parse_document
from service.maintenance.tables import all_tables
from service.settings import Settings

Document = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One profile asked of one coalition: the directory, the resolved profile and the rules for both."""

    directory: routing.Directory
    profile: routing.Profile
    sharing: Sharing

    @cached_property
    def snapshot(self) -> routing.Snapshot:
        return routing.build_snapshot(self.directory)

    @cached_property
    def answer(self) -> routing.Answer:
        return routing.find_paths(routing.Request(self.snapshot, self.profile, rules=self.sharing))

    @cached_property
    def best(self) -> tuple[Any, ...]:
        """What the ranking compares of the best path: less is better; a path is better than none."""
        first = replace(self.profile, limit=1)
        return key_of(routing.find_paths(routing.Request(self.snapshot, first, rules=self.sharing)), self.profile)

    def but(self, **changes: Any) -> Question:
        """Return the same question with a record replaced: `directory`, `profile` or `sharing`."""
        return replace(self, **changes)


class Loader:
    """One SQLite database in memory that holds one coalition after the other."""

    def __init__(self) -> None:
        settings = Settings(database="sqlite://", address_key=SecretStr("b" * 43 + "="))
        self._cipher = build_vault(settings)
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        all_tables().create_all(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def serve(self, bundle: Document) -> tuple[routing.Directory, DirectorySnapshot]:
        """Load a bundle in place of what is there; return its directory and what answers are made from."""
        load_bundle(UnitOfWork(self._engine, self._cipher), json.dumps(bundle).encode(), replace=True)
        with UnitOfWork(self._engine, self._cipher, writes=False) as work:
            records = CoalitionRepository(work).read_stored().directory
        return replace(records, version=1), load_snapshot(UnitOfWork(self._engine, self._cipher, writes=False))

    def serve_demo(self, coalition: str = demo.FIRST) -> DirectorySnapshot:
        """Load a demo coalition in place of what is there; return what answers are made from."""
        return self.serve(parse_document(demo.coalition_bytes(coalition))[0])[1]

    def unit_of_work(self, *, writes: bool = True) -> UnitOfWork:
        """Return a new unit of work on this database."""
        return UnitOfWork(self._engine, self._cipher, writes=writes)

    def ask(self, bundle: Document, profile: Document) -> Question:
        """Return a raw profile asked of a raw bundle."""
        records, directory = self.serve(bundle)
        question = question_of(profile, directory)
        return Question(records, question.profile, Sharing(directory.rulebook, directory.policy, question.case))


def question_of(profile: Document, directory: DirectorySnapshot) -> ResolvedProfile:
    """Return a raw profile as routing and the rules read it; `reports` of the oracles are no part of one."""
    raw = read_profile(json.dumps({name: value for name, value in profile.items() if name != "reports"}).encode())
    assert raw.at is not None
    at = raw.at.astimezone(directory.snapshot.zone)
    question = resolve(raw, directory.names, directory.policy.equivalent_forms, at=at)
    reports = tuple(
        routing.CertainReport(report["type"], frozenset(report["to"])) for report in profile.get("reports") or ()
    )
    return replace(question, profile=routing.with_reports(question.profile, reports))


def key_of(answer: routing.Answer, profile: routing.Profile) -> tuple[Any, ...]:
    """Return (0, required needs open by urgency, total, hand-offs, steps) of the first path, (1,) for none."""
    return (0, *path_key(answer.paths[0], profile)) if answer.paths else (1,)


def path_key(path: routing.Path, profile: routing.Profile) -> tuple[Any, ...]:
    """Return the documented ranking key of a path: less is better."""
    needs = [need.type for need in profile.needs]

    def step_key(step: routing.Step) -> tuple[Any, ...]:
        places = [(row_of(code), needs.index(code) if code in needs else len(needs)) for code in step.covers]
        first = min(places, default=(row_of(None), len(needs)))
        return is_in_doubt(step), *first, step.organization, tuple(sorted(use.service for use in step.services))

    def is_in_doubt(step: routing.Step) -> bool:
        certain = {report.type for report in profile.reports}
        return step.mode == "report" and not profile.third_party and certain.isdisjoint(step.covers)

    open_needs = [need for need in profile.needs if need.required and need.type in path.uncovered]
    return (
        tuple(sum(need.urgency == urgency for need in open_needs) for urgency in routing.URGENCIES),
        path.total,
        sum(step.mode != "internal" for step in path.steps),
        tuple(map(step_key, path.steps)),
    )
