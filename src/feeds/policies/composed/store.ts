/** The policies in force, composed of all sources: what is good of each decides, and what is broken falls back for itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { countPolicies } from '../../../domain/policy/policy.ts';
import type { LostPolicy, PolicyProblem, PolicySet } from '../../../domain/policy/policy.ts';
import { inSlices } from '../../../flow/slices.ts';
import { createHeld, shown } from '../../held.ts';
import type { PolicyFile } from '../files.ts';
import { countsOf } from '../judge.ts';
import type { Loaded, SourceCount } from '../judge.ts';
import type { PolicySource } from '../source.ts';
import type { ClusterSource } from '../sources/cluster.ts';
import type { FolderPolicyStore, PolicyEvents } from '../store.ts';
import { compose } from './compose.ts';
import { documentStates, isBroken, writtenOf } from './documents.ts';
import type { DocumentState } from './documents.ts';
import { remembered } from './last-good.ts';
import { stateSteps } from './source-states.ts';
import { NOTHING_GOOD } from './offer.ts';
import type { Composing, Composition, LastGood, Offer } from './offer.ts';
import { chooseWhole } from './whole.ts';
import type { WholeChoice } from './whole.ts';

/** Told what became of the policies; must not throw. */
export interface ComposedEvents extends PolicyEvents {
  /** These documents cannot be used as they are; each is told once per content. */
  broken(documents: readonly DocumentState[]): void;
}

/** Of what a store is composed. */
export interface ComposedOptions {
  readonly whole: readonly PolicySource[];
  readonly cluster?: ClusterSource | undefined;
  readonly composing: Composing;
  readonly events: ComposedEvents;
  readonly lost?: (before: PolicySet, after: PolicySet) => readonly LostPolicy[];
  readonly allowNoPolicies?: boolean;
  /** How long the first contents are waited for, milliseconds; what is missing then leaves the store unready until it comes. */
  readonly firstWithinMs?: number;
}

/** A store of several sources. */
export interface ComposedPolicyStore extends FolderPolicyStore {
  /** What is in force of each object of the cluster, and what is wrong with it; the same function for servers and the controller. */
  documents(): readonly DocumentState[];
  readonly sources: readonly PolicySource[];
}

const FIRST_WITHIN_MS = 5000;
/** Whoever writes all the time must not keep the server compiling all the time. */
const LONGEST_PAUSE_MS = 5000;

/**
 * Opens a store over sources that are followed already. Content that comes while others are compiled is compiled after them, once: it ends
 * nothing, or a tenant who writes all the time would keep everybody's policies from coming into force.
 */
