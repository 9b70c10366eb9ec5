// greeter.mjs is a stdio MCP server in plain Node, without a package.
// With a port as its argument it speaks HTTP instead, as much of it as a measurement needs.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const tools = [{ name: "greet", description: "Says hello.", inputSchema: { type: "object" } }];

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "greeter", version: "1" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools }),
  "tools/call": ({ arguments: { name } }) => {
    console.error(`greeting ${name}`);
    return { content: [{ type: "text", text: `Hello, ${name}!` }] };
  },
};

function answered({ id, method, params }) {
  const known = methods[method];
  const answer = known
    ? { result: known(params ?? {}) }
    : { error: { code: -32601, message: `there is no ${method}` } };
  return JSON.stringify({ jsonrpc: "2.0", id, ...answer });
}

async function overHttp(port) {
  const server = createServer(async (request, response) => {
    const pieces = await Array.fromAsync(request);
    response.setHeader("Content-Type", "application/json");
    response.end(answered(JSON.parse(Buffer.concat(pieces))));
  });
  server.listen(port, "::");
}

async function overStdio() {
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    if (message.id !== undefined) console.log(answered(message));
  }
}

const port = process.argv[2];
await (port === undefined ? overStdio() : overHttp(Number(port)));
