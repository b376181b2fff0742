/** A log that never holds up the server: lines wait in bounded memory, and are dropped and counted beyond it. */
import { write } from 'node:fs';

/** A place for log lines that never makes its writer wait. */
export interface LogSink {
  write(line: string): void;
  /** Resolves when everything is written, or after `ms` when the reader does not read. */
  flush(ms: number): Promise<void>;
  /** Lines dropped since the start. */
  dropped(): number;
}

const RETRY_MS = 50;
/** Lines of so many milliseconds are written together: a write wakes a thread, which costs more than a line. */
const GATHER_MS = 50;
/** Bytes of one block of lines; a full one is written at once. Small enough to stay in the processor's cache. */
const BLOCK = 64 * 1024;
/** Blocks that are kept to be used again. */
const SPARES = 4;
/** UTF-8 needs at most so many bytes for a UTF-16 code unit. */
const MOST_BYTES = 3;

/**
 * Writes lines to a file descriptor, gathered for some milliseconds, one asynchronous write at a time (security.md R19).
 *
 * While the reader does not read, lines wait, up to `maxBytes`, and further ones are dropped. Once the reader
 * is gone (EPIPE) all are. pino's own destination blocks the process at its end until the reader reads, therefore this one.
 *
 * A line becomes bytes at once, in a block outside the heap: a string that waited would be alive when the collector
 * comes, and with it every piece that it was put together of, and all of that would be copied.
 */
export function createLogSink(fd: number, maxBytes: number): LogSink {
  const lines = new Lines();
  let dropped = 0;
  let broken = false;
  let writing = false;
  let gathering = false;
  let idle: (() => void)[] = [];

  const gather = (): void => {
    if (gathering) return;
    gathering = true;
    setTimeout(() => {
      gathering = false;
      next();
    }, GATHER_MS);
  };
  /** Writes the oldest lines, unless others are being written. */
  const next = (): void => {
    if (writing) return;
    const chunk = broken ? undefined : lines.take();
    if (chunk === undefined) {
      for (const done of idle.splice(0)) done();
      return;
    }
    writing = true;
    send(chunk, 0);
  };
  const send = (chunk: Buffer, from: number): void => {
    write(fd, chunk, from, chunk.length - from, null, (error, count) => {
      if (error?.code === 'EAGAIN') return void setTimeout(send, RETRY_MS, chunk, from).unref();
      broken ||= error !== null;
      if (!broken && from + count < chunk.length) return send(chunk, from + count);
      lines.giveBack(chunk);
      writing = false;
      if (lines.hasFull || broken || idle.length > 0) next();
      else if (lines.size > 0) gather();
    });
  };
  return {
    write(line) {
      if (broken || lines.size + line.length > maxBytes) {
        dropped += 1;
        return;
      }
      lines.add(line);
      if (lines.hasFull) next();
      else if (!writing) gather();
    },
    flush: (ms) => new Promise((done) => {
      if (broken || lines.size === 0) return done();
      const timer = setTimeout(done, ms);
      idle.push(() => { clearTimeout(timer); done(); });
      next();
    }),
    dropped: () => dropped,
  };
}

/** Lines as bytes, first in, first out, in blocks that are used again and again. */
class Lines {
  /** Bytes that wait or are being written. */
  size = 0;
  readonly #full: Buffer[] = [];
  readonly #spares: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;

  /** True when a whole block waits. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  add(line: string): void {
    const block = this.#roomFor(line.length * MOST_BYTES);
    const written = block.write(line, this.#used);
    this.#used += written;
    this.size += written;
  }

  /** The oldest bytes, until they are given back. */
  take(): Buffer | undefined {
    if (this.#full.length === 0) this.#seal();
    return this.#full.shift();
  }

  giveBack(chunk: Buffer): void {
    this.size -= chunk.length;
    if (chunk.buffer.byteLength === BLOCK && this.#spares.length < SPARES) this.#spares.push(Buffer.from(chunk.buffer, 0, BLOCK));
  }

  #roomFor(most: number): Buffer {
    if (this.#block === undefined || this.#used + most > this.#block.length) {
      this.#seal();
      this.#block = most > BLOCK ? Buffer.allocUnsafeSlow(most) : this.#spares.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
    }
    return this.#block;
  }

  /** Ends the block that is being filled; there is one only when something is in it. */
  #seal(): void {
    if (this.#block !== undefined) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
