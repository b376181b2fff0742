/** Facts that rules about pipelines ask for: each question is answered once for a request, within its time. */
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { AskFact, FactAnswer, FactKind, FactQuestion, QuestionOf } from '../../domain/build/facts.ts';
import type { Context } from '../context.ts';
import { findDefinition } from './definition.ts';
import { findRun } from './run.ts';

/** Finds the answer to one kind of question; rejects only with what is nobody's answer. */
type Finder<K extends FactKind> = (question: QuestionOf<K>, context: Context) => Promise<FactAnswer<K>>;

const NO_CLUSTER = { known: false, cause: 'no API server is connected' } as const;

/** The finder of every kind: a kind without one does not compile. */
const FINDERS: { readonly [K in FactKind]: Finder<K> } = {
  object: async (question, { ports, deadline }) => (await ports.facts?.object(question, deadline.work)) ?? NO_CLUSTER,
  run: findRun,
  networkPolicies: async ({ namespace, now }, { ports, deadline }) =>
    (await ports.facts?.networkPolicies(namespace, deadline.work, now)) ?? NO_CLUSTER,
  otherNetworkPolicies: async ({ namespace }, { ports, deadline }) =>
    (await ports.facts?.otherNetworkPolicies(namespace, deadline.work)) ?? NO_CLUSTER,
  pods: async ({ namespace }, { ports, deadline }) => (await ports.facts?.pods(namespace, deadline.work)) ?? NO_CLUSTER,
  resolutions: async ({ namespace }, { ports, deadline }) => (await ports.facts?.resolutions(namespace, deadline.work)) ?? NO_CLUSTER,
  definition: findDefinition,
};

/** The facts of one request: what is known, and what is still asked for. */
export interface FactBook {
  readonly ask: AskFact;
  /** True while something was asked for that is not answered. */
  readonly open: boolean;
  /** Has everything answered that is open. Never rejects: what fails is not known. */
  answer(): Promise<void>;
}

/** Most questions of one request; what is asked beyond them is not known. */
const MOST_QUESTIONS = 2000;

/** Opens the facts of one request. A class, because there is one for every request that is about a pipeline. */
export function createFactBook(context: Context): FactBook {
  return new Facts(context);
}

class Facts implements FactBook {
  readonly #context: Context;
  readonly #answers = new Map<string, FactAnswer<FactKind>>();
  readonly #open = new Map<string, FactQuestion>();

  constructor(context: Context) {
    this.#context = context;
  }

  get open(): boolean {
    return this.#open.size > 0;
  }

  readonly ask = <K extends FactKind>(question: QuestionOf<K>): FactAnswer<K> | undefined => {
    const key = keyOf(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known as FactAnswer<K>;
    if (this.#answers.size + this.#open.size >= MOST_QUESTIONS) return { known: false, cause: `more than ${MOST_QUESTIONS} questions` };
    this.#open.set(key, question);
    return undefined;
  };

  async answer(): Promise<void> {
    const questions = [...this.#open];
    this.#open.clear();
    await Promise.all(questions.map(async ([key, question]) => {
      this.#answers.set(key, await this.#find(question));
    }));
  }

  async #find<K extends FactKind>(question: QuestionOf<K>): Promise<FactAnswer<K>> {
    try {
      const answer = (FINDERS[question.kind] as unknown as Finder<K>)(question, this.#context);
      return (await this.#context.deadline.race(answer)) ?? { known: false, cause: 'time ran out' };
    } catch (fault) {
      this.#context.fault(fault);
      return { known: false, cause: 'an internal error' };
    }
  }
}

/** Equal for equal questions. */
function keyOf(question: FactQuestion): string {
  switch (question.kind) {
    case 'object':
    case 'run': return `${question.kind} ${question.group}/${question.resource} ${question.namespace}/${question.name}`;
    case 'definition': return `definition ${question.namespace} ${useKey(question.use)} ${question.trust.id}`;
    case 'networkPolicies': return `${question.kind} ${question.namespace}${question.now === true ? ' now' : ''}`;
    default: return `${question.kind} ${question.namespace}`;
  }
}

/** What is only named is the same wherever it is named, also in different definitions; other content is known by its place. */
function useKey(use: DefinitionUse): string {
  switch (use.form) {
    case 'local': return JSON.stringify([use.kind, use.group, use.resource, use.namespace, use.name]);
    case 'remote': return JSON.stringify([
      // Where it comes from is not all in texts then: only the place tells two of them apart.
      use.source.from === 'unknown' || use.source.from === 'deferred' ? use.path : '',
      use.kind, use.resolver, Object.entries(use.params).toSorted(byName), use.source,
    ]);
    default: return `${use.form} ${use.path}`;
  }
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
