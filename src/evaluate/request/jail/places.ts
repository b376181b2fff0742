/** Where user code will run in a run: its tasks by content, those that are only named, and the settings that hold for each. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildTask, PodSettings } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';
import { runsUserCode } from './user-code.ts';

/** A task of a run that runs code of users. */
export interface JailedPlace {
  /** As people say it: `task build`. */
  readonly called: string;
  /** JSON path of its content, or of its place in the pipeline. */
  readonly path: string;
  /** Its content, where it stands in the object. */
  readonly task?: BuildTask;
  /** Index into `definitions`; -1 for none. */
  readonly definition: number;
  /** Settings of pods that hold for it, the narrowest first. */
  readonly pods: readonly PodSettings[];
}

/** Tasks that run code of users, and what is not known about others. */
export interface JailedPlaces {
  readonly places: readonly JailedPlace[];
  readonly unknown: readonly RequestOutcome[];
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly task?: BuildTask;
  readonly definition: number;
}

/** All places of a run at which code of users runs, by the classes of their definitions. */
export function jailedPlaces(request: BuildRequest, requirement: JailRequirement, question: RequestQuestion): JailedPlaces {
  const places: JailedPlace[] = [];
  const unknown: RequestOutcome[] = [];
  for (const { name, path, task, definition } of placesOf(request)) {
    const code = runsUserCode(request.definitions[definition], request.namespace, requirement, question);
    if (!code.known) unknown.push(code.outcome);
    else if (code.is) {
      const pods = [...request.pods.filter((one) => one.task === name), ...request.pods.filter((one) => one.task === undefined)];
      places.push({ called: name === '' ? request.kind : `task ${name}`, path, definition, pods, ...(task === undefined ? {} : { task }) });
    }
  }
  return { places, unknown };
}

/** Tasks with their content, then those that a pipeline in the object names; a run of one definition is the place itself. */
function placesOf(request: BuildRequest): readonly Place[] {
  const { tasks, order, definitions } = request;
  const known = new Set(tasks.map(({ definition }) => definition));
  const written = tasks.map((task): Place => ({ name: task.name, path: task.path, task, definition: task.definition }));
  const named = order
    .filter(({ definition }) => !known.has(definition))
    .map(({ name, path, definition }): Place => ({ name, path, definition }));
  if (written.length + named.length > 0) return [...written, ...named];
  const whole = definitions.findIndex(({ kind, usedBy }) => usedBy === undefined && kind === 'task');
  const use = definitions[whole];
  return use === undefined ? [] : [{ name: '', path: use.path, definition: whole }];
}
