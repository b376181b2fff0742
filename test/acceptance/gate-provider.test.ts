// The provider of OPA Gatekeeper by its front door: a client certificate of the configured authority, and nobody else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { until } from '../support/patience.ts';
import { startTestServer } from '../support/server.ts';
import { openAuthority, writeCertificate } from '../unit/platform/support/certificates.ts';

const [authority, other] = [openAuthority(), openAuthority()];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-provider-'));
const clientCA = join(folder, 'ca.crt');
let gate: GateServer;
beforeAll(async () => {
  writeFileSync(clientCA, authority.ca);
  gate = await startGate({
    policies: () => ({}), namespaces: { ci: { factory: 'true' } }, config: { gate: { provider: { clientCA, names: ['gatekeeper-webhook'] } } },
  });
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Item { readonly key: string; readonly value: string; readonly error?: string }
interface Answered { readonly status: number; readonly text: string }

const named = { commonName: 'gatekeeper-webhook' };
const provider = (keys: readonly string[]) => ({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys } });

function post(body: unknown, client: { cert?: string; key?: string } = authority.issue(named), path = '/v1/provider', headers: Record<string, string> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sending = request({
      host: '127.0.0.1', port: gate.server.running.gatePort, path, method: 'POST', rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json', ...headers }, ...client,
    }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      response.on('end', () => void resolve({ status: response.statusCode ?? 0, text }));
    });
    sending.on('error', reject);
    sending.end(JSON.stringify(body));
  });
}

async function items(keys: readonly string[]): Promise<readonly Item[]> {
  const { status, text } = await post(provider(keys));
  expect(status, text).toBe(200);
  const { response, ...rest } = JSON.parse(text) as { response: { idempotent: boolean; items: Item[]; systemError?: string } };
  expect(rest).toEqual({ apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse' });
  expect([response.idempotent, response.systemError]).toEqual([true, undefined]);
  return response.items;
}

describe('POST /v1/provider', () => {
  test('an image that is admitted has itself by digest as value, one that is denied an error that begins with the code', async () => {
    expect(await items([gate.good, gate.evil])).toEqual([
      { key: gate.good, value: gate.good }, { key: gate.evil, value: '', error: expect.stringMatching(/^FETCH_NONE_FOUND: /) as unknown },
    ]);
  });

  test('a tag is no answer that holds, unless policies let it be resolved', async () => {
    const [answered] = await items([gate.good.replace(/@.*/, ':1')]);
    expect([answered?.value, answered?.error?.replace(/:.*/s, '')]).toEqual(['', 'INPUT_DIGEST_MISSING']);
  });

  test('every key has one item, the same key twice one, and one that is no image an error', async () => {
    const answered = await items(['no image@@', gate.good, gate.good]);
    expect(answered.map(({ key, error }) => [key, error?.replace(/:.*/s, '')])).toEqual([['no image@@', 'INPUT_IMAGE_INVALID'], [gate.good, undefined]]);
    expect(await items([])).toEqual([]);
  });

  test.each<[string, () => { cert?: string; key?: string }]>([
    ['no certificate', () => ({})], ['a certificate of another authority', () => other.issue(named)], ['one of another name', () => authority.issue({ commonName: 'somebody' })],
    ['one that has expired', () => authority.issue({ ...named, from: -7_200_000, until: -3_600_000 })], ['one for servers', () => authority.issue({ ...named, usage: 'serverAuth' })],
  ])('%s is refused, with a token too', async (_, client) => {
    const { status, text } = await post(provider([gate.good]), client(), '/v1/provider', { authorization: `Bearer ${gate.pod().token}` });
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([403, 'INPUT_TOKEN_INVALID']);
  });

  test('the certificate opens nothing else: a question needs a token', async () => {
    expect((await post({ artifacts: [{ kind: 'image', uri: gate.good }] }, authority.issue(named), '/v1/admit')).status).toBe(401);
    expect((await gate.admit(gate.pod(), { artifacts: [{ kind: 'image', uri: gate.good }] })).decision).toBe('admit');
  });

  test.each<[string, unknown]>([
    ['another version', { ...provider([]), apiVersion: 'externaldata.gatekeeper.sh/v1alpha1' }], ['another kind', { ...provider([]), kind: 'Provider' }], ['no keys', { ...provider([]), request: {} }],
    ['too many keys', provider(Array.from({ length: 1001 }, (_, index) => `a${index}`))],
  ])('%s is refused by name', async (_, body) => {
    const { status, text } = await post(body);
    expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([400, 'INPUT_QUESTION_INVALID']);
  });

  test('a gate without a configured authority has no such path', async () => {
    const plain = await startGate({ policies: () => ({}), namespaces: { ci: {} } });
    const answer = await plain.server.gate('POST', '/v1/provider', provider([]));
    expect(answer.status).toBe(404);
    await plain.close();
  });
});

test('an authority that is exchanged in its file counts without a restart, and the one before it no longer', async () => {
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  await writeCertificate(files);
  const followed = join(folder, 'followed.crt');
  writeFileSync(followed, authority.ca);
  const server = await startTestServer({}, { allowNoPolicies: true, tls: files, gate: { provider: { clientCA: followed } } }, { anyGatePort: true, ...({ devCert: undefined } as object) });
  const ask = (client: { cert?: string; key?: string }): Promise<number> => new Promise((resolve, reject) => {
    const sending = request({
      host: '127.0.0.1', port: server.running.gatePort, path: '/v1/provider', method: 'POST', rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json' }, ...client,
    }, (response) => void response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    sending.on('error', reject);
    sending.end(JSON.stringify(provider([])));
  });
  const [before, after] = [authority.issue(), other.issue()];
  expect([await ask(before), await ask(after)]).toEqual([200, 403]);
  writeFileSync(followed, other.ca);
  await until(async () => (await ask(after)) === 200);
  expect(await ask(before)).toBe(403);
  await server.close();
});
