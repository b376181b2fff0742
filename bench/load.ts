import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadResult } from './load-client.ts';

export type { LoadOrder, LoadResult } from './load-client.ts';

/** A load process; one order at a time. */
export interface Load {
  send(order: LoadOrder): Promise<LoadResult>;
  stop(): void;
}

/** Starts the load process. */
export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load-client.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    send: (order) => new Promise((resolve, reject) => {
      const lost = (): void => reject(new Error('load process ended'));
      child.once('exit', lost);
      child.once('message', (result) => {
        child.off('exit', lost);
        resolve(result as LoadResult);
      });
      child.send(order);
    }),
    stop: () => void child.kill(),
  };
}

/** Median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
