/** What Tekton Chains signs of a run and keeps in the run's annotations (its storage `tekton`). */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { makeEvidence } from '../oci/content.ts';
import { signedResults } from './run-results.ts';

const PREFIX = 'chains.tekton.dev/';
const SIGNATURE = `${PREFIX}signature-`;
/** Pieces of one run that are read; a run has one for itself, and one for each image it made. */
const MOST = 1000;

/** The evidence in the annotations of a run that may not be signed yet: nothing is no problem. */
export function evidenceOfRun(source: string, run: unknown): EvidenceBatch {
  const pieces = readRunAnnotations(source, run) ?? [];
  return {
    evidence: pieces.filter((piece) => 'format' in piece),
    problems: pieces.filter((piece): piece is FetchProblem => 'code' in piece && piece.code !== 'VERIFY_FORMAT'),
  };
}

/**
 * The evidence in the annotations of a TaskRun or PipelineRun; `undefined` when the document is no such run.
 *
 * `signature-KEY` is an envelope (formats of provenance), or the bare signature over `payload-KEY` (images), all in base64, with
 * `cert-KEY` beside it. Whoever may annotate the run can write them, and the marker `signed`: nothing of it is believed here.
 */
export function readRunAnnotations(source: string, json: unknown): readonly (UnverifiedEvidence | FetchProblem)[] | undefined {
  const group = (ownText(json, 'apiVersion') ?? '').split('/')[0];
  const kind = ownText(json, 'kind');
  if (group !== 'tekton.dev' || (kind !== 'TaskRun' && kind !== 'PipelineRun')) return undefined;
  const annotations = isObject(json) ? own(own(json, 'metadata'), 'annotations') : undefined;
  const keys = isObject(annotations) ? Object.keys(annotations).filter((name) => name.startsWith(SIGNATURE)) : [];
  const results = signedResults(source, json);
  if (results.length > 0 && keys.length === 0) return results;
  if (!isObject(annotations) || keys.length === 0)
    return [{ code: 'VERIFY_FORMAT', source, found: `a ${kind} without ${SIGNATURE}…`, expected: 'a run that Tekton Chains has signed' }];
  if (keys.length > MOST) return [{ code: 'FETCH_TOO_MANY', source, found: `${keys.length} signatures`, expected: `at most ${MOST}` }];
  const signed = keys.map((name) => name.slice(SIGNATURE.length));
  return [...results, ...signed.map((key) => readPiece(`${source} ${key}`, annotations, key))];
}

function readPiece(source: string, annotations: Readonly<Record<string, unknown>>, key: string): UnverifiedEvidence | FetchProblem {
  const signature = bytesOf(annotations, `${SIGNATURE}${key}`);
  const payload = bytesOf(annotations, `${PREFIX}payload-${key}`);
  const certificate = bytesOf(annotations, `${PREFIX}cert-${key}`);
  if (signature === undefined) return { code: 'VERIFY_MALFORMED', source, found: 'a signature that is not base64', expected: 'base64' };
  const beside = certificate === undefined || certificate.length === 0 ? {} : { 'dev.sigstore.cosign/certificate': utf8(certificate) };
  const envelope = readJsonBytes(signature);
  if (envelope.ok && ownText(envelope.value, 'payload') !== undefined && ownList(envelope.value, 'signatures') !== undefined)
    return 'dev.sigstore.cosign/certificate' in beside
      ? makeEvidence('cosign-dsse', source, signature, beside)
      : makeEvidence('dsse', source, signature);
  if (payload === undefined)
    return { code: 'VERIFY_FORMAT', source, found: 'a signature without its payload', expected: `${PREFIX}payload-${key} beside it` };
  const bare = Buffer.from(signature).toString('base64');
  return makeEvidence('cosign-simple', source, payload, { 'dev.cosignproject.cosign/signature': bare, ...beside });
}

function bytesOf(annotations: Readonly<Record<string, unknown>>, name: string): Uint8Array | undefined {
  const text = ownText(annotations, name);
  return text === undefined ? undefined : decodeBase64(text);
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
