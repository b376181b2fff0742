/** The live run that something claims to belong to: as it was asked for, and as its engine says that it executes it. */
import type { BuildReading } from '../../domain/build/build-request.ts';
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import { isObject, own, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { Context } from '../context.ts';
import { groupVersion, readBuild, resourceOf } from './reading.ts';

/** Members of the status that are executed, each with the member of the spec whose place it takes, and the reference that it fills. */
const EXECUTED: readonly (readonly [status: string, spec: string, reference: string])[] = [
  ['pipelineSpec', 'pipelineSpec', 'pipelineRef'],
  ['taskSpec', 'taskSpec', 'taskRef'],
];

/**
 * Finds a live run by its kind and name, and reads it. A kind that no engine here has cannot be looked at, which is not known; that
 * there is none of the name is `null`. Its uid is for the asker to compare.
 */
export async function findRun({ owner, namespace }: QuestionOf<'run'>, { ports, deadline }: Context): Promise<FactAnswer<'run'>> {
  const [group] = groupVersion(owner.apiVersion);
  const resource = resourceOf(group, owner.kind);
  if (resource === undefined) return { known: false, cause: `objects of kind ${owner.kind} are not read` };
  const answer = await ports.facts?.object({ kind: 'object', group, resource, namespace, name: owner.name }, deadline.work);
  if (answer === undefined) return { known: false, cause: 'no API server is connected' };
  if (!answer.known) return answer;
  if (answer.value === null) return { known: true, value: null };
  const object = answer.value;
  const asked = readBuild(object, namespace);
  if (asked === undefined) return { known: false, cause: `${owner.kind} ${namespace}/${owner.name} cannot be read` };
  const executed = executedOf(object, namespace);
  return {
    known: true,
    value: { uid: ownText(object['metadata'], 'uid') ?? '', asked, ...(executed === undefined ? {} : { executed }) },
  };
}

/** The run with what its status says in place of what it refers to. */
function executedOf(object: JsonObject, namespace: string): BuildReading | undefined {
  for (const [member, place, reference] of EXECUTED) {
    const content = own(object['status'], member);
    if (!isObject(content)) continue;
    const { [reference]: _reference, ...spec } = isObject(object['spec']) ? object['spec'] : {};
    return readBuild({ ...object, spec: { ...spec, [place]: content } }, namespace);
  }
  return undefined;
}
