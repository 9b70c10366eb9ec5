// greeter.mjs is a stdio MCP server in plain Node, without a package.
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

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const known = methods[method];
  const answer = known
    ? { result: known(params ?? {}) }
    : { error: { code: -32601, message: `there is no ${method}` } };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}
