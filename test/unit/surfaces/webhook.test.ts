import { Agent, request } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import type { Admit, SurfaceDeps } from '../../../src/surfaces/http/deps.ts';
import { admission, podReview, raw, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';
import { timed, until } from '../../support/patience.ts';

const admitAll: Admit = (review) => Promise.resolve(admission(review));
const running: TestServer[] = [];
afterEach(async () => { for (const server of running.splice(0)) { server.app.server.closeAllConnections(); await server.app.close(); } });

async function serve(admit: Admit = admitAll, over: Partial<SurfaceDeps> = {}): Promise<TestServer> {
  const server = await serveSurfaces(admit, over);
  running.push(server);
  return server;
}

describe('POST /validate', () => {
  it.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])('H20 echoes uid and version %s', async (apiVersion) => {
    const { post } = await serve();
    const uid = 'ünïcode-✓-"quoted"';
    const answer = await post({ ...podReview({}, uid), apiVersion });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ apiVersion, kind: 'AdmissionReview', response: { uid, allowed: true } });
  });

  it.each([
    ['not JSON', '{', 'INPUT_JSON_INVALID'],
    ['an empty body', '', 'INPUT_JSON_INVALID'],
    ['another version', JSON.stringify({ ...podReview(), apiVersion: 'admission.k8s.io/v2' }), 'INPUT_NOT_A_REVIEW'],
    ['no uid', JSON.stringify(podReview({ uid: '' })), 'INPUT_UID_MISSING'],
    ['a uid of 100 KB', JSON.stringify(podReview({ uid: 'u'.repeat(40_000) })), 'INPUT_UID_MISSING'],
    ['a duplicate key', '{"kind":"AdmissionReview","kind":"AdmissionReview"}', 'INPUT_KEY_DUPLICATE'],
    ['a key __proto__', '{"__proto__":{"kind":"AdmissionReview"}}', 'INPUT_KEY_FORBIDDEN'],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'INPUT_TOO_DEEP'],
  ])('answers 400 to %s', async (_name, body, code) => {
    const { post } = await serve();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code, message: expect.any(String) });
  });

  it.each([
    ['400,000 keys', `{${Array.from({ length: 400_000 }, (_, index) => `"k${index}":1`).join()}}`],
    ['2,000,000 lists', `[${'[],'.repeat(2_000_000)}1]`],
  ])('answers 400 to %s before they keep it busy', async (_name, body) => {
    const { post } = await serve(undefined, { limits: { bodyBytes: 8 * 1024 * 1024 } });
    const answer = await post(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { code: 'INPUT_TOO_MANY_PARTS' }]);
  });

  it.each([['announced', {}], ['in chunks', { 'transfer-encoding': 'chunked' }]])('answers 413 to a body over the limit, %s', async (_name, headers) => {
    const { post } = await serve();
    const answer = await post(podReview({ object: { padding: 'x'.repeat(70_000) } }), { headers });
    expect(answer.status).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'INPUT_TOO_LARGE' });
  });

  it.each([
    ['application/json', 200], ['APPLICATION/JSON', 200], ['application/json; charset=utf-8', 200], ['application/json;charset=UTF-8', 200], [' application/json', 200],
    ['application/json\t;x', 415], ['application/json;', 415], ['application/json ;', 415], ['application/json; charset=utf-16', 415], ['text/plain', 415], ['application/jsonp', 415],
    ['application/json, text/plain', 415], ['text/json; application/json', 415], ['', 415],
  ])('L01 content type %j gives %i', async (type, status) => {
    let asked = 0;
    const { post } = await serve((review) => { asked += 1; return admitAll(review, { deadline: 0, signal: new AbortController().signal }); });
    const answer = await post(podReview(), { headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    expect(asked).toBe(status === 200 ? 1 : 0);
  });

  it('L01 no content type, or a compressed body, is refused', async () => {
    const { send, post } = await serve();
    expect((await send('POST', '/validate', { body: JSON.stringify(podReview()) })).status).toBe(415);
    expect((await post(podReview(), { headers: { 'content-encoding': 'gzip' } })).status).toBe(415);
  });

  it('L03 a thousand odd content types leave it running', async () => {
    const { post } = await serve();
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 20 });
    const odd = Array.from({ length: 1000 }, (_, i) => `${'/;=,"\\ \t()'[i % 10]}${String.fromCharCode(33 + (i % 90))}/${i}`);
    const answers = await Promise.all(odd.map((type) => post('{}', { headers: { 'content-type': type }, agent })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([415]));
    expect((await post(podReview())).status).toBe(200);
    agent.destroy();
  });

  it('L02 forwarded headers change nothing', async () => {
    let user = '';
    const { post } = await serve((review) => { user = review.user.username; return Promise.resolve(admission(review)); });
    const answer = await post(podReview(), { headers: { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-host': 'evil', 'x-forwarded-proto': 'http', 'x-remote-user': 'root' } });
    expect(answer.status).toBe(200);
    expect(user).toBe('alice');
    expect(JSON.stringify(answer.headers)).not.toContain('evil');
  });

  it.each([
    ['two content lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['length and transfer encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['an obscured transfer encoding', 'Transfer-Encoding: xchunked\r\n'],
    ['a bare line feed in a header', 'X: a\nContent-Length: 5\r\n'],
  ])('L04 refuses %s', async (_name, headers) => {
    const { port } = await serve();
    const answer = await raw(port, `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).not.toContain('"response"');
  });

  it.each([
    '/validate/', '//validate', '/validate/../metrics', '/metrics', '/livez', '/VALIDATE', '/%76alidate', '/validate%2f', '/validate;x', '/validat', '/', '/imagereview/', '/validate//', '/./validate', '/validate%00', '/%', '/decisions/',
  ])('L05 POST %s never gives a decision', async (path) => {
    const { post, recorded } = await serve();
    const answer = await post(podReview(), { path });
    expect([404, 405]).toContain(answer.status);
    if (answer.status === 404 && !path.startsWith('/decisions')) expect(answer.json()).toMatchObject({ code: 'INPUT_PATH_UNKNOWN', message: expect.stringContaining('POST /validate') as string });
    expect(recorded).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE'])('L05 %s /validate is not allowed, and says what is', async (method) => {
    const { send } = await serve();
    const answer = await send(method, '/validate');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['throws', () => { throw new TypeError('boom'); }],
    ['rejects with nothing', () => Promise.reject(undefined)],
    ['decides something that cannot be written', (review: never) => Promise.resolve({ ...admission(review), findings: undefined } as never)],
  ])('L07 denies with ENGINE_FAULT when the engine %s, and stays alive', async (_name, admit) => {
    const { post, faults, recorded } = await serve(admit as unknown as Admit);
    const answer = await post(podReview({}, 'the-uid'));
    expect(answer.status).toBe(200);
    expect(answer.json().response).toMatchObject({ uid: 'the-uid', allowed: false, status: { code: 503 } });
    expect(answer.text).toContain('ENGINE_FAULT');
    expect(answer.text).not.toContain('boom');
    expect(faults).toHaveLength(1);
    expect(recorded.length).toBeLessThan(2);
    expect((await post(podReview())).status).toBe(200);
  });

  it('H23 a caller that leaves aborts the work within 100 ms', async () => {
    let aborted = false;
    let started = (): void => undefined;
    const begun = new Promise<void>((done) => { started = done; });
    const { port, deps } = await serve((review, { signal }) => new Promise((resolve) => {
      started();
      signal.addEventListener('abort', () => { aborted = true; resolve(admission(review)); });
    }));
    const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/validate', headers: { 'content-type': 'application/json' }, rejectUnauthorized: false, agent: false });
    call.on('error', () => undefined);
    call.end(JSON.stringify(podReview()));
    await begun;
    call.destroy();
    const { ms } = await timed(() => until(() => aborted));
    expect(ms).toBeLessThan(100);
    await expect.poll(() => deps.load).toEqual({ inFlight: 0, bufferedBytes: 0 });
  });

  it('H23 a caller that waits is not taken for one that left', async () => {
    let signal: AbortSignal | undefined;
    const { post } = await serve((review, budget) => { signal = budget.signal; return Promise.resolve(admission(review)); });
    await post(podReview());
    await new Promise((done) => setTimeout(done, 20));
    expect(signal?.aborted).toBe(false);
  });

  it.each([['?timeout=5s', 4000], ['?timeout=30s', 29_000], ['?timeout=1h', 29_000], ['?timeout=1s', 500], ['', 9000], ['?timeout=nonsense', 9000], ['?timeout=1s&timeout=2s', 9000]])('leaves time to answer: %s', async (query, expected) => {
    let time = 0;
    const now = Date.now();
    const { post } = await serve((review, { deadline }) => { time = deadline - now; return Promise.resolve(admission(review)); }, { clock: { now: () => now } });
    await post(podReview(), { path: `/validate${query}` });
    expect(time).toBe(expected);
  });

  it('closes connections politely while draining', async () => {
    const draining = { now: false };
    const { post } = await serve(admitAll, { draining: () => draining.now });
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    expect((await post(podReview(), { agent })).headers.connection).toBe('keep-alive');
    draining.now = true;
    expect((await post(podReview(), { agent })).headers.connection).toBe('close');
    agent.destroy();
  });
});

describe('POST /imagereview', () => {
  it('answers in its own kind', async () => {
    const { post } = await serve();
    const body = { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: { namespace: 'team', containers: [{ image: 'ghcr.io/acme/app:1' }] } };
    const answer = await post(body, { path: '/imagereview' });
    expect(answer.json()).toMatchObject({ apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', status: { allowed: true } });
    expect((await post(podReview(), { path: '/imagereview' })).status).toBe(400);
  });
});
