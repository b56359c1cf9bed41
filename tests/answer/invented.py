"""Random coalitions for whole answers: the reports that are owed follow from the profile, and the oracle is told."""

from __future__ import annotations

from typing import Any

from loaded import Loader, question_of
from oracle.instances import make_instance

from service.answers.document import with_reports
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]


def invented(loader: Loader, seed: int) -> tuple[Document, DirectorySnapshot, Document, Document]:
    """Return a coalition, loaded, a profile as it is sent, and the same as the brute force reads it."""
    bundle, drawn = make_instance(seed)
    profile = {name: value for name, value in drawn.items() if name != "reports"}
    served = loader.serve(bundle)[1]
    return bundle, served, profile, {**profile, "reports": owed(served, profile)}


def owed(served: DirectorySnapshot, profile: Document) -> list[Document]:
    """Return the certain reports of an answer as the brute force reads them."""
    question = question_of(profile, served)
    reports = with_reports(served.where(question.profile.client.area), question).profile.reports
    return [{"type": report.type, "to": sorted(report.receivers)} for report in reports]
