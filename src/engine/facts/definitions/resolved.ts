/** Definitions that a resolver of the engine has brought: known from its ResolutionRequests, whose bytes are those of their author. */
import type { QuestionOf, ResolutionFact } from '../../../domain/build/facts.ts';
import { reason } from '../../../domain/decision/reasons.ts';
import type { VerificationOutcome } from '../../../domain/evidence.ts';
import { pullScope } from '../../../extract/scope.ts';
import { field } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import type { Context } from '../../context.ts';
import type { Ways } from '../ways.ts';
import { foundAnswer, nameOf, notFound, notKnown, TEKTON_KINDS } from './answer.ts';
import type { DefinitionResult } from './answer.ts';
import { bundleImage, entryKind, proveBundle } from './bundled.ts';
import type { PinnedBundle } from './bundled.ts';
import { readDocument } from './document.ts';
import { likeliest } from './likeliest.ts';
import { gathered, proveDefinition } from './prove.ts';
import type { Proven } from './prove.ts';
import { carriedBy, carriedByResolved } from './signatures.ts';

/** ResolutionRequests of one namespace that are compared with one object. */
const MOST_COMPARED = 256;

/**
 * What an engine has resolved and has admitted under a random name before it runs it (a dry run): it must say what some
 * ResolutionRequest of the namespace brought, and is verified over those bytes. The same at every replica, every time.
 */
export async function findResolved(
  question: QuestionOf<'definition'>, object: JsonObject, { context, find }: Ways,
): Promise<DefinitionResult> {
  const resolutions = await find({ kind: 'resolutions', namespace: context.review.namespace });
  if (!resolutions.known) return resolutions;
  const kind = field(object, 'kind');
  const undecided: string[] = [];
  const likely = resolutions.value.length > MOST_COMPARED ? likeliest(resolutions.value, object) : resolutions.value;
  for (const resolution of likely.slice(0, MOST_COMPARED)) {
    const read = readDocument(resolution.content);
    if (!read.ok || field(read.object, 'kind') !== kind) continue;
    const { digest, evidence, problems } = carriedByResolved(read.object, object);
    const outcomes = await proveDefinition(evidence, { name: nameOf(read.object), digest, trust: question.trust }, context);
    if (outcomes === undefined) return notKnown('signatures of what was resolved: time ran out');
    const [comparison, ...signatures] = outcomes;
    const compared = comparisonOf(comparison);
    if (compared === 'different') continue;
    if (compared !== 'same') {
      undecided.push(compared.cause);
      continue;
    }
    const [own, ofImage] = [gathered(signatures), await proveOrigin(resolution, question, context)];
    return foundAnswer({
      content: read.object, digest, source: `resolution ${resolution.name} of ${resolution.uri}`,
      proofs: [...own.proofs, ...ofImage.proofs], problems: [...problems, ...own.problems, ...ofImage.problems],
    }, question);
  }
  // That it is none of these says nothing while there are others.
  if (likely.length > MOST_COMPARED) undecided.push(`resolvers have brought more than ${MOST_COMPARED} definitions into the namespace`);
  const [cause] = undecided;
  return cause === undefined ? notFound('no ResolutionRequest of this namespace has brought it') : notKnown(cause);
}

/** What is named by something that cannot move and was resolved before in this namespace; `undefined` when it was not. */
export async function findResolvedBefore(
  question: QuestionOf<'definition'>, { context, find }: Ways,
): Promise<DefinitionResult | undefined> {
  const resolutions = await find({ kind: 'resolutions', namespace: context.review.namespace });
  if (!resolutions.known) return undefined;
  for (const resolution of resolutions.value.filter((one) => isOf(one, question))) {
    const read = readDocument(resolution.content);
    if (!read.ok || field(read.object, 'kind') !== TEKTON_KINDS[question.use.kind]) continue;
    const { digest, evidence, problems } = carriedBy(read.object);
    const outcomes = await proveDefinition(evidence, { name: nameOf(read.object), digest, trust: question.trust }, context);
    if (outcomes === undefined) return notKnown('signatures of what was resolved: time ran out');
    const own = gathered(outcomes);
    const source = `resolution ${resolution.name} of ${resolution.uri}`;
    return foundAnswer({ content: read.object, digest, source, proofs: own.proofs, problems: [...problems, ...own.problems] }, question);
  }
  return undefined;
}

/** Whether the object says what was resolved: the piece without a signature is refused for lacking one after the two were compared. */
function comparisonOf(outcome: VerificationOutcome | undefined): 'same' | 'different' | { readonly cause: string } {
  const problems = outcome?.problems ?? [];
  if (problems.length === 1 && problems[0]?.code === 'POLICY_DEFINITION_UNSIGNED') return 'same';
  const open = problems.filter(({ code }) => reason(code).verdict === 'undetermined');
  if (open.length === 0) return 'different';
  return { cause: open.map(({ code, cause = '' }) => `${code} ${cause}`.trim()).join(', ') };
}

/** Signatures on the bundle that it came from, if it is still what the bundle holds: the resolver's word alone is not believed. */
async function proveOrigin(resolution: ResolutionFact, question: QuestionOf<'definition'>, context: Context): Promise<Proven> {
  const nothing = { proofs: [], problems: [] };
  const image = originOf(resolution);
  const { definitions } = context.ports;
  if (image === undefined || definitions === undefined) return nothing;
  const { deadline, review } = context;
  const scope = pullScope(review);
  const asked = { kind: entryKind(question.use.kind), name: resolution.entryPoint };
  const fetched = await deadline.race(definitions.bundle(image, asked, scope, deadline.work));
  if (fetched === undefined) return { proofs: [], problems: [{ code: 'ENGINE_DEADLINE', source: `bundle ${image.raw}` }] };
  if (!fetched.ok) return { proofs: [], problems: [fetched.problem] };
  if (sha256Hex(fetched.content) !== sha256Hex(resolution.content)) return nothing;
  return proveBundle(image, scope, question, context);
}

function originOf({ uri, digest, entryPoint }: ResolutionFact): PinnedBundle | undefined {
  const hex = digest['sha256'];
  return hex === undefined || entryPoint === '' || /^[a-z+]*:\/\/|^\//i.test(uri) ? undefined : bundleImage(`${uri}@sha256:${hex}`);
}

/** True for the resolution of this very reference: the same commit and file, or the same digest of what a server gave. */
function isOf({ uri, digest, entryPoint, content: _ }: ResolutionFact, { use }: QuestionOf<'definition'>): boolean {
  if (use.form !== 'remote') return false;
  const { source } = use;
  if (source.from === 'git') {
    const commit = digest['sha1'] ?? digest['sha256'];
    return source.pinned && plainUrl(uri) === plainUrl(source.url) && commit === source.revision && entryPoint === source.file;
  }
  if (source.from !== 'http' || source.digest === undefined) return false;
  return uri === source.url && source.digest === `sha256:${digest['sha256'] ?? ''}`;
}

function plainUrl(uri: string): string {
  return uri.replace(/^git\+/, '').replace(/\.git$/, '').replace(/\/$/, '');
}
