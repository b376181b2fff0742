/** How each object of the cluster stands: what is in force of it, and every problem and piece of advice about it. */
import type { PolicyProblem } from '../../../domain/policy/policy.ts';
import type { PolicyFile } from '../files.ts';
import type { ResourceDocument, ResourceIdentity } from '../sources/kinds.ts';
import type { Composition, Form } from './offer.ts';

/** How one object stands. */
export interface DocumentState extends ResourceIdentity {
  readonly state: Form;
  /** What is wrong with the object as it is; empty when it is in force itself. */
  readonly problems: readonly PolicyProblem[];
  /** Advice about what is in force of it. */
  readonly warnings: readonly PolicyProblem[];
  /** Changes with its text. */
  readonly hash: string;
}

/** True when the object is not in force as it is. */
export function isBroken({ state }: Pick<DocumentState, 'state'>): boolean {
  return state !== 'good';
}

/** The states of all objects of a composition. `newest` has the versions of objects whose text has not changed since, but their status has. */
export function documentStates(
  { resources, problems }: Composition, newest: readonly ResourceDocument[] = [],
  wanted: (one: Pick<DocumentState, 'state'>) => boolean = () => true,
): readonly DocumentState[] {
  const now = new Map(newest.map((document) => [document.key, document]));
  const advice = Map.groupBy(problems.filter(({ severity }) => severity !== 'error'), ({ file }) => file);
  return resources.filter(({ form }) => wanted({ state: form })).map(({ document, form, problems: own }) => {
    const later = now.get(document.key);
    const { file: _file, ...identity } = later?.uid === document.uid && later.hash === document.hash ? later : document;
    return { ...identity, state: form, problems: own, warnings: advice.get(document.key) ?? [] };
  });
}

/** What is in force, and the objects of which nothing is, as they are written. */
export function writtenOf({ files, resources }: Pick<Composition, 'files' | 'resources'>): readonly PolicyFile[] {
  const unused = resources.filter(({ form }) => form === 'standIn' || form === 'leftOut').map(({ document: { file } }) => file);
  return unused.length === 0 ? files : [...files, ...unused];
}
