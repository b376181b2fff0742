/** A run as it stands in the cluster, read by the reader of its engine. */
import type { FactAnswer, QuestionOf } from '../../domain/build/facts.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { ENGINE_READERS } from '../../extract/engines.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { Context } from '../context.ts';

type Question = QuestionOf<'run'>;

/** Looks the run up and reads it. What cannot be read in full is not known, with the reason; nothing of it is verified. */
export async function findRun(question: Question, { ports, deadline }: Context): Promise<FactAnswer<'run'>> {
  const { group, resource, namespace, name } = question;
  const answer = await ports.facts?.object({ kind: 'object', group, resource, namespace, name }, deadline.work);
  if (answer?.known !== true) return answer ?? { known: false, cause: 'no API server is connected' };
  if (answer.value === null) return { known: true, value: null };
  const key = `${group}/${resource}`;
  const reader = Object.hasOwn(ENGINE_READERS, key) ? ENGINE_READERS[key] : undefined;
  if (reader === undefined) return { known: false, cause: `${resource} of ${group} are not read` };
  const { matter, problems } = reader.read(asReview(question, answer.value));
  const [problem] = problems;
  if (matter?.about !== 'build') return { known: false, cause: `${resource} ${name} is no run that can be read` };
  if (problem !== undefined) return { known: false, cause: `${resource} ${name} cannot be read: ${problem.code} ${problem.path}` };
  return { known: true, value: { uid: ownText(own(answer.value, 'metadata'), 'uid') ?? '', request: matter.request } };
}

/** The request by which it could have been made. */
function asReview({ group, resource, namespace, name }: Question, object: unknown): ReviewRequest {
  const version = (ownText(object, 'apiVersion') ?? '').split('/').at(-1) ?? '';
  return {
    surface: 'webhook', uid: '', operation: 'CREATE', kind: { group, version, kind: ownText(object, 'kind') ?? '' },
    resource: { group, version, resource }, subResource: '', namespace, name, user: { username: '', groups: [] }, dryRun: false,
    object, oldObject: null,
  };
}
