import { X509Certificate } from 'node:crypto';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { Identity } from '../../world/ca.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { sha256Hex } from '../../world/encode.ts';
import { doc, keyed, keys, says, signs, WORKFLOW } from '../policy/every-field/world.ts';
import type { Doc, Word } from '../policy/every-field/world.ts';
import { otherForm } from './other-form.ts';
import type { Thing } from './scenes.ts';

/** Everybody whose word can count, by the name of his Signer: two with keys, two with certificates. */
export const PEOPLE = { alice: 'alice', bob: 'bob', ci: WORKFLOW, dora: { san: 'dora@acme.example', issuer: 'https://accounts.example.com' } } as const satisfies Record<string, 'alice' | 'bob' | Identity>;
/** One of them. */
export type Somebody = keyof typeof PEOPLE;

/** Their documents, each with these revocations of his own. */
export function signersWith(revocations: readonly object[]): readonly Doc[] {
  const more = revocations.length === 0 ? {} : { revocations };
  return Object.entries(PEOPLE).map(([name, who]) => {
    const identity = typeof who === 'string' ? keyed(keys[who]) : { keyless: { issuer: who.issuer, subject: who.san, trustRoot: 'world' } };
    return doc('Signer', name, { identities: [identity], ...more });
  });
}

/** How a piece reaches the server: as it was made, or as a stranger can rewrite it without a key. */
export const SHAPES = ['logged', 'without promise', 'stamped', 'other form'] as const;
/** One of these. */
export type Shape = (typeof SHAPES)[number];

/** Somebody's word about something, and everything by which it can be revoked, as documents write it. */
export interface Piece {
  readonly by: Somebody;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly things: readonly Thing[];
  /** The log whose index is not proven any more; each of its indices may be this one. */
  readonly unproven?: string;
  /** False: nothing proves when it was made. */
  readonly dated: boolean;
}

/** What is said, by whom and in which shape. */
export interface Said {
  readonly by: Somebody;
  readonly shape: Shape;
  /** The type and what it says; absent: a signature. */
  readonly statement?: readonly [type: string, predicate: unknown];
  readonly word?: Word & { readonly digest?: Digest };
}

/** Makes a piece of evidence about one digest, which revokes it as well. */
export function pieceOf({ by, shape, statement, word = {} }: Said, digest: string): Piece {
  const who = PEOPLE[by];
  const proofs = { ...word, by: who, tsa: true, log: shape === 'stamped' || shape === 'other form' ? 'none' : 'v1' } as const;
  const made = statement === undefined ? signs(proofs) : says(statement[0], statement[1], proofs);
  const bundle = JSON.parse(Buffer.from(made.bytes).toString('utf8')) as Bundle;
  const { certificate, tlogEntries } = bundle.verificationMaterial;
  const der = certificate === undefined ? undefined : Buffer.from(certificate.rawBytes, 'base64');
  const things = [{ digest }, ...keyThings(by, der), ...tlogEntries.flatMap(entryThings)];
  const [entry] = tlogEntries;
  const isBare = shape === 'without promise' && entry !== undefined;
  return {
    by, dated: true, things,
    evidence: [rewritten(bundle, shape, der)],
    ...(isBare ? { unproven: logIdOf(entry) } : {}),
  };
}

interface Entry {
  readonly logIndex: string;
  readonly canonicalizedBody: string;
  readonly logId: { readonly keyId: string };
  readonly inclusionPromise?: unknown;
}

interface Bundle {
  readonly verificationMaterial: { readonly certificate?: { readonly rawBytes: string }; readonly tlogEntries: readonly Entry[] };
}

function rewritten(bundle: Bundle, shape: Shape, der: Buffer | undefined): UnverifiedEvidence {
  const { verificationMaterial: material } = bundle;
  const tlogEntries = material.tlogEntries.map(({ inclusionPromise, ...entry }) => (shape === 'without promise' ? entry : { ...entry, inclusionPromise }));
  const certificate = shape === 'other form' && der !== undefined ? { certificate: { rawBytes: otherForm(der).der.toString('base64') } } : {};
  return bundleEvidence(Buffer.from(JSON.stringify({ ...bundle, verificationMaterial: { ...material, ...certificate, tlogEntries } })), 'a referrer');
}

function keyThings(by: Somebody, der: Buffer | undefined): readonly Thing[] {
  const who = PEOPLE[by];
  if (typeof who === 'string' || der === undefined) return typeof who === 'string' ? [{ key: keys[who].keyId }] : [];
  const { serialNumber, publicKey } = new X509Certificate(der);
  return [
    { key: `sha256:${sha256Hex(publicKey.export({ type: 'spki', format: 'der' }))}` },
    { identity: { issuer: who.issuer, subject: who.san } },
    { certificate: { fingerprint: `sha256:${sha256Hex(der)}` } },
    { certificate: { fingerprint: otherForm(der).fingerprint } },
    { certificate: { serial: serialNumber } },
  ];
}

function entryThings(entry: Entry): readonly Thing[] {
  const leaf = sha256Hex(Buffer.concat([Uint8Array.of(0), Buffer.from(entry.canonicalizedBody, 'base64')]));
  return [{ logIndex: { logId: logIdOf(entry), index: entry.logIndex } }, { logEntry: leaf }];
}

function logIdOf({ logId }: Entry): string {
  return Buffer.from(logId.keyId, 'base64').toString('hex');
}
