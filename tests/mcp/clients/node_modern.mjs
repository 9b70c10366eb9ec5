// The JavaScript client 2.x: node_modern.mjs URL MODE …
import { capabilities, each, elicited, load, report, sampled } from './report.mjs';

const { Client, StreamableHTTPClientTransport } = load('@modelcontextprotocol/client');

await each(async (url, wanted) => {
  const mode = ['auto', 'legacy'].includes(wanted) ? wanted : { pin: wanted };
  const about = { name: 'node-modern', version: '1' };
  const client = new Client(about, { capabilities, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', elicited);
  client.setRequestHandler('sampling/createMessage', sampled);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  const call = (params, onprogress) => client.callTool(params, { onprogress });
  const told = await report(client.getNegotiatedProtocolVersion(), tools, call);
  await client.close();
  return told;
});
