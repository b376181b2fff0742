import { keyBundle, keylessBundle } from '../world/bundle.ts';
import type { KeylessOptions, KeyOptions } from '../world/bundle.ts';
import { bundleEvidence } from '../world/domain.ts';
import { digestOf } from '../world/encode.ts';
import type { SigningKey } from '../world/keys.ts';
import type { LoggedEntry } from '../world/log-entry.ts';
import type { Overrides } from '../world/evidence.ts';
import { COSIGN_SIGN_TYPE } from '../world/statement.ts';
import type { TrustedRootOptions } from '../world/trusted-root.ts';
import { createWorld } from '../world/world.ts';
import type { World } from '../world/world.ts';
import type { VerifierOptions } from '@sigstore/verify';
import { IMAGE } from './gatehouse.ts';
import type { Question } from './recipe.ts';

export const NOW = Date.UTC(2026, 2, 1);
export const MINUTE = 60_000;
export const world: World = createWorld({ now: NOW });

/** The manifest of the image that everything is about. */
export const ARTIFACT = Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}');
export const DIGEST = digestOf(ARTIFACT);
export const IDENTITY = {
  san: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  claims: { runnerEnvironment: 'github-hosted' },
} as const;

const NO_THRESHOLDS: VerifierOptions = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };

/** How a question differs from "a message signature, logged in Rekor v1, judged by a policy that names its signer". */
interface Change {
  readonly world?: World;
  /** The trusted root, for both verifiers. */
  readonly root?: TrustedRootOptions;
  /** `sigstore.require` of the TrustRoot. */
  readonly require?: Record<string, unknown>;
  readonly thresholds?: VerifierOptions;
  /** The requirement; default: a signature by the signer. */
  readonly demand?: Record<string, unknown>;
  readonly now?: number;
  /** Last word on the bundle's text. */
  readonly text?: (json: string) => string;
}

/** A question about keyless evidence. */
export interface KeylessChange extends Change, Partial<KeylessOptions> {
  /** Fields of `keyless` in the Signer. */
  readonly signer?: Record<string, unknown>;
}

/** A question about keyless evidence that differs from the honest one by `change`. */
export function keyless(change: KeylessChange = {}): Question {
  const { world: of = world, root, require, thresholds, demand, now = NOW, text, signer, ...options } = change;
  const identity = options.identity ?? IDENTITY;
  const content = options.statement === undefined && options.digest === undefined ? { artifact: ARTIFACT } : {};
  const made = keylessBundle(of, { ...content, ...options, identity });
  const bundle = text === undefined ? made : Buffer.from(text(made.toString('utf8')));
  const trustedRoot = of.trustedRoot(root);
  const expected = { subjectAlternativeName: IDENTITY.san, extensions: { issuer: IDENTITY.issuer } };
  const named = signer ?? { issuer: IDENTITY.issuer, subject: IDENTITY.san };
  return {
    evidence: bundleEvidence(bundle), digest: DIGEST, now,
    documents: [
      rootDocument(trustedRoot, require),
      signerDocument([{ keyless: { ...named, trustRoot: 'world' } }]),
      policyDocument(demand),
    ],
    oracle: {
      bundle, root: trustedRoot, ...(isMessage(options) ? { artifact: ARTIFACT } : {}), ...(thresholds && { thresholds }),
      policy: { ...expected, ...(typeof signer?.['subject'] === 'string' ? { subjectAlternativeName: signer['subject'] } : {}) },
    },
  };
}

/** A question about evidence by key. */
export interface KeyedChange extends Change, Partial<KeyOptions> {
  /** The key that is trusted, if not the one that signs. */
  readonly trusted?: SigningKey;
  /** Fields of `key` in the Signer. */
  readonly signer?: Record<string, unknown>;
  /** Demand and prove a log entry. */
  readonly logged?: boolean;
  readonly oracleHint?: string;
  readonly oracleEnd?: number;
}

/** A question about evidence by key that differs from the honest one by `change`. */
export function keyed(change: KeyedChange = {}): Question {
  const { world: of = world, root, require, thresholds, demand, now = NOW, text, trusted, signer, logged = false, oracleHint, oracleEnd, ...options } = change;
  const key = options.key ?? of.key();
  const trustedKey = trusted ?? key;
  const content = options.statement === undefined && options.digest === undefined ? { artifact: ARTIFACT } : {};
  const made = keyBundle(of, { ...content, ...(logged ? { log: 'v1' as const } : {}), ...options, key });
  const bundle = text === undefined ? made : Buffer.from(text(made.toString('utf8')));
  const trustedRoot = of.trustedRoot(root);
  const dated = logged || options.tsa === true ? { trustRoot: 'world', ...(logged ? { transparencyLog: 'required' } : {}) } : {};
  return {
    evidence: bundleEvidence(bundle), digest: DIGEST, now,
    documents: [rootDocument(trustedRoot, require), signerDocument([{ key: { data: trustedKey.publicKeyPem, ...dated, ...signer } }]), policyDocument(demand)],
    oracle: {
      bundle, root: trustedRoot, ...(isMessage(options) ? { artifact: ARTIFACT } : {}),
      key: { key: trustedKey, hint: oracleHint ?? options.hint ?? trustedKey.hint, ...(oracleEnd === undefined ? {} : { end: oracleEnd }) },
      thresholds: thresholds ?? (logged ? { ...NO_THRESHOLDS, tlogThreshold: 1, timestampThreshold: 1 } : NO_THRESHOLDS),
    },
  };
}

/** Requirement: an attestation of this type. */
export function attested(type: string): Record<string, unknown> {
  return { attestation: { type, by: ['release'] } };
}

/** Rekor v2 with its timestamp. */
export const V2 = { log: 'v2', tsa: true } as const;
/** A DSSE envelope with cosign's signature statement. */
export const ENVELOPE = { digest: DIGEST } as const;

/** Changes the log's answer after everything is signed. */
export function entry(change: (one: LoggedEntry) => Partial<LoggedEntry>): Overrides {
  return { log: { entry: (one) => ({ ...one, ...change(one) }) } };
}

/** Changes the inclusion proof after everything is signed. */
export function proof(change: (one: NonNullable<LoggedEntry['proof']>) => Partial<NonNullable<LoggedEntry['proof']>>): Overrides {
  return entry((one) => (one.proof === undefined ? {} : { proof: { ...one.proof, ...change(one.proof) } }));
}

export function rootDocument(trustedRoot: Record<string, unknown>, require?: Record<string, unknown>): unknown {
  return document('TrustRoot', 'world', { sigstore: { trustedRoot, ...(require && { require }) } });
}

export function signerDocument(identities: readonly unknown[]): unknown {
  return document('Signer', 'release', { identities });
}

export function policyDocument(demand: Record<string, unknown> = { signature: { by: ['release'] } }): unknown {
  return document('ClusterArtifactPolicy', 'images', { artifacts: [{ image: IMAGE }], require: [{ name: 'signed', ...demand }] });
}

function document(kind: string, name: string, spec: unknown): unknown {
  return { apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec };
}

function isMessage(options: { readonly statement?: unknown; readonly digest?: unknown }): boolean {
  return options.statement === undefined && options.digest === undefined;
}

export { COSIGN_SIGN_TYPE };
