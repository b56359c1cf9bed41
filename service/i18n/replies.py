"""Replies of commands: results, findings, obstacles, and the next step."""

from __future__ import annotations

from policies.messages import Message, Plural

LOADED = Message("{did}: {records}; directory version {directory_version}.")
WOULD_LOAD = Message("Nothing stored; would load")
WOULD_NOT_CHANGE = Message("Nothing stored; would change nothing")
ADDED = Message("Added: {records}.")
CHANGED = Message("Changed: {records}.")
REMOVED_RECORDS = Message("Removed: {records}.")
NOT_IN_FILE = Message("Not in this file, but stored and still routed: {records}. `--replace` removes them.")
FROM_IMPORTS = Message("Stored by imports: {records}. `--replace` removes them too.")
RECORDS = {
    "coalition": Message("the coalition's settings"),
    "organization": Plural("{count} organization", "{count} organizations"),
    "service": Plural("{count} service", "{count} services"),
    "location": Plural("{count} location", "{count} locations"),
    "agreement": Plural("{count} agreement", "{count} agreements"),
    "release_form": Plural("{count} release form", "{count} release forms"),
    "form_group": Plural("{count} group of equivalent forms", "{count} groups of equivalent forms"),
    "area": Plural("{count} area", "{count} areas"),
    "vocabulary_term": Plural("{count} vocabulary entry", "{count} vocabulary entries"),
}
"""The records of a directory, counted, by type."""
WITH_NAMES = Message("{records} ({names})")
MORE_NAMES = Message("and {count} more")
WARNING = Message("warning: {surprise}")
FILE_THERE = Message("There is a file of that name already; nothing was written.")
NOT_WRITTEN_SO = Message("There can be no file of that name; nothing was written.")
STARTED = Message("Written. Make it yours, then: referral-router load FILE --dry-run")
PROFILE_STARTED = Message("Written. Make it yours, then: referral-router route FILE")
GROUP_STARTED = Message("Written. Make it yours, then: referral-router route --group FILE")
CURATED = Message("Curated: {curated} confirmed; {unconfirmed} not confirmed yet and passed over.")
NO_SUCH_DEMO = Message("There is no demo profile of that name. There are:")
NO_SUCH_COALITION = Message("There is no demo coalition of that name. There are: {names}.")
OTHER_COALITION = Message("The other coalition, in a state of other rules:")
ANOTHER_COALITION = Message(
    "This database holds another coalition, so the demo leaves it alone. Name another file: referral-router demo "
    "--database sqlite:///FILE"
)
SERVING = Message("\nServing; what it answers is described at http://{host}:{port}/docs (stop: Ctrl+C)")
TRY_OTHERS = Message("TRY THE OTHERS")
ALL_MADE_UP = Message("All agencies, people and numbers above are made up. Other profiles to route on them:")
ONE_OF_THEM = Message("One of them:")
ONE_OF_YOUR_OWN = Message("One of your own, in a file:")
PROFILES_ARE_FILES = Message("The profiles are files that you can copy and change:")
PAGES = Message("PAGES")
SIGN_IN_LINK = Message(
    "Open this link in a browser and press its button: it signs one person in, once, within ten minutes."
)
LINKS_HAVE_THEIR_TIME = Message("A link to sign in takes no --ttl: it is good for ten minutes.")
OVER_HTTP = Message("OVER HTTP")
SPEAKS_FOR = Message(
    "A token that speaks for {origin} for an hour: it may ask for paths, read the directory, and be told of events."
)
IN_ANOTHER_TERMINAL = Message("In another terminal, after that line:")
IMPORTED = Message(
    "{did}: organizations {organizations}, services {services}, locations {locations}; files read {files}; "
    "directory version {directory_version}."
)
EXPORTED = Message("Exported: organizations {organizations}, services {services}.")
TERMS = Message("Taxonomies and their terms: {terms}.")
SUGGESTED = Message("Columns that are sure: {sure}; guesses, to check: {guesses}; left to you: {left}.")
LEFT_OUT_OF_EXPORT = Message("Left out, not listed: {withheld} of them.")
SETTLE_IT = Message("To settle it: edit the file, write `confirmed: true` where you agree, then `{name} load` it.")
FOUND_ROUTABLE = Message("Imported services: {imported}; nothing keeps {routable} of them from being found.")
OPENS = Message("opens {opens}, touches {touches}: {in_words} ({about})")
MORE_GAPS = Message("and {fixes} more (--limit lists them)")
MAY_BE_ONE = Message("may be one organization: {one}, {other} (the same {shared})")
MORE_PAIRS = Message("and {duplicates} more pairs that may be one (--out lists them)")
STRICTLY_REFUSED = Message(
    "Refused, and nothing was stored: something in the files is wrong, and --strict was given. "
    "Mend it, or leave --strict out."
)
WOULD_HAVE_BEEN = Message("{count} would have been {what}")
BARE_COALITION = Message(
    "There was no coalition, so a bare one was made; `referral-router load FILE` puts yours there."
)
NO_TIME_ZONE = Message("No time zone is known, so all hours count as unknown: give one with --timezone.")
NOTHING_REMOVED = Message("Nothing was removed: some of the files could not be read, and what they hold is not known.")
REMOVED = Message("Removed, because the source does not bring them any more: organizations {pruned}.")
DETAILS_LISTS_THEM = Message("(--details lists them)")
NOT_ROUTABLE_YET = Message("{without_type} not routable yet: no service type (`referral-router curate` helps)")
LEFT_OUT = Message("left out: {finding}")
MORE_LEFT_OUT = Message("and {left_out} more: --report FILE lists them")
NO_SUCH_IMPORT = Message("there is no such file or folder to import; check its name")
CANNOT_WRITE = Message("{what} cannot be written: {strerror}")
CANNOT_READ = Message("{what} cannot be read: {strerror}")
FILES = {
    "anchor": Message("the file of anchors"),
    "bundle": Message("the bundle"),
    "code": Message("the code"),
    "consent": Message("the consent"),
    "curation file": Message("the curation file"),
    "file": Message("the file"),
    "grievance": Message("the grievance"),
    "group": Message("the group"),
    "mapping": Message("the mapping"),
    "profile": Message("the profile"),
    "proposal": Message("the proposal"),
    "referral": Message("the referral"),
    "report": Message("the report"),
    "token": Message("the token"),
}
"""What is read or written, by the word that commands have for it."""
SYSTEM = Message("the system does not let this be done: {strerror}")
UNKNOWN_SETTING = Message("{name} is no setting of this program")
NOT_SET = Message("not set")
NOT_SHOWN = Message("a secret, not shown")
FROM_COMMAND_LINE = Message("from the command line")
FROM_ENVIRONMENT = Message("from the environment")
BY_DEFAULT = Message("by default")
NOT_A_FILE_NAME = Message("{what} cannot be read: not a file name")
NEAR_MISS = Message("And the nearest case that goes another way: {says}")
NO_SUCH_RULE = Message("No rule has that id. List all rules with `referral-router policy table`.")
ALL_HOLDS = Message("All of it holds.")
NO_SOLVER = Message("The rules are proven with a solver that is not installed here: `pip install z3-solver` adds it.")
NOT_ALL_HOLDS = Message("Not all of it holds.")
READ_AGAIN = Message("Due for review: {count}. Read these sources again, or ask counsel.")
ALL_READ = Message("No source is due for review.")
REVIEW_FACT = Message("{place} of {count}: {state}, {point}")
REVIEW_NOW = Message("Now: {value}. Law: {authority}. Page: {source}. Read: {read}. Date of the text: {text}.")
REVIEW_ASK = Message("Does the page still say so? yes, no (take it out), skip, or the new value.")
REVIEW_TEXT_DATE = Message("Which date does the text bear? A year, a month or a day; nothing if none.")
REVIEW_REFUSED = Message("The card does not take this: {problem}")
SIGNED = Message("{name}: reviewed by {by} on {on}, until {until}. Text {version}.")
SIGNED_EXCEPT = Message("{name}: reviewed by {by} on {on}, until {until}, except for {rules}. Text {version}.")
NOT_REVIEWED = Message("{name}: not reviewed by counsel.")
SIGNED_ANOTHER = Message("{name} has changed since then: the review no longer counts.")
SIGNED_BEFORE = Message("The review of {name} ended on {day}.")
SIGN_OFF_NEEDS = Message("To sign off a pack, give --by TITLE and --until DATE.")
NOT_IN_FORCE = Message("Your coalition uses no such pack and no such card. It uses: {names}.")
SIGN_OFF_OVER = Message("The last day is over. Give a later one.")
NOT_IN_PACK = Message("The pack has no such rule, and its card no such fact: see --except.")
REVIEWED = Plural("{count} fact was reviewed.", "{count} facts were reviewed.")
NO_SUCH_STATE = Message("No state has that code. List all states with `referral-router policy states`.")
PACKS = Message("Packs: {names}")
NO_PACK = Message("There is no pack in that folder: a pack is a folder with *.cedar files.")
TABLES_CURRENT = Message("The database is at this program's tables. This took {seconds} seconds.")
NEEDS_ORGANIZATION = Message("Name whom the token speaks for: --organization SLUG.")
NO_LINK_FOR_STRANGERS = Message("No link was made: the directory does not hold that agency.")
COMMAND_ALONE = Message(
    "A command of `token` takes its own options alone; write nothing between `token` and the command."
)
REFUSED_NOW = Message("Refused from now on, within two seconds, in every process.")
REFUSED_ALREADY = Message("Nothing to do: this token is refused as it is ({reason}).")
NAME_IT_WHOLE = Message(
    "Tokens come from an issuer of your own, so only the token says how long it lives: give the token itself on "
    "standard input."
)
NO_JTI = Message(
    "A `jti` is visible text of at most 255 characters. A token is never typed as an argument: give it on standard "
    "input."
)
SESSIONS_ENDED = Message("Ended: {ended}.")
BACKED_UP = Message("Written, readable by you alone: {rows} rows. No key is in it: keep the keys elsewhere.")
KEEP_NEEDS_FOLDER = Message("`--keep` needs a folder in the place of the file.")
DRILLED = Message(
    "The backup {name} comes back: {rows} rows, a directory that can be served, {entries} entries of the audit that "
    "hold. The scratch database is removed."
)
DRILL_FAILED = Message("The backup {name} comes back, but its audit does not hold:")
RESTORED = Message(
    "Restored: {rows} rows. Nothing is served from it yet. Run `referral-router purge` next: it settles what became of "
    "the time since the backup, and lists the rights to look through."
)
KEPT_HIDDEN = Message("These stay hidden until they confirm in their own record what they show:")
NO_NOTE = Message(
    "The note of who hid after the backup is missing or not whole. So each community-based agency stays hidden, except "
    "those of kind health, and tokens that were refused may be good again. Was it kept on another machine? Restore "
    "again with --note FILE. Else replace the key of tokens."
)
ENDPOINTS_OFF = Message("Webhook endpoints that were on are off: {endpoints}. Their owners switch them on again.")
PURGED = Message("Deleted what is past its time ({timers} steps).")
SETTLED = Message(
    "Settled, as the backup is of {made_at:%Y-%m-%d %H:%M} UTC: {consents} consents count again once their agencies "
    "confirm them, {timers} things that were due are done without notice, {deliveries} webhooks are dropped. Everybody "
    "signs in anew. Tokens that were refused since then are good again: refuse them again, or rotate the key."
)
RIGHTS = Message("These rights hold again, as of the backup. Look through them:")
MEMBERSHIP = Message("{organization}: membership {membership}")
AUTHORISED = Message("{organization}: membership {membership}; may see private addresses of {owners}")
SERVED_AGAIN = Message("It is served again.")
WHICH_SESSIONS = Message("Name exactly one: --organization SLUG, --id ID or --all.")
NOT_SIGNED = Message("No token: {error}.")
UNKNOWN_SCOPE = Message("No token: a scope is not known. Known scopes: {known}.")
NOT_READY = Message("Not ready yet: {error}")
NEXT_STEP = Message(
    "Load a coalition with `referral-router load FILE`, or try the invented one with `referral-router demo`."
)
MEMBERS_ONLY = Message("Contacts are shown to members alone; this one is none.")
NOT_A_DURATION = Message("--within takes an ISO 8601 duration of at most ten years, such as P60D")
NO_DATABASE = Message("There is no database file yet.")
NOTHING_LOADED = Message("There is no coalition in this database yet.")
TOO_MANY_ARGUMENTS = Message("There are more arguments than this command takes; --help lists them.")
DEFECT = Message(
    "This is a defect of the program ({name}); nothing was answered. Please pass this on to whoever runs it:"
)
DID_NOT_START = Message("the application did not start; the lines above say what is wrong")
PORT_TAKEN = Message("port {port} on {host} cannot be used: {what}; choose another with --port")

