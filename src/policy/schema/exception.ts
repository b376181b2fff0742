/** Documents of kind AdmissionException: one thing, for a while, with a reason. */
import { z } from 'zod';
import { parseDigest } from '../../domain/artifact/digest.ts';
import { USAGES } from '../../domain/artifact/artifact.ts';
import type { Usage } from '../../domain/artifact/artifact.ts';
import { parseTime } from '../../text/duration.ts';
import { bad, good } from '../../text/result.ts';
import { artifactPattern, documentSchema, namespaceName } from './common.ts';
import { list, parsed, strict, word } from './fields.ts';

/** Longest time that an exception may act, in days. */
export const MOST_DAYS = 30;

const MOST_TEXT = 256;

function said(what: string): z.ZodType<string, string> {
  return z
    .string()
    .regex(/\S/, `is empty: ${what}`)
    .max(MOST_TEXT, `is longer than ${MOST_TEXT} characters`)
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');
}

const digest = parsed((text) => {
  const read = parseDigest(text);
  return read === undefined ? bad(`expected sha256:… or sha512:… in lower-case hexadecimal, found ${JSON.stringify(text.slice(0, 80))}`) : good(read);
});

const label = z.string().min(1, 'is empty').max(128, 'is longer than 128 characters');

/** `name` is that of a ClusterArtifactPolicy, or `NAMESPACE/NAME` of an ArtifactPolicy. */
const demand = strict({ name: z.string().min(1, 'is empty').max(320, 'is longer than 320 characters'), requirement: label.optional() });

/** Document of kind AdmissionException. */
export const exceptionSchema = documentSchema(
  strict({
    artifacts: list(artifactPattern, 'artifact pattern', 100).optional(),
    digests: list(digest, 'digest', 100).optional(),
    policies: list(demand, 'policy', 100),
    namespaces: list(namespaceName, 'namespace', 100),
    usedAs: list(word<Usage>(...USAGES), 'usage').optional(),
    reason: said('whoever reads the answer is told why'),
    /** In a resource the user who created it, by the word of the API server. */
    requestedBy: said('name who asks for it').optional(),
    /** In a file a statement, and mandatory; in a resource somebody else than `requestedBy`, who sets it later. */
    approvedBy: said('whoever reads the answer is told by whom').optional(),
    notBefore: parsed(parseTime),
    expiresAt: parsed(parseTime),
  }).check((context) => {
    const { value } = context;
    if (typeof value !== 'object' || value === null) return;
    if (value.artifacts === undefined && value.digests === undefined)
      context.issues.push({ code: 'custom', message: 'names neither artifacts nor digests: write what is let through', input: value });
    const person = personProblem(value.requestedBy, value.approvedBy);
    if (person !== undefined) context.issues.push({ code: 'custom', ...person, input: value });
    const problem = windowProblem(value.notBefore, value.expiresAt);
    if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, path: ['expiresAt'], input: value.expiresAt });
  }),
  'cluster',
);

/** Where the persons who speak for it are not two, or none is named; of a resource the API server sees to it. */
function personProblem(requestedBy: unknown, approvedBy: unknown): { path: string[]; message: string } | undefined {
  if (approvedBy === undefined && requestedBy === undefined)
    return { path: ['approvedBy'], message: 'is missing: whoever reads the answer is told by whom' };
  return approvedBy !== undefined && approvedBy === requestedBy
    ? { path: ['requestedBy'], message: 'is who approves it: somebody else has to' }
    : undefined;
}

function windowProblem(notBefore: unknown, expiresAt: unknown): string | undefined {
  if (typeof notBefore !== 'number' || typeof expiresAt !== 'number') return undefined;
  if (expiresAt <= notBefore) return 'is not after notBefore: such an exception never acts';
  return expiresAt - notBefore > MOST_DAYS * 86_400_000
    ? `is more than ${MOST_DAYS} days after notBefore; what is needed for longer belongs into the policy (except)`
    : undefined;
}

export type ExceptionDocument = z.output<typeof exceptionSchema>;
