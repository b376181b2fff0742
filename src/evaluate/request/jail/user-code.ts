/** Which tasks of a run are code of users: by the classes of their definitions. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { BuildTask } from '../../../domain/build/task.ts';
import type { JailRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** A task of a run. */
export interface TaskWithClass {
  /** Its name in the run. */
  readonly name: string;
  /** As people say it: `task build`. */
  readonly called: string;
  /** JSON path in the run. */
  readonly path: string;
  readonly isUserCode: boolean;
  /** Its content, where it is known. */
  readonly task?: BuildTask;
}

/** All tasks of a run, and what is not known of them now. */
export interface TasksWithClass {
  readonly tasks: readonly TaskWithClass[];
  readonly open: readonly RequestOutcome[];
}

/** The tasks of a run with whether each runs code of users; what is not classified is a build. */
export function tasksWithClass(request: BuildRequest, { classes }: JailRequirement, _question: RequestQuestion): TasksWithClass {
  const { tasks, order, definitions } = request;
  const isUserCode = (index: number): boolean => {
    const use = definitions[index];
    const name = use?.form === 'local' ? use.name : '';
    return classes.userCode.has(classes.definitions.find(({ task }) => name !== '' && task.test(name))?.class ?? 'build');
  };
  const known = new Set(tasks.map(({ definition }) => definition));
  const written = tasks.map((task): TaskWithClass =>
    ({ name: task.name, called: `task ${task.name}`, path: task.path, isUserCode: isUserCode(task.definition), task }));
  const named = order.filter(({ definition }) => !known.has(definition)).map(({ name, path, definition }): TaskWithClass =>
    ({ name, called: `task ${name}`, path, isUserCode: isUserCode(definition) }));
  if (written.length + named.length > 0) return { tasks: [...written, ...named], open: [] };
  const whole = definitions.findIndex(({ kind, usedBy }) => usedBy === undefined && kind === 'task');
  const use = definitions[whole];
  return {
    tasks: use === undefined ? [] : [{ name: request.name, called: 'task', path: use.path, isUserCode: isUserCode(whole) }],
    open: [],
  };
}
