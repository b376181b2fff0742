/** What each task is: by the name of its verified definition, or by a label that the signature covers. */
import { z } from 'zod';
import { TASK_CLASSES } from '../../domain/policy/request-policy.ts';
import type { TaskClass, TaskClasses } from '../../domain/policy/request-policy.ts';
import { patternText } from '../match/pattern-text.ts';
import { labelKey } from '../schema/common.ts';
import { list, parsed, strict, word } from '../schema/fields.ts';

/** The name of a definition: a text, or a glob when it contains `*`. */
export const definitionName = parsed(patternText);

/** One of the classes of tasks. */
export const taskClass = word<TaskClass>(...TASK_CLASSES);

const named = list(definitionName, 'definition').optional();

/** `classes` as written; `userCode: []` says that no task runs user code. */
export const classesField = strict({
  label: labelKey.optional(),
  definitions: strict({ fetch: named, build: named, test: named, publish: named }).optional(),
  userCode: z.array(taskClass).max(TASK_CLASSES.length, `names more than the ${TASK_CLASSES.length} classes`).optional(),
});

/** `classes` as it was read. */
export type ClassesField = z.output<typeof classesField>;

/** The label by which a signed definition says what it is, unless the policy names another. */
const USUAL_LABEL = 'gatehouse.dev/class';

/**
 * Classes by which tasks are told apart. A name that several classes cover belongs to one that runs user code, if one of them does:
 * so no overlap takes a task out of the jail.
 */
export function compileClasses({ label = USUAL_LABEL, definitions = {}, userCode = ['build', 'test'] }: ClassesField = {}): TaskClasses {
  const jailed = new Set(userCode);
  const inOrder = TASK_CLASSES.toSorted((a, b) => Number(jailed.has(b)) - Number(jailed.has(a)));
  return {
    label,
    definitions: inOrder.flatMap((name) => (definitions[name] ?? []).map((task) => ({ class: name, task }))),
    userCode: jailed,
  };
}
