"""The needs profile: read strictly, resolved against one version of the directory, answered and forgotten."""

from service.profile.consents import consent_of, form_names
from service.profile.resolve import Question, resolve
from service.profile.schema import NeedsProfile, read_profile
from service.profile.share import ShareQuestion, read_share_question
from service.profile.suppose import suppose

__all__ = [
    "NeedsProfile",
    "Question",
    "ShareQuestion",
    "consent_of",
    "form_names",
    "read_profile",
    "read_share_question",
    "resolve",
    "suppose",
]