BUNDLE = Plural("bundle refused, {count} problem", "bundle refused, {count} problems")
MORE = Message("and {more} more")
PROFILE = Plural("profile refused, {count} problem", "profile refused, {count} problems")
ONE_OF = Message("One of: {words}.")
TEXTS_TO_MEND = Message("To mend: {count}.")
NO_LANGUAGE_CODE = Message("A language is named by its code in two or three small letters: es, vi, quc.")
NO_CATALOGUE = Message("{name} is not a catalogue of gettext in UTF-8.")
BAD_PLURALS = Message("{name} has a plural formula that fails.")
NOT_YOURS = Message("That is for another organization to do.")
REFUSED = Message("Refused ({code}); nothing was changed.")

DID_LOAD = Message("Loaded")
DID_IMPORT = Message("Imported")
NO_CHANGE = Message("No change")
NO_SUCH_ADDRESS = Message("unknown address")
DELIVERING = Message("Delivering. Ctrl+C stops it.")
ENDPOINT_GONE = Message("The endpoint is gone.")
NOT_HERE = Message("There is none of this id here, or it is not this organization's.")
NO_SUCH_TASK = Message("a task is recovery, replay or replay-missing")
NO_MOMENT = Message("a moment is written as 2026-03-01T08:00:00-06:00")
NO_CURSOR = Message("this is no cursor of this organization's")
OLD_CURSOR = Message("Events after this cursor may be gone. Go on from {oldest}")
