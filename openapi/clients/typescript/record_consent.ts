// What a client agreed to, on record without the client. The code is for the client, who may take it back anywhere.
import { randomUUID } from "node:crypto";
import { answered, client } from "./connect.js";

const there = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Chicago" }); // dates are the coalition's
const day = 24 * 60 * 60 * 1000;

const consent = answered(
  await client.POST("/v1/consents", {
    params: { header: { "Idempotency-Key": randomUUID() } }, // the same key again records nothing twice
    body: {
      form: "roi-four-counties",
      level: "release",
      to: ["bluestem-haven"],
      data: ["need", "identity", "contact_location"],
      purpose: "referral",
      signers: ["client"],
      signed_on: there.format(Date.now()),
      ends_on: there.format(Date.now() + 30 * day),
    },
  }),
);
console.log(consent.id, consent.code);
