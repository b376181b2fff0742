/** One request and its answer on the wire, within bounds of size and time. */
import type { Dispatcher } from 'undici';
import { FetchFailure } from './failure.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What may come back. */
export interface Bounds {
  /** A body of more bytes is not read to its end. */
  readonly maxBytes: number;
  /** Milliseconds until the answer must be complete. */
  readonly ms: number;
  /** The host, for messages. */
  readonly source: string;
  /** Called when there is a connection and the request goes out over it: what fails from then on is no failure to connect. */
  readonly onSent?: () => void;
  /** The status is the answer: whatever comes after it, or does not, changes nothing any more. */
  readonly statusAlone?: boolean | undefined;
}

/** An answer; `body` is empty unless the status is 200, and where the status alone was asked for. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Why an exchange was given up by us. */
export class GivenUp extends Error {
  /** True when the time of the request ran out, false when its caller left. */
  readonly late: boolean;

  constructor(late: boolean) {
    super(late ? 'out of time' : 'the caller left');
    this.name = 'GivenUp';
    this.late = late;
  }
}

const DISCARDED_BYTES = 64 * 1024;
/** So long the rest of an answer may take that nobody reads: then the connection is closed, and could have been used again. */
const DISCARDED_MS = 1000;

/**
 * Sends one request and reads its answer within all bounds. Rejects with FetchFailure for an answer out of bounds, with
 * {@link GivenUp} as soon as the time is up or the signal fires, and else with what the connection failed with.
 *
 * Takes undici's events as they come: its stream for the body and its signals cost as much as the rest of the request.
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new GivenUp(false));
    const one = new Exchange(bounds, signal, resolve, reject);
    try {
      dispatcher.dispatch(options, one);
    } catch (error) {
      one.fail(error);
    }
  });
}

// A class, because there is one for every request.
class Exchange implements Dispatcher.DispatchHandler {
  readonly #bounds: Bounds;
  readonly #signal: AbortSignal;
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout;
  readonly #chunks: Uint8Array[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: Headers = {};
  #length = 0;

  constructor(bounds: Bounds, signal: AbortSignal, resolve: (reply: HttpReply) => void, reject: (error: unknown) => void) {
    this.#bounds = bounds;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.fail(new GivenUp(true)), bounds.ms);
    signal.addEventListener('abort', this.#leave, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#bounds.onSent?.();
    if (this.#settled) controller.abort(new GivenUp(false));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.#settled) return;
    // An informational answer is followed by the final one, which takes its place (RFC 9110 §15.2).
    this.#status = status;
    this.#headers = headers;
    if (this.#isAnswered) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#cutShort(), DISCARDED_MS);
      return;
    }
    if (status !== 200) return;
    const { maxBytes, source } = this.#bounds;
    const encoding = headers['content-encoding'];
    // The size of a compressed body is not known before it is unpacked (F15).
    if (encoding !== undefined && encoding !== 'identity') {
      return this.fail(
        new FetchFailure({
          code: 'FETCH_RESPONSE_INVALID',
          source,
          found: `content-encoding ${String(encoding).slice(0, 40)}`,
          expected: 'an unpacked body, as asked for',
        }),
      );
    }
    const declared = Number(headers['content-length'] ?? 0);
    if (declared > maxBytes) this.fail(this.#tooLarge(`${declared} bytes`));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#length += chunk.length;
    if (this.#status !== 200 || this.#isAnswered) {
      if (this.#length > DISCARDED_BYTES) this.#cutShort();
    } else if (this.#length > this.#bounds.maxBytes) this.fail(this.#tooLarge('more'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#settled) this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isAnswered && !this.#settled) this.#finish();
    else this.fail(error);
  }

  /** Whether all that was asked for is known. */
  get #isAnswered(): boolean {
    return this.#bounds.statusAlone === true && this.#status >= 200;
  }

  /** Ends the exchange, and with it whatever of it is still under way. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
    this.#controller?.abort(error instanceof Error ? error : new Error(String(error)));
  }

  #finish(): void {
    this.#settle();
    const body = this.#status === 200 && !this.#isAnswered ? Buffer.concat(this.#chunks, this.#length) : new Uint8Array();
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  /** The status says enough; nobody reads on. */
  #cutShort(): void {
    this.#finish();
    this.#controller?.abort(new GivenUp(false));
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#leave);
  }

  #tooLarge(found: string): FetchFailure {
    return new FetchFailure({
      code: 'FETCH_TOO_LARGE',
      source: this.#bounds.source,
      expected: `at most ${this.#bounds.maxBytes} bytes`,
      found,
    });
  }

  readonly #leave = (): void => this.fail(new GivenUp(false));
}
