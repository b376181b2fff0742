/** Documents compiled as they are in force: what is wrong of the others falls out, and stands there as one that cannot be used (ADR 0043). */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { UnusableDocument } from '../../domain/unusable-document.ts';
import type { TrustReader } from '../../domain/ports.ts';
import type { Steps } from '../../flow/slices.ts';
import { compilePolicySetSteps, documentOfValue } from '../../policy/index.ts';
import type { CompiledPolicies, CompileTools, PolicyDocument } from '../../policy/index.ts';

/** A document, and which one it is. */
export interface Named {
  /** As it is told: `Signer alice`. */
  readonly name: string;
  readonly is: Identity;
  readonly json: string;
  readonly document: PolicyDocument;
}

/** Which document. */
export interface Identity {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A document of which nothing can be used, and why. */
export interface Fallen {
  readonly is: Identity;
  readonly json: string;
  readonly reason: string;
}

/** What a trial takes besides documents. */
export interface TrialTools {
  readonly trust: TrustReader;
  /** Epoch milliseconds: by it is told what has ended. */
  readonly now: number;
}

/** The outcome. */
export interface CompiledWith {
  readonly set: PolicySet | undefined;
  /** Of the document itself. */
  readonly problems: readonly PolicyProblem[];
  /** Others that compile. */
  readonly usable: readonly Named[];
  /** Others that do not, with the first problem of each. */
  readonly left: ReadonlyMap<Named, PolicyProblem>;
  /** The same, and those that had fallen before. */
  readonly fallen: readonly Fallen[];
}

/** Documents that fall out take others with them; more often than names lead on from each other nothing falls out. */
const MOST_ROUNDS = 8;

/**
 * Compiles `own`, called `file`, with the others until nothing of these is wrong; what is wrong with them is not the matter of whoever
 * changes this one. What has fallen is known to whoever names it, and stands over what it speaks about.
 */
export function* compiled(
  others: readonly Named[], own: PolicyDocument | undefined, file: string, { trust, now }: TrialTools, before: readonly Fallen[] = [],
): Steps<CompiledWith> {
  let usable = others;
  let fallen = before;
  const left = new Map<Named, PolicyProblem>();
  for (let round = 0; ; round += 1) {
    // Each under a name of its own: one of a file that is called like the resource is another document.
    const documents = usable.map((one, index) => ({ ...one.document, file: `${index}` }));
    const tools = { trust, now, documents: places(documents, own), ...extrasOf(fallen) };
    const tried: CompiledPolicies = yield* compilePolicySetSteps([], tools);
    const errors = tried.problems.filter(({ severity, file: at }) => severity === 'error' && at !== file);
    const problems = tried.problems.filter((problem) => problem.file === file).map((problem) => withNames(problem, usable));
    if (errors.length === 0 || round === MOST_ROUNDS) return { set: tried.set, problems, usable, left, fallen };
    const wrong = new Map(errors.toReversed().map((problem) => [usable[Number(problem.file)], problem] as const));
    for (const [one, problem] of wrong) {
      if (one === undefined) continue;
      left.set(one, problem);
      fallen = [...fallen, { is: one.is, json: one.json, reason: problem.message }];
    }
    usable = usable.filter((one) => !wrong.has(one));
  }
}

/** What stands in the place of what has fallen, as it does for whoever decides. */
function extrasOf(fallen: readonly Fallen[]): Pick<CompileTools, 'standIns' | 'unusable'> {
  const standIns: UnusableDocument[] = [];
  const unusable = new Map<string, string>();
  for (const { is: { kind, namespace, name }, json, reason } of fallen) {
    if (kind === 'Signer' || kind === 'TrustRoot') unusable.set(`${kind} ${name}`, reason);
    // An exception could only let through.
    else if (kind !== 'AdmissionException')
      standIns.push({ kind: kind as UnusableDocument['kind'], name, ...(namespace === '' ? {} : { namespace }), text: json, reason });
  }
  return { standIns, unusable };
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
