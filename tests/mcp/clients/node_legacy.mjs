// The JavaScript SDK 1.x, over HTTP, SSE or WebSocket: node_legacy.mjs URL legacy …
import { capabilities, each, elicited, load, report, sampled } from './report.mjs';

const SDK = '@modelcontextprotocol/sdk';
const { Client } = load(`${SDK}/client/index.js`);
const { StreamableHTTPClientTransport } = load(`${SDK}/client/streamableHttp.js`);
const { SSEClientTransport } = load(`${SDK}/client/sse.js`);
const { WebSocketClientTransport } = load(`${SDK}/client/websocket.js`);
const { CallToolResultSchema, CreateMessageRequestSchema, ElicitRequestSchema } = load(`${SDK}/types.js`);

const transportFor = (url) => {
  if (url.protocol === 'ws:') return new WebSocketClientTransport(url);
  if (url.pathname.endsWith('/sse')) return new SSEClientTransport(url);
  return new StreamableHTTPClientTransport(url);
};

// The client keeps the version for itself, and tells only the transport.
const overhear = (transport) => {
  const heard = {};
  const pass = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (version) => {
    heard.protocol = version;
    pass?.(version);
  };
  return heard;
};

await each(async (url) => {
  const transport = transportFor(new URL(url));
  const heard = overhear(transport);
  const client = new Client({ name: 'node-legacy', version: '1' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, elicited);
  client.setRequestHandler(CreateMessageRequestSchema, sampled);
  await client.connect(transport);
  const { tools } = await client.listTools();
  const call = (params, onprogress) => client.callTool(params, CallToolResultSchema, { onprogress });
  const told = await report(heard.protocol, tools, call);
  await client.close();
  return told;
});
