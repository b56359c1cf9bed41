"""Faults in the setting up of the program: database, keys, tokens; and reasons for not being ready."""

from __future__ import annotations

DATABASE_URL = "a database URL is written `sqlite:///FILE` or `postgresql://USER@HOST/NAME`"
DATABASE_UNUSABLE = "the database cannot be used: {error}"
TEXT_MISSING = "not translated"
TEXT_FUZZY = "waits to be looked at"
SLOTS_DIFFER = "other placeholders than the English"
LABEL_TOO_LONG = "longer than {most} signs"
NO_REASON = "no reason given"
OUTDATED = "the database is not at this program's version; run `referral-router db upgrade`"
NEWER = "a newer version of this program has changed the database; use that version, or restore a backup"
NOT_PURGED = "this database was restored from a backup; run `referral-router purge`, then it serves again"
NO_BACKUP = "the file is no backup that this program made, or a part of it is missing; nothing was changed"
NEWER_BACKUP = "a newer version of this program made the backup; restore it with that version"
NOT_EMPTY = "the database is not empty; `--replace` puts the backup in the place of all that is in it"
NO_WAY_DOWN = "the directory has no way back to an older version's tables; restore the backup from before the upgrade"
NO_FILE = "there is no database file yet"
TIME_TO_LIVE = "a time is written as 90s, 30m, 1h or 7d, and is at most {days}d"
OTHER_ISSUER = "tokens come from the issuer behind `jwks_url`; none is signed here"
TOO_MANY_SCOPES = "the token would be longer than 8 kB; ask for fewer scopes"
A_SLUG = "an organization is named by its slug: a-z, 0-9 and hyphens"
A_SCOPE = "a scope is one word of at most 100 plain characters, as `directory:read`"
A_SUBJECT = "a subject is printable text of at most 255 characters"
JWKS_URL = "`jwks_url` and what an issuer names must be https and name no user; http only on this machine"
KEYS_AS_THEY_ARE = "the issuer did not answer with its keys as they are"
KEYS_TOO_SLOW = "too much or too slow"
KEY_FILE_FORM = "the token key file must hold P-256 private keys in PEM, without a password"
TOO_MANY_KEYS = "the token key file holds {most} keys, the most there may be; remove one first"
NO_SUCH_KEY = "the token key file holds no key of that name; `referral-router keys list` lists them"
KEY_SIGNS = "this key signs new tokens: put a new one first with `referral-router keys rotate token`, then remove it"
KEY_FILE_NOT_WRITTEN = "the token key file cannot be written"
KEY_FILE_NOT_READ = "the token key file cannot be read"
KEY_FILE_MODE = "the token key file must be readable by its owner only (chmod 600)"
SETTING_FORMS = {
    "page_url": "must be an https address without a user's name; http only on this machine",
    "sign_in_issuer": "must be an https address without a user's name; http only on this machine",
    "leave_to": "must be an https address without a user's name; http only on this machine",
    "webhook_networks": "must be networks as `10.0.0.0/8`, with commas between",
    "rate_limit": "must be a number and a time, as `600/minute`",
    "respond_within_minutes": "must be four whole numbers from 1, as `[30, 240, 2880, 10080]`",
}
"""What each setting with a form of its own must be, whatever is wrong with it."""
NO_OPENTELEMETRY = "traces are asked for, and OpenTelemetry is not installed: the extra `telemetry` brings it"
NO_KEYS = "tokens need keys: set `jwks_url`, or `token_key_file`"
ONE_ISSUER = "set `jwks_url` or `token_key_file`, not both: tokens have one issuer"
SIGN_IN_SETTINGS = "`sign_in_issuer` needs `sign_in_client_id` and `page_url` beside it"
NO_ISSUER = "the issuer that people sign in with cannot be asked: {error}"
SIGN_IN_ELSEWHERE = "people sign in with the issuer of `sign_in_issuer`; no link is made here"
ISSUER_AND_AUDIENCE = "`token_issuer` and `token_audience` must not be empty"
OTHER_ADDRESS_KEY = "the address key is not the one that sealed the stored addresses"
ADDRESS_KEY_NEEDED = "private addresses need a key: set `address_key` or `address_key_file`"
ADDRESS_KEY_MODE = "the address key file must be readable by its owner only (chmod 600)"
ADDRESS_KEY_NOT_READ = "the address key file cannot be read"
ADDRESS_KEY_NOT_WRITTEN = "the address key file cannot be written"
ADDRESS_KEY_FORM = "the address key must be 32 bytes in URL-safe base64"
KEY_LINE_FORM = "a line of the key file is no key; bring back the file as it was"
KEYS_GIVEN = (
    "settings give the keys here: write a new key first in {variable}, a comma, and those before; `derived` stands for "
    "the one that follows from the address key"
)
KEY_IS_MADE = "there is a key that waits for its use; `referral-router keys rotate` uses it"
NO_KEY_WAITS = "a key of tokens is used as soon as it is made: `referral-router keys rotate token`"
KEY_IS_USED = "this key is in use: use a new one with `referral-router keys rotate`, then remove it"
KEY_IS_NEEDED = "{many} things still need this key; `referral-router keys list` says which"
KEY_IS_GOOD_UNTIL = "others may keep what this key signed or sealed until {until:%Y-%m-%d}"
KEY_IS_FRESH = "this key was replaced less than an hour ago, and something may be on its way with it; remove it later"
NO_SUCH_STORE_KEY = "there is no key of that name for that purpose; `referral-router keys list` lists them"
TOO_MANY_STORE_KEYS = "there are {most} keys, the most there may be; remove one first"
CODE_KEYS_FORM = "each of `code_keys` must be 32 characters or more, with commas between"
WEBHOOK_KEY_OTHER = "the webhook key is not the one that sealed this"
WEBHOOK_KEY_FORM = "the webhook key must be 32 bytes in URL-safe base64"
NOT_READ_YET = "the directory has not been read yet"
NOTHING_TO_SERVE = "no directory version can be served yet"
RECORD_DAMAGED = "a stored record is damaged and cannot be read; the log of the program names it"
DATABASE_OUT_OF_REACH = "the database cannot be reached"
WRITES_REFUSED = {
    "read_only": "nothing can be stored: the database is read-only",
    "full": "nothing can be stored: the disk or the database is full, or takes no writes",
    "locked": "the last change was not stored: others held the database for too long",
}
DIRECTORY_NOT_BUILT = "the directory cannot be built"
NO_YES_AND_NO = "the worked examples of the rule packs do not show both a yes and a no"
RULES_DIFFER = "the compiled rules and Cedar differ on a worked example"

NOT_A_KEY_SET = "not a JSON Web Key Set"
TOO_LARGE_A_KEY = "too large an RSA key"
TOO_SMALL_A_KEY = "too small an RSA key"
NOT_P_256 = "not a P-256 key"
