/** Evidence from files, without any registry. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { DigestResolver, EvidenceBatch, EvidenceLookup, EvidenceSource, FetchProblem } from '../../domain/ports.ts';
import { readAttestationList } from './attestation-list.ts';
import { makeEvidence } from '../oci/content.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import type { JsonFault, JsonRead } from '../../text/json/read.ts';
import { SIGSTORE_BUNDLE } from '../oci/media-types.ts';
import { readGitObjects, readRawObject } from './git-objects.ts';
import { readPep740 } from './pep740.ts';
import { readRunAnnotations } from './run-annotations.ts';

const LARGEST = 16 * 1024 * 1024;
const MOST = 1000;

/**
 * Reads evidence from a file: a Sigstore bundle, a DSSE envelope, an in-toto link, a list of attestations as npm's registry
 * answers, attestations of PEP 740, a run of Tekton whose annotations hold what Chains signed, provenance as gcloud prints it, an
 * envelope of Notation, git objects, raw or wrapped, or JSON lines of these; at most 16 MiB and 1000 lines. What cannot be used becomes
 * a problem that names the line; the rest is still returned.
 */
export function evidenceFromFile(name: string, bytes: Uint8Array): EvidenceBatch {
  if (bytes.length > LARGEST)
    return only({
      code: 'FETCH_TOO_LARGE',
      source: name,
      found: `${bytes.length} bytes`,
      expected: `at most ${LARGEST} bytes`,
      fix: 'give the evidence in several files',
    });
  const object = readRawObject(name, bytes);
  if (object !== undefined) return sort([object]);
  const pem = pemProblem(name, bytes);
  if (pem !== undefined) return only(pem);
  if (isCose(bytes)) return sort([makeEvidence('notation-cose', name, bytes)]);
  const whole = readJsonBytes(bytes);
  if (whole.ok || isKeyFault(whole.fault)) return sort(readPieces(name, bytes, whole));
  const lines = splitLines(bytes);
  if (lines.length > MOST)
    return only({ code: 'FETCH_TOO_MANY', source: name, found: `${lines.length} lines`, expected: `at most ${MOST}` });
  if (lines.length === 0) return only({ code: 'VERIFY_MALFORMED', source: name, found: 'an empty file', expected: EXPECTED });
  return sort(
    lines.flatMap(({ line, content }) => readPieces(lines.length === 1 ? name : `${name} line ${line}`, content, readJsonBytes(content))),
  );
}

/** What is known of one artifact alone; may be empty. */
export type OwnEvidence = (artifact: Pick<Artifact, 'digest'>) => readonly UnverifiedEvidence[];

/** Serves the given evidence for every artifact, with what `ownOf` has for it, and asks nobody. Tags cannot be resolved with it. */
export function offlineSource(batch: EvidenceBatch, ownOf: OwnEvidence = () => []): EvidenceSource & DigestResolver {
  return {
    open(artifact) {
      const { evidence, problems } = batch;
      const more = ownOf(artifact).filter(({ digest }) => evidence.every((given) => given.digest !== digest));
      return Promise.resolve(offlineLookup(more.length === 0 ? batch : { evidence: [...evidence, ...more], problems }, 0));
    },
    diagnose: () => Promise.resolve([]),
    parentIndex: () => Promise.resolve(undefined),
    layers: ({ name }) =>
      Promise.resolve({
        ok: false,
        problem: { code: 'FETCH_UNREACHABLE', source: name, cause: 'no registry is asked, so the manifest cannot be read' },
      }),
    resolve(ref) {
      if (ref.digest !== undefined) return Promise.resolve({ ok: true, digest: ref.digest });
      return Promise.resolve({
        ok: false,
        problem: {
          code: 'FETCH_UNREACHABLE',
          source: ref.name,
          found: 'a tag',
          expected: 'a digest',
          cause: 'no registry is asked, so the tag cannot be resolved',
          fix: 'could not verify, retry with a digest (name@sha256:…), or without --offline',
        },
      });
    },
  };
}

/** A look-up that knows everything from the start. */
export function offlineLookup(batch: EvidenceBatch, fetchedAt: number): EvidenceLookup {
  return { batches: [batch], fetchedAt, next: () => Promise.resolve(undefined) };
}

const EXPECTED = 'a Sigstore bundle, a DSSE envelope, an in-toto link or a list of attestations as JSON';

