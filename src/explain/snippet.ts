/** From what was found to a policy that asks for it, to be read and then pasted. */
import { isRegistryWord } from '../domain/policy/registry-requirement.ts';
import type { VerifiedEvidence } from '../domain/evidence.ts';
import type { InspectedBuild, Inspection } from '../domain/decision/inspection.ts';
import type { ProvenKey, ProvenSigner } from '../domain/policy/identity.ts';

/** Public keys by their ids, PEM: what a policy needs to name a key. */
export type KnownKeys = ReadonlyMap<string, string>;

const API = 'apiVersion: gatehouse.dev/v1alpha1';
const DEFAULT_ROOT = 'sigstore-public-good';

const HEAD = '# Accepts what is proven of this artifact; keep only those whom you trust.';

/** A signer of the inspection under the name that the snippet gives him. */
interface Named {
  readonly name: string;
  readonly proofs: VerifiedEvidence[];
}

/**
 * A policy that asks for exactly what an inspection has proven: one Signer for each identity, one requirement for each
 * signature, build and other type of attestation, but for builds that their signer may not claim. `undefined` when nothing is left.
 * Every text is quoted, whoever wrote it, but for `name`, that of the policy: a DNS label.
 */
export function policySnippet(inspection: Inspection, keys: KnownKeys, name = 'inspected'): string | undefined {
  const signers = nameSigners(
    inspection.evidence.flatMap(({ verified, builds }) => verified.filter((proof) => builds.get(proof)?.plausible !== false)),
  );
  if (signers.length === 0) return undefined;
  const documents = [...signers.map((signer) => signerDocument(signer, keys)), policyDocument(inspection, signers, name)];
  return `${HEAD}\n${documents.join('\n---\n')}`;
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
  switch (signer.kind) {
    case 'key':
      return JSON.stringify([signer.keyId, signer.trustRoot, signer.barePayloadKeyId, signer.hashAlgorithm]);
    case 'certificate':
      return JSON.stringify([signer.trustRoot, signer.issuer, signer.subject]);
  }
}

function signerDocument({ name, proofs }: Named, keys: KnownKeys): string {
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
  }
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
  const pem = keys.get(signer.keyId) ?? '';
  const bare = signer.barePayloadKeyId === undefined ? [] : [`        barePayloadKeyId: ${quote(signer.barePayloadKeyId)}`];
  const log = logged ? ['        transparencyLog: required'] : [];
  return ['    - key:', '        data: |', ...pem.trim().split('\n').map((line) => `          ${line}`), ...root, ...log, ...bare];
}

function policyDocument({ artifact, evidence }: Inspection, signers: readonly Named[], policyName: string): string {
  const builds = new Map(evidence.flatMap((piece) => [...piece.builds]));
  const wants = new Map<string, { readonly demand: Demand; readonly by: Set<string> }>();
  for (const { name, proofs } of signers) {
    for (const proof of proofs) {
      const demand = demandOf(proof, builds.get(proof));
      const key = JSON.stringify(demand);
      const known = wants.get(key) ?? { demand, by: new Set<string>() };
      known.by.add(name);
      wants.set(key, known);
    }
  }
  const requirements = [...wants.values()].map(
    ({ demand, by }, index) =>
      `    - {name: ${demand.name} ${index + 1}, ${demand.type}: {${[`by: [${[...by].join(', ')}]`, ...demand.fields].join(', ')}}}`,
  );
  return [
    API,
    'kind: ClusterArtifactPolicy',
    `metadata: {name: ${policyName}}`,
    'spec:',
    `  artifacts: [{${artifact.kind}: ${quote(patternOf(artifact))}}]`,
    '  # Admits, and warns where something is missing. With "enforce" such an artifact is denied.',
    '  mode: warn',
    '  require:',
    ...requirements,
  ].join('\n');
}

/** A requirement that a proof meets, but for who must have made it. */
interface Demand {
  readonly name: string;
  readonly type: string;
  /** Fields as YAML. */
  readonly fields: readonly string[];
}

function demandOf({ kind, format, statement }: VerifiedEvidence, build: InspectedBuild | undefined): Demand {
  if (isRegistryWord({ format })) return { name: 'served', type: 'registry', fields: [] };
  if (kind === 'signature' || statement === undefined) return { name: 'signed', type: 'signature', fields: [] };
  const fields = build === undefined || build.builder === '' ? [] : buildFields(build);
  if (fields.some((field) => /^(?:builder|source):/.test(field))) return { name: 'built', type: 'provenance', fields };
  return { name: 'attested', type: 'attestation', fields: [`type: ${quote(statement.predicateType)}`] };
}

/**
 * Who may call a shared builder, anybody may: so what it builds is asked for by builder and repository. A later build has
 * another tag, but the same branch.
 */
function buildFields({ builder, level, sources }: InspectedBuild): readonly string[] {
  const [repository, ...others] = new Set(sources.map((source) => source.repository));
  const refs = new Set(
    sources.map(({ ref }) =>
      ref?.startsWith('refs/tags/') === true && !ref.slice(10).includes('/')
        ? 'tag: "*"'
        : ref?.startsWith('refs/heads/') === true && isPlain(ref)
          ? `branch: ${quote(ref.slice(11))}`
          : '',
    ),
  );
  const [ref = '', ...otherRefs] = refs;
  const uri =
    repository !== undefined && others.length === 0 && isPlain(repository)
      ? [`uri: ${quote(repository)}`, ...(ref === '' || otherRefs.length > 0 ? [] : [ref])]
      : [];
  return [
    ...(isPlain(builder) ? [`builder: ${quote(builder)}`] : []),
    ...(level > 1 ? [`level: ${level}`] : []),
    ...(uri.length === 0 ? [] : [`source: {${uri.join(', ')}}`]),
  ];
}

/** True for what a policy compares as it stands: a star would be a pattern, and control characters are refused. */
function isPlain(text: string): boolean {
  return text !== '' && text.length <= 512 && !/[*\u0000-\u001f\u007f]/.test(text);
}

/** The next version of a package shall be judged by the same policy; names of images have no version in them. */
function patternOf({ kind, name }: Inspection['artifact']): string {
  return kind === 'package' ? name.slice(0, name.lastIndexOf('@')) : name;
}

/** JSON's quoting is YAML's as well. */
function quote(text: string): string {
  return JSON.stringify(text);
}
