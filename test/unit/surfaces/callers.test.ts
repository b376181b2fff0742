import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../../src/main.ts';
import type { RunningServer } from '../../../src/main.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { until } from '../../support/patience.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { createWorld } from '../../world/world.ts';
import { openAuthority, writeCertificate } from '../platform/support/certificates.ts';
import { FakeKube } from '../platform/support/kube-server.ts';
import { podReview } from './support.ts';

const world = createWorld({ now: Date.now() });
const signer = world.key();
const image = makeImage();
const authority = openAuthority();
const apiServer = authority.issue();
const [PATH_TOKEN, BEARER, OLD] = [token(), token(), token()];
let registry: TestRegistry;
let kube: FakeKube;
let folder: string;
let running: RunningServer | undefined;
let lines: string[] = [];

function token(): string {
  return randomBytes(24).toString('base64url');
}

const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-callers-'));
  registry = await startRegistry({ auth: { kind: 'basic', users: { alice: { password: 'wonder' } } } });
  await push(registry, 'team/app', image, ['v1']);
  await pushReferrer(registry, 'team/app', bundleReferrer(image, keyBundle(world, { digest: image.digest, key: signer })), { fallbackTag: true });
  kube = await new FakeKube().start(0, await developmentCertificate());
  const config = JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from('alice:wonder').toString('base64') } } });
  kube.objects.set('/api/v1/namespaces/team-b/serviceaccounts/default', { status: 200, body: { imagePullSecrets: [{ name: 'registry' }] } });
  kube.objects.set('/api/v1/namespaces/team-b/secrets/registry', { status: 200, body: { data: { '.dockerconfigjson': Buffer.from(config).toString('base64') } } });
  kube.namespaces.set('team-b', {});
  await writeCertificate({ cert: at('tls.crt'), key: at('tls.key') });
  writeFileSync(at('client-ca.crt'), authority.ca);
  writeFileSync(at('kubeconfig'), `apiVersion: v1\nkind: Config\ncurrent-context: t\nclusters: [{name: t, cluster: {server: "https://127.0.0.1:${kube.port}", insecure-skip-tls-verify: true}}]\nusers: [{name: t, user: {}}]\ncontexts: [{name: t, context: {cluster: t, user: t}}]\n`);
  writeFileSync(at('policy.yaml'), [
    { kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: signer.publicKeyPem } }] } },
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'team' }, spec: { artifacts: [{ image: `${registry.host}/team/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] } },
  ].map((document) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...document })).join('\n---\n'));
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});
afterAll(async () => {
  await registry.close();
  await kube.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Config = Readonly<Record<string, unknown>>;

async function start(config: Config): Promise<RunningServer> {
  lines = [];
  const base = { host: '127.0.0.1', port: 0, opsPort: 0, drain: '0s', workers: 1, plainHttp: [registry.host], policies: [at('policy.yaml')], kubernetes: { enabled: true, kubeconfig: at('kubeconfig') }, decisions: { enabled: true } };
  const checked = checkConfig('{}', '', { ...base, tls: { cert: at('tls.crt'), key: at('tls.key') }, ...config });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const logStream = new Writable({ write: (chunk, _encoding, done) => { lines.push(String(chunk)); done(); } });
  running = await startServer(checked.config, { logStream, pollMs: 50, anyOpsPort: true });
  return running;
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly client?: { cert: string; key: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly reference?: string;
  readonly dryRun?: boolean;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly allowed: boolean | undefined;
  readonly codes: readonly string[];
}

function send(server: RunningServer, { path = '/validate', method = 'POST', client, headers = {}, reference = `${registry.host}/team/app@${image.digest}`, dryRun = false }: Sent = {}): Promise<Answer> {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'team-b' }, spec: { containers: [{ name: 'c', image: reference }] } };
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ host: '127.0.0.1', port: server.port, method, path, rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json', ...headers }, ...client }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => {
        const { response: said } = JSON.parse(text || '{}') as { response?: { allowed: boolean; auditAnnotations: Record<string, string> } };
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers, allowed: said?.allowed, codes: (said?.auditAnnotations['reasons'] ?? '').split(',').filter(Boolean) });
      });
    });
    call.on('error', reject);
    call.end(method === 'POST' ? JSON.stringify(podReview({ namespace: 'team-b', object, dryRun })) : undefined);
  });
}

const proofs = (): readonly string[] => lines.map((line) => JSON.parse(line) as { msg: string; proof?: string }).filter(({ msg }) => msg === 'decision').map(({ proof }) => proof ?? '');
const secretsRead = (): readonly string[] => kube.requests.filter((path) => path.includes('/secrets/'));
const clientCA = (): Config => ({ cert: at('tls.crt'), key: at('tls.key'), clientCA: at('client-ca.crt') });

describe('S7: whose pull secrets are used', () => {
  it('a caller with the API server\'s certificate has those of the namespace used, and nobody else has, not even from memory', async () => {
    const server = await start({ tls: clientCA() });
    expect(await send(server)).toMatchObject({ status: 200, allowed: false, codes: ['FETCH_UNAUTHORIZED'] });
    expect(secretsRead()).toEqual([]);
    // Three times, so that it is remembered wherever it can be.
    for (let times = 0; times < 3; times += 1) expect(await send(server, { client: apiServer })).toMatchObject({ allowed: true });
    expect(secretsRead()).toEqual(['/api/v1/namespaces/team-b/secrets/registry']);
    registry.clearLog();
    kube.requests.length = 0;
    for (const dryRun of [false, true]) {
      const tags = [];
      for (const reference of [`${registry.host}/team/app:v1`, `${registry.host}/team/app:v3`, `${registry.host}/team/app@${image.digest}`]) {
        const answer = await send(server, { reference, dryRun });
        expect(answer).toMatchObject({ status: 200, allowed: false });
        tags.push(answer.text.replaceAll(reference, 'REF').replaceAll(/"uid":"[^"]*"|[0-9A-HJKMNP-TV-Z]{26}|reference [0-9a-f]{10}/g, ''));
        if (!reference.includes('@')) expect(answer.text).not.toContain(image.digest.slice(7, 30));
      }
      // A tag that is there and one that is not look alike.
      expect(tags[0]).toBe(tags[1]);
    }
    expect(kube.requests.filter((path) => path.includes('/team-b/'))).toEqual([]);
    expect(registry.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
    expect(await send(server, { client: apiServer })).toMatchObject({ allowed: true });
  });

  it.each<[string, () => Config, () => Sent, boolean, string]>([
    ['a bearer token', () => ({}), () => ({ headers: { authorization: `Bearer ${BEARER}` } }), true, 'token'],
    ['a wrong bearer token', () => ({}), () => ({ headers: { authorization: `Bearer ${token()}` } }), false, 'none'],
    ['a path token as a bearer token', () => ({}), () => ({ headers: { authorization: `Bearer ${PATH_TOKEN}` } }), false, 'none'],
    ['a path token', () => ({}), () => ({ path: `/validate/${PATH_TOKEN}?timeout=30s` }), false, 'pathToken'],
    ['a path token where that is enough', () => ({ pullSecretsByPathToken: true }), () => ({ path: `/validate/${PATH_TOKEN}` }), true, 'pathToken'],
    ['nothing where a path token is enough', () => ({ pullSecretsByPathToken: true }), () => ({}), false, 'none'],
    ['a certificate beside a path token', () => ({}), () => ({ path: `/validate/${PATH_TOKEN}`, client: apiServer }), true, 'certificate'],
  ])('%s', async (_name, callers, sent, allowed, proof) => {
    writeFileSync(at('path-tokens'), `${PATH_TOKEN}\n`);
    writeFileSync(at('bearer-tokens'), `${BEARER}\n`);
    const server = await start({ tls: clientCA(), callers: { pathTokens: at('path-tokens'), bearerTokens: at('bearer-tokens'), ...callers() } });
    const answer = await send(server, sent());
    expect([answer.allowed, answer.codes]).toEqual([allowed, [allowed ? 'POLICY_SATISFIED' : 'FETCH_UNAUTHORIZED']]);
    expect(proofs()).toEqual([proof]);
  });
});

describe('S7: the image policy plug-in', () => {
  it.each<[string, () => { client?: { cert: string; key: string }; headers?: Record<string, string> }, string]>([
    ['the token of its kubeconfig', () => ({ headers: { authorization: `Bearer ${BEARER}` } }), 'token'],
    ['the certificate of its kubeconfig', () => ({ client: apiServer }), 'certificate'],
    ['another token', () => ({ headers: { authorization: `Bearer ${token()}` } }), 'none'],
    ['the token with other words', () => ({ headers: { authorization: `Basic ${BEARER}` } }), 'none'],
    ['nothing', () => ({}), 'none'],
  ])('shows itself by %s', async (_name, sent, proof) => {
    writeFileSync(at('bearer-tokens'), `# of the API server\n${BEARER}\n`);
    const server = await start({ tls: clientCA(), callers: { bearerTokens: at('bearer-tokens') } });
    const { client, headers } = sent();
    const body = JSON.stringify({ apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: { namespace: 'team-b', containers: [{ image: `${registry.host}/team/app@${image.digest}` }] } });
    const text = await new Promise<string>((resolve, reject) => {
      const call = httpsRequest({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/imagereview', rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/json', ...headers }, ...client }, (response) => {
        let said = '';
        response.on('data', (chunk) => { said += String(chunk); }).on('end', () => resolve(said));
      });
      call.on('error', reject);
      call.end(body);
    });
    expect((JSON.parse(text) as { status: { allowed: boolean } }).status.allowed).toBe(proof !== 'none');
    expect(proofs()).toEqual([proof]);
    expect(lines.join('')).not.toContain(BEARER);
  });
});

