/** After which tasks a task of a pipeline surely runs, and whether it surely does. */
import type { TaskPlace } from '../../domain/build/task.ts';
import type { Book } from './book.ts';
import { textsOfRaw } from './parameters/value.ts';
import type { RawParameter } from './parameters/value.ts';
import { variablesIn } from './parameters/variables.ts';
import { structsAt, textAt, textsAt } from './place.ts';
import type { Place } from './place.ts';

/** What the pipeline knows of the task. */
export interface OrderUse {
  readonly prefix: string;
  readonly isFinally: boolean;
  /** A matrix may come to no run of it. */
  readonly uncertain: boolean;
  /** Where results of other tasks are taken. */
  readonly texts: readonly RawParameter[];
  /** Of the task that holds the pipeline: it holds for all in it. */
  readonly outer: Order;
}

/** What order says of a task. */
export type Order = Pick<TaskPlace, 'after' | 'isFinally' | 'conditional' | 'failureIgnored'>;

/** The part of a task's place that is its order: by `runAfter`, and by results that its parameters and conditions take. */
export function placeOf(task: Place, { prefix, isFinally, uncertain, texts, outer }: OrderUse, book: Book): Order {
  const conditions = structsAt(task, 'when', book);
  const taken = [
    ...texts.flatMap(({ raw }) => textsOfRaw(raw)),
    ...conditions.flatMap((when) => [textAt(when, 'input', book), ...textsAt(when, 'values', book)]),
  ];
  const names = [...textsAt(task, 'runAfter', book), ...taken.flatMap(tasksIn)];
  // Whatever is no plain `stopAndFail` may be, or become, `continue`.
  const onError = textAt(task, 'onError', book);
  return {
    // The first of an inner pipeline run after what comes before it; the others after these.
    after: names.length === 0 ? outer.after : [...new Set(names)].map((name) => prefix + name),
    isFinally: isFinally || outer.isFinally,
    conditional: conditions.length > 0 || uncertain || outer.conditional,
    failureIgnored: outer.failureIgnored || (onError !== '' && onError !== 'stopAndFail'),
  };
}

/** Tasks whose results a text takes. */
function tasksIn(text: string): readonly string[] {
  return resultsIn(text).map(({ task }) => task);
}

/** Results of tasks that a text takes: `$(tasks.NAME.results.RESULT)`, also items and members of one. */
export function resultsIn(text: string): readonly { readonly task: string; readonly result: string }[] {
  if (!text.includes('$(tasks.') && !text.includes('$(finally.')) return [];
  return variablesIn(text).flatMap((variable) => {
    const [, task, plain, quoted] = /^(?:tasks|finally)\.([^.]+)\.results(?:\.([^.[\]]+)|\[["']([^"']+)["']\])/.exec(variable) ?? [];
    return task === undefined ? [] : [{ task, result: plain ?? quoted ?? '' }];
  });
}

/** Results of tasks that a text takes: `$(tasks.NAME.results.RESULT)`, also of tasks under `finally`, and in whatever spelling. */
export function resultsIn(text: string): readonly { readonly task: string; readonly result: string }[] {
  return variablesIn(text).flatMap((variable) => {
    const [, task = '', rest = ''] = /^(?:tasks|finally)\.([^.]+)\.results([.[].*)$/.exec(variable) ?? [];
    const [, dotted, quoted] = /^(?:\.([^.[\]]+)|\[["']([^"']+)["']\])/.exec(rest) ?? [];
    const result = dotted ?? quoted;
    return result === undefined ? [] : [{ task, result }];
  });
}
