import { keyBundle, keylessBundle } from '../test/world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../test/world/cosign.ts';
import { makeImage } from '../test/world/image.ts';
import type { SigningKey } from '../test/world/keys.ts';
import { push, pushReferrer, type RegistryTarget } from '../test/world/push.ts';
import { podReview } from '../test/world/review.ts';
import type { World } from '../test/world/world.ts';

/** How an image is signed. */
export type Layout = 'legacy' | 'referrer' | 'keyless';

export const IDENTITY = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };

/** Type of the attestations that images below `attested/` need. */
export const ATTESTED = 'https://acme.example/checked/v1';

/** Pushes `count` signed images and gives their references by digest. */
export async function signedImages(registry: RegistryTarget & { readonly host: string }, world: World, key: SigningKey, layout: Layout, count: number, repository: string): Promise<string[]> {
  const references: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const image = makeImage({ seed: `${repository}-${index}` });
    const name = `${registry.host}/${repository}`;
    await push(registry, repository, image);
    if (layout === 'legacy') await push(registry, repository, legacySignatures(image.digest, [simpleSigningLayer(world, { digest: image.digest, reference: name }, { key })]));
    else await pushReferrer(registry, repository, bundleReferrer(image, layout === 'keyless' ? keylessBundle(world, { digest: image.digest, identity: IDENTITY }) : keyBundle(world, { digest: image.digest, key })));
    references.push(`${name}@${image.digest}`);
  }
  return references;
}

/** A review of about 10 KB for a pod with this image, as large as the API server's usually are. */
export function review(image: string): string {
  const padding = { 'example.com/managed-fields': 'f:spec '.repeat(1220) };
  return JSON.stringify(podReview({ images: [image], namespace: 'bench', annotations: padding }));
}

/** Policies that trust the key, and the identity under the world's trust root, for the bench registry. */
export function policyFor(registry: { readonly host: string }, world: World, key: SigningKey): string {
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  return [
    document('TrustRoot', 'bench', { sigstore: { trustedRoot: world.trustedRoot() } }),
    document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem } }] }),
    document('Signer', 'workflow', { identities: [{ keyless: { issuer: IDENTITY.issuer, subject: IDENTITY.san, trustRoot: 'bench' } }] }),
    document('ClusterArtifactPolicy', 'by-key', { artifacts: [{ image: `${registry.host}/key/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }] }),
    document('ClusterArtifactPolicy', 'attested', { artifacts: [{ image: `${registry.host}/attested/**` }], require: [{ name: 'checked', attestation: { type: ATTESTED, by: ['release'] } }] }),
    document('ClusterArtifactPolicy', 'keyless', { artifacts: [{ image: `${registry.host}/keyless/**` }], require: [{ name: 'signed', signature: { by: ['workflow'] } }] }),
  ].join('\n---\n');
}
