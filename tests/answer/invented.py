"""Random coalitions for whole answers: the reports that are owed follow from the profile, and the oracle is told."""

from __future__ import annotations

from typing import Any

from loaded import Loader, question_of
from oracle.instances import make_instance

from service.answers.builder import with_reports
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]


def draw_instance(loader: Loader, seed: int) -> tuple[Document, DirectorySnapshot, Document, Document]:
    """Return a coalition, loaded, a profile as it is sent, and the same as the brute force reads it."""
    bundle, oracle_profile = make_instance(seed)
    profile = {name: value for name, value in oracle_profile.items() if name != "reports"}
    directory = loader.serve(bundle)[1]
    return bundle, directory, profile, {**profile, "reports": certain_reports(directory, profile)}


def certain_reports(directory: DirectorySnapshot, profile: Document) -> list[Document]:
    """Return the certain reports of an answer as the brute force reads them."""
    question = question_of(profile, directory)
    reports = with_reports(directory.where(question.profile.client.area), question).profile.reports
    return [{"type": report.type, "to": sorted(report.receivers)} for report in reports]
