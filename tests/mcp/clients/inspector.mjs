// The Inspector's command line: inspector.mjs URL MODE. It calls, and cannot be asked anything.
import { execFileSync } from 'node:child_process';
import { ECHO } from './report.mjs';

const CLI = 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js';
const [, , url, mode] = process.argv;
const era = mode === '2026-07-28' ? 'modern' : mode;
const transport = url.endsWith('/sse') ? 'sse' : 'http';

const asked = (...words) => {
  const how = ['--cli', url, '--transport', transport, '--protocol-era', era, '--format', 'json'];
  return JSON.parse(execFileSync(process.execPath, [CLI, ...how, ...words])).result;
};

const { tools } = asked('--method', 'tools/list');
const echo = asked('--method', 'tools/call', '--tool-name', 'x_echo', '--tool-arg', `text=${ECHO}`);
console.log(JSON.stringify({ tools: tools.length, echo: echo.content[0].text }));
