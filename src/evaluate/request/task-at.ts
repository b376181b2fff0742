/** Which task of a build a place in its object belongs to. */
import type { Matter } from '../../domain/build/matter.ts';

/**
 * The name of the innermost task that stands at, or around, a JSON path; `undefined` where there is none. Names are as the object writes
 * them: for messages alone. What is needed is made with the first question.
 */
export function tasksOf(matter: Matter): (path: string) => string | undefined {
  let names: ReadonlyMap<string, string> | undefined;
  return (path) => {
    if (matter.about !== 'build' || path === '') return undefined;
    names ??= new Map([...matter.request.order, ...matter.request.tasks].map((task) => [task.path, task.name]));
    for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1))) {
      const name = names.get(path.slice(0, end));
      if (name !== undefined) return name;
    }
    return undefined;
  };
}