export async function openComposedStore(options: ComposedOptions): Promise<ComposedPolicyStore> {
  const { whole, cluster, composing, events, lost, firstWithinMs = FIRST_WITHIN_MS } = options;
  const sources: readonly PolicySource[] = cluster === undefined ? whole : [...whole, cluster];
  const closing = new AbortController();
  let problems: readonly PolicyProblem[] = [];
  const held = createHeld<Loaded>({
    name: 'policies',
    took: ({ set, warnings, lost: gone }) => events.changed(set, warnings, gone),
    refused: (_cause, ready) => events.refused(problems, ready),
  });
  let lastGood: LastGood = NOTHING_GOOD;
  let latest: Composition | undefined;
  let written = NO_FILES;
  let choice: { readonly key: string; readonly choice: WholeChoice } | undefined;
  /** What is known beyond documents has changed so often: trust roots. */
  let round = 0;
  const told = new Set<string>();

  const refuse = (found: readonly PolicyProblem[], mark: string): void => {
    problems = found;
    held.refuse(new Error(found[0]?.message ?? 'policies cannot be used'), mark);
  };
  const composeOnce = async (): Promise<void> => {
    const missing = sources.filter((source) => source.current() === undefined);
    if (missing.length > 0) return refuse(missing.map(unread), missing.map((source) => unread(source).message).join());
    const empty = { files: [], mark: '', version: undefined, inForce: undefined };
    const contents = whole.map((source) => ({ name: source.name, ...(source.current() ?? empty) }));
    const objects = cluster?.current();
    const offer: Offer = { whole: contents, resources: objects?.resources ?? [] };
    const key = `${round} ${contents.map(({ mark }) => mark).join(' ')}`;
    const mark = `${key} ${objects?.mark ?? ''}`;
    if (held.same(mark)) return;
    const composition = await composing(async (compile) => {
      choice = choice?.key === key ? choice : { key, choice: await chooseWhole(offer.whole, lastGood.whole, compile, closing.signal) };
      return compose(choice.choice, offer, lastGood, compile, closing.signal);
    });
    if (closing.signal.aborted) return;
    latest = composition;
    const { set, problems: found, files } = composition;
    if (set === undefined) return refuse(found, mark);
    if (countPolicies(set) === 0 && options.allowNoPolicies !== true) return refuse([none(sources)], mark);
    const before = held.current()?.set;
    // Each of these looks at all documents: nobody waits for more than one of them.
    await nextTurn();
    const gone = before === undefined ? [] : (lost?.(before, set) ?? []);
    await nextTurn();
    lastGood = remembered(composition, lastGood);
    const counts = composition.whole.flatMap((source) => countsOf(source, composition.documents, source.problems.length === 0));
    const states = await inSlices(stateSteps(composition, cluster?.name), { signal: closing.signal });
    written = writtenOf(composition);
    held.offer(mark, () => ({ set, warnings: found, files, sources: states, counts, lost: gone }));
    const fellBack = new Set(composition.whole.filter(({ problems: own }) => own.length > 0).map(({ name }) => name));
    for (const { name, inForce } of contents) if (!fellBack.has(name)) inForce?.();
    await nextTurn();
    tell(composition);
  };
  const tell = (composition: Composition): void => {
    const isNew = (text: string): boolean => !told.has(text) && Boolean(told.add(text));
    for (const { name, problems: own } of composition.whole)
      if (own.length > 0 && isNew(`${name} ${choice?.key}`)) events.refused(own, true);
    const fresh = documentStates(composition, [], isBroken).filter(({ key, uid, hash, state }) => isNew(`${key} ${uid} ${hash} ${state}`));
    if (told.size > MOST_TOLD) told.clear();
    if (fresh.length > 0) events.broken(fresh);
  };

  let wanted = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (wanted && !closing.signal.aborted) {
      wanted = false;
      const began = performance.now();
      await composeOnce().catch((cause: unknown) => {
        if (!closing.signal.aborted) held.unreadable(cause);
      });
      if (wanted) await pause(Math.min(performance.now() - began, LONGEST_PAUSE_MS), closing.signal);
    }
  };
  const want = (): Promise<void> => {
    wanted = true;
    return (running ??= run().finally(() => { running = undefined; }));
  };
  const leave = sources.map((source) => source.changed(() => void want()));
  const refresh = async (): Promise<void> => {
    await Promise.all(sources.map((source) => source.refresh()));
    await want();
  };
  const first = async (): Promise<void> => {
    await Promise.all([...whole.map((source) => source.refresh()), ...(cluster === undefined ? [] : [firstOf(cluster)])]);
    await want();
  };
  await Promise.race([first(), pause(firstWithinMs, closing.signal)]);
  // Unready from the beginning, for a reason that is told.
  if (held.current() === undefined && problems.length === 0) void want();

  return {
    ...shown(held),
    sources,
    age() {
      const ages = sources.map((source) => source.age());
      return ages.includes(undefined) ? undefined : Math.max(0, ...ages.map((age) => age ?? 0));
    },
    condition() {
      const condition = held.condition();
      const problem = condition.problem ?? sources.map((source) => source.condition().problem).find((one) => one !== undefined);
      return { ...condition, ...(problem === undefined ? {} : { problem }) };
    },
    current() {
      const loaded = held.current();
      return loaded === undefined ? { ready: false, problems } : { ready: true, set: loaded.set, sources: loaded.sources };
    },
    files: () => held.current()?.files ?? NO_FILES,
    written: () => written,
    counts: () => [...(held.current()?.counts ?? []), ...(cluster === undefined ? [] : objectCounts(cluster.name, latest))],
    documents: () => (latest === undefined ? [] : documentStates(latest, cluster?.resources())),
    refresh,
    recompile() {
      round += 1;
      return want();
    },
    rejudge() {
      round += 1;
      return want();
    },
    close() {
      closing.abort();
      for (const end of leave) end();
      for (const source of sources) source.close();
      held.close();
    },
  };
}

const FORMS = ['good', 'lastGood', 'standIn', 'leftOut'] as const;

function objectCounts(source: string, latest: Composition | undefined): readonly SourceCount[] {
  const found = Map.groupBy(latest?.resources ?? [], ({ form }) => form);
  return FORMS.map((state) => ({ source, state, documents: found.get(state)?.length ?? 0 }));
}

const MOST_TOLD = 100_000;

const NO_FILES: readonly PolicyFile[] = [];

/** Resolves with the first content, which is on its way. */
function firstOf(source: PolicySource): Promise<void> {
  if (source.current() !== undefined) return Promise.resolve();
  return new Promise((done) => {
    const leave = source.changed(() => {
      leave();
      done();
    });
  });
}

function unread(source: PolicySource): PolicyProblem {
  const why = source.condition().problem;
  return problemOf(source.name, `has not been read yet${why === undefined ? '' : `: ${why}`}`, 'error');
}

/** A set without any policy would hand every decision to `unmatched`: it is refused, unless the configuration says that it is meant. */
function none(sources: readonly PolicySource[]): PolicyProblem {
  const names = sources.map(({ name }) => name).join(', ');
  return problemOf(names, `no policy in ${names}: write a ClusterArtifactPolicy, or say allowNoPolicies: true in the configuration`, 'warning');
}

function problemOf(file: string, message: string, severity: PolicyProblem['severity']): PolicyProblem {
  return { severity, file, line: 0, column: 0, path: '', message };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
