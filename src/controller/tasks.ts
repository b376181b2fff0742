/** What is done only while we lead: each task runs from the beginning of leading to its end, and is begun again when it fails. */
import { setTimeout as sleep } from 'node:timers/promises';

/** One of them. */
export interface LeaderTask {
  readonly name: string;
  /** Works until it is aborted, and resolves soon after. What it writes goes through the fenced writer. */
  run(signal: AbortSignal): Promise<void>;
}

const AGAIN_MS = 5000;

/** Makes what has to be told when leading begins. A task never runs twice at a time, also when leading ends and begins at once. */
export function createTasks(tasks: readonly LeaderTask[], failed: (task: string, cause: unknown) => void): (signal: AbortSignal) => void {
  const last = new Map<LeaderTask, Promise<void>>();
  const keepRunning = async (task: LeaderTask, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await task.run(signal);
        return;
      } catch (cause) {
        if (signal.aborted) return;
        failed(task.name, cause);
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  return (signal) => {
    for (const task of tasks) last.set(task, (last.get(task) ?? Promise.resolve()).then(() => keepRunning(task, signal)));
  };
}
