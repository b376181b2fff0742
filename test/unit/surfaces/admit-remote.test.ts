// What the command line makes of a gate that does not answer as it should: one of our own, over HTTPS.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';

interface Reply { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
interface Seen { readonly method: string; readonly url: string; readonly authorization: string; readonly body: string }

const IMAGE = `ghcr.io/acme/app@sha256:${'0'.repeat(64)}`;
const FINDING = {
  code: 'POLICY_SATISFIED', verdict: 'satisfied', mode: 'enforce', path: 'artifacts[0]', artifact: IMAGE, title: 'satisfied', fix: '', future: { field: 1 },
};
const ARTIFACT = { kind: 'image', uri: IMAGE, usedAs: 'baseImage', decision: 'admit', digest: `sha256:${'0'.repeat(64)}`, findings: [FINDING] };
const ADMITTED = {
  id: 'one', time: 'now', decision: 'admit', caller: 'somebody', policyGeneration: 'x', artifacts: [ARTIFACT], findings: [], notes: [], message: '', receipt: 'signed',
};

let server: Server;
let folder: string;
let replies: Reply[];
let seen: Seen[];
let waited: number[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-remote-'));
  const { cert, key } = await developmentCertificate(['localhost']);
  writeFileSync(join(folder, 'ca'), cert);
  server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, authorization: headers.authorization ?? '', body: Buffer.concat(chunks).toString('utf8') });
      const { status, body = '', headers: more = {} } = replies.length > 1 ? (replies.shift() as Reply) : (replies[0] as Reply);
      response.writeHead(status, { 'content-type': 'application/json', ...more }).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  [seen, waited] = [[], []];
  writeFileSync(join(folder, 'token'), 'first\n');
});

/** Asks; waiting takes no time, and the clock goes on by as much. `onPause` is what happens meanwhile. */
async function admit(answers: readonly Reply[], args: readonly string[] = [], onPause: () => void = () => undefined, progress?: (what: string) => () => void) {
  replies = [...answers];
  const wrote = { stdout: '', stderr: '' };
  let now = 0;
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const all = ['admit', IMAGE, '--server', url, '--token-file', join(folder, 'token'), '--ca', join(folder, 'ca'), ...args];
  const code = await runCli(all, {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: () => now,
    stdout: (text) => { wrote.stdout += text; }, stderr: (text) => { wrote.stderr += text; }, stdin: async () => new Uint8Array(),
    ...(progress === undefined ? {} : { progress }),
    pause: async (ms) => { waited.push(ms); now += ms; onPause(); },
  });
  return { code, ...wrote };
}

test('an answer with fields of a later version is read', async () => {
  const { code, stdout } = await admit([{ status: 200, body: { ...ADMITTED, future: true } }]);
  expect([code, stdout]).toEqual([0, '1 artifact: 1 admitted, 0 with warnings, 0 denied, 0 undetermined\n✓ admit\n']);
  expect(seen).toMatchObject([{ method: 'POST', url: '/v1/admit', authorization: 'Bearer first' }]);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ artifacts: [{ kind: 'image', uri: IMAGE }], receipts: 'none' });
});

test('Retry-After is obeyed, and the token is read anew', async () => {
  const busy = { status: 429, headers: { 'retry-after': '7' }, body: { code: 'ENGINE_BUDGET', message: 'busy' } };
  const { code } = await admit([busy, { status: 200, body: ADMITTED }], [], () => writeFileSync(join(folder, 'token'), 'second'));
  expect([code, waited, seen.map(({ authorization }) => authorization)]).toEqual([0, [7000], ['Bearer first', 'Bearer second']]);
});

test('a caller who stays over its budget is told after a bounded number of tries', async () => {
  const { code, stderr, stdout } = await admit([{ status: 429, headers: { 'retry-after': '1' }, body: { code: 'ENGINE_BUDGET', message: 'busy' } }]);
  expect([code, stdout, seen.length]).toEqual([3, '', 5]);
  expect(stderr).toContain('HTTP 429: busy  [ENGINE_BUDGET]');
});

test('a wait that is longer than the time that is left is not begun', async () => {
  const { code } = await admit([{ status: 429, headers: { 'retry-after': '3600' }, body: {} }]);
  expect([code, waited, seen.length]).toEqual([3, [], 1]);
});

