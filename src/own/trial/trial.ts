/** A change tried out: compiled together with what is in force before anybody relies on it. */
import type { LostPolicy, PolicyProblem } from '../../domain/policy/policy.ts';
import type { Steps } from '../../flow/slices.ts';
import { didYouMean, documentOfValue, lostPolicies, readPolicyDocuments } from '../../policy/index.ts';
import { readJsonText } from '../../text/json/read.ts';
import { documentName } from '../kinds.ts';
import { compiled } from './compiled.ts';
import type { CompiledWith, Fallen, Identity, Named, TrialTools } from './compiled.ts';
import { WHOLE } from './known.ts';
import type { KnownDocument } from './known.ts';
import { nameOf, neededSteps } from './needed.ts';

/** One document as it was and as it will be; absent: it was not there, or will not be. */
export interface Change extends Identity {
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What a change comes to. */
export interface Trial {
  /** Why the document cannot be used. */
  readonly errors: readonly PolicyProblem[];
  /** What it names and is not there (yet). */
  readonly unresolved: readonly PolicyProblem[];
  readonly advice: readonly PolicyProblem[];
  /** Documents that can be used now, and cannot after the change; the first problem of each. */
  readonly broken: readonly { readonly document: string; readonly message: string }[];
  /** What is enforced less. */
  readonly loosened: readonly LostPolicy[];
}

/** Rules of advice about all documents together, of which a trial sees few; and about being new, which everything once is. */
const OF_ALL: ReadonlySet<string> = new Set(['signer-unused', 'suppression-unused', 'admitted-by-nobody', 'revocation-without-holder']);

const NOTHING_READ = { problems: [] } as const;
/** A note elsewhere; whoever lays down a new root wants to know that nobody has tried it. */
const UNASKED = 'tuf-unasked';

/** Compiles the change with what it needs of `known`, before and after, in small steps. Never throws for what documents say. */
export function* tryOutSteps(change: Change, known: readonly KnownDocument[], tools: TrialTools): Steps<Trial> {
  const { kind, namespace, name, before, after } = change;
  const file = documentName(kind, namespace, name);
  // As it will be read: what is nested too deeply is no document for whoever reads it.
  const { problems: unread } = after === undefined ? NOTHING_READ
    : yield* readPolicyDocuments({ path: file, text: JSON.stringify(after), resource: true });
  if (unread.length > 0) return { errors: unread, unresolved: [], advice: [], broken: [], loosened: [] };
  const texts = [before, after].filter((one) => one !== undefined).map((one) => JSON.stringify(one));
  const needed = yield* neededSteps({ kind, namespace, name, texts }, known);
  const others = needed.map(named);
  yield;
  const standing: Standing = { is: { kind, namespace, name }, file, tools, inForce: known.filter((one) => isInForce(one, change)) };
  const was = yield* asInForce(others, before, standing);
  const is = yield* compiled(was.usable, after === undefined ? undefined : documentOfValue(file, after), file, tools, was.others);
  const own = is.problems;
  const broken = was.usable.filter((one) => !is.usable.includes(one)).map((one) => ({
    document: one.name, message: is.left.get(one)?.message ?? 'cannot be compiled any more',
  }));
  return {
    errors: own.filter(({ severity, unresolved }) => severity === 'error' && unresolved !== true),
    unresolved: own.filter(({ unresolved }) => unresolved === true).map((problem) => withHint(problem, known)),
    advice: own.filter(({ severity, rule }) => rule === UNASKED || (severity === 'warning' && (rule === undefined || !OF_ALL.has(rule)))),
    broken,
    loosened: yield* loosened(before, after, is, standing),
  };
}

/** The compiler saw few names; what is nearly called so may be any. */
function withHint(problem: PolicyProblem, known: readonly KnownDocument[]): PolicyProblem {
  const [, said, kind = '', quoted] = /^(no (Signer|TrustRoot|policy) is named ("(?:[^"\\]|\\.)*"))/.exec(problem.message) ?? [];
  if (said === undefined || quoted === undefined) return problem;
  const names = known.filter((one) => (kind === 'policy' ? one.kind.endsWith('ArtifactPolicy') : one.kind === kind)).map(nameOf);
  return { ...problem, message: `${said}${didYouMean(quoted.slice(1, -1), names)}` };
}

/** The document that changes. */
interface Standing {
  readonly is: Identity;
  readonly file: string;
  readonly tools: TrialTools;
  /** What is in force of it by the word of the feed: where it was broken before, its last good form. */
  readonly inForce: readonly KnownDocument[];
}

/**
 * What is in force with one form of the document, if it has one: that form, what was good of it before, or what stands in its place.
 * `others` is what has fallen besides the document itself.
 */
function* asInForce(
  others: readonly Named[], form: unknown, { is, file, tools, inForce }: Standing, before: readonly Fallen[] = [],
): Steps<CompiledWith & { readonly others: readonly Fallen[] }> {
  if (form === undefined) {
    const without = yield* compiled(others, undefined, file, tools, before);
    return { ...without, others: without.fallen };
  }
  const forms = [form, ...inForce.map(({ json }) => valueOf(json))];
  let problem: PolicyProblem | undefined;
  for (const one of forms) {
    const tried = yield* compiled(others, documentOfValue(file, one), file, tools, before);
    const error = tried.problems.find(({ severity }) => severity === 'error');
    if (error === undefined) return { ...tried, others: tried.fallen };
    problem ??= error;
  }
  const self: Fallen = { is, json: JSON.stringify(form) ?? '', reason: problem?.message ?? '' };
  const tried = yield* compiled(others, undefined, file, tools, [...before, self]);
  return { ...tried, others: tried.fallen.filter((one) => one !== self) };
}

/** What is enforced less, compared over the documents that can be used both before and after. */
function* loosened(
  before: unknown, after: unknown, is: CompiledWith, standing: Standing,
): Steps<readonly LostPolicy[]> {
  const was = yield* asInForce(is.usable, before, standing, is.fallen);
  // What names something that is not there (yet) is let in, and stands over what it speaks about until then.
  const now = is.set !== undefined ? is : yield* asInForce(is.usable, after, { ...standing, inForce: [] }, is.fallen);
  return was.set === undefined || now.set === undefined || was.usable.length < is.usable.length ? [] : lostPolicies(was.set, now.set);
}

function named({ kind, namespace, name, file, json }: KnownDocument): Named {
  return { name: documentName(kind, namespace, name), is: { kind, namespace, name }, json, document: documentOfValue(file, valueOf(json)) };
}

function valueOf(json: string): unknown {
  const value = readJsonText(json, WHOLE);
  return value.ok ? value.value : undefined;
}

function isInForce(one: KnownDocument, { kind, namespace, name }: Identity): boolean {
  return one.file === documentName(kind, namespace, name) && one.kind === kind && one.namespace === namespace && one.name === name;
}
