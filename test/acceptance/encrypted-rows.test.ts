// Row K14 over HTTPS: what an encrypted image may be judged by, and that nothing of it is remembered for somebody else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';

let registry: TestRegistry;
let server: TestServer;

const base64 = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64');
const OPTIONS = base64({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: base64(new Uint8Array(32)), cipheroptions: {} });

/** An image of one layer whose key is wrapped for this node; with nobody the layer is plain. */
function push(name: string, recipient?: string): string {
  const blob = (content: string): { digest: string; size: number } => ({ digest: registry.pushBlob('acme/secret', content), size: content.length });
  const type = `application/vnd.oci.image.layer.v1.tar+gzip${recipient === undefined ? '' : '+encrypted'}`;
  const annotations = recipient === undefined ? {} : {
    'org.opencontainers.image.enc.pubopts': OPTIONS,
    'org.opencontainers.image.enc.keys.jwe': base64({ recipients: [{ header: { alg: 'RSA-OAEP', kid: recipient }, encrypted_key: 'AA' }], ciphertext: 'AA' }),
  };
  const digest = registry.pushManifest('acme/secret', name, {
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...blob(`{"name":"${name}"}`) },
    layers: [{ mediaType: type, ...blob(`layer ${name}`), annotations }],
  });
  return `${registry.host}/acme/secret@${digest}`;
}

const ask = (image: string): Promise<AdmissionAnswer> => server.validate(podReview({ images: [image] }));

beforeAll(async () => {
  registry = await startRegistry();
  const policy = {
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'secret' },
    spec: { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'encrypted', encryption: { recipients: ['node-a'] } }] },
  };
  server = await startTestServer({ 'secret.yaml': JSON.stringify(policy) }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

test('K14 an image encrypted for the node is admitted by its manifest, and the record says that nobody looked inside', async () => {
  const image = push('for-a', 'node-a');
  const asked = registry.requests().length;
  expect((await ask(image)).allowed).toBe(true);
  expect(registry.requests().slice(asked).some(({ path }) => path.includes('/blobs/'))).toBe(false);
  const { text } = await server.ops('/decisions');
  const id = /[0-9A-HJKMNP-TV-Z]{26}/.exec(text)?.[0] ?? '';
  expect((await server.ops(`/decisions/${id}`)).text).toContain('content not inspected');
});

test('K14 the same content encrypted for somebody else is not: an authorization is remembered for nothing else', async () => {
  expect((await ask(push('for-a-again', 'node-a'))).allowed).toBe(true);
  expect((await ask(push('for-a-again', 'node-a'))).allowed).toBe(true);
  expect(codes(await ask(push('for-b', 'node-b')))).toEqual(['POLICY_RECIPIENT']);
  expect(codes(await ask(push('plain')))).toEqual(['POLICY_NOT_ENCRYPTED']);
});
