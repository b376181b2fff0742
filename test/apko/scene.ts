/** One server over one registry, with a release key and the keys of two builders, and what each path demands. */
import { startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { generateKey } from '../cosign/cosign.ts';
import type { CosignKey } from '../cosign/cosign.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { makePackageKey } from './packages.ts';
import type { Supplies } from './builder.ts';
import { startPackageRepository } from './repository.ts';

const SIGNERS = ['release', 'north', 'south', 'stranger'] as const;
export type SignerName = (typeof SIGNERS)[number];

/** Everything that a test needs; absence is not remembered. */
export interface Scene {
  readonly supplies: Supplies;
  readonly registry: TestRegistry;
  readonly server: TestServer;
  readonly keys: Readonly<Record<SignerName, CosignKey>>;
  /** `HOST/NAME@DIGEST`. */
  reference(name: string, digest: string): string;
  /** What the admission server says of a pod with this image. */
  ask(name: string, digest: string): Promise<AdmissionAnswer>;
  close(): Promise<void>;
}

/** What is demanded of images below each path. */
const REQUIREMENTS = {
  released: [
    { name: 'signed', signature: { by: ['release'] } },
    { name: 'contents', sbom: { by: ['release'], formats: ['spdx'], complete: true } },
  ],
  outdated: [{ name: 'contents', sbom: { by: ['release'], complete: true, deny: { packages: ['pkg:apk/acme/hello@1.2.3-r0'] } } }],
  licensed: [{ name: 'contents', sbom: { by: ['release'], complete: true, deny: { licenses: ['Apache-*'] } } }],
  rebuilt: [{ name: 'rebuilt', reproducible: { by: ['north', 'south'], threshold: 2 } }],
} as const;

/** Makes the keys with cosign and starts everything. */
export async function openScene(): Promise<Scene> {
  const made = await Promise.all(SIGNERS.map(async (name) => [name, await generateKey(name)] as const));
  const keys = Object.fromEntries(made) as Record<SignerName, CosignKey>;
  const registry = await startRegistry();
  const packages = await startPackageRepository();
  const document = (kind: string, name: string, spec: object): string =>
    JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  const documents = [
    ...SIGNERS.map((name) => document('Signer', name, { identities: [{ key: { data: keys[name].pem } }] })),
    ...Object.entries(REQUIREMENTS).map(([path, require]) =>
      document('ClusterArtifactPolicy', path, { artifacts: [{ image: `${registry.host}/${path}/**` }], require })),
  ];
  const server = await startTestServer(
    { 'policies.yaml': documents.join('\n---\n') }, { 'cache.absenceTTL': '0s', plainHttp: [registry.host] },
  );
  const reference = (name: string, digest: string): string => `${registry.host}/${name}@${digest}`;
  return {
    supplies: { key: makePackageKey(), packages, registry },
    registry,
    server,
    keys,
    reference,
    ask: (name, digest) => server.validate(podReview({ images: [reference(name, digest)] })),
    async close() {
      await server.close();
      await Promise.all([registry.close(), packages.close()]);
    },
  };
}
