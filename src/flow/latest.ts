/** Work of which only the newest counts: what is begun later gives up what is under way. */

/** One piece of work at a time, the newest. */
export interface Latest {
  /** Begins work; the signal fires when it is given up, and then nothing of it must take effect. It must not reject. */
  begin(work: (signal: AbortSignal) => Promise<void>): void;
  /** Gives up what is under way. */
  giveUp(): void;
  /** Resolves when nothing is under way, also what is begun meanwhile. */
  idle(): Promise<void>;
}

/** Makes a place for one piece of work at a time. */
export function createLatest(): Latest {
  let running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  return {
    begin(work) {
      running?.controller.abort();
      const controller = new AbortController();
      // Begun in a turn of its own, so that whoever begins it is never in the midst of it.
      const done = Promise.resolve().then(() => (controller.signal.aborted ? undefined : work(controller.signal))).finally(() => {
        if (running === own) running = undefined;
      });
      const own = { controller, done };
      running = own;
    },
    giveUp() {
      running?.controller.abort();
      running = undefined;
    },
    async idle() {
      while (running !== undefined) await running.done;
    },
  };
}
