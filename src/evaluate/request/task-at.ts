/** Which task of a build a place in its object belongs to. */
import type { Matter } from '../../domain/build/matter.ts';

/** The last task of a way that leads through a reference; later parts are its steps. */
const REFERRED = /^[^/]{1,400} \/ task ([^\s,/]{1,253})(?: \/ (?!task )[^/]*)?$/;

/**
 * The name of the innermost task that stands at, or around, a JSON path, or that the place names (`pipeline / task build`) when it lies in
 * a definition that the object refers to; `undefined` where there is none. Names are as objects write them: for messages alone. What is
 * needed is made with the first question.
 */
export function tasksOf(matter: Matter): (path: string, place: string) => string | undefined {
  let names: ReadonlyMap<string, string> | undefined;
  return (path, place) => {
    if (matter.about !== 'build' || path === '') return undefined;
    names ??= new Map([...matter.request.order, ...matter.request.tasks].map((task) => [task.path, task.name]));
    for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1))) {
      const name = names.get(path.slice(0, end));
      if (name !== undefined) return name;
    }
    return REFERRED.exec(place)?.[1];
  };
}
