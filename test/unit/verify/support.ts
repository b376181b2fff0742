import { createHash } from 'node:crypto';
import type { TrustedKey, TrustMaterial, UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../../src/domain/policy/trust-root.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import { hashJson } from '../../../src/trust/index.ts';
import type { Layer } from '../../world/cosign.ts';
import { asDigest } from '../../world/encode.ts';
import type { SigningKey } from '../../world/keys.ts';
import type { World } from '../../world/world.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const DIGEST = asDigest(`sha256:${'a'.repeat(64)}`);
export const OTHER = asDigest(`sha256:${'b'.repeat(64)}`);
export const RELEASE = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };

/** A piece of evidence under its cache key, as `fetch` makes it. */
export function evidence(format: UnverifiedEvidence['format'], bytes: Uint8Array, annotations?: Readonly<Record<string, string>>): UnverifiedEvidence {
  const digest = createHash('sha256').update(bytes).update(JSON.stringify(annotations ?? {})).digest('hex');
  return { format, source: 'layer 0', bytes, digest: `sha256:${digest}`, ...(annotations === undefined ? {} : { annotations }) };
}

export function layerEvidence(format: UnverifiedEvidence['format'], layer: Layer): UnverifiedEvidence {
  return evidence(format, layer.bytes, layer.annotations);
}

export function trustedKey(key: SigningKey, root?: SigstoreRoot): TrustedKey {
  return { keyId: key.keyId, pem: key.publicKeyPem, ...(root === undefined ? {} : { rootId: root.id }) };
}

export function trustedRoot(world: World, name = 'acme'): SigstoreRoot {
  const root = world.trustedRoot();
  return { kind: 'sigstore', name, id: `${name}-${hashJson(root)}`, trustedRoot: root, require: { transparencyLog: 1, sct: 1, timestamps: 0 }, secondOpinion: 'off' };
}

export function trust(keys: readonly TrustedKey[] = [], roots: readonly SigstoreRoot[] = []): TrustMaterial {
  return { id: hashJson({ keys, roots: roots.map((root) => root.id) }), keys, roots };
}

export function job(pieces: readonly UnverifiedEvidence[], material: TrustMaterial, digest: Digest = DIGEST): VerificationJob {
  return { artifact: { kind: 'image', digest, name: 'ghcr.io/acme/app' }, evidence: pieces, trust: material, now: NOW };
}
