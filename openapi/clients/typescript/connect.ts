// What the examples share: where the server is, who asks, and what to do with a refusal.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

export const client = createClient<paths>({
  baseUrl: process.env.ROUTER!,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
});

// Returns an answer; ends the program with a refusal, which names the field and repeats no value.
export function answered<Answer>(reply: { data?: Answer; error?: unknown }): Answer {
  if (reply.data === undefined) {
    console.error("refused:", JSON.stringify(reply.error));
    process.exit(1);
  }
  return reply.data;
}
