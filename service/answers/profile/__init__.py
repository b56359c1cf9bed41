"""The needs profile: read strictly, resolved against a version of the directory, answered and forgotten."""

from service.answers.profile.consents import consent_of, form_names
from service.answers.profile.group import GroupEntry, GroupProfile, read_group, unknown_in_group, within_client
from service.answers.profile.known_names import ProfileNames, find_unknown, unknown_among, unknown_in_consents
from service.answers.profile.resolve import ResolvedProfile, needs_of, resolve
from service.answers.profile.schema import ConsentReference, ConsentTerms, NeedsProfile, RecordedConsent, read_profile
from service.answers.profile.share import ShareQuestion, read_share_question
from service.answers.profile.suppose import suppose

__all__ = [
    "ConsentReference",
    "ConsentTerms",
    "GroupEntry",
    "GroupProfile",
    "NeedsProfile",
    "ProfileNames",
    "RecordedConsent",
    "ResolvedProfile",
    "ShareQuestion",
    "consent_of",
    "find_unknown",
    "form_names",
    "needs_of",
    "read_group",
    "read_profile",
    "read_share_question",
    "resolve",
    "suppose",
    "unknown_among",
    "unknown_in_consents",
    "unknown_in_group",
    "within_client",
]
