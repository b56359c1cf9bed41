"""What happened after a cursor: keep `next` once a page is worked on, and go on from there after a restart."""

from pathlib import Path

from connect import answered, connect
from referral_router_client.api.webhooks import list_events
from referral_router_client.types import UNSET

kept = Path("cursor")

with connect() as client:
    while True:
        after = kept.read_text() if kept.exists() else UNSET
        page = answered(list_events.sync(client=client, after=after))  # with `wait=30` the server waits for news
        for event in page.events:
            print(event.type_, event.data["href"])
        kept.write_text(page.next_)
        if not page.events:
            break
