// Thousands of artifacts in one question: each judged once, others answered meanwhile, and read again by whoever may.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { cpuNow } from '../support/cpu.ts';

let gate: GateServer;
beforeAll(async () => { gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' }, other: {} } }); });
afterAll(() => gate.close());

const image = (uri: string) => ({ kind: 'image', uri });
const blobs = (count: number) => Array.from({ length: count }, (_, index) => ({ kind: 'blob', name: `file-${index}`, digest: `sha256:${index.toString(16).padStart(64, '0')}` }));

test('the same artifact five hundred times is fetched once, and answered five hundred times', async () => {
  gate.registry.clearLog();
  const answer = await gate.admit(gate.pod(), { artifacts: Array.from({ length: 500 }, () => image(gate.good)) });
  expect(answer.artifacts.map(({ decision }) => decision)).toEqual(Array.from({ length: 500 }, () => 'admit'));
  const paths = gate.registry.requests().map(({ method, path }) => `${method} ${path}`);
  expect(new Set(paths).size).toBe(paths.length);
});

test('5,000 artifacts hold up nobody for long: the longest piece of work between two turns', async () => {
  const pod = gate.pod();
  const question = JSON.stringify({ artifacts: [...blobs(4999), image(gate.good)], receipts: 'each' });
  await gate.call(pod, 'POST', '/v1/admit', question);
  let [longest, last] = [0, cpuNow()];
  let over = false;
  const watching = (async () => {
    while (!over) {
      await new Promise((done) => setImmediate(done));
      const now = cpuNow();
      longest = Math.max(longest, now - last);
      last = now;
    }
  })();
  const { status, text } = await gate.call(pod, 'POST', '/v1/admit', question);
  over = true;
  await watching;
  expect(status).toBe(200);
  expect(text.length).toBeGreaterThan(1_000_000);
  expect(longest).toBeLessThan(100);
});

test('a decision is read by the caller that asked, and by a service account whose role says so, asked of the API server', async () => {
  const [asker, reader] = [gate.pod(), gate.pod({ namespace: 'other', serviceAccount: 'auditor' })];
  const { id } = await gate.admit(asker, { artifacts: [image(gate.good)] });
  const path = `/v1/decisions/${id}`;
  expect((await gate.call(asker, 'GET', path)).status).toBe(200);
  expect((await gate.call(reader, 'GET', path)).status).toBe(404);
  const asked: unknown[] = [];
  gate.api.may = (spec) => { asked.push(spec); return true; };
  const { status, text } = await gate.call(reader, 'GET', path);
  gate.api.may = () => false;
  expect(status).toBe(200);
  expect((JSON.parse(text) as { caller: string }).caller).toBe('system:serviceaccount:ci:fetcher');
  expect(asked).toEqual([expect.objectContaining({
    user: 'system:serviceaccount:other:auditor', groups: ['system:serviceaccounts', 'system:serviceaccounts:other', 'system:authenticated'],
    resourceAttributes: { namespace: 'ci', verb: 'get', group: 'gatehouse.dev', resource: 'decisions' },
  })]);
});
