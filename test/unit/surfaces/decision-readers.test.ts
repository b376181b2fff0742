import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKubeApi } from '../../../src/cluster/api.ts';
import { createAskRights } from '../../../src/cluster/token-rights.ts';
import type { CallerProof } from '../../../src/domain/decision/review.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { parseTokens } from '../../../src/platform/tokens.ts';
import { createActivity } from '../../../src/platform/decisions/activity.ts';
import { createDecisionRing } from '../../../src/platform/decisions/ring.ts';
import { tokenReaders } from '../../../src/surfaces/decisions/readers.ts';
import { decision } from '../explain/decisions.ts';
import { FakeKube } from '../platform/support/kube-server.ts';
import { serveDecisions } from './support.ts';
import type { TestDecisions } from './support.ts';

const RIGHTS = { audience: 'decisions.gatehouse.dev', verb: 'get', group: 'gatehouse.dev', resource: 'decisions' };
const of = (namespace: string, id: string) => decision([], { id, request: { ...decision([]).request, namespace } });

/** What the API server knows: tokens and whom they belong to, and who may read where (the empty namespace is all). */
const USERS: Readonly<Record<string, string>> = { 'token-of-all': 'admin', 'token-of-b': 'bob', 'token-of-nobody': 'eve' };
const MAY: Readonly<Record<string, readonly string[]>> = { admin: ['', 'team-a', 'team-b'], bob: ['team-b'] };

let kube: FakeKube;
let asked: Record<string, unknown>[];
let server: TestDecisions;
const FILE_TOKEN = randomBytes(24).toString('base64url');
const open: TestDecisions[] = [];

beforeAll(async () => { kube = await new FakeKube().start(); });
afterAll(() => kube.stop());
beforeEach(async () => {
  asked = [];
  kube.failWith = undefined;
  kube.posts.set('/apis/authentication.k8s.io/v1/tokenreviews', (body) => {
    asked.push(body);
    const { token, audiences } = body['spec'] as { token: string; audiences: string[] };
    const username = USERS[token];
    const status = username === undefined ? { authenticated: false } : { authenticated: true, audiences, user: { username, uid: 'u', groups: ['g'], extra: { k: ['v'] } } };
    return { status: 201, body: { kind: 'TokenReview', spec: body['spec'], status } };
  });
  kube.posts.set('/apis/authorization.k8s.io/v1/subjectaccessreviews', (body) => {
    asked.push(body);
    const { user, resourceAttributes } = body['spec'] as { user: string; resourceAttributes: { namespace: string } };
    return { status: 201, body: { kind: 'SubjectAccessReview', status: { allowed: MAY[user]?.includes(resourceAttributes.namespace) === true } } };
  });
  const api = createKubeApi({ server: `http://127.0.0.1:${kube.port}`, options: () => Promise.resolve({}) });
  server = await serve({ readers: tokenReaders({ tokens: () => parseTokens(FILE_TOKEN, 0), cluster: createAskRights(api, RIGHTS) }), tls: (await developmentCertificate()).options });
  server.ring.add(of('team-a', 'A1'));
  server.ring.add(of('team-b', 'B1'));
});
afterEach(async () => { for (const one of open.splice(0)) await one.app.close(); });

async function serve(over: Parameters<typeof serveDecisions>[0]): Promise<TestDecisions> {
  const made = await serveDecisions(over);
  open.push(made);
  return made;
}

