/** What the story of a build needs on loopback: a registry with base images, signed definitions, keys of receipts, and what the run builds. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { keyBundle } from '../world/bundle.ts';
import { attestationLayer, attestationReferrer, bundleReferrer } from '../world/cosign.ts';
import { signForTekton } from '../world/definition.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { makeStatement, slsaProvenanceV1 } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import type { Json } from './pipelines.ts';

const BUILDER = 'https://tekton.dev/chains/v2';

/** The registry, and what lies in it. */
export interface Factory {
  readonly registry: TestRegistry;
  readonly host: string;
  /** Folder with the private key of receipts. */
  readonly keys: string;
  /** References by digest: a base image that is signed, and one that is not. */
  readonly good: string;
  readonly evil: string;
  /** Signers, policies of artifacts and the policy of the factory, as YAML. */
  readonly policies: string;
  /** The definition, signed by the team whose definitions count. */
  signed(definition: Json): Json;
  /** Builds an image: pushes it, and gives its reference by digest. */
  product(name: string): Promise<{ readonly reference: string; readonly url: string; readonly digest: string; provenance(run: string): Promise<void> }>;
  close(): Promise<void>;
}

/** Starts it. */
export async function startBuildFactory(): Promise<Factory> {
  const world = createWorld({ now: Date.now() });
  const [base, team, chains] = [world.key(), world.key(), world.key()];
  const keys = mkdtempSync(join(tmpdir(), 'gatehouse-receipt-keys-'));
  writeFileSync(join(keys, 'key-1.pem'), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const registry = await startRegistry();
  const [good, evil] = [makeImage(), makeImage()];
  for (const image of [good, evil]) await push(registry, 'base/app', image);
  await pushReferrer(registry, 'base/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key: base })));
  const signer = (name: string, key: typeof base) => ({ kind: 'Signer', metadata: { name }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } });
  const policies = [
    signer('base-team', base), signer('platform-team', team), signer('chains', chains),
    { kind: 'ClusterArtifactPolicy', metadata: { name: 'base' }, spec: { artifacts: [{ image: `${registry.host}/base/**` }], require: [{ name: 'signed', signature: { by: ['base-team'] } }] } },
    {
      kind: 'ClusterArtifactPolicy', metadata: { name: 'deployed' },
      spec: { artifacts: [{ image: `${registry.host}/products/**` }], require: [{ name: 'built', provenance: { by: ['chains'], builder: BUILDER, run: 'admitted' } }] },
    },
    {
      kind: 'PipelinePolicy', metadata: { name: 'factory' },
      spec: {
        namespaces: { matchLabels: { 'gatehouse.dev/factory': 'true' } },
        definitions: { signedBy: ['platform-team'] },
        classes: { definitions: { fetch: ['fetch'], publish: ['publish'] }, userCode: ['build', 'test'] },
        callers: { serviceAccounts: ['ci/default'] }, images: { unpinned: 'allow' },
        jail: { networkPolicy: 'off', hermetic: 'off' }, receipts: 'required',
        publish: { results: 'off', provenance: 'off', summary: { by: ['chains'], builder: BUILDER } },
      },
    },
  ].map((one) => stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('---\n');
  return {
    registry, host: registry.host, keys, policies,
    good: `${registry.host}/base/app@${good.digest}`,
    evil: `${registry.host}/base/app@${evil.digest}`,
    signed: (definition) => signForTekton(definition, team),
    async product(name) {
      const [image, repository] = [makeImage(), `products/${name}`];
      await push(registry, repository, image);
      const url = `${registry.host}/${repository}`;
      return {
        url, digest: image.digest, reference: `${url}@${image.digest}`,
        provenance: (run) => pushReferrer(registry, repository, attestationReferrer(image, [
          attestationLayer(world, makeStatement(image.digest, slsaProvenanceV1({ builder: BUILDER, invocationId: run })), { key: chains }),
        ])),
      };
    },
    async close() {
      await registry.close();
      rmSync(keys, { recursive: true, force: true });
    },
  };
}
