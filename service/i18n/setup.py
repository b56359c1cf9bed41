"""Faults in the setting up of the program: database, keys, tokens; and reasons for not being ready."""

from __future__ import annotations

from policies.messages import Message

DATABASE_URL = Message("a database URL is written `sqlite:///FILE` or `postgresql://USER@HOST/NAME`")
DATABASE_UNUSABLE = Message("the database cannot be used: {error}")
TEXT_MISSING = Message("not translated")
TEXT_FUZZY = Message("waits to be looked at")
FORMS_DIFFER = Message("more or fewer plural forms than the language has")
SLOTS_DIFFER = Message("other placeholders than the English")
NUMBERS_DIFFER = Message("other numbers than the English")
LABEL_TOO_LONG = Message("longer than {most} signs")
NO_REASON = Message("no reason given")
OUTDATED = Message("the database is not at this program's version; run `referral-router db upgrade`")
NEWER = Message("a newer version of this program has changed the database; use that version, or restore a backup")
NEWER_ADDED = Message(
    "a newer version of this program has added to the database; this version still works, update it soon"
)
UPGRADE_FAILED = Message(
    "the database could not be upgraded, and nothing was changed: revision {revision}, {statement}: {error}"
)
KEYS_LOST = Message(
    "stored data needs keys that are not here ({purposes}): bring the key file back, or see "
    "`referral-router keys lost PURPOSE`"
)
NOT_PURGED = Message("this database was restored from a backup; run `referral-router purge`, then it serves again")
NO_BACKUP = Message("the file is no backup that this program made, or a part of it is missing; nothing was changed")
NO_BACKUP_THERE = Message("there is no backup in that folder")
NEWER_BACKUP = Message("a newer version of this program made the backup; restore it with that version")
NOT_EMPTY = Message("the database is not empty; `--replace` puts the backup in the place of all that is in it")
NO_WAY_DOWN = Message(
    "the directory has no way back to an older version's tables; restore the backup from before the upgrade"
)
NO_FILE = Message("there is no database file yet")
TIME_TO_LIVE = Message("a time is written as 90s, 30m, 1h or 7d, and is at most {days}d")
OTHER_ISSUER = Message("tokens come from the issuer behind `REFERRAL_ROUTER_JWKS_URL`; none is signed here")
TOO_MANY_SCOPES = Message("the token would be longer than 8 kB; ask for fewer scopes")
A_SLUG = Message("an organization is named by its slug: a-z, 0-9 and hyphens")
A_SCOPE = Message("a scope is one word of at most 100 plain characters, as `directory:read`")
A_SUBJECT = Message("a subject is printable text of at most 255 characters")
JWKS_URL = Message(
    "`REFERRAL_ROUTER_JWKS_URL` and what an issuer names must be https and name no user; http only on this machine"
)
KEYS_AS_THEY_ARE = Message("the issuer did not answer with its keys as they are")
KEYS_TOO_SLOW = Message("too much or too slow")
KEY_FILE_FORM = Message("the token key file must hold P-256 private keys in PEM, without a password")
TOO_MANY_KEYS = Message("the token key file holds {most} keys, the most there may be; remove one first")
NO_SUCH_KEY = Message("the token key file holds no key of that name; `referral-router keys list` lists them")
KEY_SIGNS = Message(
    "this key signs new tokens: put a new one first with `referral-router keys rotate token`, then remove it"
)
KEY_FILE_NOT_WRITTEN = Message("the token key file cannot be written")
KEY_FILE_NOT_READ = Message("the token key file cannot be read")
KEY_FILE_MODE = Message(
    "the token key file (`REFERRAL_ROUTER_TOKEN_KEY_FILE`) must be readable by its owner only (chmod 600)"
)
SETTING_FORMS = {
    "page_url": Message("must be an https address without a user's name; http only on this machine"),
    "sign_in_issuer": Message("must be an https address without a user's name; http only on this machine"),
    "sign_in_prompt": Message("must be `login`, `consent` or `select_account`, or several with spaces between"),
    "leave_to": Message("must be an https address without a user's name; http only on this machine"),
    "webhook_networks": Message("must be networks as `10.0.0.0/8`, with commas between"),
    "rate_limit": Message("must be a number and a time, as `600/minute`"),
    "respond_within_minutes": Message("must be four whole numbers from 1, as `[30, 240, 2880, 10080]`"),
}
"""What each setting with a form of its own must be, whatever is wrong with it."""
NO_OPENTELEMETRY = Message("traces are asked for, and OpenTelemetry is not installed: the extra `telemetry` brings it")
NO_KEYS = Message("tokens need keys: set `REFERRAL_ROUTER_JWKS_URL`, or `REFERRAL_ROUTER_TOKEN_KEY_FILE`")
ONE_ISSUER = Message(
    "set `REFERRAL_ROUTER_JWKS_URL` or `REFERRAL_ROUTER_TOKEN_KEY_FILE`, not both: tokens have one issuer"
)
SIGN_IN_SETTINGS = Message(
    "`REFERRAL_ROUTER_SIGN_IN_ISSUER` needs `REFERRAL_ROUTER_SIGN_IN_CLIENT_ID` and `REFERRAL_ROUTER_PAGE_URL` beside "
    "it"
)
NO_ISSUER = Message("the issuer that people sign in with cannot be asked: {error}")
SIGN_IN_ELSEWHERE = Message("people sign in with the issuer of `REFERRAL_ROUTER_SIGN_IN_ISSUER`; no link is made here")
ISSUER_AND_AUDIENCE = Message("`REFERRAL_ROUTER_TOKEN_ISSUER` and `REFERRAL_ROUTER_TOKEN_AUDIENCE` must not be empty")
OTHER_ADDRESS_KEY = Message("the address key is not the one that sealed the stored addresses")
ADDRESS_KEY_NEEDED = Message(
    "private addresses need a key: set `REFERRAL_ROUTER_ADDRESS_KEY` or `REFERRAL_ROUTER_ADDRESS_KEY_FILE`"
)
ADDRESS_KEY_MODE = Message(
    "the address key file (`REFERRAL_ROUTER_ADDRESS_KEY_FILE`) must be readable by its owner only (chmod 600)"
)
ADDRESS_KEY_NOT_READ = Message("the address key file cannot be read")
ADDRESS_KEY_NOT_WRITTEN = Message("the address key file cannot be written")
REFUSAL_NOT_NOTED = Message(
    "the token is refused, but the note beside the key file cannot be written: refuse it again after a restore"
)
NOTE_MODE = Message(
    "the note of who hid, beside the address key file (`REFERRAL_ROUTER_ADDRESS_KEY_FILE`), must be readable by its "
    "owner only (chmod 600)"
)
LOGIN_MODE = Message(
    "PostgreSQL's login file (`PGPASSFILE`) must be readable by its owner only (chmod 600), or it is ignored"
)
HIDING_NOT_NOTED = Message("the note of who hid, beside the key file, cannot be written; nothing was changed")
ADDRESS_KEY_FORM = Message("the address key must be 32 bytes in URL-safe base64")
KEY_LINE_FORM = Message("a line of the key file is no key; bring back the file as it was")
KEYS_GIVEN = Message(
    "settings give the keys here: write a new key first in {variable}, a comma, and those before; `derived` stands for "
    "the one that follows from the address key"
)
KEY_IS_MADE = Message("there is a key that waits for its use; `referral-router keys rotate` uses it")
NO_KEY_WAITS = Message("a key of tokens is used as soon as it is made: `referral-router keys rotate token`")
KEY_IS_USED = Message("this key is in use: use a new one with `referral-router keys rotate`, then remove it")
KEY_IS_NEEDED = Message("{many} things still need this key; `referral-router keys list` says which")
KEY_IS_GOOD_UNTIL = Message("others may repeat a request, or keep what this key signed or sealed, until {until}")
KEY_IS_FRESH = Message(
    "this key was replaced less than an hour ago, and something may be on its way with it; remove it later"
)
NO_SUCH_STORE_KEY = Message("there is no key of that name for that purpose; `referral-router keys list` lists them")
TOO_MANY_STORE_KEYS = Message("there are {most} keys, the most there may be; remove one first")
CODE_KEYS_FORM = Message("each of `REFERRAL_ROUTER_CODE_KEYS` must be 32 characters or more, with commas between")
WEBHOOK_KEY_OTHER = Message("the webhook key is not the one that sealed this")
WEBHOOK_KEY_FORM = Message("the webhook key must be 32 bytes in URL-safe base64")
NOT_READ_YET = Message("the directory has not been read yet")
NOTHING_TO_SERVE = Message("no directory version can be served yet")
RECORD_DAMAGED = Message("a stored record is damaged and cannot be read; the log of the program names it")
DATABASE_OUT_OF_REACH = Message("the database cannot be reached")
WRITES_REFUSED = {
    "read_only": Message("nothing can be stored: the database is read-only"),
    "full": Message("nothing can be stored: the disk or the database is full, or takes no writes"),
    "locked": Message("the last change was not stored: others held the database for too long"),
}
DIRECTORY_NOT_BUILT = Message("the directory cannot be built")
NO_YES_AND_NO = Message("the worked examples of the rule packs do not show both a yes and a no")
RULES_DIFFER = Message("the compiled rules and Cedar differ on a worked example")

NOT_A_KEY_SET = Message("not a JSON Web Key Set")
TOO_LARGE_A_KEY = Message("too large an RSA key")
TOO_SMALL_A_KEY = Message("too small an RSA key")
NOT_P_256 = Message("not a P-256 key")
