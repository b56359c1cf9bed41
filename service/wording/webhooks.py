"""Faults of a request about events and webhooks. Never with the value."""

from __future__ import annotations

TARGET = {
    "url": "is not a URL that can be sent to",
    "scheme": "must begin with https://",
    "credentials": "must hold no user name and no password",
    "fragment": "must hold no #",
    "port": "must leave the port at 443",
    "host": "must name a host on the public internet",
    "dns": "must name a host that can be found",
    "address": "must not lead into a private network",
}
NO_EVENT_TYPE = "is no type of event; the list of event types has them"
TOO_MANY_ENDPOINTS = "there are {most} endpoints; delete one first"
IN_GRACE = "the secret before still signs; send `force` to drop it now"
TASK_UNDER_WAY = "a task for this endpoint is under way"
IS_DISABLED = "the endpoint is disabled"
TOO_FAR_BACK = "must be within the last {days} days"
AFTER_SINCE = "must come after `since`"
CURSOR = "is not a cursor of yours"
OLDEST = "Go on from `{oldest}`, the oldest there is."
HEADERS_AT_MOST = "must hold at most {most}"
HEADERS_BYTES = "must be at most {most} bytes in all"
HEADER_TWICE = "names one header twice"
HEADER_NAME = "must be named as headers are"
HEADER_VALUE = "must be visible characters"
HEADER_TAKEN = "is set by this server"
