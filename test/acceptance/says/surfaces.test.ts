import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { jsonBytes } from '../../world/encode.ts';
import { blob, describe as descriptor, descriptorOf, pushable } from '../../world/image.ts';
import type { Pushable } from '../../world/image.ts';
import { push } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { podReview } from '../../world/review.ts';

let registry: TestRegistry;
let server: TestServer;
const document = (kind: string, metadata: object, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata, spec })}\n---\n`;
const SIGNED = [{ name: 'signed', signature: { by: ['somebody'] } }];
beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({
    'all.yaml': [
      document('Signer', { name: 'somebody' }, { identities: [{ keyless: { issuer: 'https://accounts.google.com', subject: 'a@acme.example' } }] }),
      document('ClusterArtifactPolicy', { name: 'encrypted' }, { artifacts: [{ image: `${registry.host}/secret/*` }], require: [{ name: 'encrypted', encryption: { recipients: ['node-a'] } }] }),
      document('ArtifactPolicy', { name: 'signed', namespace: 'team' }, { artifacts: [{ image: `${registry.host}/secret/*` }], require: SIGNED }),
    ].join(''),
  }, { plainHttp: [registry.host] });
});
afterAll(() => Promise.all([server.close(), registry.close()]));

const [MANIFEST, INDEX, CONFIG] = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.config.v1+json'];
const [PLAIN, IN_TOTO] = ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.in-toto+json'];
const base64 = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64');
const SECRET = {
  'org.opencontainers.image.enc.pubopts': base64({ cipher: 'AES_256_CTR_HMAC_SHA256', hmac: base64(new Uint8Array(32)), cipheroptions: {} }),
  'org.opencontainers.image.enc.keys.jwe': base64({ recipients: [{ header: { alg: 'RSA-OAEP', kid: 'node-a' }, encrypted_key: 'AA' }], ciphertext: 'AA' }),
};

function image(...layers: readonly (readonly [mediaType: string, annotations?: object])[]): Pushable {
  const [config, ...blobs] = ['{}', ...layers.map((_, index) => `layer ${index}`)].map((text) => blob(Buffer.from(text)));
  if (config === undefined) throw new Error('no config');
  return pushable(MANIFEST, [config, ...blobs], {
    schemaVersion: 2, mediaType: MANIFEST, config: descriptor(CONFIG, config.bytes),
    layers: layers.map(([mediaType, annotations], index) => ({ ...descriptor(mediaType, blobs[index]?.bytes ?? Buffer.from('')), ...(annotations === undefined ? {} : { annotations }) })),
  });
}

const ENCRYPTED = image([`${PLAIN}+encrypted`, SECRET]);
const LINUX = { os: 'linux', architecture: 'amd64' };
const UNKNOWN = { os: 'unknown', architecture: 'unknown' };
const attests = (digest: string): object => ({ 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest });

/** An index of the encrypted image and of something beside it, as BuildKit describes its attestations. */
function indexWith(beside: Pushable, { platform = UNKNOWN, annotations = attests(ENCRYPTED.digest) }: { readonly platform?: object; readonly annotations?: object } = {}): Pushable {
  const bytes = jsonBytes({ schemaVersion: 2, mediaType: INDEX, manifests: [{ ...descriptorOf(ENCRYPTED), platform: LINUX }, { ...descriptorOf(beside), platform, annotations }] });
  return { manifest: bytes, mediaType: INDEX, digest: descriptor(INDEX, bytes).digest, blobs: [], children: [ENCRYPTED, beside] };
}

async function judged(thing: Pushable): Promise<string> {
  await push(registry, 'secret/app', thing);
  const answer = await server.validate(podReview({ images: [`${registry.host}/secret/app@${thing.digest}`] }));
  return answer.allowed ? 'admitted' : codes(answer).join();
}

describe('Y6: the attestation manifest that BuildKit puts into an index is no image', () => {
  const attestation = image([IN_TOTO], [IN_TOTO]);
  test.each<[string, Pushable, string]>([
    ['the image alone', ENCRYPTED, 'admitted'],
    ['an index with an attestation manifest', indexWith(attestation), 'admitted'],
    ['an index with a plain image', indexWith(image([PLAIN]), { platform: LINUX, annotations: {} }), 'POLICY_NOT_ENCRYPTED'],
    ['a plain image that calls itself an attestation manifest', indexWith(image([PLAIN])), 'POLICY_NOT_ENCRYPTED'],
    ['one with a plain layer among its statements', indexWith(image([IN_TOTO], [PLAIN])), 'POLICY_NOT_ENCRYPTED'],
    ['statements that a node may take for its platform', indexWith(attestation, { platform: LINUX }), 'POLICY_NOT_ENCRYPTED'],
    ['statements about something that is not in the index', indexWith(attestation, { annotations: attests(`sha256:${'0'.repeat(64)}`) }), 'POLICY_NOT_ENCRYPTED'],
    ['statements without a word of what they are', indexWith(attestation, { annotations: {} }), 'POLICY_NOT_ENCRYPTED'],
    ['an attestation manifest as the image itself', attestation, 'POLICY_NOT_ENCRYPTED'],
  ])('Y6: %s', async (_, thing, expected) => {
    expect(await judged(thing)).toBe(expected);
  });
});

describe('Y6: an ImageReview says in which namespace its pod is', () => {
  const ask = async (spec: object): Promise<readonly [number, unknown]> => {
    const answer = await server.post('/imagereview', JSON.stringify({ apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: { containers: [{ image: `${registry.host}/secret/app@${ENCRYPTED.digest}` }], ...spec } }));
    return [answer.status, answer.status === 200 ? (JSON.parse(answer.text) as { status: { allowed: boolean } }).status.allowed : undefined];
  };
  test.each<[string, object, readonly [number, unknown]]>([
    ['a namespace without policies of its own', { namespace: 'other' }, [200, true]],
    ['a namespace whose policy denies', { namespace: 'team' }, [200, false]],
    ['none', {}, [400, undefined]],
    ['an empty one', { namespace: '' }, [400, undefined]],
    ['null', { namespace: null }, [400, undefined]],
  ])('Y6: %s', async (_, spec, expected) => {
    await push(registry, 'secret/app', ENCRYPTED);
    expect(await ask(spec)).toEqual(expected);
  });
});