const get = async (path: string, token?: string) => {
  const answer = await server.send('GET', path, { headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
  return { ...answer, ids: answer.status !== 200 ? [] : ((answer.json() as { items?: { id: string }[]; id?: string }).items?.map(({ id }) => id) ?? [(answer.json() as { id: string }).id]) };
};

describe('S8: decisions over TLS', () => {
  it.each<[string, string | undefined, string, number, readonly string[]]>([
    ['all, without a token', undefined, '/decisions', 401, []],
    ['one, without a token', undefined, '/decisions/A1', 401, []],
    ['all, with a token of nobody known', 'token-of-thief', '/decisions', 401, []],
    ['all, with a token of the file', FILE_TOKEN, '/decisions', 200, ['B1', 'A1']],
    ['all, by who may', 'token-of-all', '/decisions', 200, ['B1', 'A1']],
    ['one, by who may', 'token-of-all', '/decisions/A1', 200, ['A1']],
    ['all, by who may in one namespace', 'token-of-b', '/decisions', 403, []],
    ['those of its namespace', 'token-of-b', '/decisions?namespace=team-b', 200, ['B1']],
    ['one of its namespace', 'token-of-b', '/decisions/B1', 200, ['B1']],
    ['those of another namespace', 'token-of-b', '/decisions?namespace=team-a', 403, []],
    ['one of another namespace', 'token-of-b', '/decisions/A1', 403, []],
    ['one that is not there, by who may not read all', 'token-of-b', '/decisions/C1', 403, []],
    ['one that is not there, by who may read all', 'token-of-all', '/decisions/C1', 404, []],
    ['its namespace, by who may nowhere', 'token-of-nobody', '/decisions?namespace=team-b', 403, []],
    ['two namespaces at once', 'token-of-all', '/decisions?namespace=team-b&namespace=team-a', 400, []],
  ])('%s', async (_name, token, path, status, ids) => {
    const answer = await get(path, token);
    expect([answer.status, answer.ids]).toEqual([status, ids]);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
    // Nothing is told of what is there, and nothing of the token.
    if (status !== 200) expect(answer.text).not.toMatch(/team-|shop|token-of/);
  });

  it.each<[string, string | undefined, number]>([
    ['without a token', undefined, 401],
    ['by who may read one namespace', 'token-of-b', 403],
    ['by who may read all', 'token-of-all', 200],
    ['with a token of the file', FILE_TOKEN, 200],
  ])('activity of all policies, asked for %s', async (_name, token, status) => {
    const activity = createActivity({ replica: 'r', since: 1, isProven: () => true });
    server = await serve({ activity, readers: tokenReaders({ tokens: () => parseTokens(FILE_TOKEN, 0), cluster: createAskRights(createKubeApi({ server: `http://127.0.0.1:${kube.port}`, options: () => Promise.resolve({}) }), RIGHTS) }), tls: (await developmentCertificate()).options });
    const answer = await get('/activity', token);
    expect([answer.status, answer.status === 200 ? (answer.json() as { replica: string }).replica : answer.text.includes('"r"')]).toEqual([status, status === 200 ? 'r' : false]);
    expect((await get('/activity?namespace=team-b', 'token-of-b')).status).toBe(403);
  });

  it('what is refused looks the same whether it is there or not', async () => {
    const [there, not] = [await get('/decisions/A1', 'token-of-b'), await get('/decisions/C1', 'token-of-b')];
    expect([there.status, there.text]).toEqual([not.status, not.text]);
  });

  it('asks for a token of its own audience, and for exactly that right of exactly that user', async () => {
    await get('/decisions?namespace=team-b', 'token-of-b');
    expect(asked).toEqual([
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'token-of-b', audiences: ['decisions.gatehouse.dev'] } },
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'bob', uid: 'u', groups: ['g'], extra: { k: ['v'] }, resourceAttributes: { namespace: 'team-b', verb: 'get', group: 'gatehouse.dev', resource: 'decisions' } } },
    ]);
  });

  it.each<[string, (status: Record<string, unknown>) => unknown, number]>([
    ['for another audience', (status) => ({ ...status, audiences: ['https://kubernetes.default.svc'] }), 401],
    ['without a word about audiences', ({ audiences: _audiences, ...status }) => status, 401],
    ['that is not quite authenticated', (status) => ({ ...status, authenticated: 'true' }), 401],
    ['as it should be', (status) => status, 200],
  ])('a token %s', async (_name, edit, status) => {
    const review = kube.posts.get('/apis/authentication.k8s.io/v1/tokenreviews');
    kube.posts.set('/apis/authentication.k8s.io/v1/tokenreviews', (body) => {
      const answer = review?.(body) as { status: number; body: { status: Record<string, unknown> } };
      return { ...answer, body: { ...answer.body, status: edit(answer.body.status) } };
    });
    expect((await get('/decisions', 'token-of-all')).status).toBe(status);
  });

  it('shows nothing while the API server does not answer, and asks again once it does', async () => {
    kube.failWith = 500;
    const answer = await get('/decisions', 'token-of-all');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('token-of-all');
    kube.failWith = undefined;
    expect((await get('/decisions', 'token-of-all')).status).toBe(200);
    expect((await get('/decisions', FILE_TOKEN)).status).toBe(200);
  });

  it('asks once for many requests, and not for more than a few tokens at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => get('/decisions', 'token-of-all')));
    expect(asked).toHaveLength(2);
    const flood = await Promise.all(Array.from({ length: 40 }, (_, index) => get('/decisions', `token-of-flood-${index}`)));
    expect(flood.every(({ status }) => status === 401 || status === 503)).toBe(true);
  });
});

