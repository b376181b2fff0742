import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { UnverifiedEvidence } from '../../src/domain/evidence.ts';
import type { SigstoreRoot } from '../../src/domain/policy/trust-root.ts';
import { readCarefully } from '../../src/text/json/careful.ts';
import { formatImageReference, parseImageReference } from '../../src/domain/artifact/image-reference.ts';
import { parsePackageUrl } from '../../src/domain/artifact/package-url.ts';
import { evidenceFromFile } from '../../src/fetch/index.ts';
import { readDockerConfig } from '../../src/fetch/credentials/docker-config.ts';
import { readDocument } from '../../src/engine/facts/definitions/document.ts';
import { fileInLayer } from '../../src/fetch/definitions/archive.ts';
import { parseChallenges } from '../../src/fetch/oci/challenge.ts';
import { parseManifest } from '../../src/fetch/oci/manifest.ts';
import { JSON_LIMITS, parseJson, readAdmissionReview } from '../../src/intake/index.ts';
import { checkTrustedRoot, compileTrustedRoot, readPublicKey } from '../../src/trust/index.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import type { DerNode } from '../../src/pki/der.ts';
import { children, Malformed, readDer } from '../../src/pki/der.ts';
import { readX509Bundle } from '../../src/trust/spiffe/bundle.ts';
import { readRoot, readSnapshot, readTargets, readTimestamp } from '../../src/tuf/metadata.ts';
import { TufRefusal } from '../../src/tuf/index.ts';
import { parseBundle } from '../../src/verify/formats/bundle.ts';
import { parseCosignAnnotations } from '../../src/verify/formats/cosign/cosign-annotations.ts';
import { parseEnvelope } from '../../src/verify/statement/dsse.ts';
import { runVerificationJob } from '../../src/verify/index.ts';
import { readLayout } from '../../src/verify/intoto/read-layout.ts';
import { readLink } from '../../src/verify/intoto/read-link.ts';
import { readMetadata } from '../../src/verify/intoto/metadata.ts';
import { readJson } from '../../src/verify/json.ts';
import { parsed } from '../../src/verify/problem.ts';
import { parseSimpleSigning } from '../../src/verify/formats/cosign/simple-signing.ts';
import { readTimestampResponse } from '../../src/pki/cms/timestamp-token.ts';
import { readSctList } from '../../src/verify/sigstore/sct.ts';
import { readBoundStatement } from '../../src/verify/statement/bound.ts';
import { parseStatement } from '../../src/verify/statement/statement.ts';
import { attestorsOf } from '../../src/verify/statement/witness.ts';
import { statementLink } from '../../src/evaluate/layout/statement-link.ts';
import { argoRequests, jailObjects, readBuild, readJail, tektonRequests } from './builds.ts';
import { mutated } from './bytes.ts';
import { archive, DEFINITIONS, verifyDefinition } from './definitions.ts';
import { agreement, numbers } from './jail-model.ts';
import { gitTargets } from './git.ts';
import { mutatedJson, mutatedValue } from './json.ts';
import { NOTATION_TARGETS } from './notation.ts';
import { MESSAGE_TARGETS } from './pgp-message.ts';
import { receiptTexts, readReceiptText } from './receipts.ts';
import { REVOCATION_TARGETS } from './revocation.ts';
import { checkLockFile, lockFiles } from './lockfiles.ts';
import { SEEDS } from './seeds.ts';
import { SIGNED_RESULTS, SPIFFE_BUNDLES } from './spiffe.ts';
import { askStore, collectionOf, linkHeader, LINKS, PACKED, STORE_ANSWERS, unpack } from './stores.ts';
import { authenticateToken, KEY_SETS, readKeys, tokens } from './tokens.ts';

/** A parser under attack. `run` throws, or rejects, when it finds something that must not be. */
export interface Target {
  readonly name: string;
  readonly input: fc.Arbitrary<unknown>;
  readonly run: (input: never) => void | Promise<void>;
}

function target<T>(name: string, input: fc.Arbitrary<T>, run: (input: T) => void | Promise<void>): Target {
  return { name, input, run: run as Target['run'] };
}

/** Runs a reader whose refusals are exceptions of one class, which its room turns into findings. */
function refusing(read: () => unknown, refusal: new (...args: never[]) => Error): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
  }
}

/** Looks at every element, as deep as the DER goes but at most 5,000 of them. */
function walk(bytes: Uint8Array): void {
  const open: DerNode[] = [readDer(bytes)];
  for (let seen = 0; open.length > 0 && seen < 5_000; seen += 1) {
    const node = open.pop();
    if (node !== undefined && (node.tag & 0x20) !== 0) open.push(...children(node));
  }
}

const root: SigstoreRoot = { kind: 'sigstore', name: 'fuzz', id: 'fuzz', trustedRoot: SEEDS.roots[0], require: { transparencyLog: 1, sct: 1, timestamps: 0 }, secondOpinion: 'off' };

