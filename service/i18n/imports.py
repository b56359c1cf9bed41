"""Findings of an import in the files of other publishers, an export's refusals, and the notes in a curation file."""

from __future__ import annotations

from policies.messages import Message

NOTHING_OF_IT = Message("{file}: nothing was imported: {path} {reason}")
RECORD_LARGER = Message("belongs to a record of more than {most} MiB")
TOO_DEEP = Message("is nested too deep")
NEEDS_TEXT = Message("is required: text")
NEEDS_NAME = Message("is required: text that names this record")
REQUIRED = Message("is required: {wanted}")
NO_OWNER = Message("refers to no record that it could belong to")
LIST = Message("must be a list")
FIELDS = Message("must be a mapping of fields")
CURATION_HEAD = Message("""\
# What an import left open, and what could be proposed. Most valuable first: those that lack least.
#
# Look at an entry, change what is not right, take the `#` from a line that you can fill in, and then write
# `confirmed: true`.
# Then: referral-router load THIS-FILE
# Entries that nobody confirmed are passed over. What is confirmed stays through every later import.
#
# Ages: a number, or none where there is no limit. Areas: codes of the coalition, or everywhere.""")
SAME_TWO = Message("# {one} and {other}: the same {shared}")
SAME_NAME = Message("name")
SAME_NUMBER = Message("phone number")
SAME_WEB_SITE = Message("web site")
SAME_PLACE = Message("place")
MAY_BE_ONE = Message("""\
# These may be one organization, told by two sources. Nothing was merged. To leave one out of the
# answers, settle `status: inactive` for its services above.""")
ITS_KIND = Message("  # {name}: who its staff work for (community or systems), and what it is")
WINDOWS_1252 = Message("has bytes that are not UTF-8; read as Windows-1252")
HIDDEN_TAKEN_OUT = Message("has characters that cannot be seen, or line ends in a name or a number; taken out")
NO_WEB_ADDRESS = Message("is not a web address and leads elsewhere; left out")
NUL_TAKEN_OUT = Message("has NUL characters; taken out")
UTF_16 = Message("is UTF-16; read as that")
NAME_A_FILE = Message("name a file that ends in .json, .ndjson, .jsonl or .zip, or a folder (no ending)")
NOT_EXPORTED = Message("nothing was exported: {wanted}")
NOT_WRITTEN = Message("nothing was exported: it cannot be written: {what}")
FOLDER_NOT_EMPTY = Message("nothing was exported: the folder already holds something; name a new one")
NOTHING_IMPORTED = Message("nothing could be imported")
UNPACKS_TO_MORE = Message("{file}: nothing was imported: it unpacks to more than {most} MiB, too much for its size")
WRITES_MORE = Message("{file}: nothing was imported: it takes more than {most} MiB of disk, too much for its size")
MOST_MINUTES = Message(
    "{file}: nothing was stored: it takes more than {most} minutes of processor time (--most-minutes)"
)
MOST_MEMORY = Message("{file}: nothing was stored: it takes more than {most} MiB of memory (--most-memory)")
TOO_MANY_FILES = Message("{file}: nothing was imported: the archive holds more than {most} files")
WORKBOOK_TOO_LARGE = Message("{file}: nothing could be imported: the workbook is too large")
WORKBOOK_WITH_TYPE = Message(
    "{file}: nothing could be imported: the workbook has a document type (DOCTYPE), which none needs"
)
NO_WORKBOOK = Message("{file}: nothing could be imported: the workbook cannot be read; save it anew, or as CSV")
ARCHIVE_ENCRYPTED = Message("nothing could be imported: the archive is encrypted")
NO_FILE_OF_A_FORM = Message(
    "nothing could be imported: there is no file in it of a form that is read here ({suffixes})"
)
NOT_OPENED = Message("cannot be opened")
BAD_ARCHIVE = Message("is a zip archive that cannot be read")
NO_SUCH_FILE = Message("nothing could be imported: there is no such file or folder")
NOT_STORED = Message("not stored")
COUNTS_AS_UNKNOWN = Message("kept as it came; counts as unknown")
READ_AS_A_GUESS = Message("kept as it came; read as a guess that counts as unknown until it is confirmed")
MENDED = Message("mended, and stored as mended")
SET_ASIDE = Message("not for this import to store")
NO_TYPE = Message("it has no service type")
NO_AGE = Message("an age limit is not known")
NO_AREA = Message("its area is not known")
NO_NUMBER = Message("there is no number to call")
NO_KIND = Message("the kind of its organization is not known")
A_DESCRIPTION = Message("is a description, or another form of HSDS that is not imported")
NO_TABLE = Message("is no table of HSDS that is known here")
NO_RECORD = Message("is of no kind that can be told, such as `organization`, `service` or `location`")
BREAKS_OFF = Message("cannot be opened, or breaks off")
JSON_GIVEN_TWICE = Message("is given twice; the last one counts")
NEITHER_RECORD_NOR_LIST = Message("is not JSON: it holds neither a record nor a list of records")
LINE_TOO_LONG = Message("holds a line of more than {most} MiB; nothing from there on was read")
TEXT_TOO_LONG = Message("holds a text of more than {most} MiB; nothing from there on was read")
RECORD_TOO_LARGE = Message("holds a record of more than {most} MiB; nothing from there on was read")
TOO_MANY_VALUES = Message(
    "is one object of more than {most} values; not read. A list, or a record on each line, may be longer"
)
KEY_TOO_LONG = Message("holds a key of more than {most} bytes; nothing from there on was read")
DEEPER = Message("is nested deeper than {most} levels; nothing from there on was read")
LIST_TOO_LONG = Message("holds a list of more than {most} entries in a cell; nothing from there on was read")
TOO_MANY_COLUMNS = Message("has more than {most} columns, which no table has; it was not read")
NOT_JSON_FROM = Message("is not JSON from record {index} on; nothing after it was read")
NOT_JSON = Message("is not JSON")
IS_NOT = Message("is not {wanted}")
NOT_ONE_LANGUAGE = Message("is not the name of one language that this program knows for certain")
ZERO_IS_NONE = Message("is 0, which more often means that none was given")
NO_WALL_CLOCK = Message("says that these are not plain wall-clock times")
NO_AREA_CODE = Message("is not the code of an area of the coalition")
CHANGED_PLACES = Message("looks as if latitude and longitude had changed places")
STANDS_WITHOUT = Message("stands without a readable `{one}`")
NOT_ONE_PROGRAM = Message("is not one program; a service belongs to one at most")
NOT_A_LIST = Message("is not a list")
CONTRADICTS_AGE = Message("contradicts the other age limit")
OF_ITS_NAME = Message("its name")
OF_A_TERM = Message("the taxonomy term “{found}”")
GONE_AND_STAYS = Message("is gone from its source and stays: an agreement, a word or another organization refers to it")
ONE_OF = Message("one of: {words}")
A_TEXT = Message("text")
SHORT_TEXT = Message("text of at most {longest_name} characters")
AN_AGE = Message("an age in whole years up to {oldest}")
A_NUMBER = Message("a whole number")
A_LATITUDE = Message("a latitude in degrees")
A_LONGITUDE = Message("a longitude in degrees")
A_DAY = Message("a calendar day, YYYY-MM-DD")
A_CLOCK_TIME = Message("a plain wall-clock time, HH:MM")
A_MOMENT = Message("a moment with its offset")
A_LANGUAGE = Message("a language code that this program can compare")
A_UNIT = Message("a unit with a name")
OF_A_BUNDLE = Message("is stored as a bundle's; an import changes nothing of it")
OF_ANOTHER = Message("is stored as another organization's; left there")
NO_ORGANIZATION = Message("has no organization that could be stored")
BELONGS_TO_NONE = Message("belongs to no organization that could be stored")
HAS_NO_LOCATION = Message("has no location that could be stored")
HAS_NO_SERVICE = Message("has no service that could be stored")
HEAD_LEFT_OUT = Message("Left out (quarantined)")
HEAD_INFERRED = Message("Read out of words: unknown until confirmed")
HEAD_UNKNOWN = Message("Kept as it came: counts as unknown")
HEAD_SET_ASIDE = Message("Not for this import")
YES, NO = Message("yes"), Message("no")
SUMMARY = {
    "source": Message("source"),
    "refused": Message("refused"),
    "changed": Message("changed"),
    "directory_version": Message("directory version"),
    "files": Message("files"),
    "organizations": Message("organizations"),
    "services": Message("services"),
    "locations": Message("locations"),
    "terms": Message("terms"),
    "pruned": Message("pruned"),
    "services_without_type": Message("services without type"),
}
STAGE = {"read": Message("read"), "stored": Message("stored")}
UNITS = {"row": Message("row {number}"), "line": Message("line {number}")}
SO_FAR = Message("{stage}: {done}")
SO_FAR_OF = Message("{stage}: {done} of {total}")
HEADING = Message("# Import report")
WHAT_WAS_DONE = Message("What was done: {done}.")
COLUMNS = Message("| How many | Field | What |")
FIRST_OF_EACH = Message("Of each reason the first {most_listed} are listed; the counts are of all.")
LANGUAGES_IN_WORDS = Message("tells languages in words")
HOURS_IN_WORDS = Message("tells hours in words")
AREA_IN_WORDS = Message("names an area of the coalition in words")
AGE_IN_WORDS = Message("tells an age limit in words, or with a number that stands for none")
REPEATS = Message("repeats an earlier row of the same id")
LEADS_NOWHERE = Message("leads to no record in these files")
TOLD_ELSEWHERE = Message("is told in another file too; the first one counts")
SAYS_SOMETHING_ELSE = Message("has the id of an earlier row that says something else; the earlier one counts")
CHARACTERS_TAKEN_OUT = Message("has characters that no database keeps; taken out")
REFERENCE_DROPPED = Message("leads to no record in these files; that reference was dropped")
MORE_CELLS = Message("has more cells than the table has columns")
FEWER_CELLS = Message("has fewer cells than the table has columns; the missing ones count as empty")
COLUMN_TWICE = Message("is a column given twice; the first one counts")
NO_TABLE_FROM = Message("is no table from row {number} on; nothing after it was read")

