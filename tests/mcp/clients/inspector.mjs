// The Inspector's command line: inspector.mjs URL MODE … It calls, and cannot be asked anything.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ECHO, each } from './report.mjs';

const CLI = 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js';
const started = promisify(execFile);

await each(async (url, mode) => {
  const era = mode === '2026-07-28' ? 'modern' : mode;
  const transport = url.endsWith('/sse') ? 'sse' : 'http';
  const how = ['--cli', url, '--transport', transport, '--protocol-era', era, '--format', 'json'];
  const asked = async (...words) =>
    JSON.parse((await started(process.execPath, [CLI, ...how, ...words])).stdout).result;

  const echo = ['--method', 'tools/call', '--tool-name', 'x_echo', '--tool-arg', `text=${ECHO}`];
  const [listed, echoed] = await Promise.all([asked('--method', 'tools/list'), asked(...echo)]);
  return { tools: listed.tools.length, echo: echoed.content[0].text };
});
