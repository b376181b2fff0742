import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { objectReview, podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';
import { timed } from '../support/patience.ts';

/** DESIGN §8 "Answers", as somebody tests it who knows nothing but the contract: over HTTPS, with a real image. */

const world = createWorld({ now: Date.now() });
const alice = world.key();
const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
let registry: TestRegistry;
let server: TestServer;
let signed = '';
let unsigned = '';

beforeAll(async () => {
  registry = await startRegistry();
  const [good, bare] = [makeImage(), makeImage()];
  await push(registry, 'acme/app', good);
  await push(registry, 'acme/app', bare);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: alice })));
  [signed, unsigned] = [`${registry.host}/acme/app@${good.digest}`, `${registry.host}/acme/app@${bare.digest}`];
  const policies = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
    + document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['alice'] } }] });
  server = await startTestServer({ 'policies.yaml': policies }, { plainHttp: [registry.host], 'limits.bodyBytes': '64KiB' });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

const text = (change: (review: Record<string, never>) => void = () => undefined): string => {
  const review = JSON.parse(JSON.stringify(podReview({ images: [signed] }))) as Record<string, never>;
  change(review);
  return JSON.stringify(review);
};
/** After whatever was sent, the next good request is answered as if nothing had happened. */
const stillServes = async (): Promise<void> => expect((await server.validate(podReview({ images: [signed] }))).allowed).toBe(true);