/** Judges a piece of evidence as a thread does. Whatever it is, it must not be a fault of ours. */
async function verify(piece: Pick<UnverifiedEvidence, 'format' | 'bytes' | 'annotations'>): Promise<void> {
  const evidence: UnverifiedEvidence = { ...piece, source: 'fuzz', digest: 'sha256:00' };
  const trust = { id: 'fuzz', keys: [{ ...SEEDS.key, rootId: 'fuzz' }, SEEDS.bareKey], roots: [root] };
  const [outcome] = await runVerificationJob({ artifact: { kind: 'image', digest: SEEDS.digest, name: 'registry.example/app' }, evidence: [evidence], trust, now: SEEDS.now });
  const fault = outcome?.problems.find(({ code }) => code.startsWith('ENGINE'));
  if (fault !== undefined) throw new Error(`${fault.code}: ${fault.cause}`);
  if (outcome?.proofs.length === 0 && outcome.problems.length === 0) throw new Error('neither a proof nor a problem');
}

/** A statement that may be a collection, as verification and layouts read it. */
function readCollection(bytes: Uint8Array): void {
  const envelope = { payloadType: 'application/vnd.in-toto+json', payload: bytes, signatures: [] };
  const bound = readBoundStatement(envelope, { kind: 'image', name: 'registry.example/app', digest: SEEDS.digest });
  if (!bound.ok) return;
  for (const { predicate, predicateText = '' } of attestorsOf(bound.value.statement))
    if (JSON.stringify(predicate) !== JSON.stringify(JSON.parse(predicateText))) throw new Error('an attestor is read as two things');
  statementLink(bound.value.statement);
}

/** Strict JSON must read what JSON.parse reads, or refuse it. */
function agree(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('utf8');
  const strict = parsed('VERIFY_MALFORMED', () => readJson(bytes));
  const intake = parseJson(bytes, JSON_LIMITS);
  if (strict.ok !== intake.ok) {
    const limit = !strict.ok && strict.problem.code === 'VERIFY_LIMIT';
    if (!limit && !(intake.ok === false && (intake.code === 'INPUT_TOO_DEEP' || intake.code === 'INPUT_TOO_MANY_PARTS'))) throw new Error(`evidence ${strict.ok}, intake ${intake.ok}`);
  }
  if (!strict.ok) return;
  const careful = readCarefully(text);
  if (!careful.ok || JSON.stringify(careful.value) !== JSON.stringify(strict.value)) throw new Error('two readers read two things');
}

function reference(bytes: Uint8Array): void {
  const read = parseImageReference(Buffer.from(bytes).toString('latin1'));
  if (!read.ok) return;
  const again = parseImageReference(formatImageReference(read.reference));
  if (!again.ok || formatImageReference(again.reference) !== formatImageReference(read.reference)) throw new Error('reference is not read back as it was written');
}

function packageUrl(bytes: Uint8Array): void {
  const read = parsePackageUrl(Buffer.from(bytes).toString('utf8'));
  if (!read.ok) return;
  const again = parsePackageUrl(read.value.name);
  if (!again.ok || again.value.name !== read.value.name) throw new Error('package URL is not read back as it was written');
}

function trustedRoot(value: unknown): void {
  if (checkTrustedRoot(value).length === 0) compileTrustedRoot({ ...root, trustedRoot: value });
}

function text(read: (text: string) => unknown): (bytes: Uint8Array) => void {
  return (bytes) => void read(Buffer.from(bytes).toString('latin1'));
}

const json = (bytes: Uint8Array): unknown => {
  const read = parseJson(bytes, JSON_LIMITS);
  return read.ok ? read.value : undefined;
};

