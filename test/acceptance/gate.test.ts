// The gate by its front door: what build tasks ask, and what they are answered.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateCodes, startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';

let gate: GateServer;
beforeAll(async () => { gate = await startGate({ policies: () => ({}), namespaces: { ci: { factory: 'true' } } }); });
afterAll(() => gate.close());

test('an image that its policy is satisfied with is admitted', async () => {
  const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'image', uri: gate.good }] });
  expect(answer.decision).toBe('admit');
  expect(answer.caller).toBe('system:serviceaccount:ci:fetcher');
});

test('an unsigned image is denied, and what is signed beside it is still told', async () => {
  const answer = await gate.admit(gate.pod(), { artifacts: [{ kind: 'image', uri: gate.good }, { kind: 'image', uri: gate.evil }] });
  expect(answer.decision).toBe('deny');
  expect(answer.artifacts.map(({ decision }) => decision)).toEqual(['admit', 'deny']);
  expect(gateCodes(answer)).toEqual(['FETCH_NONE_FOUND']);
});

test('nobody is answered', async () => {
  expect((await gate.call(undefined, 'POST', '/v1/admit', { artifacts: [{ kind: 'image', uri: gate.good }] })).status).toBe(401);
});

test('the OpenAPI document names every route', async () => {
  const { status, text } = await gate.call(undefined, 'GET', '/v1/openapi.json');
  expect(status).toBe(200);
  expect(Object.keys((JSON.parse(text) as { paths: object }).paths)).toContain('/v1/admit');
});
