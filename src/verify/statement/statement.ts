/** An in-toto statement is read strictly as far as its predicate, which is nobody's business yet. */
import type { Statement, StatementSubject } from '../../domain/evidence.ts';
import { list, member, members, text } from '../fields.ts';
import { readJson } from '../json.ts';
import { signedAnnotations } from './annotations.ts';
import { LIMITS } from '../limits.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';

/** The only payload type whose DSSE payload is read as a statement. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const STATEMENT_TYPES: ReadonlySet<string> = new Set(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']);

/**
 * Parses an in-toto statement, v0.1 or v1 (in-toto/attestation spec/v1/statement.md): at least one subject,
 * every subject with digests, a predicate type. `predicate` is handed on as parsed, absent when absent.
 *
 * Not verified: any signature, and whether a subject is the artifact in question (`subject.ts`).
 */
export function parseStatement(payload: Uint8Array): Parsed<Statement> {
  return parsed('VERIFY_STATEMENT', () => {
    const statement = members(readJson(payload), 'statement');
    const type = text(statement, '_type', 'statement');
    if (!STATEMENT_TYPES.has(type))
      throw new Refusal('statement is of an unknown type', { found: clip(type), expected: [...STATEMENT_TYPES].join(' or ') });
    const predicateType = text(statement, 'predicateType', 'statement');
    if (predicateType === '')
      throw new Refusal('statement.predicateType is empty', { found: 'an empty string', expected: 'the predicate type' });
    const subjects = list(statement, 'subject', 'statement', LIMITS.subjects).map(readSubject);
    if (subjects.length === 0) throw new Refusal('statement has no subject', { found: '0 subjects', expected: 'at least 1' });
    return { type, predicateType, subjects, predicate: statement['predicate'] };
  });
}

function readSubject(value: unknown, index: number): StatementSubject {
  const place = `subject[${index}]`;
  const subject = members(value, place);
  const digests = members(member(subject, 'digest'), `${place}.digest`);
  const algorithms = Object.keys(digests);
  if (algorithms.length === 0) throw new Refusal(`${place} has no digest`, { found: '0 digests', expected: 'at least 1' });
  if (algorithms.length > LIMITS.digestsPerSubject) {
    throw new Refusal(`${place} has too many digests`, {
      code: 'VERIFY_LIMIT',
      found: `${algorithms.length} digests`,
      expected: `at most ${LIMITS.digestsPerSubject}`,
    });
  }
  const digest = Object.fromEntries(algorithms.map((algorithm) => [algorithm, text(digests, algorithm, `${place}.digest`)]));
  const written = member(subject, 'annotations');
  const refs = sourceRefs(written);
  const annotations = signedAnnotations(written);
  return {
    ...(member(subject, 'name') === undefined ? {} : { name: text(subject, 'name', place) }),
    digest,
    ...(annotations === undefined ? {} : { annotations }),
    ...(refs === undefined ? {} : { sourceRefs: refs }),
  };
}

/** The one annotation of sources that anybody here asks for; annotations are free, so what has another shape says nothing. */
function sourceRefs(annotations: unknown): readonly string[] | undefined {
  if (typeof annotations !== 'object' || annotations === null || !Object.hasOwn(annotations, 'sourceRefs')) return undefined;
  const { sourceRefs: refs } = annotations as { readonly sourceRefs: unknown };
  if (!Array.isArray(refs)) return undefined;
  return refs.filter((ref): ref is string => typeof ref === 'string').slice(0, LIMITS.sourceRefs);
}
