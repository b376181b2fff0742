/** Signers of an inspection as documents: one for each identity, with whatever its proofs show of it. */
import type { VerifiedEvidence } from '../../domain/evidence.ts';
import { distinguishedNameText } from '../../text/names/distinguished-name.ts';
import { usagesText } from '../../text/names/usages.ts';
import { subjectTypes } from '../../domain/policy/identity.ts';
import type { ProvenKey, ProvenSigner, ProvenX509 } from '../../domain/policy/identity.ts';
import { isPlain, quote } from './quote.ts';

/** Public keys by their ids, PEM: what a policy needs to name a key. */
export type KnownKeys = ReadonlyMap<string, string>;

/** First line of every document. */
export const API = 'apiVersion: gatehouse.dev/v1alpha1';
const DEFAULT_ROOT = 'sigstore-public-good';

/** A signer of the inspection under the name that the policy gives him; `proofs` are his. */
export interface Named {
  readonly name: string;
  readonly proofs: readonly VerifiedEvidence[];
}

/** The signers of these proofs, in the order in which they come. */
export function nameSigners(proofs: readonly VerifiedEvidence[]): readonly Named[] {
  const named = new Map<string, { readonly name: string; readonly proofs: VerifiedEvidence[] }>();
  for (const proof of proofs) {
    const id = identityOf(proof.signer);
    const known = named.get(id) ?? { name: `signer-${named.size + 1}`, proofs: [] };
    known.proofs.push(proof);
    named.set(id, known);
  }
  return [...named.values()];
}

function identityOf(signer: ProvenSigner): string {
  switch (signer.kind) {
    case 'key':
      return JSON.stringify([
        signer.keyId, signer.trustRoot, signer.barePayloadKeyId, signer.hashAlgorithm, signer.openPgp?.fingerprint, signer.securityKey,
      ]);
    case 'certificate':
      return JSON.stringify([signer.trustRoot, signer.issuer, signer.subject]);
    case 'x509':
      return JSON.stringify([signer.trustRoot, signer.issuer, signer.subject, signer.subject.length > 0 ? [] : signer.names]);
    case 'spiffe':
      return JSON.stringify([signer.trustRoot, signer.id]);
  }
}

/** The document of a signer. Every text is quoted, whoever wrote it. */
export function signerDocument({ name, proofs }: Named, keys: KnownKeys): string {
  const [first] = proofs;
  return [
    API,
    'kind: Signer',
    `metadata: {name: ${name}}`,
    'spec:',
    '  identities:',
    ...(first === undefined
      ? []
      : identityLines({ signer: first.signer, logged: proofs.every(({ logEntries }) => logEntries.length > 0) }, keys)),
  ].join('\n');
}

function identityLines({ signer, logged }: { readonly signer: ProvenSigner; readonly logged: boolean }, keys: KnownKeys): string[] {
  const root = signer.trustRoot === undefined ? [] : [`        trustRoot: ${quote(signer.trustRoot)}`];
  switch (signer.kind) {
    case 'key':
      return keyLines(signer, logged, root, keys);
    case 'certificate':
      return [
        '    - keyless:',
        `        issuer: ${quote(signer.issuer)}`,
        ...subjectLines(signer.subject.value),
        ...(signer.trustRoot === DEFAULT_ROOT ? [] : root),
      ];
    case 'x509':
      return ['    - x509:', ...holderLines(signer), ...root];
    case 'spiffe':
      return ['    - spiffe:', `        id: ${quote(signer.id)}`, ...root];
  }
}

/** The whole subject, or the first of the alternative names that a policy can name; usages that are not those of signing code have to be named. */
function holderLines(signer: ProvenX509): readonly string[] {
  const name = signer.names.find(({ type, value }) => subjectTypes(value).includes(type)) ?? signer.names[0];
  const who = signer.subject.length > 0 ? `subject: ${quote(distinguishedNameText(signer.subject))}` : `san: ${quote(name?.value ?? '')}`;
  const named = usagesText(signer.usages ?? []).split(', ').filter((usage) => usage !== '');
  const usages = named.includes('codeSigning') ? [] : [`        eku: [${quote(named.find((usage) => usage !== 'any') ?? 'any')}]`];
  return [`        ${who}`, `        issuer: ${quote(distinguishedNameText(signer.issuer))}`, ...usages];
}

/** The next release has another tag and the same workflow; whoever wants this tag alone writes `subject`. */
function subjectLines(subject: string): readonly string[] {
  const [, workflow = '', tag = ''] = /^(https:\/\/[^*]+@refs\/tags\/)([^/*]+)$/.exec(subject) ?? [];
  if (tag === '' || !isPlain(subject)) return [`        subject: ${quote(subject)}`];
  return [
    '        # Of every tag of this workflow; this artifact alone was signed by:',
    `        # subject: ${quote(subject)}`,
    `        subjectGlob: ${quote(`${workflow}*`)}`,
  ];
}

function keyLines(signer: ProvenKey, logged: boolean, root: readonly string[], keys: KnownKeys): string[] {
  // Of OpenPGP the block is named, and not the key in it.
  const pem = keys.get(signer.openPgp?.fingerprint ?? signer.keyId) ?? `PUBLIC KEY ${signer.openPgp?.fingerprint ?? signer.keyId}`;
  const bare = signer.barePayloadKeyId === undefined ? [] : [`        barePayloadKeyId: ${quote(signer.barePayloadKeyId)}`];
  const log = logged ? ['        transparencyLog: required'] : [];
  return ['    - key:', '        data: |', ...pem.trim().split('\n').map((line) => `          ${line}`), ...root, ...log, ...bare];
}
