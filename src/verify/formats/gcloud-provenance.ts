/** Provenance as Google's command line prints it: signed envelopes among unsigned copies, which must not contradict them. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { hashJson } from '../../text/json/hash.ts';
import { readEnvelope } from '../statement/dsse.ts';
import { list, member, members, scalarText } from '../fields.ts';
import type { Members } from '../fields.ts';
import { readJson } from '../json.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import type { DsseEnvelope } from '../provers/signed.ts';
import { verifyParsedEnvelope } from '../statement/verify-envelope.ts';

/** Occurrences of one image that are read. */
const MOST = 100;

const NOT_DATED = { dating: { logEntries: [], timestamps: [] } };

/**
 * Verifies what `gcloud artifacts docker images describe --show-provenance --format json` prints: the envelopes that Google
 * Cloud Build signed, each beside unsigned copies of what it says.
 *
 * Only envelopes prove anything. But a document that contradicts itself (another image in its summary or resource, a text
 * that is not what was signed) is not what Google gave out, and what contradicts an envelope takes it out.
 */
export function verifyGcloudProvenance(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const occurrences = parsed('VERIFY_MALFORMED', () => readOccurrences(readJson(evidence.bytes), job.artifact.digest));
  if (!occurrences.ok) return disproved(occurrences.problem);
  const proved = occurrences.value.map((occurrence, index): Proofs => {
    const place = `provenance[${index}]`;
    const read = parsed('VERIFY_MALFORMED', () => readOccurrence(occurrence, place, job.artifact.digest));
    if (!read.ok) return disproved(read.problem);
    const signed = verifyParsedEnvelope(read.value.envelope, { ...NOT_DATED, evidence }, job, tools);
    // A broken signature says more than the text that no longer agrees with it.
    const same = signed.proofs.length === 0 ? read : parsed('VERIFY_STATEMENT', () => requireSameText(read.value, place));
    return same.ok ? signed : disproved(same.problem);
  });
  return {
    proofs: proved.flatMap(({ proofs }) => proofs),
    problems: proved.flatMap(({ problems }) => problems),
    partial: proved.some(({ partial }) => partial),
  };
}

function readOccurrences(json: unknown, digest: string): readonly unknown[] {
  const document = members(json, 'document');
  const summary = members(member(document, 'image_summary'), 'image_summary');
  requireDigest(summary, 'digest', 'image_summary', digest);
  requireDigest(summary, 'fully_qualified_digest', 'image_summary', digest);
  const occurrences = list(members(member(document, 'provenance_summary'), 'provenance_summary'), 'provenance', 'provenance_summary', MOST);
  if (occurrences.length === 0)
    throw new Refusal('provenance_summary.provenance is empty', { found: 'no provenance', expected: 'at least one occurrence' });
  return occurrences;
}

/** An envelope, and the unsigned copy of its statement beside it. */
interface Occurrence {
  readonly envelope: DsseEnvelope;
  readonly build: unknown;
}

function readOccurrence(value: unknown, place: string, digest: string): Occurrence {
  const occurrence = members(value, place);
  const kind = member(occurrence, 'kind');
  if (kind !== 'BUILD')
    throw new Refusal(`${place} is no provenance of a build`, {
      code: 'VERIFY_FORMAT',
      found: `kind ${scalarText(kind)}`,
      expected: 'kind BUILD',
    });
  requireDigest(occurrence, 'resourceUri', place, digest);
  return { envelope: readEnvelope(member(occurrence, 'envelope'), `${place}.envelope`), build: member(occurrence, 'build') };
}

/** The digest itself, or a name that ends in it. */
function requireDigest(of: Members, key: string, place: string, digest: string): void {
  const value = member(of, key);
  if (typeof value === 'string' && (value === digest || value.endsWith(`@${digest}`))) return;
  throw new Refusal(`${place}.${key} is about another image`, {
    code: 'VERIFY_SUBJECT_MISMATCH',
    found: typeof value === 'string' ? clip(value) : scalarText(value),
    expected: digest,
  });
}

/** What people read in the document has to be what was signed; older provenance keeps its predicate under another key. */
function requireSameText({ build, envelope }: Occurrence, place: string): void {
  const texts = build === undefined ? {} : members(build, `${place}.build`);
  const statement = members(readJson(envelope.payload), 'statement');
  const key = member(statement, 'predicateType') === 'https://slsa.dev/provenance/v1' ? 'inTotoSlsaProvenanceV1' : 'intotoStatement';
  const copy = member(texts, key);
  if (copy === undefined) return;
  const text = members(copy, `${place}.build.${key}`);
  const framed = ['_type', 'predicateType', 'subject'].every((name) => same(member(text, name), member(statement, name)));
  if (framed && same(member(text, 'predicate') ?? member(text, 'slsaProvenance'), member(statement, 'predicate'))) return;
  throw new Refusal(`${place}.build.${key} is not what was signed`, {
    found: 'a text that differs from the signed statement',
    expected: 'the same',
  });
}

/** True for the same JSON, in whatever order its keys stand. */
function same(a: unknown, b: unknown): boolean {
  return hashJson(a ?? null) === hashJson(b ?? null);
}
