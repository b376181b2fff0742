/** Writes to what engines execute or believe: the status of their runs, and resolved data. */
import type { EngineReader, EngineReaders } from '../reading.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import type { StatusMatter } from '../../domain/build/matter.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';

/** Of resolved data: what is executed, and where it is said to come from. Everything else in that status is the progress of the request. */
const RESOLVED = ['data', 'source', 'refSource'] as const;

/** A status all of which its engine believes: tasks and steps, which pod is taken for the run's, results that are signed as they stand. */
function runStatus(kind: string): EngineReader {
  return { kind, read: (review) => reading(review, changedMembers(review)) };
}

function resolution(): EngineReader {
  return {
    kind: 'ResolutionRequest',
    read: (review) => reading(review, changedMembers(review).filter((name) => RESOLVED.some((member) => member === name))),
  };
}

/** By `group/resource/status`; the API server takes nothing but the status from such a request. */
export const EXECUTED_READERS: EngineReaders = {
  'tekton.dev/taskruns/status': runStatus('TaskRun'),
  'tekton.dev/pipelineruns/status': runStatus('PipelineRun'),
  'tekton.dev/customruns/status': runStatus('CustomRun'),
  'resolution.tekton.dev/resolutionrequests/status': resolution(),
};

function reading(review: ReviewRequest, members: readonly string[]): ReturnType<EngineReader['read']> {
  if (review.operation === 'CONNECT' || members.length === 0) return { images: [], problems: [] };
  const matter: StatusMatter = {
    about: 'status',
    engine: 'tekton',
    operation: review.operation,
    namespace: review.namespace,
    name: review.name,
    requester: review.user,
    kind: review.kind.kind,
    executed: members.map((name) => `status.${name}`),
  };
  return { matter, images: [], problems: [] };
}

/** Members of the status that the request sets or changes; absent, null, empty text and an empty object are the same nothing. */
function changedMembers({ object, oldObject }: ReviewRequest): readonly string[] {
  const [now, before] = [statusOf(object), statusOf(oldObject)];
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (name) => !sameValue(some(field(now, name)), some(field(before, name))),
  );
}

function some(value: unknown): unknown {
  if (value === null || value === '') return undefined;
  return isObject(value) && Object.keys(value).length === 0 ? undefined : value;
}

function statusOf(object: unknown): JsonObject {
  const status = isObject(object) ? field(object, 'status') : undefined;
  return isObject(status) ? status : {};
}
