// Whom to call first for a client, and how good the other ways are.
import { answered, client } from "./connect.js";

const answer = answered(
  await client.POST("/v1/referral-paths", {
    body: {
      client: { age: 30, gender: "female", languages: ["en"], area: "demo-north" },
      needs: [{ type: "emergency_shelter", urgency: "now" }],
      facts: { client_present: true, danger: "none" },
    },
  }),
);
console.log(answer.lead.plain);
for (const path of answer.paths) {
  console.log(path.steps.map((step) => step.to.name).join(" then "));
}
