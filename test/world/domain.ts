import type { EvidenceFormat, TrustMaterial, TrustedKey, UnverifiedEvidence } from '../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../src/domain/policy/trust-root.ts';
import type { Layer } from './cosign.ts';
import { canonicalJson, sha256Hex } from './encode.ts';
import type { SigningKey } from './keys.ts';
import type { TrustedRootOptions } from './trusted-root.ts';
import type { World } from './world.ts';

/** The world's things in the product's own types, so that rooms can be tested without registry or policy files. */

/** A bundle as if fetched. */
export function bundleEvidence(bytes: Uint8Array, source = 'referrer'): UnverifiedEvidence {
  return { format: 'sigstore-bundle', source, bytes, digest: `sha256:${sha256Hex(bytes)}` };
}

/** A layer of a legacy manifest as if fetched. */
export function layerEvidence(layer: Layer, source = 'tag layer 0'): UnverifiedEvidence {
  const format: EvidenceFormat = layer.mediaType.includes('simplesigning') ? 'cosign-simple' : 'cosign-dsse';
  const digest = `sha256:${sha256Hex(`${sha256Hex(layer.bytes)}${canonicalJson(layer.annotations)}`)}`;
  return { format, source, bytes: layer.bytes, digest, annotations: layer.annotations };
}

/** A key as a policy trusts it; with `root`, its log and timestamp authorities may date the key's signatures. */
export function trustedKey(key: SigningKey, root?: SigstoreRoot): TrustedKey {
  return { keyId: key.keyId, pem: key.publicKeyPem, ...(root && { rootId: root.id }) };
}

/** The world as a trust root; what it demands defaults to one log entry, one SCT, no timestamp. */
export function sigstoreRoot(world: World, options: { readonly name?: string; readonly require?: SigstoreRoot['require']; readonly secondOpinion?: SigstoreRoot['secondOpinion']; readonly root?: TrustedRootOptions } = {}): SigstoreRoot {
  const trustedRoot = world.trustedRoot(options.root);
  const require = options.require ?? { transparencyLog: 1, sct: 1, timestamps: 0 };
  const name = options.name ?? 'world';
  return { kind: 'sigstore', name, id: `sha256:${sha256Hex(canonicalJson([name, trustedRoot, require, options.secondOpinion ?? 'off']))}`, trustedRoot, require, secondOpinion: options.secondOpinion ?? 'off' };
}

/** Trust material of some keys and roots. */
export function trustMaterial(keys: readonly TrustedKey[], roots: readonly SigstoreRoot[] = []): TrustMaterial {
  return { id: `sha256:${sha256Hex(canonicalJson([keys, roots.map((root) => root.id)]))}`, keys, roots };
}