/** A key or a certificate, which many take for evidence: it says nothing of any artifact. */
function pemProblem(source: string, bytes: Uint8Array): FetchProblem | undefined {
  const [, label] = /^\s*-----BEGIN ([A-Z ]{1,40})-----/.exec(Buffer.from(bytes.subarray(0, 128)).toString('latin1')) ?? [];
  if (label === undefined) return undefined;
  return {
    code: 'VERIFY_FORMAT', source, found: `${source}: a ${label.toLowerCase()} in PEM`, expected: EXPECTED,
    fix: 'give what signing made, not the key: cosign sign-blob or attest-blob writes it with --bundle evidence.json; a public key belongs in a Signer',
  };
}

/** How every tagged COSE_Sign1 begins: tag 18, and an array of four. */
function isCose(bytes: Uint8Array): boolean {
  return bytes[0] === 0xd2 && bytes[1] === 0x84;
}

function only(problem: FetchProblem): EvidenceBatch {
  return { evidence: [], problems: [problem] };
}

function sort(results: readonly (UnverifiedEvidence | FetchProblem)[]): EvidenceBatch {
  const evidence = new Map<string, UnverifiedEvidence>();
  const problems: FetchProblem[] = [];
  for (const result of results) {
    if ('code' in result) problems.push(result);
    else evidence.set(result.digest, result);
  }
  return { evidence: [...evidence.values()], problems };
}

/** What is told only of text that is JSON as a whole, and so not lines of it. */
function isKeyFault({ kind }: JsonFault): boolean {
  return kind === 'duplicate-key' || kind === 'forbidden-key';
}

function readPieces(source: string, bytes: Uint8Array, read: JsonRead): readonly (UnverifiedEvidence | FetchProblem)[] {
  if (!read.ok) return [unreadable(source, read.fault)];
  const json = read.value;
  return (
    readAttestationList(source, json) ?? readPep740(source, json) ?? readRunAnnotations(source, json) ?? readGitObjects(source, json) ??
    [readPiece(source, json, bytes)]
  );
}

function unreadable(source: string, fault: JsonFault): FetchProblem {
  if (isKeyFault(fault))
    return { code: 'VERIFY_MALFORMED', source, found: 'JSON with a key twice in an object, or one named __proto__', expected: EXPECTED };
  if (!('most' in fault)) return { code: 'VERIFY_MALFORMED', source, found: 'text that is not JSON', expected: EXPECTED };
  const unit = fault.kind === 'depth' ? 'levels' : 'members and items';
  return { code: 'VERIFY_LIMIT', source, found: `JSON of ${fault.found} ${unit}`, expected: `at most ${fault.most}` };
}

function readPiece(source: string, json: unknown, bytes: Uint8Array): UnverifiedEvidence | FetchProblem {
  if (ownText(json, 'mediaType')?.startsWith(SIGSTORE_BUNDLE) === true || isObject(own(json, 'verificationMaterial')))
    return makeEvidence('sigstore-bundle', source, bytes);
  if (ownText(json, 'payload') !== undefined && ownList(json, 'signatures') !== undefined) return makeEvidence('dsse', source, bytes);
  if (ownText(json, 'protected') !== undefined && ownText(json, 'payload') !== undefined && ownText(json, 'signature') !== undefined)
    return makeEvidence('notation-jws', source, bytes);
  if (isObject(own(json, 'provenance_summary'))) return makeEvidence('gcloud-provenance', source, bytes);
  if (isObject(own(json, 'signed')) && ownList(json, 'signatures') !== undefined)
    return makeEvidence('in-toto', source, bytes, { 'org.opencontainers.image.title': source.slice(source.lastIndexOf('/') + 1) });
  return {
    code: 'VERIFY_FORMAT',
    source,
    found: isObject(json) ? `JSON with the keys ${Object.keys(json).slice(0, 6).join(', ').slice(0, 200)}` : 'JSON that is no object',
    expected: EXPECTED,
  };
}

/** The lines that are not blank, as views into the file, with their numbers. */
function splitLines(bytes: Uint8Array): { readonly line: number; readonly content: Uint8Array }[] {
  const lines: { line: number; content: Uint8Array }[] = [];
  for (let start = 0, line = 1; start < bytes.length && lines.length <= MOST; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const content = bytes.subarray(start, end);
    if (content.some((byte) => byte > 0x20)) lines.push({ line, content });
    start = end + 1;
  }
  return lines;
}
