// What happened after a cursor: keep `next` once a page is worked on, and go on from there after a restart.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { answered, client } from "./connect.js";

for (;;) {
  const after = existsSync("cursor") ? readFileSync("cursor", "utf8") : undefined;
  const page = answered(await client.GET("/v1/events", { params: { query: { after } } })); // `wait: 30` waits for news
  for (const event of page.events) {
    console.log(event.type, event.data.href);
  }
  writeFileSync("cursor", page.next);
  if (page.events.length === 0) {
    break;
  }
}
