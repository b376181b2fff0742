import type { ArtifactRef } from '../../../../src/domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { keyBundle, keylessBundle } from '../../../world/bundle.ts';
import type { Identity } from '../../../world/ca.ts';
import { simpleSigningLayer } from '../../../world/cosign.ts';
import { bundleEvidence, layerEvidence } from '../../../world/domain.ts';
import { asDigest } from '../../../world/encode.ts';
import type { Proofs } from '../../../world/evidence.ts';
import type { SigningKey } from '../../../world/keys.ts';
import { cosignSignStatement, makeStatement } from '../../../world/statement.ts';
import type { Subject } from '../../../world/statement.ts';
import { createWorld } from '../../../world/world.ts';

/** The present of every row, epoch milliseconds; people, artifact and evidence are made around it, with real signatures. */
export const NOW = Date.UTC(2026, 5, 1);
/** Stretches of time, milliseconds. */
export const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** The deployment that everybody here signs with. */
export const world = createWorld({ now: NOW });
/** The product's reader of trust, to which that deployment is the public good one as well. */
export const trust = { ...createTrustReader(), publicGood: world.trustedRoot() };
/** The artifact's. */
export const DIGEST = asDigest(`sha256:${'ab'.repeat(32)}`);
/** Of something else. */
export const OTHER = asDigest(`sha256:${'cd'.repeat(32)}`);
/** Everybody who signs with a key; nobody trusts the stranger unless a row does. */
export const keys = { alice: world.key(), bob: world.key(), carol: world.key(), stranger: world.key() };
/** Who signs without a key. */
export const WORKFLOW: Identity = {
  san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  claims: { runnerEnvironment: 'github-hosted', sourceRepositoryURI: 'https://github.com/acme/app' },
};
/** A time as documents write it. */
export const iso = (at: number): string => new Date(at).toISOString();

/** A document before it is written as YAML. */
export interface Doc {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: unknown;
}

/** A document; `more` are further fields of its metadata. */
export const doc = (kind: string, name: string, spec: unknown, more: object = {}): Doc => ({
  apiVersion: 'gatehouse.dev/v1alpha1',
  kind,
  metadata: { name, ...more },
  spec,
});
/** An identity by a key, whose signatures the world may date unless `more` says otherwise. */
export const keyed = (key: SigningKey, more: object = { trustRoot: 'world' }): object => ({ key: { data: key.publicKeyPem, ...more } });
/** The trust root of the world. */
export const ROOT = doc('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } });
/** A Signer for each of the keys. */
export const SIGNERS: readonly Doc[] = Object.entries(keys).map(([name, key]) => doc('Signer', name, { identities: [keyed(key)] }));

/** The artifact of most rows. */
export const IMAGE: ArtifactRef = {
  kind: 'image',
  usage: 'container',
  path: 'spec.containers[0].image',
  raw: `ghcr.io/acme/app:1@${DIGEST}`,
  name: 'ghcr.io/acme/app',
  tag: '1',
  digest: DIGEST,
};

const SOURCE = 'a referrer';

/** Whose word it is (default: alice), when it was given (default: an hour ago, logged), and about what (default: the image). */
export interface Word extends Proofs {
  readonly by?: keyof typeof keys | Identity;
  readonly about?: readonly Subject[];
}

/** An attestation. */
export function says(predicateType: string, predicate: unknown, { by = 'alice', about, ...proofs }: Word = {}): UnverifiedEvidence {
  const statement = makeStatement(about ?? DIGEST, { predicateType, predicate });
  const more = { statement, log: 'v1', at: NOW - HOUR, ...proofs } as const;
  return bundleEvidence(
    typeof by === 'string' ? keyBundle(world, { key: keys[by], ...more }) : keylessBundle(world, { identity: by, ...more }),
    SOURCE,
  );
}

/** A signature on the image. */
export function signs({ by = 'alice', ...proofs }: Word & { readonly digest?: typeof DIGEST } = {}): UnverifiedEvidence {
  const more = { digest: proofs.digest ?? DIGEST, log: 'v1', at: NOW - HOUR, ...proofs } as const;
  return bundleEvidence(
    typeof by === 'string' ? keyBundle(world, { key: keys[by], ...more }) : keylessBundle(world, { identity: by, ...more }),
    SOURCE,
  );
}

/** A keyless signature of cosign 2, in a layer and its annotations. */
export function signsInLayer(by: typeof WORKFLOW): UnverifiedEvidence {
  return layerEvidence(
    simpleSigningLayer(world, { digest: DIGEST, reference: 'registry.example/acme/app' }, { identity: by }, { log: 'v1', at: NOW - HOUR }),
    SOURCE,
  );
}

/** A signature of cosign 2, which names a repository. */
export function signsFor(reference: string): UnverifiedEvidence {
  return layerEvidence(
    simpleSigningLayer(world, { digest: DIGEST, reference }, { key: keys.alice }, { log: 'v1', at: NOW - HOUR }),
    SOURCE,
  );
}

/** A signature of cosign 3 with `-a NAME=VALUE`, in a bundle. */
export function signsSaying(annotations: Readonly<Record<string, string>>, { by = 'alice', ...proofs }: Word = {}): UnverifiedEvidence {
  const more = { statement: cosignSignStatement(DIGEST, annotations), log: 'v1', at: NOW - HOUR, ...proofs } as const;
  return bundleEvidence(
    typeof by === 'string' ? keyBundle(world, { key: keys[by], ...more }) : keylessBundle(world, { identity: by, ...more }),
    SOURCE,
  );
}

/** The same of cosign 2: in the signed `optional`, or beside it in annotations that nobody signed. */
export function signsSayingInLayer(optional: Readonly<Record<string, unknown>> | null, unsigned: Readonly<Record<string, string>> = {}): UnverifiedEvidence {
  const layer = simpleSigningLayer(
    world, { digest: DIGEST, reference: 'ghcr.io/acme/app', optional }, { key: keys.alice }, { log: 'v1', at: NOW - HOUR },
  );
  return layerEvidence({ ...layer, annotations: { ...layer.annotations, ...unsigned } }, SOURCE);
}
