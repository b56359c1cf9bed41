// The best path as calls to make, one after the other.
import { answered, client } from "./connect.js";

const answer = answered(
  await client.POST("/v1/next-calls", {
    body: {
      client: { age: 30, gender: "female", languages: ["en"], area: "demo-north" },
      needs: [
        { type: "emergency_shelter", urgency: "now" },
        { type: "legal_civil", urgency: "this_week" },
      ],
    },
  }),
);
for (const call of answer.calls) {
  console.log(call.order, call.to.name, call.phone);
}
