/** Everything that an object of an engine runs, followed through what it refers to: what is known of each definition, and who vouches. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { DefinitionFact, DefinitionUse } from '../../../domain/build/definition.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { unknownYet } from '../question.ts';
import { calledIn } from './called.ts';
import { contentKind, judgeVouchedDefinition } from './vouched.ts';
import type { SignedBy } from './vouched.ts';

/**
 * What is known of the content of a definition that is used:
 * - `here`: it stands in what uses it;
 * - `found`: it was looked up;
 * - `later`: its engine fetches it when the run is on its way, and has it admitted (by a dry run) before anything of it runs;
 * - `missing`: it is known that there is none;
 * - `open`: it is not known now;
 * - `never`: there is nothing to be looked up (another controller's kind, a circle, too deep).
 */
export type ContentState = 'here' | 'found' | 'later' | 'missing' | 'open' | 'never';

/** One use of a definition, and what came of it. */
export interface DefinitionNode {
  readonly use: DefinitionUse;
  /** JSON path in the object under review; of what a definition refers to in its turn, that of the definition. */
  readonly path: string;
  /** As people call it: `task build`, `pipeline release / task build / step fetch`; with another definition `task push (kaniko)`. */
  readonly called: string;
  readonly state: ContentState;
  /** Whether enough signers vouch for the bytes; what stands in a definition is part of its bytes. Never without `signedBy`. */
  readonly verified: boolean;
  readonly fact?: DefinitionFact;
  /** What is wrong with it: why it is not known, or not vouched for. Empty also where nobody has to vouch. */
  readonly outcomes: readonly RequestOutcome[];
  /** Of one that was looked up: what stands in it. */
  readonly inside?: Level;
}

/** One object, with what became of each of its `definitions`, by the same index. */
export interface Level {
  readonly request: BuildRequest;
  readonly nodes: readonly DefinitionNode[];
  /** The one that the object is itself. */
  readonly self?: DefinitionNode;
}

/** What is followed: the facts by which, and who has to vouch. */
export type GraphQuestion = Pick<RequestQuestion, 'ask' | 'policy' | 'now'>;

/** Most definitions inside each other; an engine's own limits lie below. */
const DEEPEST = 8;
/** Most uses of definitions in all that a request leads to. */
const MOST_USES = 10_000;

interface Way {
  readonly question: GraphQuestion;
  readonly signedBy: SignedBy | undefined;
  /** The namespace in which the run is, or would be. */
  readonly namespace: string;
  readonly left: { uses: number };
}

/**
 * Follows what an object refers to, as far as `shallow` does not forbid: then only the object itself, if it is a definition, is
 * looked up. `within` is the definition whose content the object is; absent for an object under review and for a live run.
 */
export function openLevel(
  request: BuildRequest, question: GraphQuestion, signedBy: SignedBy | undefined, shallow = false,
): Level {
  const way = { question, signedBy, namespace: request.namespace, left: { uses: MOST_USES } };
  return levelOf(request, way, shallow, undefined, []);
}

type Holder = Pick<DefinitionNode, 'path' | 'called' | 'verified' | 'fact'>;

function levelOf(request: BuildRequest, way: Way, shallow: boolean, holder: Holder | undefined, trail: readonly string[]): Level {
  // What stands in a definition that is applied is signed with it; a template of triggers may hold several.
  const selves = holder !== undefined ? [] : request.definitions
    .filter(({ form }) => form === 'self')
    .map((use) => looked(use, { path: use.path, called: calledIn(undefined, use, request) }, way, []));
  const nodes = request.definitions.map((use): DefinitionNode => {
    const at = { path: holder?.path ?? use.path, called: calledIn(holder, use, request) };
    const own = holder ?? selves.find((one) => (use.form === 'self' ? one.use === use : isWithin(use, one.use)));
    if (use.form === 'self' && own !== undefined) {
      return { state: 'here', outcomes: [], ...own, use, ...(holder === undefined ? {} : at) };
    }
    if (use.form === 'inline') return { use, ...at, state: 'here', verified: own?.verified ?? false, outcomes: [] };
    if (use.form === 'custom' || use.form === 'self') return { use, ...at, state: 'never', verified: false, outcomes: [] };
    return shallow ? { use, ...at, state: 'later', verified: false, outcomes: [] } : looked(use, at, way, trail);
  });
  const found = nodes.find(({ use }) => use.form === 'self');
  return { request, nodes, ...(found === undefined ? {} : { self: found }) };
}