describe('S7: a token in the path', () => {
  const swapped = PATH_TOKEN.replace(/[a-z]/, (letter) => letter.toUpperCase());
  const encoded = `%${PATH_TOKEN.charCodeAt(0).toString(16)}${PATH_TOKEN.slice(1)}`;

  it('counts as it was sent and in no other way; whatever else stands there is a path that there is not', async () => {
    writeFileSync(at('path-tokens'), `${PATH_TOKEN} 2026-11-24T10:00:00Z\n${OLD}\n`);
    const server = await start({ callers: { pathTokens: at('path-tokens') } });
    const nothing = (await send(server, { path: '/nothing' })).text;
    for (const path of [`/validate/${PATH_TOKEN}`, `/validate/${OLD}`, `/validate/${PATH_TOKEN}?timeout=10s`]) expect((await send(server, { path })).status).toBe(200);
    expect(proofs()).toEqual(['pathToken', 'pathToken', 'pathToken']);
    const wrong = [
      `/validate/${token()}`, `/validate/${swapped}`, `/validate/${encoded}`, `/validate/${PATH_TOKEN}/`, `/validate/${PATH_TOKEN}/x`, `/validate//${PATH_TOKEN}`,
      `/validate/${PATH_TOKEN.slice(0, -1)}`, `/validate/${PATH_TOKEN}A`, `/validate/${PATH_TOKEN}%20`, `/validate/${PATH_TOKEN};x`, `/validate/${PATH_TOKEN} x`.replace(' ', '%20'),
      `/VALIDATE/${PATH_TOKEN}`, `/imagereview/${PATH_TOKEN}`, `/validate/${'a'.repeat(200)}`, '/validate/', '/validate/%', '/validate/__proto__', `/validate/${PATH_TOKEN},${OLD}`,
    ];
    for (const path of wrong) {
      const answer = await send(server, { path });
      expect([path, answer.status, answer.text]).toEqual([path, 404, nothing]);
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await send(server, { path: `/validate/${PATH_TOKEN}`, method });
      expect([answer.status, answer.text, answer.headers['allow']]).toEqual([404, nothing, undefined]);
    }
    expect(nothing).not.toContain(':token');

    // Rotated out, the old one is dead; the new one is not touched.
    writeFileSync(at('path-tokens'), `${PATH_TOKEN}\n`);
    await until(async () => (await send(server, { path: `/validate/${OLD}` })).status === 404);
    expect((await send(server, { path: `/validate/${PATH_TOKEN}` })).status).toBe(200);

    // A broken file changes nothing; one that is taken away ends all of them.
    writeFileSync(at('path-tokens'), `${PATH_TOKEN}\n${OLD} yesterday\n`);
    await until(() => Promise.resolve(lines.some((line) => line.includes('new path-tokens refused'))));
    expect((await send(server, { path: `/validate/${PATH_TOKEN}` })).status).toBe(200);
    expect((await send(server, { path: `/validate/${OLD}` })).status).toBe(404);
    rmSync(at('path-tokens'));
    await until(async () => (await send(server, { path: `/validate/${PATH_TOKEN}` })).status === 404);

    const ops = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${server.opsPort}${path}`)).text();
    writeFileSync(at('path-tokens'), `${PATH_TOKEN} 2026-01-01T00:00:00Z\n${OLD}\n`);
    await until(async () => (await send(server, { path: `/validate/${OLD}` })).status === 200);
    const metrics = await ops('/metrics');
    expect(metrics).toMatch(/gatehouse_path_token_age_seconds\{place="newest",fingerprint="[0-9a-f]{8}"\} \d+/);
    const told = [lines.join(''), metrics, await ops('/decisions'), await ops('/readyz'), await ops('/nothing'), await ops(`/validate/${PATH_TOKEN}`), nothing].join('\n');
    for (const secret of [PATH_TOKEN, OLD]) for (const part of [secret, secret.slice(0, 12), secret.slice(12), encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(0, 16)]) expect(told).not.toContain(part);
  });

  it('is nothing without a file that names it', async () => {
    const server = await start({});
    expect((await send(server, { path: `/validate/${PATH_TOKEN}` })).status).toBe(404);
    expect((await send(server)).status).toBe(200);
  });

  it.each([
    ['short', 'abcdefghijklmnopqrstu'], ['not base64url', `${PATH_TOKEN.slice(1)}+`], ['not random', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'], ['three', `${token()}\n${token()}\n${token()}`],
    ['twice the same', `${PATH_TOKEN}\n${PATH_TOKEN}`], ['more than a token and its time', `${PATH_TOKEN} 2026-11-24T10:00:00Z ${OLD}`], ['longer than a segment', 'abcdefghij'.repeat(7)],
  ])('is refused at the start, and never shown, when the file holds what is %s', async (_name, text) => {
    writeFileSync(at('path-tokens'), text);
    const problem = await start({ callers: { pathTokens: at('path-tokens') } }).then(() => '', (cause: unknown) => String(cause));
    expect(problem).toContain('path-tokens');
    for (const secret of text.split(/\s+/)) expect(problem).not.toContain(secret);
  });

  it('that is older than thirty days is warned about, a younger one is not', async () => {
    const days = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString();
    writeFileSync(at('path-tokens'), `${PATH_TOKEN} ${days(29)}\n`);
    await start({ callers: { pathTokens: at('path-tokens') } });
    expect(lines.join('')).not.toContain('path token is old');
    await running?.close();
    writeFileSync(at('path-tokens'), `${PATH_TOKEN} ${days(31)}\n`);
    await start({ callers: { pathTokens: at('path-tokens') } });
    expect(lines.join('')).toContain('path token is old');
    expect(lines.join('')).not.toContain(PATH_TOKEN);
  });
});
