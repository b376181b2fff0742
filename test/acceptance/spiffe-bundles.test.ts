import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { legacySignatures } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { legacyTag, push } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createTrustDomain } from '../world/spiffe.ts';

/** A running server under bundles of trust domains: in a file that changes, and at endpoints of both profiles. */
const NOW = Date.now();
const [prod, next] = [createTrustDomain('prod.example', NOW), createTrustDomain('prod.example', NOW)];
const PATH = '/ns/ci/sa/builder';
const ROOTS = ['file', 'web', 'spiffe', 'imposter'];
let registry: TestRegistry;
let server: TestServer;
let folder: string;
const endpoints: Server[] = [];
const images = new Map<string, string>();

async function listen(endpoint: Server): Promise<number> {
  await new Promise<void>((done) => void endpoint.listen(0, '127.0.0.1', done));
  endpoints.push(endpoint);
  return (endpoint.address() as AddressInfo).port;
}

function write(content: string): void {
  writeFileSync(join(folder, 'next'), content);
  renameSync(join(folder, 'next'), join(folder, 'bundle.json'));
}

async function signedBy(name: string, domain: typeof prod): Promise<void> {
  const image = makeImage();
  for (const root of ROOTS) {
    await push(registry, `acme/${root}`, image);
    await push(registry, `acme/${root}`, legacySignatures(image.digest, [domain.signed(image.digest, PATH)]), [legacyTag(image.digest, 'sig')]);
  }
  images.set(name, `@${image.digest}`);
}

const document = (kind: string, name: string, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;

beforeAll(async () => {
  registry = await startRegistry();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-spiffe-'));
  await signedBy('prod', prod);
  await signedBy('next', next);
  write(JSON.stringify(prod.bundle()));
  const bundle = JSON.stringify(prod.bundle());
  const web = await listen(createHttp((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/bundle' }).end();
    else response.end(bundle);
  }));
  const serving = prod.svid('/spire/server');
  const tls = { cert: serving.certificate.pem, key: serving.key.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  const spiffe = await listen(createHttps(tls, (_, response) => void response.end(bundle)));
  const bySpiffe = { url: `https://127.0.0.1:${spiffe}/bundle`, profile: 'https_spiffe', certificates: prod.root.certificate.pem };
  const roots: Record<string, object> = {
    file: { file: join(folder, 'bundle.json') },
    web: { bundleEndpoint: { url: `http://127.0.0.1:${web}/moved`, profile: 'https_web' } },
    spiffe: { bundleEndpoint: { ...bySpiffe, endpointSpiffeId: 'spiffe://prod.example/spire/server' } },
    imposter: { bundleEndpoint: { ...bySpiffe, endpointSpiffeId: 'spiffe://prod.example/spire/other' } },
  };
  server = await startTestServer({
    'all.yaml': Object.entries(roots).map(([name, root]) =>
      document('TrustRoot', name, { spiffe: { trustDomain: 'prod.example', ...root } })
      + document('Signer', name, { identities: [{ spiffe: { id: `spiffe://prod.example${PATH}`, trustRoot: name } }] })
      + document('ClusterArtifactPolicy', name, {
        artifacts: [{ image: `${registry.host}/acme/${name}` }], require: [{ name: 'signed', signature: { by: [name] } }],
      })).join(''),
  }, { plainHttp: [registry.host, '127.0.0.1'] });
}, 120_000);
afterAll(async () => {
  await server.close();
  for (const endpoint of endpoints) endpoint.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (root: string, image: string): Promise<string[]> =>
  codes(await server.validate(podReview({ images: [`${registry.host}/acme/${root}${images.get(image) ?? ''}`] })));

describe('a bundle', { timeout: 120_000 }, () => {
  test.each(['file', 'web', 'spiffe'])('by %s proves the workloads of its authorities, and no others', async (root) => {
    expect(await ask(root, 'prod')).toEqual(['POLICY_SATISFIED']);
    expect(await ask(root, 'next')).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });

  test('of an endpoint with the ID of another workload is not believed: nothing is known', async () => {
    expect(await ask('imposter', 'prod')).toEqual(['VERIFY_TRUST_ROOT_STALE']);
    expect(server.log.some((line) => JSON.stringify(line).includes('expected the endpoint spiffe://prod.example/spire/other'))).toBe(true);
  });

  test('tells the metrics whether it may be used, and how old it is', async () => {
    const { text } = await server.ops('/metrics');
    expect(text).toMatch(/^gatehouse_trust_root_usable\{root="web"\} 1$/m);
    expect(text).toMatch(/^gatehouse_trust_root_usable\{root="imposter"\} 0$/m);
    expect(text).toMatch(/^gatehouse_trust_root_age_seconds\{root="spiffe"\} [0-9.]+$/m);
    expect(text).not.toMatch(/^gatehouse_trust_root_age_seconds\{root="imposter"\}/m);
  });

  test('in a file counts anew when the file changes, and stays when the file is broken', async () => {
    const eventually = (image: string, code: string) => expect.poll(() => ask('file', image), { timeout: 60_000, interval: 100 }).toEqual([code]);
    write(JSON.stringify(next.bundle()));
    await eventually('next', 'POLICY_SATISFIED');
    await eventually('prod', 'VERIFY_CERTIFICATE_UNTRUSTED');
    write('{');
    await expect.poll(() => server.log.some((line) => JSON.stringify(line).includes('expected a SPIFFE bundle')), { timeout: 60_000 }).toBe(true);
    expect(await ask('file', 'next')).toEqual(['POLICY_SATISFIED']);
    write(JSON.stringify({ keys: [] }));
    await eventually('next', 'VERIFY_CERTIFICATE_UNTRUSTED');
  });
});
