// The JavaScript client 2.x: node_modern.mjs URL MODE
import { capabilities, elicited, load, sampled, tell } from './report.mjs';

const { Client, StreamableHTTPClientTransport } = load('@modelcontextprotocol/client');

const [, , url, wanted] = process.argv;
const mode = ['auto', 'legacy'].includes(wanted) ? wanted : { pin: wanted };
const client = new Client(
  { name: 'node-modern', version: '1' },
  { capabilities, versionNegotiation: { mode } }
);
client.setRequestHandler('elicitation/create', elicited);
client.setRequestHandler('sampling/createMessage', sampled);
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
const { tools } = await client.listTools();
const protocol = client.getNegotiatedProtocolVersion();
await tell(protocol, tools, (params, onprogress) => client.callTool(params, { onprogress }));
await client.close();