/** Every parser that reads what strangers wrote. */
export const TARGETS: readonly Target[] = [
  target('der', mutated(SEEDS.der), (bytes) => refusing(() => walk(bytes), Malformed)),
  target('certificate', mutated(SEEDS.certificates), (bytes) => refusing(() => parseCertificate(bytes), Malformed)),
  target('timestamp', mutated(SEEDS.timestamps), (bytes) => refusing(() => readTimestampResponse(bytes), Malformed)),
  target('sct list', mutated(SEEDS.sctLists), (bytes) => refusing(() => readSctList(bytes), Malformed)),
  target('dsse', mutatedJson(SEEDS.envelopes), (bytes) => void parseEnvelope(bytes)),
  target('statement', mutatedJson(SEEDS.statements), (bytes) => void parseStatement(bytes)),
  target('bundle', mutatedJson(SEEDS.bundles), (bytes) => void parseBundle(bytes)),
  target('bundle, verified', mutatedJson(SEEDS.bundles), (bytes) => verify({ format: 'sigstore-bundle', bytes })),
  target('dsse, verified', mutatedJson(SEEDS.envelopes), (bytes) => verify({ format: 'dsse', bytes })),
  target('simple signing', mutatedJson(SEEDS.payloads), (bytes) => void parseSimpleSigning(bytes)),
  target('cosign annotations', mutatedValue(SEEDS.annotations), (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const annotations = Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
    parseCosignAnnotations(annotations);
    return verify({ format: 'cosign-simple', bytes: SEEDS.payloadBytes, annotations });
  }),
  target('trusted root', mutatedValue(SEEDS.roots), trustedRoot),
  target('public key', mutated(SEEDS.keys), text((pem) => readPublicKey(pem))),
  target('tuf metadata', mutatedJson(SEEDS.metadata), (bytes) => {
    for (const read of [() => readRoot(bytes, 'root'), () => readTimestamp(bytes), () => readSnapshot(bytes), () => readTargets(bytes, 'targets')]) refusing(read, TufRefusal);
  }),
  target('in-toto metadata', mutatedJson(SEEDS.layouts), (bytes) => {
    const metadata = readMetadata(bytes);
    if (!metadata.ok) return;
    readLayout(metadata.value.signed);
    readLink(metadata.value.signed);
  }),
  target('definition, verified', mutatedJson(DEFINITIONS), (bytes) => verifyDefinition(bytes, SEEDS.key)),
  target('layer of a bundle', mutated([archive(), gzipSync(archive())]), (bytes) => void fileInLayer(bytes, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  target('definition from a registry', mutated(DEFINITIONS.map((it) => Buffer.from(JSON.stringify(it, undefined, 1)))), (bytes) => void readDocument(bytes)),
  target('objects of Tekton', tektonRequests, readBuild),
  target('objects of Argo', argoRequests, readBuild),
  target('policies of a jail', jailObjects, readJail),
  target('a jail beside a model', fc.nat(), (seed) => void agreement(numbers(seed))),
  target('receipts', receiptTexts, readReceiptText),
  target('image manifest', mutatedJson(SEEDS.manifests), (bytes) => void parseManifest({ bytes, contentType: '' })),
  target('image index', mutatedJson(SEEDS.indexes), (bytes) => void parseManifest({ bytes, contentType: 'application/vnd.oci.image.index.v1+json' })),
  target('image reference', mutated(SEEDS.references), reference),
  target('json', mutatedJson([...SEEDS.reviews, ...SEEDS.statements]), agree),
  target('admission review', mutatedJson(SEEDS.reviews), (bytes) => void readAdmissionReview(json(bytes))),
  target('docker config', mutatedJson(SEEDS.dockerConfigs), text((config) => readDockerConfig(config))),
  target('gcloud, verified', mutatedJson(SEEDS.gcloud), (bytes) => verify({ format: 'gcloud-provenance', bytes })),
  target('evidence file', mutatedJson(SEEDS.evidenceFiles), (bytes) => {
    const { evidence, problems } = evidenceFromFile('file', bytes);
    if (evidence.length + problems.length === 0) throw new Error('neither evidence nor a problem');
  }),
  target('bundle of a trust domain', mutatedJson(SPIFFE_BUNDLES), (bytes) => void readX509Bundle(json(bytes), 'prod.example')),
  target('signed results, verified', mutatedJson(SIGNED_RESULTS), (bytes) => verify({ format: 'tekton-results', bytes })),
  target('lock files', lockFiles, checkLockFile),
  target('package url', mutated(SEEDS.packageUrls), packageUrl),
  target('tokens', tokens, authenticateToken),
  target('key sets', mutatedValue(KEY_SETS), readKeys),
  target('Archivista', mutatedJson(STORE_ANSWERS.archivista), (bytes) => askStore('archivista', bytes)),
  target('Grafeas', mutatedJson(STORE_ANSWERS.grafeas), (bytes) => askStore('grafeas', bytes)),
  target('folder of evidence', mutatedJson(STORE_ANSWERS.folder), (bytes) => askStore('folder', bytes)),
  target('runs of Tekton', mutatedJson(STORE_ANSWERS.tekton), (bytes) => askStore('tekton', bytes)),
  target('snappy', mutated(PACKED), unpack),
  target('header Link', mutated(LINKS), linkHeader),
  target('attestations API', mutatedJson(STORE_ANSWERS.github), (bytes) => askStore('github', bytes)),
  target('collection, as attestors and as link', mutatedJson([collectionOf(SEEDS.digest)]), readCollection),
  ...NOTATION_TARGETS.map(([name, input, run]) => target<never>(name, input as fc.Arbitrary<never>, run as (input: never) => void)),
  ...MESSAGE_TARGETS.map(([name, input, run]) => target<never>(name, input as fc.Arbitrary<never>, run as (input: never) => void)),
  ...REVOCATION_TARGETS.map(([name, input, run]) => target<never>(name, input as fc.Arbitrary<never>, run as (input: never) => void)),
  ...(gitTargets(target, refusing, Malformed) as readonly Target[]),
  target('registry challenge', mutated(SEEDS.challenges), text((header) => parseChallenges(header))),
];
