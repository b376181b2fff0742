/** All resources compiled together, each judged for itself: one that is broken does not hold up the others. */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { Compiled } from '../../feeds/policies/judge.ts';
import type { PolicyFile } from '../../feeds/policies/files.ts';
import type { CompiledDocuments, DocumentState, JudgedDocument } from './documents.ts';
import type { Resource, Resources } from './resources.ts';

/** Compiles documents into a set, or finds what is wrong with them; problems name the `path` of the file that they are in. */
export type Compile = (files: readonly PolicyFile[]) => Promise<Compiled>;

/** Documents that are compiled whenever one of them has changed. */
export interface CompilingDocuments extends CompiledDocuments {
  /** Compiles once more, because something besides the documents has changed (a trust root). */
  recompile(): void;
  close(): void;
}

interface Outcome {
  readonly documents: readonly JudgedDocument[];
  readonly set: PolicySet | undefined;
}

/** How long the resources must rest: kubectl applies many files one after the other. */
const SETTLE_MS = 200;

/**
 * Compiles from now on. What has an error is compiled in its last good form, or without it, until nothing is wrong (ADR 0043): each
 * round something falls back, so there is an end.
 */
export function compileResources(resources: Resources, compile: Compile, failed: (cause: unknown) => void): CompilingDocuments {
  const lastGood = new Map<string, { readonly uid: string; readonly file: PolicyFile }>();
  const listeners = new Set<() => void>();
  let outcome: Outcome | undefined;
  let mark = '';
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let closed = false;

  const look = async (): Promise<void> => {
    const all = resources.all();
    if (all === undefined) return;
    // Our own writes change neither uid nor generation, and must not start another round.
    const now = all.map(({ key, uid, generation, file }) => `${key} ${uid} ${generation ?? file.text}`).toSorted().join('\n');
    if (outcome !== undefined && now === mark) return;
    const judged = await judge(all, compile, lastGood);
    if (closed) return;
    mark = now;
    outcome = judged;
    for (const listener of [...listeners]) listener();
  };
  const start = (): void => {
    if (closed) return;
    again = true;
    if (running || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      running = true;
      again = false;
      void look().catch(failed).finally(() => {
        running = false;
        if (again) start();
      });
    }, SETTLE_MS);
  };
  const end = resources.changed(start);
  start();

  return {
    documents: () => outcome?.documents,
    set: () => outcome?.set,
    changed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    recompile() {
      mark = '';
      start();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      end();
      listeners.clear();
    },
  };
}

async function judge(
  resources: readonly Resource[], compile: Compile, lastGood: Map<string, { readonly uid: string; readonly file: PolicyFile }>,
): Promise<Outcome> {
  const states = new Map<string, DocumentState>(resources.map(({ key }) => [key, 'good']));
  const problems = new Map<string, PolicyProblem[]>();
  const files = new Map<string, PolicyFile>(resources.map(({ key, file }) => [key, file]));
  let set: PolicySet | undefined;
  for (;;) {
    const compiled = await compile([...files.values()]);
    const broken = new Map<string, PolicyProblem[]>();
    for (const problem of compiled.problems) {
      const lists = problem.severity === 'error' ? broken : problems;
      if (files.has(problem.file)) lists.set(problem.file, [...(lists.get(problem.file) ?? []), problem]);
    }
    if (broken.size === 0) {
      set = compiled.set;
      break;
    }
    for (const [key, found] of broken) {
      const resource = resources.find((one) => one.key === key);
      const before = lastGood.get(key);
      const falls = states.get(key) === 'good' && before !== undefined && before.uid === resource?.uid;
      // A problem of what was written is told; that its last good form does not do either is only why that is not in force.
      if (states.get(key) === 'good') problems.set(key, found);
      states.set(key, falls ? 'lastGood' : resource?.kind === 'AdmissionException' ? 'leftOut' : 'standIn');
      if (falls) files.set(key, before.file);
      else files.delete(key);
    }
  }
  lastGood.clear();
  const documents = resources.map((resource): JudgedDocument => {
    const { key, kind, namespace, name, generation, resourceVersion, uid } = resource;
    const state = states.get(key) ?? 'good';
    const file = files.get(key);
    if (file !== undefined) lastGood.set(key, { uid, file });
    const found = problems.get(key) ?? [];
    return {
      key, kind, namespace, name, ...(generation === undefined ? {} : { generation }), resourceVersion, state,
      problems: unique(found.filter(({ severity }) => severity === 'error')),
      warnings: unique(found.filter(({ severity }) => severity === 'warning')),
    };
  });
  return { documents, set };
}

/** Warnings come once a round. */
function unique(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  return [...new Map(problems.map((one) => [`${one.path} ${one.message}`, one])).values()];
}
