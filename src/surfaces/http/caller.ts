import type { ServerResponse } from 'node:http';

/** Whoever waits for an answer. */
export interface Caller {
  /** Aborts when the caller leaves; made when somebody asks for it, which a decision from memory never does. */
  signal(): AbortSignal;
  /** The caller is answered; whatever happens to the connection now concerns nobody. */
  release(): void;
}

/** Watches the connection of a response. */
export function callerOf(response: ServerResponse): Caller {
  let controller: AbortController | undefined;
  const left = (): void => { if (!response.writableFinished) controller?.abort(); };
  return {
    signal() {
      if (controller !== undefined) return controller.signal;
      controller = new AbortController();
      if (response.destroyed) left();
      else response.once('close', left);
      return controller.signal;
    },
    release: () => void response.off('close', left),
  };
}
