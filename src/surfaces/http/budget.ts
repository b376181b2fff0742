/** How long a caller waits for its answer, and whether it still does. */
import type { ServerResponse } from 'node:http';
import type { Keeping } from '../../engine/ports.ts';
import { requestTimeout } from '../../intake/deadline.ts';
import type { Load } from './shares/load.ts';

/**
 * The budget of one decision: whoever waits for it, and until when.
 *
 * A class, because there is one for every request: accessors of a literal make a hidden class of their own for each
 * object, which is kept until the next full collection, with everything that the accessors can reach.
 */
export class Budget {
  /** Epoch milliseconds by which the decision must be there. */
  readonly deadline: number;
  /** Length of the body that was read. */
  readonly #bytes: number;
  readonly #load: Load;
  readonly #response: ServerResponse;
  #controller: AbortController | undefined;
  #left: (() => void) | undefined;

  constructor(response: ServerResponse, deadline: number, { load, bytes }: { readonly load: Load; readonly bytes: number }) {
    this.#response = response;
    this.deadline = deadline;
    this.#load = load;
    this.#bytes = bytes;
  }

  /** The bytes of the body, to be counted by whoever keeps something of it; holds neither the response nor its connection. */
  get keeping(): Keeping {
    return new Kept(this.#load, this.#bytes);
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

class Kept implements Keeping {
  readonly #load: Load;
  readonly #bytes: number;

  constructor(load: Load, bytes: number) {
    this.#load = load;
    this.#bytes = bytes;
  }

  count(lane: string): (() => void) | undefined {
    return this.#load.wait(lane, this.#bytes);
  }
}

/** Reads the parameter `timeout` of queries. The API server sends the same text with every call, so the last one is remembered. */
export class AskedTimeouts {
  #query = '';
  #asked: number | undefined;

  /**
   * How long the caller waits, in milliseconds, by the parameter `timeout` of its query; `undefined` without one.
   *
   * A parameter given twice says nothing and counts as one that is no duration.
   */
  of(query: string): number | undefined {
    if (query === this.#query) return this.#asked;
    const values = new URLSearchParams(query).getAll('timeout');
    this.#asked = values.length === 0 ? undefined : requestTimeout(values.length === 1 ? values[0] : undefined);
    this.#query = query;
    return this.#asked;
  }
}
