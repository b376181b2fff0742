import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { generateKey, importKey } from './cosign.ts';
import type { CosignKey } from './cosign.ts';

/** Names under which a registry is seen: by policies that trust the keys used, and by policies that trust a stranger. */
export interface Shelf {
  readonly registry: TestRegistry;
  readonly trusted: string;
  readonly stranger: string;
}

/** One server over two registries, one with the referrers API and one that knows only tags. Absence is not remembered. */
export interface Scene {
  readonly shelves: Readonly<Record<'api' | 'tags', Shelf>>;
  readonly server: TestServer;
  readonly keys: ReadonlyMap<string, CosignKey>;
  close(): Promise<void>;
}

/** Predicate types that `cosign attest --type NAME` writes. */
export const TYPES = {
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
  'https://acme.example/review/v1': 'https://acme.example/review/v1',
} as const;

/** Types of keys that cosign imports and Gatehouse accepts. */
export const KEY_TYPES = ['p256', 'p384', 'p521', 'rsa-2048', 'rsa-4096'] as const;

function document(kind: string, name: string, spec: unknown): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
}

const slug = (text: string): string => text.replace(/[^a-z0-9]+/g, '-');

/** Path below which an attestation of this type is demanded. */
export function attestPath(type: string): string {
  return `attest-${slug(type)}`;
}

/** `sign-KEY/**` demands that key's signature, `attest-TYPE/**` an attestation by `cosign`, `annotated/**` its signature with annotations; both by whom `signer` says. */
function policies(host: string, signer: (name: string) => string, keys: Iterable<string>): string[] {
  const policy = (path: string, requirement: object): string => document('ClusterArtifactPolicy', slug(`${host}-${path}`), { artifacts: [{ image: `${host}/${path}/**` }], require: [{ name: 'proven', ...requirement }] });
  return [
    ...[...keys].map((name) => policy(`sign-${name}`, { signature: { by: [signer(name)] } })),
    policy('annotated', { signature: { by: [signer('cosign')], annotations: { env: 'prod', team: { glob: 'pay*' } } } }),
    ...Object.entries(TYPES).map(([name, type]) => policy(attestPath(name), { attestation: { type, by: [signer('cosign')] } })),
  ];
}

/** Makes the keys with cosign and starts everything. */
export async function openScene(): Promise<Scene> {
  const keys = new Map<string, CosignKey>([['cosign', await generateKey('cosign')]]);
  for (const type of [...KEY_TYPES, 'ed25519'] as const) keys.set(type, await importKey(type, type));
  const stranger = await generateKey('stranger');
  const [api, tags] = [await startRegistry(), await startRegistry({ referrersApi: false })];
  const shelves = {
    api: { registry: api, trusted: 'api.example', stranger: 'api.stranger.example' },
    tags: { registry: tags, trusted: 'tags.example', stranger: 'tags.stranger.example' },
  };
  const documents = [
    ...[...keys.values(), stranger].map(({ name, pem }) => document('Signer', name, { identities: [{ key: { data: pem } }] })),
    ...Object.values(shelves).flatMap((shelf) => [
      ...policies(shelf.trusted, (name) => name, keys.keys()),
      ...policies(shelf.stranger, () => 'stranger', keys.keys()),
      document('ClusterArtifactPolicy', slug(`${shelf.trusted}-two`), { artifacts: [{ image: `${shelf.trusted}/two/**` }], require: [{ name: 'proven', signature: { by: ['cosign', 'p384', 'rsa-2048'], threshold: 2 } }] }),
    ]),
  ];
  const registries = Object.values(shelves).flatMap(({ registry, trusted, stranger: other }) => [trusted, other].map((host) => ({ host, mirror: registry.host, plainHttp: true })));
  const server = await startTestServer({ 'policies.yaml': documents.join('\n---\n') }, {
    registries,
    'cache.absenceTTL': '0s',
    plainHttp: [api.host, tags.host],
    evidenceSources: Object.values(shelves).map(({ registry, trusted }) => ({ image: `${trusted}/sign-cosign/elsewhere/**`, repository: `${registry.host}/signatures/acme` })),
  });
  return { shelves, server, keys, close: async () => { await server.close(); await Promise.all([api.close(), tags.close()]); } };
}
