import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keylessBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { ownReview } from '../support/own.ts';
import { ranCommandLine } from '../support/command-line.ts';
import { until } from '../support/patience.ts';
import { podReview } from '../world/review.ts';
import { serveRepo, TufRepo } from '../world/tuf.ts';
import type { TufServer } from '../world/tuf.ts';
import { createWorld } from '../world/world.ts';
import type { World } from '../world/world.ts';

const NOW = Date.now();
const identity = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
const [first, second] = [createWorld({ now: NOW }), createWorld({ now: NOW })];

let registry: TestRegistry;
let repo: TufRepo;
let mirror: TufServer;
let cacheDir: string;
const images = new Map<World, string>();
const servers: TestServer[] = [];

beforeAll(async () => {
  registry = await startRegistry();
  for (const world of [first, second]) {
    const image = makeImage();
    await push(registry, 'acme/app', image);
    await pushReferrer(registry, 'acme/app', bundleReferrer(image, keylessBundle(world, { digest: image.digest, identity })));
    images.set(world, `${registry.host}/acme/app@${image.digest}`);
  }
  repo = new TufRepo({ now: NOW });
  repo.addTarget('trusted_root.json', JSON.stringify(first.trustedRoot()));
  mirror = await serveRepo(repo);
  cacheDir = mkdtempSync(join(tmpdir(), 'gatehouse-tuf-'));
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await mirror.close();
  await registry.close();
  rmSync(cacheDir, { recursive: true, force: true });
});

const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

function documents(tuf: Record<string, unknown> = {}): Record<string, string> {
  const root: unknown = JSON.parse(Buffer.from(repo.roots[0] ?? []).toString());
  return {
    'root.yaml': document('TrustRoot', 'acme', { sigstore: { tuf: { mirror: `${mirror.url}/metadata`, targets: `${mirror.url}/targets`, root, refresh: '1s', maxStale: '1h', ...tuf } } }),
    'policy.yaml': document('Signer', 'release', { identities: [{ keyless: { issuer: identity.issuer, subject: identity.san, trustRoot: 'acme' } }] })
      + document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
  };
}

async function serve(tuf: Record<string, unknown> = {}): Promise<TestServer> {
  const server = await startTestServer(documents(tuf), { plainHttp: [registry.host, '127.0.0.1'], trust: { cacheDir } });
  servers.push(server);
  return server;
}

const ask = async (server: TestServer, world: World): Promise<string[]> => codes(await server.validate(podReview({ images: [images.get(world) ?? ''] })));

async function eventually(expected: string, question: () => Promise<string[]>): Promise<void> {
  await expect.poll(question, { timeout: 60_000, interval: 100 }).toEqual([expected]);
}

