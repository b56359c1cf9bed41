// One hand-off, once the client said that it may be sent.
import { randomUUID } from "node:crypto";
import { answered, client } from "./connect.js";

const referral = answered(
  await client.POST("/v1/referrals", {
    params: { header: { "Idempotency-Key": randomUUID() } }, // the same key again sends nothing twice
    body: {
      profile: {
        client: { age: 30, gender: "female", languages: ["en"] },
        needs: [{ type: "emergency_shelter", urgency: "now" }],
        facts: { client_present: true },
      },
      step: { to: "bluestem-haven", services: ["bh-beds"], mode: "warm" },
      agreed: true,
      progress: false,
    },
  }),
);
console.log("say at the door:", referral.code);
