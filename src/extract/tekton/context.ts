/** `$(context.…)`: what of a run's own circumstances is known when it is asked for. */
import { field } from '../../text/json/fields.ts';
import { contextScope } from './parameters/scope.ts';
import type { Scope } from './parameters/value.ts';
import type { Place } from './place.ts';

/** Names that contexts give; an empty one (`generateName`) is not known yet. */
export interface Circumstances {
  readonly pipelineRun?: string;
  readonly pipeline?: string;
  readonly taskRun?: string;
  readonly task?: string;
  readonly namespace: string;
}

/** The scope of what is known; uids and counts of retries never are. */
export function contextOf({ pipelineRun, pipeline, taskRun, task, namespace }: Circumstances, outer: Scope): Scope {
  const known = (name: string, value: string | undefined): Readonly<Record<string, string>> =>
    (value === undefined || value === '' ? {} : { [name]: value });
  return contextScope({
    ...known('context.pipelineRun.name', pipelineRun),
    ...known('context.pipeline.name', pipeline),
    ...known('context.taskRun.name', taskRun),
    ...known('context.task.name', task),
    ...(pipelineRun === undefined ? {} : known('context.pipelineRun.namespace', namespace)),
    ...(taskRun === undefined ? {} : known('context.taskRun.namespace', namespace)),
  }, outer);
}

/** Adds what a task of a pipeline knows of itself to the scope in which its parameters are read. */
export function taskContext(scope: Scope, task: Place): Scope {
  const retries = field(task.value, 'retries');
  const written = retries === undefined || retries === null ? 0 : retries;
  return typeof written === 'number' ? contextScope({ 'context.pipelineTask.retries': String(written) }, scope) : scope;
}

/** For a pipeline in a pipeline, whose run gets its name from the engine. */
export function withoutContext(scope: Scope): Scope {
  return { find: (variable) => (variable.startsWith('context.') ? undefined : scope.find(variable)), whole: scope.whole };
}