describe('a trust root that a TUF repository publishes, through HTTPS', { timeout: 240_000 }, () => {
  let brief: TestServer;

  test('is there when the server begins to answer; another instance\'s signatures are not trusted', async () => {
    const server = await serve();
    expect(await ask(server, first)).toEqual(['POLICY_SATISFIED']);
    expect(await ask(server, second)).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
    expect(server.log.some((line) => line['msg'] === 'trust root has new content')).toBe(true);
  });

  test('a change of a root is tried with what is known of it; of one that nobody follows that is told, and nobody is asked for it', async () => {
    const root = JSON.parse(Buffer.from(repo.roots[0] ?? []).toString()) as Record<string, unknown>;
    const object = (name: string, tuf: object = {}) => ({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name },
      spec: { sigstore: { tuf: { mirror: `${mirror.url}/metadata`, targets: `${mirror.url}/targets`, root, refresh: '1s', maxStale: '1h', ...tuf } } },
    });
    const api = new PolicyApiServer();
    await api.start();
    api.apply('TrustRoot', 'acme', object('acme').spec);
    api.apply('Signer', 'release', { identities: [{ keyless: { issuer: identity.issuer, subject: identity.san, trustRoot: 'acme' } }] });
    api.apply('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] });
    const server = await startWithResources(api, { plainHttp: [registry.host, '127.0.0.1'] });
    try {
      await eventually('POLICY_SATISFIED', () => ask(server, first));
      const warned = async (...args: Parameters<typeof ownReview>): Promise<string> => ((await server.validate(ownReview(...args))).warnings ?? []).join('\n');
      const update = { operation: 'UPDATE', oldObject: object('acme') } as const;
      expect(await warned(object('acme', { maxStale: '2h' }), update)).not.toContain('nobody has asked');
      const paths: string[] = [];
      mirror.intercept = (request) => { paths.push(request.url ?? ''); return false; };
      const UNASKED = /nobody has asked http.*: what it publishes.*tuf-unasked/s;
      expect(await warned(object('new'))).toMatch(UNASKED);
      expect(await warned(object('acme', { mirror: `${mirror.url}/elsewhere` }), update)).toMatch(UNASKED);
      await until(() => paths.length > 0);
      expect(paths.filter((path) => path.includes('/elsewhere'))).toEqual([]);
    } finally {
      mirror.intercept = undefined;
      await server.close();
      await api.stop();
    }
  });

  test('J06 a bad target never replaces the good one; the next good one takes effect without a restart', async () => {
    const [server] = servers as [TestServer];
    repo.addTarget('trusted_root.json', JSON.stringify({ ...second.trustedRoot(), tlogs: [{}] }));
    repo.publish('targets');
    await eventually('logged', async () => (server.log.some((line) => String(line['problem']).includes('is not valid: tlogs[0]')) ? ['logged'] : []));
    expect(await ask(server, first)).toEqual(['POLICY_SATISFIED']);
    repo.addTarget('trusted_root.json', JSON.stringify(second.trustedRoot()));
    repo.publish('targets');
    await eventually('POLICY_SATISFIED', () => ask(server, second));
    expect(await ask(server, first)).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });

  test('R06 the mirror goes away: the last good root is used until maxStale, then evidence is undetermined; the server stays up', async () => {
    // Long enough to be asked once more on a busy machine, short enough to be waited for.
    brief = await serve({ maxStale: '10s' });
    const server = brief;
    mirror.intercept = (_request, response) => { response.writeHead(503).end(); return true; };
    expect(await ask(server, second)).toEqual(['POLICY_SATISFIED']);
    await eventually('VERIFY_TRUST_ROOT_STALE', () => ask(server, second));
    const answer = await server.validate(podReview({ images: [images.get(second) ?? ''] }));
    expect(answer).toMatchObject({ allowed: false, status: { code: 503 }, auditAnnotations: { verdict: 'undetermined' } });
    expect(answer.status?.message).toContain('stale since');
  });

  test('R06 an offline start uses what was kept, when it is not too old', async () => {
    const offline = await serve();
    expect(await ask(offline, second)).toEqual(['POLICY_SATISFIED']);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  test('a first start without network and cache: undetermined, until the mirror answers', async () => {
    const cold = await startTestServer(documents(), { plainHttp: [registry.host, '127.0.0.1'] });
    servers.push(cold);
    expect(await ask(cold, second)).toEqual(['VERIFY_TRUST_ROOT_STALE']);
    mirror.intercept = undefined;
    await eventually('POLICY_SATISFIED', () => ask(cold, second));
    await eventually('POLICY_SATISFIED', () => ask(brief, second));
  });

  test('gatehouse verify and inspect ask the repository themselves, and say so when they cannot', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tuf-cli-'));
    for (const [name, text] of Object.entries(documents())) writeFileSync(join(folder, name), text);
    const run = (command: string, ...flags: string[]): Promise<{ code: number | null; said: string }> => new Promise((done) => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url)), command, '--policy', folder, '--plain-http', registry.host, '--plain-http', '127.0.0.1', ...flags, images.get(second) ?? '']);
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => { said += part.toString(); });
      child.on('close', (code) => done({ code, said }));
    });
    try {
      expect(await run('verify')).toMatchObject({ code: 0 });
      // Lint asks nobody, and says so; it is a note.
      expect(await ranCommandLine('policy', 'lint', folder)).toMatchObject({ code: 0, stderr: expect.stringMatching(/nobody has asked .*\[tuf-unasked\]/) as string });
      // The policy that is written is tried under the root as it was published a moment ago.
      expect(await run('inspect')).toMatchObject({ code: 0, said: expect.stringMatching(/trustRoot: "acme"[^]*- \{name: signed 1, signature: \{by: \[signer-1\]\}\}/) as string });
      mirror.intercept = (_request, response) => { response.writeHead(500).end(); return true; };
      const failed = await run('verify');
      expect(failed).toMatchObject({ code: 3, said: expect.stringContaining('VERIFY_TRUST_ROOT_STALE') as string });
      expect(failed.said).toContain('trust root acme: ');
    } finally {
      mirror.intercept = undefined;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
