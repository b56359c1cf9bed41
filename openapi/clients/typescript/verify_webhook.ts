// A test delivery of an endpoint of one's own: whether the signature says that the server sent it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { answered, client } from "./connect.js";

let secret = "";
let verified = () => {};
const done = new Promise<void>((resolve) => (verified = resolve));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const part of request) {
    body += part;
  }
  const event = new Webhook(secret).verify(body, request.headers as Record<string, string>) as { type: string };
  response.writeHead(204).end(); // `verify` throws where anybody else sent it
  console.log("verified:", event.type);
  verified();
}

const server = createServer(receive).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const endpoint = answered(await client.POST("/v1/webhook-endpoints", { body: { url, types: ["webhook.test"] } }));
secret = endpoint.secret ?? ""; // shown once, when the endpoint is made
const params = { path: { id: endpoint.id } };
answered(await client.POST("/v1/webhook-endpoints/{id}/test", { params }));
await done;
await client.DELETE("/v1/webhook-endpoints/{id}", { params: { ...params, header: { "If-Match": "*" } } });
server.close();
server.closeAllConnections();
