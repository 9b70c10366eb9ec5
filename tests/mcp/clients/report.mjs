// What every driver does and reports: the same few calls, so that one expectation fits all.
import { createRequire } from 'node:module';

// Packages are looked up in the working directory: they do not live beside these files.
export const load = createRequire(`${process.cwd()}/`);

const MODERN = '2026-07-28';
// Beyond ASCII and beyond 16 bits, with a separator that is no end of a line.
export const ECHO = 'grüße\u2028\u{1f600} \\n';
const argument = { elicitation: 'message', sampling: 'prompt' };

// The tool (and its arguments) that asks the user or the model in this era.
const question = (protocol, kind) =>
  protocol === MODERN
    ? { name: `test_input_required_result_${kind}`, arguments: {} }
    : { name: `test_${kind}`, arguments: { [argument[kind]]: 'who?' } };

export const capabilities = { elicitation: {}, sampling: {} };

// The form, every field filled in with a name.
export const elicited = async (request) => ({
  action: 'accept',
  content: Object.fromEntries(
    Object.keys(request.params.requestedSchema.properties).map((name) => [name, 'Alice'])
  ),
});

export const sampled = async () => ({
  role: 'assistant',
  content: { type: 'text', text: 'Paris' },
  model: 'none',
});

// Make the calls, and return what happened.
export async function report(protocol, tools, call) {
  const progress = [];
  const heard = ({ progress: step }) => progress.push(step);
  const said = async (params, listener) => (await call(params, listener)).content[0].text;
  return {
    protocol,
    tools: tools.length,
    echo: await said({ name: 'x_echo', arguments: { text: ECHO } }),
    done: await said({ name: 'test_tool_with_progress', arguments: {} }, heard),
    progress,
    elicited: await said(question(protocol, 'elicitation')),
    sampled: await said(question(protocol, 'sampling')),
  };
}

// Run each pair of URL and mode on the command line, and print what happened, line by line.
export async function each(run) {
  const words = process.argv.slice(2);
  for (let at = 0; at < words.length; at += 2) {
    const told = await run(words[at], words[at + 1]).catch((error) => ({ refused: String(error) }));
    console.log(JSON.stringify(told));
  }
  process.exit(0); // a client that was refused may leave something open
}
