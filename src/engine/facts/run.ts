/** A run as it stands in the cluster, read by the reader of its engine. */
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import { field, isObject, own, ownText } from '../../text/json/fields.ts';
import { readBuild } from './reading.ts';
import type { Ways } from './ways.ts';

type Question = QuestionOf<'run'>;

/** Looks the run up and reads it. What cannot be read in full is not known, with the reason; nothing of it is verified. */
export async function findRun(question: Question, { find }: Ways): Promise<FactAnswer<'run'>> {
  const { group, resource, namespace, name } = question;
  const answer = await find({ kind: 'object', group, resource, namespace, name });
  if (!answer.known) return answer;
  if (answer.value === null) return { known: true, value: null };
  const asked = readBuild(answer.value, namespace, { group, resource });
  if (asked === undefined) return { known: false, cause: `${resource} ${name} is no run that can be read` };
  const executed = executedOf(answer.value);
  const inStatus = executed === undefined ? undefined : readBuild(executed, namespace, { group, resource });
  const [problem] = [...asked.problems, ...(inStatus?.problems ?? [])];
  if (problem !== undefined) return { known: false, cause: `${resource} ${name} cannot be read: ${problem.code} ${problem.path}` };
  const uid = ownText(own(answer.value, 'metadata'), 'uid') ?? '';
  return { known: true, value: { uid, request: asked.request, ...(inStatus === undefined ? {} : { executed: inStatus.request }) } };
}

/** Members of the status that are executed, which take the place of members of the spec, and the references that they fill. */
const EXECUTED = [['pipelineSpec', 'pipelineRef'], ['taskSpec', 'taskRef']] as const;

/** The run with what its status says in place of what it refers to; `undefined` while the status says nothing. */
function executedOf(run: Readonly<Record<string, unknown>>): unknown {
  const spec = field(run, 'spec');
  for (const [content, reference] of EXECUTED) {
    const executed = own(field(run, 'status'), content);
    if (!isObject(executed) || !isObject(spec)) continue;
    const { [reference]: _reference, ...rest } = spec;
    return { ...run, spec: { ...rest, [content]: executed } };
  }
  return undefined;
}
