import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { checkConfig } from '../../src/platform/config/config.ts';
import { compileReachability } from '../../src/net/reachability.ts';
import { createKeychain } from '../../src/fetch/credentials/keychain.ts';
import { compileElsewhere } from '../../src/fetch/evidence/elsewhere.ts';
import { namesArtifact } from '../../src/evaluate/content/resource-uri.ts';
import type { Artifact } from '../../src/domain/artifact/artifact.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** A registry has one name, however it is written: in images, patterns, configuration, credentials and statements. */

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const pem = createWorld({ now: 0 }).key().publicKeyPem;
const policies = (...patterns: string[]): string => [
  { kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: pem } }] } },
  { kind: 'ClusterArtifactPolicy', metadata: { name: 'p' }, spec: { artifacts: patterns.map((image) => ({ image })), requireDigest: true, require: [{ name: 'signed', signature: { by: ['s'] } }] } },
].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');

// By tag and without a registry to ask: a policy that speaks about the image denies for want of a digest, and where none does it is let in with a warning.
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ 'p.yaml': policies('127.0.0.1/acme/**', 'docker.io/**', 'registry.hub.docker.com/other/*', '127.0.0.2:443/acme/*', '127.0.0.3:5000/**') }, { unmatched: 'warn', plainHttp: ['127.0.0.3'] });
});
afterAll(() => server.close());

const REGISTRIES = ['127.0.0.1', '127.0.0.2'];

describe('A9: the default port', () => {
  test.each(REGISTRIES.flatMap((host) => [`${host}/acme/app`, `${host}:443/acme/app`, `[::ffff:7f00:${host.slice(-1)}]:443/acme/app`]))('A9: %s is matched by the policy for the registry', async (name) => {
    const answer = await server.validate(podReview({ images: [`${name}:1`] }));
    expect(answer.allowed).toBe(false);
    expect(codes(answer)).toContain('POLICY_DIGEST_REQUIRED');
  });

  test.each(REGISTRIES.map((host) => `${host}:4443/acme/app`))('A9: %s, another port, is another registry', async (name) => {
    const answer = await server.validate(podReview({ images: [`${name}:1`] }));
    expect([answer.allowed, codes(answer)]).toEqual([true, ['SELECT_NO_POLICY']]);
  });

  test.each(['127.0.0.1:0443/acme/app:1', '127.0.0.1:00443/acme/app:1', DIGEST, DIGEST.slice(7), `sha512:${'ab'.repeat(64)}`])('M1: %s is refused, whatever unmatched says', async (image) => {
    const answer = await server.validate(podReview({ images: [image] }));
    expect([answer.allowed, codes(answer)]).toEqual([false, ['INPUT_IMAGE_INVALID']]);
  });

  test('A9: where a registry speaks plain HTTP, port 443 of it is another one, and a tag is not looked up there', async () => {
    const plain = await startTestServer({ 'p.yaml': policies('127.0.0.3/**').replace('"requireDigest":true,', '') }, { plainHttp: ['127.0.0.3'] });
    try {
      expect(codes(await plain.validate(podReview({ images: ['127.0.0.3:443/acme/app:1'] })))).toEqual(['INPUT_IMAGE_INVALID']);
      expect(codes(await plain.validate(podReview({ images: ['127.0.0.3/acme/app:1'] })))).toEqual(['FETCH_UNREACHABLE']);
    } finally {
      await plain.close();
    }
    const check = (text: string): boolean => checkConfig(text, '').ok;
    expect([check('plainHttp: ["r.example:443"]'), check('plainHttp: ["r.example:4430"]'), check('plainHttp: ["r.example:0443"]')]).toEqual([false, true, false]);
    expect([check('registries: [{host: "r.example:443", plainHttp: true}]'), check('registries: [{host: "r.example:443"}]')]).toEqual([false, true]);
  });
});

