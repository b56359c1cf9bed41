"""The needs profile: read strictly, resolved against one version of the directory, answered and forgotten."""

from service.profile.resolve import Question, resolve
from service.profile.schema import NeedsProfile, read_profile

__all__ = ["NeedsProfile", "Question", "read_profile", "resolve"]