TYPES_FROM = Message("    {mark}types: {types}  # from {because}")
READ_OUT_OF = Message("    {name}: {value}  # read out of `{source}`")
HEAD_MENDED = Message("Mended")
NO_MAPPING = Message("nothing was imported: the mapping cannot be used")
MAPPING_WRONG = Message(
    "{place}: is not what a mapping has there (model, field, split, join, map, required, foreign_key_name with "
    "foreign_key_value; or value)"
)
NO_MODEL = Message(
    "{file}: `{model}` is no table of HSDS, such as organizations, services, phones or physical_addresses"
)
NO_FIELD_OF_MODEL = Message("{file}: `{model}` has no field `{field}`; it has {known}")
NO_SUCH_COLUMNS = Message("nothing was imported: {file} has no column `{heading}`, which the mapping names")
COLUMN_ABSENT = Message("has no column `{heading}`, which the mapping names and does not require")
OWN_FIELD = Message("is no field of `{model}` in HSDS; kept as it came")
THE_MAPPING = Message("the mapping")
HEADING_TWICE = Message("is given twice; the last one counts")
NO_STATUS = Message("the mapping has no column for the status of services; each counts as active")
NO_STATUS_ANYWHERE = Message("no service in these files has a status; each new one counts as active")
NOT_IN_MAPPING = Message("is not named in the mapping")
NO_ORGANIZATION_IN_ROW = Message("names no organization that the mapping could read")
A_GUESS = Message("a guess: please check")
NOT_MAPPED = Message("which field is it? Leave the line out if it is none")
IN_OTHER_FILE = Message("told in another file, which the id leads to")
ASSUMED = Message("assumed, since no column says it: please check")
NOTHING_READ = Message(
    "nothing was imported: no record could be read. Looked for organizations, services and locations in HSDS, as JSON "
    "(a record, a list, or objects by id), or as tables named after them.\nA table with headings of its own needs a "
    "mapping: `referral-router import suggest PATH --out FILE` writes a first one, for `--mapping FILE`."
)
SUGGESTED_HEAD = Message("""\
# A first mapping, made from the headings. Look at each line, change what is not right, then:
# referral-router import hsds PATH --mapping THIS-FILE
# More: several targets as a list; split: "," for a list in a cell; join: ", " where several columns are one field;
# map, with a line such as Y: active below it, for words; constants for what no column says.""")
NO_TABLE_TO_SUGGEST_FOR = Message(
    "there is no table here to suggest a mapping for: no .csv, .tsv, .txt or .xlsx file with headings"
)
