/** Workspaces of the tasks of a pipeline: handed by it, or used without being handed. */
import type { TaskWorkspace } from '../../domain/build/task.ts';
import type { Book } from './book.ts';
import type { PipelineUse } from './pipeline-use.ts';
import { structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';

/** The workspaces that a pipeline hands to one of its tasks, each with that of the run behind it. */
export function readHandedWorkspaces(task: Place, use: PipelineUse, book: Book): readonly TaskWorkspace[] {
  return structsAt(task, 'workspaces', book).map((workspace) => {
    const name = textAt(workspace, 'name', book);
    return { name, boundTo: use.boundTo(textAt(workspace, 'workspace', book) || name), path: workspace.path };
  });
}

/** An embedded task has what it is handed, and what it uses of its pipeline without being handed it. */
export function withOwn(handed: readonly TaskWorkspace[], own: readonly TaskWorkspace[]): readonly TaskWorkspace[] {
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...handed.filter(({ name }) => !names.has(name))];
}
