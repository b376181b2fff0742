/** Labels and annotations by which engines, Tekton Chains and Gatehouse know what belongs to what: nobody else writes them. */
import type { BuildMatter, PodMatter } from '../../domain/build/matter.ts';
import type { BuildSettings } from '../../domain/build/settings.ts';
import { keptText } from '../../domain/decision/kept-text.ts';
import { WRITTEN_ON_PODS } from '../../domain/decision/verified.ts';
import type { RequestJudge, RequestOutcome } from './question.ts';

type Texts = Readonly<Record<string, string>>;

/** Which run, task and pipeline an object belongs to; the controller believes it, and so does whoever counts results. */
const OF_TEKTON: ReadonlySet<string> = new Set([
  'pipelineRun', 'pipelineRunUID', 'taskRun', 'taskRunUID', 'pipelineTask', 'memberOf', 'pipeline', 'task',
].map((name) => `tekton.dev/${name}`));
const OF_CHAINS = 'chains.tekton.dev/';
const OURS = 'gatehouse.dev/';
/** A wish, which Tekton lets whoever starts a run have. */
const WISHES: ReadonlySet<string> = new Set(['chains.tekton.dev/transparency-upload']);
/** What the author of a definition says of it: covered by its signature, or the signature itself. */
const OF_DEFINITIONS: ReadonlySet<string> = new Set(['gatehouse.dev/class', 'gatehouse.dev/signature']);

/** The controller that makes pods of StatefulSets, by either of its names. */
const STATEFUL_SETS: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:statefulset-controller',
  'system:kube-controller-manager',
]);
/** Labels of a run that the pod of its affinity assistant has as well (recorded: c). */
const OF_ASSISTANTS: ReadonlySet<string> = new Set(['tekton.dev/pipelineRun', 'tekton.dev/pipelineRunUID', 'tekton.dev/pipeline']);

/** One reserved key that is set, changed or removed. */
interface Written {
  readonly key: string;
  readonly path: string;
}

/**
 * Judges what a request adds, changes or removes. Controllers of an engine copy from what was judged when it was made, so they may write
 * on runs and pods; what they create as a definition was brought by a resolver and is its author's word, so there they may not.
 */
export const judgeReserved: RequestJudge<'reserved'> = (_requirement, { matter, settings }) => {
  if (matter.about !== 'build' && matter.about !== 'pod') return undefined;
  const written = matter.about === 'pod' ? changes(matter, matter.before) : writtenByBuild(matter);
  return written.filter(({ key }) => !mayWrite(key, matter, settings)).map(({ key, path }): RequestOutcome => ({
    code: 'POLICY_RESERVED', path, found: [keptText(key)],
  }));
};

function writtenByBuild({ request }: BuildMatter): readonly Written[] {
  const { before, tasks, pods, definitions, role, isUnchanged } = request;
  const own = changes(request, before);
  if (role === 'run' && isUnchanged === true) return own;
  // What stands in the object is given to what it runs; of a definition that is the object itself, it was told already.
  const embedded = tasks.filter(({ definition }) => definitions[definition]?.form !== 'self');
  const ofAll = given(pods.filter(({ task }) => task === undefined));
  const told = new Set(ofAll.map(({ key }) => key));
  // A task has what all have as well, which is told once.
  return [...own, ...ofAll, ...given([...embedded, ...pods.filter(({ task }) => task !== undefined)]).filter(({ key }) => !told.has(key))];
}

interface Metadata {
  readonly labels: Texts;
  readonly annotations?: Texts;
}

/** Reserved labels and annotations of the object that differ from those before, those that are gone included. */
function changes(after: Metadata, before: Metadata | undefined): readonly Written[] {
  return (['labels', 'annotations'] as const).flatMap((map) => {
    const [now, then] = [after[map] ?? {}, before?.[map] ?? {}];
    const keys = Object.keys(now).filter((key) => !Object.hasOwn(then, key) || then[key] !== now[key]);
    const gone = Object.keys(then).filter((key) => !Object.hasOwn(now, key));
    return [...keys, ...gone].filter(isReserved).map((key) => ({ key, path: `metadata.${map}["${keptText(key)}"]` }));
  });
}

/** Reserved keys that parts of an object give to what runs them, each once for a part. */
function given(parts: readonly (Metadata & { readonly path: string })[]): readonly Written[] {
  return parts.flatMap(({ labels, annotations = {}, path }) =>
    [...new Set([...Object.keys(labels), ...Object.keys(annotations)])].filter(isReserved).map((key) => ({ key, path })));
}

function isReserved(key: string): boolean {
  return OF_TEKTON.has(key) || key.startsWith(OF_CHAINS) || key.startsWith(OURS);
}

function mayWrite(key: string, matter: BuildMatter | PodMatter, { tekton, argo, shipwright }: BuildSettings): boolean {
  const { operation, requester: { username } } = matter;
  const isDefinition = matter.about === 'build' && matter.request.role === 'definition';
  if (WISHES.has(key) && operation === 'CREATE') return true;
  // Whoever writes them: the label is admitted exactly where it is true, and the annotation is a note.
  if (matter.about === 'pod' && WRITTEN_ON_PODS.has(key)) return true;
  if (isDefinition) return OF_DEFINITIONS.has(key);
  if (tekton.controllers.has(username) || (key.startsWith(OF_CHAINS) && tekton.chains.has(username))) return true;
  if (key.startsWith(OURS)) return argo.controllers.has(username) || shipwright.controllers.has(username);
  return matter.about === 'pod' && OF_ASSISTANTS.has(key) && isAssistant(matter);
}

/** The pod of an affinity assistant, made by the controller of its StatefulSet. */
function isAssistant({ requester, owner, labels }: PodMatter): boolean {
  return STATEFUL_SETS.has(requester.username) && owner?.kind === 'StatefulSet' && owner.name.startsWith('affinity-assistant-')
    && Object.hasOwn(labels, 'app.kubernetes.io/component') && labels['app.kubernetes.io/component'] === 'affinity-assistant';
}
