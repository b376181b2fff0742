/** Facts that rules about pipelines ask for: each question is answered once for a request, within its time. */
import type { DefinitionUse } from '../../domain/build/definition.ts';
import type { AskFact, FactAnswer, FactKind, FactQuestion, QuestionOf } from '../../domain/build/facts.ts';
import type { Context } from '../context.ts';
import { findArtifacts } from './artifacts.ts';
import { findAttestations } from './attestations.ts';
import { findDefinition } from './definition.ts';
import { findReceipt } from './receipt.ts';
import { findRun } from './run.ts';
import type { Ways } from './ways.ts';

/** Finds the answer to one kind of question; rejects only with what is nobody's answer. */
type Finder<K extends FactKind> = (question: QuestionOf<K>, ways: Ways) => Promise<FactAnswer<K>>;

const NO_CLUSTER = { known: false, cause: 'no API server is connected' } as const;

/** The finder of every kind: a kind without one does not compile. */
const FINDERS: { readonly [K in FactKind]: Finder<K> } = {
  object: async (question, { context: { ports, deadline } }) => (await ports.facts?.object(question, deadline.work)) ?? NO_CLUSTER,
  run: findRun,
  networkPolicies: async ({ namespace, now }, { context: { ports, deadline } }) =>
    (await ports.facts?.networkPolicies(namespace, deadline.work, now)) ?? NO_CLUSTER,
  otherNetworkPolicies: async ({ namespace }, { context: { ports, deadline } }) =>
    (await ports.facts?.otherNetworkPolicies(namespace, deadline.work)) ?? NO_CLUSTER,
  pods: async ({ namespace }, { context: { ports, deadline } }) => (await ports.facts?.pods(namespace, deadline.work)) ?? NO_CLUSTER,
  resolutions: async ({ namespace }, { context: { ports, deadline } }) =>
    (await ports.facts?.resolutions(namespace, deadline.work)) ?? NO_CLUSTER,
  definition: findDefinition,
  receipt: findReceipt,
  artifacts: findArtifacts,
  attestations: findAttestations,
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
  readonly #found = new Map<string, Promise<FactAnswer<FactKind>>>();

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
      this.#answers.set(key, await this.#find(question, key));
    }));
  }

  #find<K extends FactKind>(question: QuestionOf<K>, key = keyOf(question)): Promise<FactAnswer<K>> {
    const found = this.#found.get(key) ?? this.#look(question);
    this.#found.set(key, found);
    return found as Promise<FactAnswer<K>>;
  }

  async #look<K extends FactKind>(question: QuestionOf<K>): Promise<FactAnswer<K>> {
    try {
      const ways: Ways = { context: this.#context, find: (other) => this.#find(other) };
      const answer = (FINDERS[question.kind] as unknown as Finder<K>)(question, ways);
      return (await this.#context.deadline.race(answer)) ?? { known: false, cause: 'time ran out' };
    } catch (fault) {
      this.#context.fault(fault);
      return { known: false, cause: 'an internal error' };
    }
  }
}

/** Equal for equal questions alone: names are a requester's to choose, so no two of them can run into each other. All of it counts. */
function keyOf(question: FactQuestion): string {
  if (question.kind === 'attestations') {
    const { artifact: { name, digest, presented }, runs, trust } = question;
    return JSON.stringify([question.kind, name, digest, presented?.digest, runs, trust.id]);
  }
  if (question.kind !== 'definition') return JSON.stringify(Object.entries(question).toSorted(byName));
  return JSON.stringify([question.kind, question.namespace, useKey(question.use), question.trust.id]);
}

/** What is only named is the same wherever it is named, also in different definitions; other content is known by its place. */
function useKey(use: DefinitionUse): readonly unknown[] {
  switch (use.form) {
    case 'local': return [use.form, use.kind, use.group, use.resource, use.namespace, use.name];
    case 'remote': return [
      // Where it comes from is not all in texts then: only the place tells two of them apart.
      use.form, use.source.from === 'unknown' || use.source.from === 'deferred' ? use.path : '',
      use.kind, use.resolver, Object.entries(use.params).toSorted(byName), use.source,
    ];
    default: return [use.form, use.path];
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