test.each<[string, Reply, number, number, string]>([
  ['503', { status: 503, body: { code: 'ENGINE_SHUTDOWN', message: 'not now' } }, 3, 5, 'HTTP 503: not now'],
  ['500', { status: 500, body: 'oops' }, 3, 1, 'HTTP 500'],
  ['401', { status: 401, body: { code: 'INPUT_TOKEN_INVALID', message: 'who' } }, 64, 1, 'HTTP 401: who  [INPUT_TOKEN_INVALID]'],
  ['403', { status: 403, body: {} }, 64, 1, 'HTTP 403'],
  ['413', { status: 413, body: {} }, 64, 1, 'HTTP 413'],
  ['a redirect, which the token does not follow', { status: 307, headers: { location: 'https://localhost:1/' } }, 64, 1, 'HTTP 307'],
  ['a page', { status: 200, body: '<html>' }, 3, 1, 'is it a gate?'],
  ['a key twice', { status: 200, body: '{"decision":"deny","decision":"admit"}' }, 3, 1, 'is it a gate?'],
  ['an answer to less', { status: 200, body: { ...ADMITTED, artifacts: [] } }, 3, 1, 'is it a gate?'],
  ['a word that nobody knows', { status: 200, body: { ...ADMITTED, decision: 'perhaps' } }, 3, 1, 'is it a gate?'],
  ['a word of an artifact that nobody knows', { status: 200, body: { ...ADMITTED, artifacts: [{ ...ARTIFACT, decision: 'ADMIT' }] } }, 3, 1, 'is it a gate?'],
  ['a message that acts on terminals', { status: 400, body: { code: 'X', message: 'a\u001b[2Jb' } }, 64, 1, 'a\\u001b[2Jb'],
])('%s', async (_, reply, code, times, text) => {
  const ended = await admit([reply]);
  expect([ended.code, ended.stdout, seen.length], ended.stderr).toEqual([code, '', times]);
  expect(ended.stderr).toContain(text);
});

test('the worse of what is said of the whole and of its parts counts', async () => {
  expect((await admit([{ status: 200, body: { ...ADMITTED, artifacts: [{ ...ARTIFACT, decision: 'deny' }] } }])).code).toBe(1);
  expect((await admit([{ status: 200, body: { ...ADMITTED, decision: 'undetermined' } }])).code).toBe(3);
  expect((await admit([{ status: 200, body: { ...ADMITTED, decision: 'warn' } }], ['--fail-on-warn'])).code).toBe(2);
  expect((await admit([{ status: 200, body: { ...ADMITTED, decision: 'warn' } }])).code).toBe(0);
});

test('a receipt that is signed in the background is waited for', async () => {
  const { receipt: _, ...pending } = { ...ADMITTED, receiptPending: true };
  const file = join(folder, 'receipt');
  const { code } = await admit([{ status: 200, body: pending }, { status: 200, body: pending }, { status: 200, body: ADMITTED }], ['--receipt', file]);
  expect([code, seen.map(({ url }) => url), existsSync(file)]).toEqual([0, ['/v1/admit', '/v1/decisions/one', '/v1/decisions/one'], true]);
});

test('of a large question the kept answer shows fewer artifacts: its receipt counts, and the artifacts are those of the first answer', async () => {
  const { receipt: _, ...pending } = { ...ADMITTED, receiptPending: true };
  const file = join(folder, 'receipt');
  const kept = { ...ADMITTED, artifacts: [], shortened: { artifacts: 1, failed: 0 } };
  const { code, stdout } = await admit([{ status: 200, body: pending }, { status: 200, body: kept }], ['--receipt', file]);
  expect([code, existsSync(file)]).toEqual([0, true]);
  const direct = await admit([{ status: 200, body: ADMITTED }], ['--receipt', file]);
  expect(stdout).toBe(direct.stdout);
});

test('a receipt that there is not is told, and the decision holds', async () => {
  const { receipt: _, ...without } = { ...ADMITTED, receiptMissing: 'there is no key' };
  const file = join(folder, 'receipt');
  const { code, stderr } = await admit([{ status: 200, body: without }], ['--receipt', file]);
  expect([code, existsSync(file)]).toEqual([0, false]);
  expect(stderr).toContain('no receipt: there is no key');
});

test('what is under way is shown where there is a terminal, and wiped before the report', async () => {
  const shown: string[] = [];
  const progress = (what: string) => {
    shown.push(what);
    return () => { shown.push('wiped'); };
  };
  const { stdout, stderr } = await admit([{ status: 200, body: ADMITTED }], [], undefined, progress);
  expect(shown).toEqual(['asking about 1 artifact', 'wiped']);
  expect(stdout + stderr).not.toContain('asking about');
});

test('a dry run is asked for as one', async () => {
  await admit([{ status: 200, body: ADMITTED }], ['--dry-run']);
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ dryRun: true });
});

test('more than one question holds is asked in several, and the worst counts', async () => {
  const lock = join(folder, 'go.sum');
  const hash = `h1:${Buffer.alloc(32).toString('base64')}`;
  writeFileSync(lock, Array.from({ length: 5001 }, (_, index) => `a.example/m${index} v1.0.0 ${hash}`).join('\n'));
  const answer = (count: number, decision: string): Reply => ({ status: 200, body: { ...ADMITTED, decision, artifacts: Array.from({ length: count }, () => ({ ...ARTIFACT, decision })) } });
  const { code, stdout } = await admit([answer(5000, 'admit'), answer(2, 'undetermined')], ['--lockfile', lock]);
  expect([code, seen.map(({ body }) => (JSON.parse(body) as { artifacts: unknown[] }).artifacts.length)]).toEqual([3, [5000, 2]]);
  expect(stdout).toContain('5002 artifacts: 5000 admitted, 0 with warnings, 0 denied, 2 undetermined');
  expect((await admit([answer(5000, 'admit')], ['--lockfile', lock, '--receipt', join(folder, 'receipt')])).code).toBe(64);
});
