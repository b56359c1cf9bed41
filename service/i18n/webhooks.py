"""What the writer of a receiving program reads: an event with members of its own, faults of requests without values."""

from __future__ import annotations

from policies.messages import Message

DIRECTORY_CHANGED = Message(
    "The directory was changed. `organizations` holds the ids of those whose records were, as far as you may see "
    "them; null: more than 1,000."
)
TARGET = {
    "url": Message("is not a URL that can be sent to"),
    "scheme": Message("must begin with https://"),
    "credentials": Message("must hold no user name and no password"),
    "fragment": Message("must hold no #"),
    "port": Message("must leave the port at 443"),
    "host": Message("must name a host on the public internet"),
    "dns": Message("must name a host that can be found"),
    "address": Message("must not lead into a private network"),
}
NO_EVENT_TYPE = Message("is no type of event; the list of event types has them")
TOO_MANY_ENDPOINTS = Message("there are {most} endpoints; delete one first")
IN_GRACE = Message("the secret before still signs; send `force` to drop it now")
TASK_UNDER_WAY = Message("a task for this endpoint is under way")
IS_DISABLED = Message("the endpoint is disabled")
TOO_FAR_BACK = Message("must be within the last {days} days")
AFTER_SINCE = Message("must come after `since`")
CURSOR = Message("is not a cursor of yours")
OLDEST = Message("Go on from `{oldest}`, the oldest there is.")
HEADERS_AT_MOST = Message("must hold at most {most}")
HEADERS_BYTES = Message("must be at most {most} bytes in all")
HEADER_TWICE = Message("names one header twice")
HEADER_NAME = Message("must be named as headers are")
HEADER_VALUE = Message("must be visible characters")
HEADER_TAKEN = Message("is set by this server")
