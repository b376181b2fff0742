import type { ServerResponse } from 'node:http';

/**
 * Whoever waits for an answer, and until when: the budget of a decision.
 *
 * A class, because there is one for every request: accessors of a literal make a hidden class of their own for each
 * object, which is kept until the next full collection, with everything that the accessors can reach.
 */
export class Caller {
  /** Epoch milliseconds by which the decision must be there. */
  readonly deadline: number;
  readonly #response: ServerResponse;
  #controller: AbortController | undefined;
  #left: (() => void) | undefined;

  constructor(response: ServerResponse, deadline: number) {
    this.#response = response;
    this.deadline = deadline;
  }

  /** Aborts when the caller leaves; made when somebody asks for it, which a decision from memory never does. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    this.#controller = new AbortController();
    this.#left = () => { if (!this.#response.writableFinished) this.#controller?.abort(); };
    if (this.#response.destroyed) this.#left();
    else this.#response.once('close', this.#left);
    return this.#controller.signal;
  }

  /** The caller is answered; whatever happens to the connection now concerns nobody. */
  release(): void {
    if (this.#left !== undefined) this.#response.off('close', this.#left);
  }
}
