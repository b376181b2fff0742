/** Answers are written together, since each write wakes its reader. */
import type { ServerResponse } from 'node:http';

interface Answer {
  readonly response: ServerResponse;
  readonly text: string;
  /** True when the connection is to end with this answer. */
  readonly last: boolean;
}

/**
 * The answers of one turn of the event loop, written one behind the other at its end.
 *
 * Each write to a connection whose reader sleeps wakes it, which costs as much as a decision from memory, and a reader
 * that is awake already takes all of them.
 */
export class Answers {
  #waiting: Answer[] = [];
  readonly #writeAll = (): void => {
    const answers = this.#waiting;
    this.#waiting = [];
    for (const { response, text, last } of answers) {
      if (!response.destroyed) writeJson(response, 200, text, last);
    }
  };

  /** Answers with JSON and status 200 soon; with `last` the connection ends with it. */
  add(response: ServerResponse, text: string, last: boolean): void {
    if (this.#waiting.length === 0) setImmediate(this.#writeAll);
    this.#waiting.push({ response, text, last });
  }
}

/** Writes a whole answer of JSON at once; with `last` it announces the end of the connection. */
export function writeJson(
  response: ServerResponse,
  status: number,
  text: string,
  last: boolean,
  headers?: Readonly<Record<string, string>>,
): void {
  const bytes = Buffer.byteLength(text);
  const own = { 'content-type': 'application/json', 'content-length': bytes };
  response.writeHead(status, headers === undefined && !last ? own : { ...headers, ...own, ...(last ? { connection: 'close' } : {}) });
  // As many bytes as characters: all of it is ASCII, which needs no encoding.
  response.end(text, bytes === text.length ? 'latin1' : 'utf8');
}
