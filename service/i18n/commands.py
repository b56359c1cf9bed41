"""Help for each argument and option of the command line; the help of a command itself is its function's docstring."""

from __future__ import annotations

PROGRAM = "Who to call next, and what may be said."
SECTION = "Commands"
SUMMARIES = {
    "demo": "Load a made-up coalition, route one profile, then serve.",
    "route": "Find referral paths for a needs profile.",
    "serve": "Serve over HTTP until stopped.",
    "token": "Print and refuse what signs callers in over HTTP.",
    "session": "List and end sessions at the pages.",
    "deliver": "Send webhooks and fire timers, apart from `serve`.",
    "openapi": "Print what the HTTP interface offers (OpenAPI 3.1).",
    "init": "Write a commented bundle to start from.",
    "profile": "Write a sample needs profile to start from.",
    "schema": "Print the JSON Schema of a bundle, a needs profile or a group.",
    "load": "Load a coalition bundle.",
    "import": "Bring in a directory from HSDS or a spreadsheet.",
    "curate": "List what imported services still need.",
    "export": "Write the directory as HSDS.",
    "consent": "Record, show and withdraw consents.",
    "referral": "Send referrals and say what becomes of them.",
    "webhook": "Say where events are sent, and how that went.",
    "coverage": "Count who takes whom, by need, age and area.",
    "map": "Show who can hand over to whom.",
    "due": "List what needs somebody: agreements, terms, reviews, counts.",
    "exchange": "Hold what members want against what others offer.",
    "contacts": "List who speaks for each member, and until when.",
    "guide": "Show what may be seen and asked in one sector.",
    "words": "Show words that mean two things; write and check translations.",
    "proposal": "Propose words, codes and labels, and decide on them.",
    "grievance": "File a complaint, and hear those that are yours to hear.",
    "legal-hold": "Say whom to call when a subpoena comes.",
    "outcomes": "Count what became of referrals, by quarter.",
    "coalition": "Show what more services or agreements would change.",
    "policy": "Explain and check the rules.",
    "backup": "Write all that the database holds to a file.",
    "restore": "Bring a database back from a backup.",
    "purge": "Delete what is past its time, and say what is kept how long.",
    "audit": "Check the record of who did what, and note where it stands.",
    "keys": "List the keys, and renew them.",
    "db": "Look after the database.",
    "config": "Check the settings.",
}
"""A line for each command in the list of commands; the full text is the command's own help."""
DATABASE = "sqlite:///FILE or postgresql://USER@HOST/NAME."
PORT = "Port to listen on."
AS = "The organization (its slug) that acts."
ID = "The id that it goes by."
BODY = "What is sent, JSON as over HTTP; - reads it in."
STATUS = "Only those of this status."
NEW_STATUS = "received, accepted, declined, completed or cancelled."
ROLE = "from or to: only those in which the organization is that party."
BOX = "in or out: only what was received, or what was sent."
KEY = "The same key and body within a day is the same request; a new one if not given."
REASON = "What it is declined or cancelled for: a code of the closed list."
OUTCOME = "How it ended, where it is completed: a code of the closed list."
GROUP = "A file with several clients at once, JSON or YAML; - reads it in. A path is found for each person."
PROFILE_OR_GROUP = "give a profile, or a group with --group"
FOLLOW_UP_RESULT = "reached, not_reached or no_longer_wanted."
FOLLOW_UP_ON = "When to check back next, such as 2027-02-01; without it, nobody is reminded again."
EXPECTED = "Where it is put on a waiting list: the month in which a place is expected, such as 2027-02."
TRANSLATED = "The code of the language to translate into: vi, quc."
CATALOGUE_OUT = "Where to write it; without this, to standard output."
LANGUAGE = "Print in this language, as en or es; else in that of the locale. JSON and tables in files: else English."
WORDS = "Show words that mean two things side by side; write and check a translation."
RECEIPT_NAMES = "With the names of agencies that everybody may know of."
CONSENT = "Consents on record: what clients agreed to, without the clients."
REFERRAL = "Referrals: one hand-off, sent, and what becomes of it."
PROPOSAL = "Words and codes, and what an agency counts as: proposed, then decided."
GRIEVANCE = "Complaints, as codes, and how they end."
PILE = "All complaints of a pile, which the list shows as one."
GRIEVANCE_STATUS = "in_review or closed."
GRIEVANCE_OUTCOME = "How it ends, where it is closed: a code of the closed list."
HEARD_BY = "The body that hears them; without it, those that no body may read."
DECISION = "accepted or declined."
SIGNED_PACK = "The pack, or the code of a state whose card is in use. Without it: what is signed off."
SIGNED_BY = "The title of who reviewed it: general counsel, say. No name of a person."
UNTIL = "The last day on which the review counts (YYYY-MM-DD)."
EXCEPT = "A rule, or a fact of the card, that the review leaves out. May be given several times."
CARD_FILE = "The file of the cards; the program's own if not given."
FACT_COUNTS = "Count instead: how many cards are complete, and how many know each point."
REVIEW_ALL = "All facts, not only those that are due."
AS_JSON = "Print the answer as a JSON document."
FULL = "Print all of it: every path, cost, rule and authority."
DEMO_NO_SERVE = "Stop after printing."
DEMO_COALITION = (
    "Which made-up coalition: four-counties (with a state's rules) or salt-prairie (small, with no state's rules)."
)
DEMO_PROFILE = "Which demo profile to route."
BUNDLE = "A coalition bundle, YAML or JSON; - reads it in."
NEW_FILE = "A file that is not there yet."
SAMPLE_GROUP = "Write a sample of several people instead, for `route --group`."
SAMPLE_OUT = "A file that is not there yet; without this, to standard output."
SCHEMA_OF = "What the schema is of."
DRY_RUN = "Check and report all of it, and store nothing."
REPLACE = "Make the database hold exactly this bundle; all else goes."
PUBLISH = "An organization that agreed to show more of its name or address than now; again for each."
PROFILE = "A needs profile, JSON; - reads it in."
IMPORT = "Directories in other formats: what is right goes in, the rest is reported."
EXPORT = "The directory in other formats: what everybody may know of it."
IMPORT_PATH = "A file, a folder or a zip archive of JSON, NDJSON, CSV or .xlsx; - reads it in."
SOURCE = "Whose ids these are; the file's or folder's name if not given."
TIMEZONE = "Time zone of the hours, where no coalition is loaded yet."
MAPPING = "Which columns of a spreadsheet are which fields, YAML."
SUGGEST_OUT = "Write it there; else it is printed."
MOST_MINUTES = "Refuse it if it takes more of the processor's time."
MOST_MEMORY = "Refuse it if it takes more memory."
STRICT = "Store nothing if anything is wrong."
PRUNE = "Remove what this source once brought and does not bring now."
REPORT = "Write what was found there: JSON if it ends so, else text."
DETAILS = "List what counts as unknown, field by field."
EXPORT_FORMULAS = "Leave cells that begin with = + - or @ as they are; a spreadsheet may work them out."
EXPORT_PATH = "A .json, .ndjson or .zip file, or a new folder; - prints it."
CURATE_OUT = "Write a file there to settle it in, which `load` takes."
CURATE_LIMIT = "How many lines to list."
BACKUP_FILE = "A file that is not there yet, or a folder: the file is then named by the moment."
BACKUP_KEEP = "In a folder: delete all but so many of the newest backups there."
RESTORE_FILE = "A backup that this program made; for a drill also a folder, of which the newest is taken."
RESTORE_DRILL = "Only try it: restore into a scratch database, check all of it, and remove it."
RESTORE_REPLACE = "Also where the database holds something: all of it goes."
RESTORE_NOTE = "A note of who hid from another machine (beside its keys); again for each."
PURGE_LIST = "Only list what is kept, and how long."
AUDIT = "The record of who did what, each entry linked to the one before."
ANCHORS = "A file of what `audit anchor` printed, or of its lines in the log."
POLICY = "The rules, in words."
RULE = "The id of a rule, as answers name it."
FORM = "How to write it."
RULES_FOLDER = "A folder of packs, laid out as policies/packs is. Without it: the packs that come with the program."
MUTANTS = "Also change the rules, one small thing at a time, and say which check notices each."
POINTS = "Up to how many points a rule is swept whole against Cedar; else drawn."
AGE = "Only list the rules, lines and facts whose source was read more than a year ago."
STATE = "The code of one state, as us-oh."
EACH = "With --mutants: one line for each change."
DB = "The database itself."
CONFIG = "Check the settings."
HOST = "Address to listen on."
WORKERS = "How many processes answer."
ORGANIZATION = "The organization that the token speaks for. Needed, unless a command follows."
SCOPE = "What it may do, as route; may be given again."
TTL = "How long it lives: 90s, 30m, 1h, 7d; 30d at most. [default: 1h]"
LOGIN = "Print a link that signs one person in to the pages instead."
REFUSED_JTI = "The `jti` of the token. Without it, or with -, the token itself is read from standard input."
KEYS = "The keys: listed, used in turn, removed. No key is ever shown."
KEY_PURPOSE = "address, webhook, code, receipt, audit or token."
KEY_ID = "The name of a key, as `keys list` has it."
KEY_NOW = "Also where something needs it still, which is lost then: for a key that others have."
KEY_GO_ON = "Go on without it: put something in the place of what cannot be read, and have the program start."
SESSION = "Sessions at the pages: who is signed in where."
SESSION_ID = "End this session alone."
SESSIONS_OF = "The organization whose sessions these are."
EVERY_SESSION = "Those of every organization."
SUBJECT = "Whose token it is; the organization's slug if not given."
WEBHOOK = "Where events are sent, and how that went."
KEEPER = "Whose endpoints and events."
ENDPOINT = "The id of an endpoint."
ENDPOINT_URL = "An https URL on the public internet."
EVENT_TYPE = "A type of event to send; may be given again. Without it: all."
DELIVERY = "The id of a delivery."
DELIVERY_STATUS = "Only these: pending, delivered or failed."
GRACE = "How long the old secret still signs beside the new one."
FORCE = "Even while the secret before still signs."
SINCE = "From when on, as 2026-03-01T08:00:00-06:00; 14 days back at most."
TASK_KIND = "What to send: recovery, replay or replay-missing."
CURSOR = "The `next` of a reading before; without it, the oldest first."
SEEN_AS = "Show what this organization may see; without it, all of it."
SVG = "Write a picture there."
WHAT_IF = "Show what more services or agreements would change."
CHANGES = "The changes, as YAML or JSON; - reads standard input."
ASSUMPTIONS = "A file with other assumptions; without it, those of the program."
CALLS = "How many calls to draw."
CSV = "Write the table there, with what HMIS and TIMS call each row."
GRAPHML = "Write the map there as GraphML, for Gephi, yEd or Cytoscape."
NODE_LINK = "Write the map there as node-link JSON, for D3 or networkx."
WITHIN = "How far ahead, as P60D."
CALENDAR = "Write a calendar to import there (.ics)."
BY = "What is counted: type, area, outcome or reason."
QUARTER = "Such as 2026-Q1; without it, the last that was counted."
HELD_ID = "An id: of a consent, a referral, a record ..."
SECTOR = "Such as schools; without it, the list of sectors."
ONE_TYPE = "One service type alone."
ONE_PART = "One part of the map: kind:CODE, area:CODE or organization:SLUG."
ONE_AREA = "One area alone, by its code."
ONE_AGE = "The band in which this age lies, alone."
SPEAKS = "Only services that surely have this language for a client."
