/** A change tried out: compiled together with what is in force before anybody relies on it. */
import type { LostPolicy, PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { Steps } from '../../flow/slices.ts';
import { compilePolicySetSteps, didYouMean, documentOfValue, lostPolicies } from '../../policy/index.ts';
import type { CompiledPolicies, PolicyDocument } from '../../policy/index.ts';
import { readJsonText } from '../../text/json/read.ts';
import { documentName } from '../kinds.ts';
import { WHOLE } from './known.ts';
import type { KnownDocument } from './known.ts';
import { nameOf, neededSteps } from './needed.ts';

/** One document as it was and as it will be; absent: it was not there, or will not be. */
export interface Change {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
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

/** What a trial takes besides. */
export interface TrialTools {
  readonly trust: TrustReader;
  /** Epoch milliseconds: by it is told what has ended. */
  readonly now: number;
}

/** Rules of advice about all documents together, of which a trial sees few; and about being new, which everything once is. */
const OF_ALL: ReadonlySet<string> = new Set(['signer-unused', 'suppression-unused', 'admitted-by-nobody', 'revocation-without-holder']);
/** A note elsewhere; whoever lays down a new root wants to know that nobody has tried it. */
const UNASKED = 'tuf-unasked';
/** Documents that fall out take others with them; more often than names lead on from each other nothing falls out. */
const MOST_ROUNDS = 8;

/** Compiles the change with what it needs of `known`, before and after, in small steps. Never throws for what documents say. */
export function* tryOutSteps(change: Change, known: readonly KnownDocument[], tools: TrialTools): Steps<Trial> {
  const { kind, namespace, name, before, after } = change;
  const file = documentName(kind, namespace, name);
  const texts = [before, after].filter((one) => one !== undefined).map((one) => JSON.stringify(one));
  const needed = yield* neededSteps({ kind, namespace, name, texts }, known);
  const others: Named[] = needed.map((one) => ({ name: documentName(one.kind, one.namespace, one.name), document: read(one) }));
  yield;
  const was = yield* compiled(others, before === undefined ? undefined : documentOfValue(file, before), file, tools);
  const is = yield* compiled(was.usable, after === undefined ? undefined : documentOfValue(file, after), file, tools);
  const own = is.problems;
  const broken = was.usable.filter((one) => !is.usable.includes(one)).map((one) => ({
    document: one.name, message: is.left.get(one)?.message ?? 'cannot be compiled any more',
  }));
  return {
    errors: own.filter(({ severity, unresolved }) => severity === 'error' && unresolved !== true),
    unresolved: own.filter(({ unresolved }) => unresolved === true).map((problem) => withHint(problem, known)),
    advice: own.filter(({ severity, rule }) => rule === UNASKED || (severity === 'warning' && (rule === undefined || !OF_ALL.has(rule)))),
    broken,
    loosened: yield* loosened(before === undefined ? undefined : documentOfValue(file, before), is, file, tools),
  };
}

interface Named {
  readonly name: string;
  readonly document: PolicyDocument;
}

interface CompiledWith {
  readonly set: PolicySet | undefined;
  /** Of the document itself. */
  readonly problems: readonly PolicyProblem[];
  /** Others that compile. */
  readonly usable: readonly Named[];
  /** Others that do not, with the first problem of each. */
  readonly left: ReadonlyMap<Named, PolicyProblem>;
}

/** Compiles until nothing of the others is wrong; what is wrong with them is not the matter of whoever changes this one. */
function* compiled(
  others: readonly Named[], own: PolicyDocument | undefined, file: string, { trust, now }: TrialTools,
): Steps<CompiledWith> {
  let usable = others;
  const left = new Map<Named, PolicyProblem>();
  for (let round = 0; ; round += 1) {
    // Each under a name of its own: one of a file that is called like the resource is another document.
    const documents = usable.map((one, index) => ({ ...one.document, file: `${index}` }));
    const tried: CompiledPolicies = yield* compilePolicySetSteps([], { trust, now, documents: places(documents, own) });
    const errors = tried.problems.filter(({ severity, file: at }) => severity === 'error' && at !== file);
    const problems = tried.problems.filter((problem) => problem.file === file).map((problem) => withNames(problem, usable));
    if (errors.length === 0 || round === MOST_ROUNDS) return { set: tried.set, problems, usable, left };
    const wrong = new Map(errors.toReversed().map((problem) => [usable[Number(problem.file)], problem] as const));
    for (const [one, problem] of wrong) if (one !== undefined) left.set(one, problem);
    usable = usable.filter((one) => !wrong.has(one));
  }
}

function places(documents: readonly PolicyDocument[], own: PolicyDocument | undefined): readonly PolicyDocument[] {
  const moved = documents.map((one): PolicyDocument => documentOfValue(one.file, one.value));
  return own === undefined ? moved : [...moved, own];
}

/** `already defined at 3:1` means something to us alone. */
function withNames(problem: PolicyProblem, usable: readonly Named[]): PolicyProblem {
  return { ...problem, message: problem.message.replace(/ at (\d+):1\b/, (all, index: string) => {
    const found = usable[Number(index)];
    return found === undefined ? all : ` in ${found.document.file}`;
  }) };
}

/** The compiler saw few names; what is nearly called so may be any. */
function withHint(problem: PolicyProblem, known: readonly KnownDocument[]): PolicyProblem {
  const [, said, kind = '', quoted] = /^(no (Signer|TrustRoot|policy) is named ("(?:[^"\\]|\\.)*"))/.exec(problem.message) ?? [];
  if (said === undefined || quoted === undefined) return problem;
  const names = known.filter((one) => (kind === 'policy' ? one.kind.endsWith('ArtifactPolicy') : one.kind === kind)).map(nameOf);
  return { ...problem, message: `${said}${didYouMean(quoted.slice(1, -1), names)}` };
}

/** What is enforced less, compared over the documents that can be used both before and after. */
function* loosened(
  before: PolicyDocument | undefined, { set, usable }: CompiledWith, file: string, tools: TrialTools,
): Steps<readonly LostPolicy[]> {
  if (set === undefined) return [];
  const was = yield* compiled(usable, before, file, tools);
  return was.set === undefined || was.usable.length < usable.length ? [] : lostPolicies(was.set, set);
}

function read({ file, json }: KnownDocument): PolicyDocument {
  const value = readJsonText(json, WHOLE);
  return documentOfValue(file, value.ok ? value.value : undefined);
}
