/** From a caller to the build that it belongs to, by what the cluster says at this moment: nothing in a question has a say in it. */
import type { GateCaller, GateRun, RunOfCaller } from '../domain/gate/caller.ts';
import type { ClusterFacts } from '../domain/ports.ts';
import { own, ownList, ownText, ownTexts } from '../text/json/fields.ts';
import { isArgoPod } from './argo-pod.ts';

/** Looks up the run of a caller. Never rejects; without a cluster nothing is known. */
export function createRunLookup(
  facts: Pick<ClusterFacts, 'object'> | undefined,
): (caller: GateCaller, signal: AbortSignal) => Promise<RunOfCaller> {
  return async (caller, signal) => {
    if (caller.kind === 'ci') {
      const { run: name, namespace } = caller;
      return name === '' ? { found: 'none' } : { found: 'run', run: { kind: 'ci', namespace, name, uid: name } };
    }
    if (caller.kind === 'spiffe' || caller.pod === undefined) return { found: 'none' };
    if (facts === undefined) return { found: 'unknown', cause: 'no API server is connected' };
    const object: AskObject = async (place, name) => {
      const answer = await facts.object({ kind: 'object', ...place, namespace: caller.namespace, name }, signal);
      if (!answer.known) throw new Unknown(answer.cause);
      return answer.value ?? undefined;
    };
    try {
      return await runOfPod(caller.pod, caller.namespace, object);
    } catch (cause) {
      return { found: 'unknown', cause: cause instanceof Unknown ? cause.message : 'an internal error' };
    }
  };
}

class Unknown extends Error {}

type Named = { readonly name: string; readonly uid: string };
type AskObject = (place: { readonly group: string; readonly resource: string }, name: string) => Promise<object | undefined>;

/** An owner reference: a claim that whoever makes the object can write. */
interface Owner extends Named {
  readonly group: string;
  readonly kind: string;
}

const TEKTON = 'tekton.dev';
const PODS = { group: '', resource: 'pods' };
/** Pipelines of pipelines of pipelines: deeper than anybody builds. */
const MOST_ABOVE = 8;

async function runOfPod(claimed: Named, namespace: string, object: AskObject): Promise<RunOfCaller> {
  const found = await object(PODS, claimed.name);
  if (found === undefined || uidOf(found) !== claimed.uid) return wrong(`there is no pod ${claimed.name} with the uid of the token`);
  const pod = { ...claimed, labels: ownTexts(own(found, 'metadata'), 'labels') };
  const owner = ownerOf(found, (one) => isTaskRun(one) || isWorkflow(one));
  if (owner === undefined) return { found: 'none' };
  if (isWorkflow(owner)) {
    const workflow = await owned(owner, 'workflows', object);
    if (workflow === undefined) return wrong(`there is no Workflow ${owner.name} with the uid that the pod names`);
    // Any pod may name a Workflow as its owner; only those among its nodes are its own.
    if (!isArgoPod(workflow, claimed.name)) throw new Unknown(`the status of Workflow ${owner.name} does not name the pod`);
    return { found: 'run', run: { kind: 'Workflow', namespace, name: owner.name, uid: owner.uid, pod } };
  }
  if (!isTaskRun(owner)) return { found: 'none' };
  const taskRun = await owned(owner, 'taskruns', object);
  if (taskRun === undefined) return wrong(`there is no TaskRun ${owner.name} with the uid that the pod names`);
  const podName = ownText(own(taskRun, 'status'), 'podName') ?? '';
  if (podName === '') throw new Unknown(`the status of TaskRun ${owner.name} does not name its pod yet`);
  if (podName !== claimed.name) return wrong(`TaskRun ${owner.name} runs in another pod`);
  const task = { name: owner.name, uid: owner.uid };
  return outermost({ kind: 'TaskRun', namespace, ...task, task, pod }, taskRun, object);
}

/** The PipelineRun for which something was made, and for which that was made, up to the one that somebody asked for. */
async function outermost(run: GateRun, made: object, object: AskObject): Promise<RunOfCaller> {
  let [above, at] = [run, made];
  for (let level = 0; level <= MOST_ABOVE; level += 1) {
    const owner = ownerOf(at, isPipelineRun);
    if (owner === undefined || !isPipelineRun(owner)) return { found: 'run', run: above };
    const next = await owned(owner, 'pipelineruns', object);
    if (next === undefined) return wrong(`there is no PipelineRun ${owner.name} with the uid that ${above.kind} ${above.name} names`);
    [above, at] = [{ ...run, kind: 'PipelineRun', name: owner.name, uid: owner.uid }, next];
  }
  return wrong(`more than ${MOST_ABOVE} runs stand above the pod`);
}

/** What an owner reference names, if it is there with that uid. */
async function owned({ group, name, uid }: Owner, resource: string, object: AskObject): Promise<object | undefined> {
  const found = await object({ group, resource }, name);
  return found !== undefined && uid !== '' && uidOf(found) === uid ? found : undefined;
}

/** The controlling owner; without one any that is a run, so that nobody leaves his run by a reference that does not control. */
function ownerOf(object: object, isRun: (owner: Owner) => boolean): Owner | undefined {
  const all = (ownList(own(object, 'metadata'), 'ownerReferences') ?? []).map((one) => ({
    isController: own(one, 'controller') === true,
    group: (ownText(one, 'apiVersion') ?? '').split('/')[0] ?? '',
    kind: ownText(one, 'kind') ?? '', name: ownText(one, 'name') ?? '', uid: ownText(one, 'uid') ?? '',
  }));
  return all.find(({ isController }) => isController) ?? all.find(isRun);
}

const isTaskRun = ({ group, kind }: Owner): boolean => group === TEKTON && kind === 'TaskRun';
const isPipelineRun = ({ group, kind }: Owner): boolean => group === TEKTON && kind === 'PipelineRun';
const isWorkflow = ({ group, kind }: Owner): boolean => group === 'argoproj.io' && kind === 'Workflow';

function uidOf(object: object): string {
  return ownText(own(object, 'metadata'), 'uid') ?? '';
}

function wrong(cause: string): RunOfCaller {
  return { found: 'wrong', cause };
}
