/** A registry on loopback with images for the story of a build: signed, unsigned, and whatever the run builds. */
import { stringify } from 'yaml';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { createWorld } from '../world/world.ts';
import type { World } from '../world/world.ts';

/** The registry, and what lies in it. */
export interface BuildGateImages {
  readonly host: string;
  readonly registry: TestRegistry;
  readonly world: World;
  readonly key: ReturnType<World['key']>;
  /** References by digest. */
  readonly good: string;
  readonly evil: string;
  /** Signers and the policy of base images, as YAML. */
  readonly policy: string;
  close(): Promise<void>;
}

/** Starts it. */
export async function signedImages(): Promise<BuildGateImages> {
  const world = createWorld({ now: Date.now() });
  const key = world.key();
  const registry = await startRegistry();
  const [good, evil] = [makeImage(), makeImage()];
  for (const image of [good, evil]) await push(registry, 'base/app', image);
  await pushReferrer(registry, 'base/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key })));
  const documents = [
    { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'base-team' }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } },
    {
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'base' },
      spec: { artifacts: [{ image: `${registry.host}/base/**` }, { image: 'ghcr.io/acme/builder' }], require: [{ name: 'signed', signature: { by: ['base-team'] } }] },
    },
  ];
  return {
    host: registry.host, registry, world, key,
    good: `${registry.host}/base/app@${good.digest}`,
    evil: `${registry.host}/base/app@${evil.digest}`,
    policy: documents.map((document) => stringify(document)).join('---\n'),
    close: () => registry.close(),
  };
}
