import type { TrustMaterial, UnverifiedEvidence, VerificationJob } from '../../../src/domain/evidence.ts';
import { keylessBundle } from '../../world/bundle.ts';
import type { KeylessOptions } from '../../world/bundle.ts';
import { bundleEvidence, sigstoreRoot, trustMaterial } from '../../world/domain.ts';
import { asDigest, base64, jsonBytes, pae, sha256Hex } from '../../world/encode.ts';
import { signWith } from '../../world/keys.ts';
import type { SigningKey } from '../../world/keys.ts';
import { makeStatement } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';

/** Evidence that is made to cost as much as possible, beside an honest piece of the same kind and size. */
export interface Hostile {
  /** The item of the finding that it is the kind of, and what is in it. */
  readonly name: string;
  /** Proven. */
  readonly honest: VerificationJob;
  /** Not proven, or proven at this price. */
  readonly hostile: VerificationJob;
  /** Codes of the problems that it must end in, each once; none when it is proven. */
  readonly codes: readonly string[];
  /** The most times that it may cost its twin when the machine does other things as well; the bench holds all to 10. */
  readonly most: number;
}

export const HOSTILE_NOW = Date.UTC(2026, 2, 1);
export const DIGEST = asDigest(`sha256:${'a'.repeat(64)}`);
export const IDENTITY = { san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', issuer: 'https://token.actions.githubusercontent.com' };
const IN_TOTO = 'application/vnd.in-toto+json';
export const MIB = 1024 * 1024;

export type Json = Record<string, unknown>;

export const world = createWorld({ now: HOSTILE_NOW });
const root = sigstoreRoot(world);
const keyless = trustMaterial([], [root]);
/** Name and key identifier of the authority, signature of a stranger. */
export const byNobody = { certificate: { issuerKey: world.key('p384') } };

export function jobOf(piece: UnverifiedEvidence, trust: TrustMaterial = keyless): VerificationJob {
  return { artifact: { kind: 'image', digest: DIGEST, name: 'ghcr.io/acme/app' }, evidence: [piece], trust, now: HOSTILE_NOW };
}

export const keylessJob = (options: Partial<KeylessOptions> = {}): VerificationJob =>
  jobOf(bundleEvidence(keylessBundle(world, { identity: IDENTITY, ...(options.statement === undefined ? { digest: DIGEST } : {}), ...options })));

/** An honest SBOM of about so many bytes. */
function sbom(bytes: number): unknown {
  const component = (index: number): Json => ({
    'type': 'library', 'bom-ref': `pkg:npm/lib${index}@1.${index}.0`, 'name': `lib${index}`, 'version': `1.${index}.0`, 'purl': `pkg:npm/lib${index}@1.${index}.0`,
    'licenses': [{ license: { id: 'MIT' } }], 'hashes': [{ alg: 'SHA-256', content: sha256Hex(String(index)) }],
  });
  return { bomFormat: 'CycloneDX', components: Array.from({ length: Math.ceil(bytes / 270) }, (_, index) => component(index)) };
}

export const sbomStatement = (bytes: number): Buffer => jsonBytes(makeStatement(DIGEST, { predicateType: 'https://cyclonedx.org/bom', predicate: sbom(bytes) }));

export function envelopeJson(payload: Uint8Array, signatures: readonly Json[]): Buffer {
  return jsonBytes({ payloadType: IN_TOTO, payload: base64(payload), signatures });
}

export const signatureBy = (key: SigningKey, payload: Uint8Array): Json => ({ sig: base64(signWith(key, pae(IN_TOTO, payload))) });

export function dsse(bytes: Uint8Array, format: UnverifiedEvidence['format'] = 'dsse'): UnverifiedEvidence {
  return { format, source: 'a file', bytes, digest: `sha256:${sha256Hex(bytes)}` };
}
