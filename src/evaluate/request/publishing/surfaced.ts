/** What a task says that it published comes out of every pipeline that holds it: of the run as a whole Chains sees nothing else. */
import type { BuildRequest } from '../../../domain/build/build-request.ts';
import type { Placed } from '../definition/places.ts';
import { hintsOf } from './hints.ts';
import type { DeclaredResult, Hint } from './hints.ts';

/** Where the results of a task get lost: the name of the pipeline's task that holds it; `undefined` when they come out at the top. */
export function lostAt(task: Placed): string | undefined {
  let results: readonly DeclaredResult[] | undefined = task.task?.results ?? [];
  let one = task;
  for (;;) {
    const { group } = one;
    if (one.level.request.order.length === 0) {
      if (group === undefined) return undefined;
      one = group;
      continue;
    }
    // A pipeline that stands in the object itself: what it surfaces is seen only from outside.
    const isInside = group !== undefined && group.level === one.level;
    if (!isInside && !surfaces(one.level.request, lastName(one.name), results)) return one.name;
    if (group === undefined) return undefined;
    results = isInside ? undefined : one.level.request.results;
    one = group;
  }
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Whether a pipeline takes one of the hints of its task into a hint of its own; `declared` is `undefined` where it is not seen. */
function surfaces(pipeline: BuildRequest, task: string, declared: readonly DeclaredResult[] | undefined): boolean {
  const inner = declared === undefined ? undefined : hintsOf(declared);
  return hintsOf(pipeline.results).some((outer) => {
    const taken = outer.names.map((name) => {
      const takes = pipeline.results.find((result) => result.name === name)?.takes ?? [];
      return takes.filter((one) => one.task === task).map(({ result }) => result);
    });
    if (inner !== undefined) return inner.some((hint) => hint.form === outer.form && isTaken(hint, taken));
    return taken.every((results) => results.length > 0);
  });
}

function isTaken({ names }: Hint, taken: readonly (readonly string[])[]): boolean {
  return names.every((name, index) => taken[index]?.includes(name) === true);
}
