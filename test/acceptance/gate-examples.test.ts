// The examples of docs/concepts/gate.md, asked of a real gate: the answers are as the page shows them.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';

const page = readFileSync(new URL('../../docs/concepts/gate.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```http\n(?<asked>[\s\S]*?)^```\n(?<between>[\s\S]*?)^```json\n(?<answer>[\s\S]*?)^```/gm)].map(({ groups = {} }) => {
  const { asked = '', answer = '' } = groups;
  const [head = '', body = ''] = asked.split(/\n\n(.*)/s);
  const [, method = '', path = ''] = /^(\S+) (\S+)/.exec(head) ?? [];
  return { method, path, anonymous: head.includes('Authorization: none'), body, answer };
});

let gate: GateServer;
beforeAll(async () => { gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' } } }); });
afterAll(() => gate.close());

/** The page names a registry and digests that stand for those of the test. */
function real(text: string): string {
  const [host = ''] = gate.good.split('/');
  return text.replaceAll(/registry\.example\/acme\/app@sha256:1+/g, gate.good).replaceAll(/registry\.example\/acme\/app@sha256:2+/g, gate.evil).replaceAll('registry.example', host);
}

test('there are examples', () => { expect(examples.length).toBe([...page.matchAll(/^```http$/gm)].length); });

test.each(examples)('docs/concepts/gate.md: $method $path $body', async ({ method, path, anonymous, body, answer }) => {
  const { status, text } = await gate.call(anonymous ? undefined : gate.pod(), method, path, real(body));
  const { status: expected = 200, ...shown } = JSON.parse(real(answer)) as { status?: number };
  expect(status, text).toBe(expected);
  expect(JSON.parse(text)).toMatchObject(shown);
});