describe('an envelope that cannot be read is refused with {code, message}', () => {
  test.each<[string, () => string | Buffer, number, string]>([
    ['nothing', () => '', 400, 'INPUT_JSON_INVALID'],
    ['half a document', () => text().slice(0, -3), 400, 'INPUT_JSON_INVALID'],
    ['two documents', () => text() + text(), 400, 'INPUT_JSON_INVALID'],
    ['bytes that are not UTF-8', () => Buffer.concat([Buffer.from(text().slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]), 400, 'INPUT_JSON_INVALID'],
    ['a list', () => '[]', 400, 'INPUT_NOT_A_REVIEW'],
    ['another kind', () => text((review) => Object.assign(review, { kind: 'Pod' })), 400, 'INPUT_NOT_A_REVIEW'],
    ['a version to come', () => text((review) => Object.assign(review, { apiVersion: 'admission.k8s.io/v2' })), 400, 'INPUT_NOT_A_REVIEW'],
    ['no request', () => text((review) => Object.assign(review, { request: null })), 400, 'INPUT_NOT_A_REVIEW'],
    ['no uid', () => text((review) => { delete review['request']?.['uid']; }), 400, 'INPUT_UID_MISSING'],
    ['an empty uid', () => text((review) => Object.assign(review['request'] as never, { uid: '' })), 400, 'INPUT_UID_MISSING'],
    ['a key twice at the top', () => text().replace('{', '{"kind":"AdmissionReview",'), 400, 'INPUT_KEY_DUPLICATE'],
    ['a key twice deep inside', () => text().replace('"image":', '"image":"other","image":'), 400, 'INPUT_KEY_DUPLICATE'],
    ['a key twice, once with an escape', () => text().replace('"image":', '"im\\u0061ge":"other","image":'), 400, 'INPUT_KEY_DUPLICATE'],
    ['a key __proto__', () => text().replace('"image":', '"__proto__":{"image":"x"},"image":'), 400, 'INPUT_KEY_FORBIDDEN'],
    ['a key __proto__ with an escape', () => text().replace('"image":', '"__prot\\u006f__":{},"image":'), 400, 'INPUT_KEY_FORBIDDEN'],
    ['20,000 levels', () => text().replace('"containers":', `"x":${'['.repeat(20_000)}${']'.repeat(20_000)},"containers":`), 400, 'INPUT_TOO_DEEP'],
  ])('%s', async (_name, body, status, code) => {
    const answer = await server.post('/validate', body());
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { code, message: expect.stringMatching(/\S/) as string, fix: expect.stringMatching(/\S/) as string }]);
    await stillServes();
  });

  test('another content type', async () => {
    const answer = await server.post('/validate', text(), { 'content-type': 'application/yaml' });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([415, { code: 'INPUT_CONTENT_TYPE' }]);
  });

  test.each([
    ['announced', `Content-Length: ${40 * 32_768}`],
    ['in chunks', 'Transfer-Encoding: chunked'],
  ])('a body over the limit, %s, gets its 413 and is heard to its end', async (_name, header) => {
    const { heard, written } = await sendPieces(40, 32_768, header, 5);
    expect(heard).toMatch(/^HTTP\/1\.1 413 [^]*\{"code":"INPUT_TOO_LARGE",/);
    expect(written).toBe(40);
    await stillServes();
  });

  test.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nZZ\r\n'],
    ['headers of 20 KB', `X: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['less body than announced', 'Content-Length: 20\r\n\r\n{}'],
  ])('a request with %s', async (_name, rest) => {
    const heard = await sendRaw(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
    expect(heard).toMatch(/^HTTP\/1\.1 4\d\d [^]*\r\n\r\n\{"code":"INPUT_NOT_A_REVIEW","message":"[^"]+"\}$/);
    await stillServes();
  });

  test('whoever never stops sending is cut off', async () => {
    const { heard, written } = await sendPieces(10_000, 65_536, 'Transfer-Encoding: chunked', 0);
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
    expect(written).toBeLessThan(10_000);
    await stillServes();
  });
});

describe('keys and values that look odd and are none of our business', () => {
  test.each<[string, (body: string) => string]>([
    ['labels called constructor, prototype and toString', (body) => body.replace('"metadata":{', '"metadata":{"labels":{"constructor":"a","prototype":"b","toString":"c"},')],
    ['numbers beyond every range', (body) => body.replace('"containers":', '"x":1e400,"y":123456789012345678901234567890,"containers":')],
    ['half a surrogate pair', (body) => body.replace('"containers":', '"x":"\\ud800","containers":')],
    ['white space around the document', (body) => `\r\n\t ${body}\n`],
    ['300 levels', (body) => body.replace('"containers":', `"x":${'['.repeat(300)}${']'.repeat(300)},"containers":`)],
  ])('%s', async (_name, change) => {
    const answer = await server.post('/validate', change(text()));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ response: { allowed: true } });
  });
});

describe('what an answer says', () => {
  test.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])('%s is answered in kind, with the uid of the request', async (apiVersion) => {
    const answer = await server.post('/validate', text((review) => Object.assign(Object.assign(review, { apiVersion })['request'] as never, { uid: 'ü/1' })));
    expect(JSON.parse(answer.text)).toMatchObject({ apiVersion, kind: 'AdmissionReview', response: { uid: 'ü/1', allowed: true } });
  });

  test('six audit annotations, whatever the decision', async () => {
    const [good, bad] = await Promise.all([server.validate(podReview({ images: [signed] })), server.validate(podReview({ images: [signed, unsigned] }))]);
    for (const { auditAnnotations } of [good, bad]) expect(Object.keys(auditAnnotations).sort()).toEqual(['artifacts', 'decision', 'decision-id', 'policies', 'reasons', 'verdict']);
    expect(good.auditAnnotations).toMatchObject({ decision: 'admit', verdict: 'satisfied', reasons: 'POLICY_SATISFIED', policies: 'acme', artifacts: `spec.containers[0].image=${signed}` });
    expect(bad.auditAnnotations).toMatchObject({ decision: 'deny', verdict: 'violated', reasons: 'FETCH_NONE_FOUND,POLICY_SATISFIED', artifacts: `spec.containers[0].image=${signed},spec.containers[1].image=${unsigned}` });
    expect(bad.status?.message).not.toContain(bad.auditAnnotations['decision-id']);
  });

  test.each([
    ['violated, a workload', () => podReview({ images: [unsigned] }), 403, 'Forbidden'],
    ['violated, tekton.dev', () => objectReview({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun' }, 'taskruns', {}), 400, 'BadRequest'],
    ['violated, resolution.tekton.dev', () => objectReview({ apiVersion: 'resolution.tekton.dev/v1beta1', kind: 'ResolutionRequest' }, 'resolutionrequests', {}), 400, 'BadRequest'],
  ])('%s: the code of its status', async (_name, review, code, reason) => {
    const sent = JSON.parse(JSON.stringify(review())) as { request: { object: unknown; kind: { group: string } } };
    if (sent.request.kind.group !== '') sent.request.object = null;
    expect(await server.validate(sent)).toMatchObject({ allowed: false, status: { code, reason } });
  });

  test('only undetermined: 503, and the registry is named', async () => {
    const off = registry.fault({ path: /\/acme\/gone\//, behaviour: { kind: 'status', status: 500 } });
    const answer = await server.validate(podReview({ images: [unsigned.replace('/app@', '/gone@'), signed] }));
    off();
    expect(answer).toMatchObject({ allowed: false, status: { code: 503 }, auditAnnotations: { verdict: 'undetermined' } });
    expect(answer.status?.message).toMatch(/could not verify, retry/);
    expect(answer.status?.message).toContain(`registry ${registry.host}`);
    // With a violation beside it, the violation decides.
    const both = await server.validate(podReview({ images: [unsigned.replace('/app@', '/gone2@'), unsigned] }));
    expect(both.status?.code).toBe(403);
  });

  test('warnings have at most 120 characters, however long the names are', async () => {
    const long = `${registry.host}/${'a'.repeat(100)}/${'b'.repeat(100)}:${'c'.repeat(100)}`;
    const lenient = await startTestServer({ 'none.yaml': '' }, { unmatched: 'warn', allowNoPolicies: true, plainHttp: [registry.host] });
    const answer = await lenient.validate(podReview({ images: [long, signed], namespace: 'n'.repeat(60) }));
    await lenient.close();
    expect(answer.allowed).toBe(true);
    expect(answer.warnings).toHaveLength(2);
    for (const warning of answer.warnings ?? []) expect([...warning].length).toBeLessThanOrEqual(120);
    expect(codes(answer)).toEqual(['SELECT_NO_POLICY']);
  });
});

describe('?timeout= is kept, a second early', () => {
  test.each([
    ['?timeout=2s', 800, 1500],
    ['?timeout=1s', 200, 900],
    ['?timeout=500ms', 100, 450],
  ])('%s', async (query, least, most) => {
    const off = registry.fault({ path: /\/acme\/hangs\//, behaviour: { kind: 'hang' } });
    // Known, so that it is decided from memory however little time there is.
    expect((await server.validate(podReview({ images: [signed] }))).allowed).toBe(true);
    const began = performance.now();
    const { value: answer, ms } = await timed(() => server.validate(podReview({ images: [signed, unsigned.replace('/app@', '/hangs@')] }), query));
    const took = performance.now() - began;
    off();
    expect(answer).toMatchObject({ allowed: false, status: { code: 503 } });
    expect(codes(answer)).toEqual(['ENGINE_DEADLINE', 'POLICY_SATISFIED']);
    expect(took).toBeGreaterThan(least);
    expect(ms).toBeLessThan(most);
  });

  test.each(['?timeout=soon', '?timeout=', '?timeout=-1s', '?timeout=0s', '?timeout=10s&timeout=1s', '?timeout=99999h', '?other=%zz', ''])('%s is no reason to refuse', async (query) => {
    expect((await server.validate(podReview({ images: [signed] }), query)).allowed).toBe(true);
  });
});

/** Sends a body in pieces until all are written or the connection ends; gives what was heard, and how many were written. */
function sendPieces(pieces: number, size: number, header: string, pauseMs: number): Promise<{ readonly heard: string; readonly written: number }> {
  return new Promise((resolve) => {
    const piece = header.includes('chunked') ? `${size.toString(16)}\r\n${' '.repeat(size)}\r\n` : ' '.repeat(size);
    const socket = connect({ host: '127.0.0.1', port: server.running.port, rejectUnauthorized: false });
    let [heard, written] = ['', 0];
    const next = (): void => {
      if (written === pieces) socket.end(header.includes('chunked') ? '0\r\n\r\n' : '');
      else if (socket.writable) socket.write(piece, (error) => { if (!error) { written += 1; setTimeout(next, pauseMs); } });
    };
    socket.on('secureConnect', () => { socket.write(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n`); next(); });
    socket.on('data', (chunk) => { heard += String(chunk); });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ heard, written }));
  });
}

/** Sends text, ends the sending side, and gives what was heard until the connection closed. */
function sendRaw(message: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.running.port, rejectUnauthorized: false }, () => socket.end(message));
    let heard = '';
    socket.on('data', (chunk) => { heard += String(chunk); });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}
