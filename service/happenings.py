"""All that may happen: importing this makes every type of event and every kind of timer known.

Each room that declares some is imported here, and by nobody else for that purpose. Programs that deliver, fire timers
or describe event types import this module first.
"""

from __future__ import annotations

from service.events import directory, policy, purging
from service.webhooks import kinds, tasks

ROOMS = (directory, policy, purging, kinds, tasks)
"""The modules that declare types of event or kinds of timer."""