describe('M1: names of Docker Hub', () => {
  test.each(['nginx', 'docker.io/nginx', 'index.docker.io/acme/app', 'registry-1.docker.io/acme/app', 'registry.hub.docker.com/acme/app', 'registry-1.docker.io:443/acme/app', 'registry-1.docker.io/nginx', 'other/app'])(
    'M1: %s is matched by the policy for docker.io', async (name) => {
      const answer = await server.validate(podReview({ images: [`${name}:1`] }));
      expect(codes(answer)).toContain('POLICY_DIGEST_REQUIRED');
    },
  );

  test.each(['hub.docker.com/acme/app', 'docker.io.example/acme/app', 'mirror.gcr.io/library/nginx', 'docker.io:80/acme/app'])('M1: %s is not', async (name) => {
    expect(codes(await server.validate(podReview({ images: [`${name}:1`] })))).toEqual(['SELECT_NO_POLICY']);
  });
});

describe('A9: the other places in which registries are named', () => {
  test.each([
    ['ghcr.io:443', 'ghcr.io'], ['ghcr.io', 'ghcr.io'], ['index.docker.io', 'docker.io'], ['registry-1.docker.io:443', 'docker.io'], ['registry.hub.docker.com', 'docker.io'], ['https://index.docker.io/v1/', 'docker.io'], ['https://ghcr.io:443/v2/', 'ghcr.io'],
  ])('A9: credentials under %s are for %s, and for nobody else', async (key, host) => {
    const keychain = createKeychain({ pullSecrets: undefined, dockerAuths: { auths: new Map([[key, { username: 'u', password: 'p' }]]), credHelpers: new Map() }, helpers: () => Promise.resolve(undefined) });
    const reach = compileReachability({ registries: [], plainHttp: [] }, () => new Set());
    const found = async (name: string): Promise<number> => (await keychain.access(reach.repository(name), { namespace: '', serviceAccount: '', pullSecrets: [] }, new AbortController().signal)).candidates.length;
    expect([await found(`${host}/acme/app`), await found('quay.io/acme/app'), await found(`${host}:4443/acme/app`.replace('docker.io:4443', 'x.docker.io'))]).toEqual([1, 0, 0]);
  });

  test('A9: what the configuration says of a registry is for that registry, with its default port or an alias', () => {
    const reach = compileReachability({ registries: [{ host: 'r.example:443', ca: 'CA', authHosts: ['auth.example:443'] }, { host: 'index.docker.io', mirror: 'mirror.example:443/hub' }], plainHttp: [] }, () => new Set());
    expect(reach.repository('r.example/acme/app')).toMatchObject({ ca: 'CA', reach: 'named', authHosts: new Set(['auth.example']) });
    expect(reach.repository('docker.io/library/nginx')).toMatchObject({ path: 'hub/library/nginx', credentialHost: 'mirror.example', reach: 'named' });
    expect(reach.repository('s.example/acme/app')).toMatchObject({ ca: undefined, reach: 'other' });
  });

  test('A9: evidence kept elsewhere is found for the image however its registry is written', () => {
    const elsewhere = compileElsewhere([{ image: 'ghcr.io:443/acme/**', repository: 'index.docker.io/acme/sigs' }]);
    expect([elsewhere.repositories('ghcr.io/acme/app'), elsewhere.repositories('ghcr.io/other/app'), [...elsewhere.hosts]]).toEqual([['docker.io/acme/sigs'], [], ['docker.io']]);
  });

  test.each([
    ['oci://ghcr.io:443/acme/app', true], ['ghcr.io/acme/app', true], ['https://ghcr.io/acme/app:v1', true], ['oci://ghcr.io:4443/acme/app', false], ['oci://GHCR.io/acme/app', false],
  ])('A9: a statement about %s is about ghcr.io/acme/app: %s', (uri, expected) => {
    const artifact = { kind: 'image', usage: 'container', path: '', raw: '', name: 'ghcr.io/acme/app', digest: DIGEST, resolvedFromTag: false } as Artifact;
    expect(namesArtifact(uri, artifact)).toBe(expected);
  });
});