/** Whether something stands in a definition that is part of the same object. */
export function isWithin({ path }: Pick<DefinitionUse, 'path'>, { path: holder }: Pick<DefinitionUse, 'path'>): boolean {
  return holder === '' || path === holder || path.startsWith(`${holder}.`);
}

function looked(use: DefinitionUse, at: Pick<DefinitionNode, 'path' | 'called'>, way: Way, trail: readonly string[]): DefinitionNode {
  const nothing = { use, ...at, verified: false } as const;
  const refuse = (outcome: RequestOutcome): DefinitionNode =>
    ({ ...nothing, state: 'never', outcomes: [{ path: at.path, artifact: at.called, ...outcome }] });
  const key = keyOf(use);
  if (trail.includes(key)) return refuse({ code: 'INPUT_REFERENCE_CYCLE', found: [at.called] });
  if (trail.length >= DEEPEST) return refuse({ code: 'INPUT_REFERENCE_CYCLE', cause: `definitions lie more than ${DEEPEST} deep` });
  way.left.uses -= 1;
  if (way.left.uses < 0) return refuse({ code: 'INPUT_TOO_MANY_TASKS', cause: `more than ${MOST_USES} uses of definitions` });
  const { question: { ask, policy }, signedBy, namespace } = way;
  const answer = ask({ kind: 'definition', use, namespace, trust: policy.trust });
  if (answer === undefined || !answer.known) {
    return { ...nothing, state: 'open', outcomes: [{ ...unknownYet(at.called, answer?.cause, at.path), artifact: at.called }] };
  }
  if (!answer.value.found) return unfound(nothing, answer.value.why);
  const { definition: fact } = answer.value;
  const definition = { ...fact, kind: contentKind(fact) };
  const refusal = signedBy === undefined ? undefined : judgeVouchedDefinition(answer.value, signedBy, way.question);
  const verified = signedBy !== undefined && refusal === undefined;
  const node = { ...nothing, state: 'found', verified, fact: definition } as const;
  const problems = definition.reading?.problems ?? [];
  const outcomes = [
    ...(refusal === undefined ? [] : [{ ...refusal, path: at.path, artifact: at.called }]),
    ...problems.map(({ code, path, expected, found, cause }): RequestOutcome => ({
      code, path: at.path, artifact: at.called, cause: cause ?? `in the definition, at ${path}`,
      ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }),
    })),
  ];
  if (definition.reading === undefined || use.form === 'self') return { ...node, outcomes };
  return { ...node, outcomes, inside: levelOf(definition.reading.request, way, false, node, [...trail, key]) };
}

/** That nothing was found means something else for what an engine is yet to fetch, and for what says it was fetched. */
function unfound(node: Pick<DefinitionNode, 'use' | 'path' | 'called' | 'verified'>, why: string): DefinitionNode {
  const { use, path, called } = node;
  if (isFetchedLater(use)) return { ...node, state: 'later', outcomes: [] };
  const at = { path, artifact: called, cause: why };
  if (use.form === 'self') return { ...node, state: 'missing', outcomes: [{ ...at, code: 'POLICY_DEFINITION_CHANGED' }] };
  return { ...node, state: 'missing', outcomes: [{ ...at, code: 'POLICY_DEFINITION_MISSING', expected: [called], found: ['nothing'] }] };
}

/** What is in the cluster is there or not, and so is what a digest names in a registry; everything else comes with the run. */
function isFetchedLater(use: DefinitionUse): boolean {
  if (use.form !== 'remote') return false;
  const { source } = use;
  return source.from !== 'cluster' && (source.from !== 'bundle' || source.digest === undefined);
}

function keyOf(use: DefinitionUse): string {
  switch (use.form) {
    case 'local': return JSON.stringify([use.group, use.resource, use.namespace, use.name]);
    case 'remote': return JSON.stringify([use.kind, use.source]);
    default: return JSON.stringify([use.form, use.path]);
  }
}
