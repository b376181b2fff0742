import type { VerifiedEvidence } from '../domain/evidence.ts';
import type { Inspection } from '../domain/inspection.ts';
import type { ProvenSigner } from '../domain/identity.ts';

/** Public keys by their ids, PEM: what a policy needs to name a key. */
export type KnownKeys = ReadonlyMap<string, string>;

const API = 'apiVersion: gatehouse.dev/v1alpha1';
const DEFAULT_ROOT = 'sigstore-public-good';

/** A signer of the inspection under the name that the snippet gives him. */
interface Named {
  readonly name: string;
  readonly proofs: VerifiedEvidence[];
}

/**
 * A policy that asks for exactly what an inspection has proven: one Signer for each identity, one requirement for each
 * signature and type of attestation. `undefined` when nothing was proven. Every text is quoted, whoever wrote it.
 */
export function policySnippet(inspection: Inspection, keys: KnownKeys): string | undefined {
  const signers = nameSigners(inspection.evidence.flatMap(({ verified }) => verified));
  if (signers.length === 0) return undefined;
  return [...signers.map((signer) => signerDocument(signer, keys)), policyDocument(inspection, signers)].join('\n---\n');
}

function nameSigners(proofs: readonly VerifiedEvidence[]): readonly Named[] {
  const named = new Map<string, Named>();
  for (const proof of proofs) {
    const id = identityOf(proof.signer);
    const known = named.get(id) ?? { name: `signer-${named.size + 1}`, proofs: [] };
    known.proofs.push(proof);
    named.set(id, known);
  }
  return [...named.values()];
}

function identityOf(signer: ProvenSigner): string {
  return signer.kind === 'key' ? JSON.stringify([signer.keyId, signer.trustRoot, signer.barePayloadKeyId]) : JSON.stringify([signer.trustRoot, signer.issuer, signer.subject]);
}

function signerDocument({ name, proofs }: Named, keys: KnownKeys): string {
  const [first] = proofs;
  return [API, 'kind: Signer', `metadata: {name: ${name}}`, 'spec:', '  identities:', ...(first === undefined ? [] : identityLines({ signer: first.signer, logged: proofs.every(({ logEntries }) => logEntries.length > 0) }, keys))].join('\n');
}

function identityLines({ signer, logged }: { readonly signer: ProvenSigner; readonly logged: boolean }, keys: KnownKeys): string[] {
  const root = signer.trustRoot === undefined || (signer.kind === 'certificate' && signer.trustRoot === DEFAULT_ROOT) ? [] : [`        trustRoot: ${quote(signer.trustRoot)}`];
  if (signer.kind === 'certificate') return ['    - keyless:', `        issuer: ${quote(signer.issuer)}`, `        subject: ${quote(signer.subject.value)}`, ...root];
  const pem = keys.get(signer.keyId) ?? '';
  const bare = signer.barePayloadKeyId === undefined ? [] : [`        barePayloadKeyId: ${quote(signer.barePayloadKeyId)}`];
  const log = logged ? ['        transparencyLog: required'] : [];
  return ['    - key:', '        data: |', ...pem.trim().split('\n').map((line) => `          ${line}`), ...root, ...log, ...bare];
}

function policyDocument({ artifact }: Inspection, signers: readonly Named[]): string {
  const wants = new Map<string, Set<string>>();
  for (const { name, proofs } of signers) {
    for (const { kind, statement } of proofs) {
      const type = kind === 'attestation' && statement !== undefined ? statement.predicateType : '';
      wants.set(type, (wants.get(type) ?? new Set()).add(name));
    }
  }
  const requirements = [...wants].map(([type, names], index) =>
    type === ''
      ? `    - {name: signed, signature: {by: [${[...names].join(', ')}]}}`
      : `    - {name: attested ${index + 1}, attestation: {type: ${quote(type)}, by: [${[...names].join(', ')}]}}`);
  return [API, 'kind: ClusterArtifactPolicy', 'metadata: {name: inspected}', 'spec:', `  artifacts: [{${artifact.kind}: ${quote(patternOf(artifact))}}]`, '  mode: audit', '  require:', ...requirements].join('\n');
}

/** The next version of a package shall be judged by the same policy; names of images have no version in them. */
function patternOf({ kind, name }: Inspection['artifact']): string {
  return kind === 'package' ? name.slice(0, name.lastIndexOf('@')) : name;
}

/** JSON's quoting is YAML's as well. */
function quote(text: string): string {
  return JSON.stringify(text);
}
