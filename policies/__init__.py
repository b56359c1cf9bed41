"""The rules of confidentiality and consent: which share is allowed, by which rule, which consent would allow a share.

Pure: no clock, network, database or environment; only the package's own rule files are read. Outsiders import from
here.
"""

from .card_file import review_fact, write_cards
from .card_points import CARETAKER_ONLY, EVERYBODY, LINE_POINTS, NOBODY, POINTS, PROFESSIONALS
from .card_points import NONE as NO_AGE
from .consent_ladder import NOTHING_ASKED, Ask
from .consent_remedy import ConsentRequest, Remedy, RemedyFinder
from .decide import Decision, Obligation, Rulebook, load_rulebook
from .engine.cedar import CedarEngine
from .engine.encode_facts import decode
from .engine.evaluate import evaluate
from .engine.pack import PACKS_DIRECTORY, Pack, Rule, is_of_a_state, load_briefs, load_messages, read_pack
from .errors import FactsError, OutsideFragmentError, PackError, PoliciesError, UnknownRuleError, VocabularyError
from .examples import Example, read_examples
from .explaining.changes import Change, find_changes
from .explaining.decision import NOT_AGREED, ask_in_words, explain, explain_ask, what_would_help
from .explaining.facts import data_in_words, explain_facts
from .facts import ON_PAPER, Facts, PartyFacts, facts_of, forms_taken, lawful_signers, look_of, may_call, standing_of
from .hand_off_law import HandOffLaw, load_hand_off_law
from .lines import KEPT_FOR, Line, Serves, load_lines
from .records import ADULT_AGE, CALLING_AGE, Agency, Agreement, Case, Consent, Share, age_from_range
from .sign_off import SignOff, text_version, texts_in_force, things_said
from .sources import Source, sources_of
from .states import (
    ADULT,
    CHILD,
    NEEDED,
    SUBJECTS,
    ReportTerms,
    StateCard,
    StateFact,
    correct_cards,
    line_id,
    lines_of,
    load_states,
    read_states,
    takes,
)
from .states import FILE as STATES_FILE
from .vocabulary import Vocabulary, load_vocabulary

__all__ = [
    "ADULT",
    "ADULT_AGE",
    "CALLING_AGE",
    "CARETAKER_ONLY",
    "CHILD",
    "EVERYBODY",
    "KEPT_FOR",
    "LINE_POINTS",
    "NEEDED",
    "NOBODY",
    "NOTHING_ASKED",
    "NOT_AGREED",
    "NO_AGE",
    "ON_PAPER",
    "PACKS_DIRECTORY",
    "POINTS",
    "PROFESSIONALS",
    "STATES_FILE",
    "SUBJECTS",
    "Agency",
    "Agreement",
    "Ask",
    "Case",
    "CedarEngine",
    "Change",
    "Consent",
    "ConsentRequest",
    "Decision",
    "Example",
    "Facts",
    "FactsError",
    "HandOffLaw",
    "Line",
    "Obligation",
    "OutsideFragmentError",
    "Pack",
    "PackError",
    "PartyFacts",
    "PoliciesError",
    "Remedy",
    "RemedyFinder",
    "ReportTerms",
    "Rule",
    "Rulebook",
    "Serves",
    "Share",
    "SignOff",
    "Source",
    "StateCard",
    "StateFact",
    "UnknownRuleError",
    "Vocabulary",
    "VocabularyError",
    "age_from_range",
    "ask_in_words",
    "correct_cards",
    "data_in_words",
    "decode",
    "evaluate",
    "explain",
    "explain_ask",
    "explain_facts",
    "facts_of",
    "find_changes",
    "forms_taken",
    "is_of_a_state",
    "lawful_signers",
    "line_id",
    "lines_of",
    "load_briefs",
    "load_hand_off_law",
    "load_lines",
    "load_messages",
    "load_rulebook",
    "load_states",
    "load_vocabulary",
    "look_of",
    "may_call",
    "read_examples",
    "read_pack",
    "read_states",
    "review_fact",
    "sources_of",
    "standing_of",
    "takes",
    "text_version",
    "texts_in_force",
    "things_said",
    "what_would_help",
    "write_cards",
]
