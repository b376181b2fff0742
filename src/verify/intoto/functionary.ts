/** Which of a step's functionaries signed a piece of metadata, and why every other signature counts for nobody. */
import type { ProvenParty } from '../../domain/policy/layout.ts';
import type { Validity } from '../../domain/policy/requirement.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import type { Authorities, ProvenPath } from './certificate-chain.ts';
import { provePaths, readLeafCertificate } from './certificate-chain.ts';
import type { CertificateConstraint } from './certificate-constraint.ts';
import { certificateText, constraintProblem } from './certificate-constraint.ts';
import { holderOf } from './holder.ts';
import type { MetadataKey, PartyKey } from './keys.ts';
import { certificateKey, partyOf } from './keys.ts';
import type { Budget } from './limits.ts';
import { LAYOUT_LIMITS } from './limits.ts';
import type { Metadata, MetadataSignature } from './metadata.ts';
import { Refusal } from '../problem.ts';

/** Somebody whom a layout lets do a step, and whose signature on a piece of metadata holds. */
export interface Signatory {
  readonly functionary: ProvenParty;
  readonly signer: string;
  readonly validity: Validity;
  /** With what a sublayout by this functionary is verified. */
  readonly party: PartyKey;
  /** The id under which the signature was made; names the folder of a sublayout's links. */
  readonly keyid: string;
}

/** Who may do one step: keys with the ids that count, and certificates. */
export interface StepParties {
  /** By id as signatures give it: the key, and whose it is. */
  readonly keys: ReadonlyMap<string, { readonly key: MetadataKey; readonly party: PartyKey }>;
  readonly constraints: readonly CertificateConstraint[];
  readonly authorities: Authorities;
}

/** The signatories of a piece of metadata, and for every signature that is none the reason. */
export interface Signatories {
  readonly found: readonly Signatory[];
  readonly refused: readonly string[];
}

/**
 * Finds who of the step's functionaries signed. Per key id only the first signature is tried, as the reference does; of those
 * that name no functionary the first few are: without an id with every key, with a certificate under the layout's roots.
 * Distinctness is not judged here.
 */
export function findSignatories(metadata: Metadata, parties: StepParties, budget: Budget): Signatories {
  const found: Signatory[] = [];
  const refused: string[] = [];
  const seen = new Set<string>();
  let unnamed: number = LAYOUT_LIMITS.unnamedSignatures;
  const tries = { left: Math.max(LAYOUT_LIMITS.unnamedAttempts, parties.keys.size) };
  for (const signature of metadata.signatures) {
    const { keyid } = signature;
    if (keyid !== '' && seen.has(keyid)) continue;
    seen.add(keyid);
    if (!parties.keys.has(keyid) && costs(signature, parties) && (unnamed -= 1) < 0) continue;
    const result = proveSignature({ metadata, signature, parties, tries }, budget);
    if (typeof result === 'string') refused.push(result);
    else found.push(result);
  }
  if (unnamed < 0) refused.push(`only ${LAYOUT_LIMITS.unnamedSignatures} signatures that name no functionary's key are tried`);
  if (metadata.signatures.length === 0) refused.push('it is not signed');
  return { found, refused };
}

/** Whether a signature that names no functionary is tried at all. */
function costs({ keyid, certificate }: MetadataSignature, { constraints }: StepParties): boolean {
  return keyid === '' || (certificate !== undefined && constraints.length > 0);
}

interface Attempt {
  readonly metadata: Metadata;
  readonly signature: MetadataSignature;
  readonly parties: StepParties;
  /** Keys that may still be tried on signatures of this file that name none. */
  readonly tries: { left: number };
}

function proveSignature(attempt: Attempt, budget: Budget): Signatory | string {
  const { signature: { keyid, certificate }, parties, tries } = attempt;
  const named = parties.keys.get(keyid);
  if (named !== undefined) return tryKeys([named], attempt, budget) ?? `the signature by key ${shown(keyid)} does not hold`;
  if (keyid === '') {
    const keys = [...parties.keys.values()].slice(0, tries.left);
    tries.left -= keys.length;
    return tryKeys(keys, attempt, budget) ?? 'a signature without key id is not by a functionary of the step';
  }
  if (certificate !== undefined && parties.constraints.length > 0) return proveCertificateHolder(certificate, attempt, budget);
  return `key ${shown(keyid)} is not a functionary of the step`;
}

function tryKeys(
  keys: readonly { readonly key: MetadataKey; readonly party: PartyKey }[],
  { metadata, signature }: Attempt,
  budget: Budget,
): Signatory | undefined {
  for (const { key, party } of keys) {
    if (!budget.take(metadata.message)) return undefined;
    const verdict = key.verify(metadata.message, signature);
    if (verdict !== false)
      return { functionary: partyOf(party, key), signer: `key ${shown(key.keyid)}`, validity: verdict.validity, party, keyid: key.keyid };
  }
  return undefined;
}

/** The certificate must meet one constraint entirely, under one and the same root; then its key must have signed. */
function proveCertificateHolder(pem: string, attempt: Attempt, budget: Budget): Signatory | string {
  const leaf = readLeafCertificate(pem);
  if (!leaf.ok) return `certificate cannot be used: ${leaf.problem.cause ?? leaf.problem.code}`;
  try {
    return proveHolder(leaf.value, attempt, budget);
  } catch (error) {
    if (error instanceof Malformed || error instanceof Refusal) return `certificate cannot be used: ${error.message}`;
    throw error;
  }
}

function proveHolder(leaf: Certificate, attempt: Attempt, budget: Budget): Signatory | string {
  const { metadata, signature, parties: { authorities, constraints } } = attempt;
  const { paths, problems: why } = provePaths(leaf, authorities, budget);
  if (paths.length === 0)
    return [`certificate of ${certificateText(leaf)} is not issued under a root of the layout`, ...why.slice(0, 1)].join(': ');
  const problems: string[] = [];
  for (const path of paths) {
    const ofPath = constraints.map((constraint) => constraintProblem(constraint, leaf, path.rootId));
    if (!ofPath.includes(undefined)) problems.push(...ofPath.filter((problem) => problem !== undefined));
    else return signedBy(leaf, path, { metadata, signature }, budget);
  }
  return `certificate of ${certificateText(leaf)} does not meet the step's constraints (${problems[0] ?? ''})`;
}

function signedBy(
  leaf: Certificate,
  { authorities, validity }: ProvenPath,
  { metadata, signature }: Pick<Attempt, 'metadata' | 'signature'>,
  budget: Budget,
): Signatory | string {
  const key = certificateKey(leaf.key);
  const holder = certificateText(leaf);
  if (!budget.take(metadata.message) || key.verify(metadata.message, signature) === false)
    return `the signature by the certificate of ${holder} does not hold`;
  const party: PartyKey = { keyid: signature.keyid, identity: key.fingerprint, keys: new Map([[signature.keyid, key]]), anyId: true };
  return { functionary: holderOf(leaf, authorities), signer: `certificate of ${holder}`, validity, party, keyid: signature.keyid };
}

function shown(keyid: string): string {
  return keyid.length <= 16 ? keyid : `${keyid.slice(0, 16)}…`;
}