describe('S8: decisions without TLS', () => {
  const plain = (listen?: string) => serve(listen === undefined ? {} : { listen });

  it.each<[string, string, number]>([
    ['localhost', 'localhost', 200], ['localhost with a port', 'localhost:8080', 200], ['127.0.0.1', '127.0.0.1:8080', 200], ['::1', '[::1]:8080', 200],
    ['a name of a stranger that leads here', 'evil.example:8080', 403], ['a name that begins so', 'localhost.evil.example', 403],
  ])('are shown on this machine to who asks for %s', async (_name, host, status) => {
    const one = await plain();
    one.ring.add(of('team-a', 'A1'));
    const answer = await one.send('GET', '/decisions/A1', { headers: { host } });
    expect(answer.status).toBe(status);
    expect(answer.text.includes('team-a')).toBe(status === 200);
  });

  const outside = Object.values(networkInterfaces()).flat().find((one) => one !== undefined && !one.internal && one.family === 'IPv4')?.address;
  it.skipIf(outside === undefined)('are shown to nobody on an address that others reach, while probes and metrics are', async () => {
    const one = await plain('0.0.0.0');
    const there = { host: outside ?? '' };
    expect((await one.send('GET', '/decisions', { ...there, headers: { host: 'localhost' } })).status).toBe(403);
    expect((await one.send('GET', '/livez', there)).status).toBe(200);
    expect((await one.send('GET', '/metrics', there)).status).toBe(200);
    expect((await one.send('GET', '/decisions')).status).toBe(200);
  });
});

describe('S8: a flood pushes no denial out', () => {
  const from = (proof: CallerProof, namespace: string, outcome: 'deny' | 'admit', id: string, at = 0) =>
    decision([], { id, outcome, at, request: { ...decision([]).request, proof, namespace } });

  it.each<[string, CallerProof, 'deny' | 'admit', string, boolean]>([
    ['denials of callers who showed nothing', 'none', 'deny', 'team-b', true],
    ['admissions of callers who showed nothing', 'none', 'admit', 'team-b', true],
    ['denials of callers with a path token', 'pathToken', 'deny', 'team-b', true],
    ['admissions of proven callers', 'certificate', 'admit', 'team-b', true],
    ['denials of another namespace by proven callers', 'certificate', 'deny', 'team-a', true],
    ['denials of the same namespace by proven callers', 'certificate', 'deny', 'team-b', false],
  ])('%s', (_name, proof, outcome, namespace, kept) => {
    const ring = createDecisionRing(50);
    ring.add(from('certificate', 'team-b', 'deny', 'REAL'));
    for (let index = 0; index < 520; index += 1) ring.add(from(proof, namespace, outcome, `F${index}`, 1000 * index));
    expect(ring.find('REAL') !== undefined).toBe(kept);
    expect(ring.latest(1000).some(({ id }) => id === 'REAL')).toBe(kept);
    expect(ring.size).toBeLessThanOrEqual(101);
  });

  it('shares the room for denials among the namespaces that have any, whatever the order', () => {
    const ring = createDecisionRing(30);
    for (let index = 0; index < 100; index += 1) ring.add(from('token', 'loud', 'deny', `L${index}`));
    for (const quiet of ['q1', 'q2', 'q3', 'q4']) for (let index = 0; index < 5; index += 1) ring.add(from('token', quiet, 'deny', `${quiet}-${index}`));
    for (let index = 0; index < 100; index += 1) ring.add(from('certificate', 'loud', 'deny', `M${index}`));
    const kept = ring.latest(1000).map(({ request }) => request.namespace);
    for (const quiet of ['q1', 'q2', 'q3', 'q4']) expect(kept.filter((namespace) => namespace === quiet)).toHaveLength(5);
    expect(kept.filter((namespace) => namespace === 'loud')).toHaveLength(10);
    expect(ring.size).toBe(30);
  });
});
