// The JavaScript SDK 1.x, over HTTP, SSE or WebSocket: node_legacy.mjs URL
import { capabilities, elicited, load, sampled, tell } from './report.mjs';

const SDK = '@modelcontextprotocol/sdk';
const { Client } = load(`${SDK}/client/index.js`);
const { StreamableHTTPClientTransport } = load(`${SDK}/client/streamableHttp.js`);
const { SSEClientTransport } = load(`${SDK}/client/sse.js`);
const { WebSocketClientTransport } = load(`${SDK}/client/websocket.js`);
const { CallToolResultSchema, CreateMessageRequestSchema, ElicitRequestSchema } = load(`${SDK}/types.js`);

const url = new URL(process.argv[2]);
const Transport = url.protocol === 'ws:' ? WebSocketClientTransport
  : url.pathname.endsWith('/sse') ? SSEClientTransport : StreamableHTTPClientTransport;

let protocol;
const transport = new Transport(url);
const remember = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = (version) => {
  protocol = version;
  remember?.(version);
};
const client = new Client({ name: 'node-legacy', version: '1' }, { capabilities });
client.setRequestHandler(ElicitRequestSchema, elicited);
client.setRequestHandler(CreateMessageRequestSchema, sampled);
await client.connect(transport);
const { tools } = await client.listTools();
await tell(protocol, tools, (params, onprogress) => client.callTool(params, CallToolResultSchema, { onprogress }));
await client.close();
