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
/** Bytes of one block of lines. */
const BLOCK = 256 * 1024;
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

  const pump = (): void => {
    gathering = false;
    const chunk = broken ? undefined : lines.take();
    writing = chunk !== undefined;
    if (chunk !== undefined) return send(chunk, 0);
    for (const done of idle.splice(0)) done();
  };
  const send = (chunk: Buffer, from: number): void => {
    write(fd, chunk, from, chunk.length - from, null, (error, count) => {
      if (error?.code === 'EAGAIN') return void setTimeout(send, RETRY_MS, chunk, from).unref();
      broken ||= error !== null;
      if (!broken && from + count < chunk.length) return send(chunk, from + count);
      lines.giveBack(chunk);
      pump();
    });
  };
  return {
    write(line) {
      if (broken || lines.size + line.length > maxBytes) {
        dropped += 1;
        return;
      }
      lines.add(line);
      if (writing || gathering) return;
      gathering = true;
      setTimeout(pump, GATHER_MS);
    },
    flush: (ms) => new Promise((done) => {
      if (!writing && !gathering) return done();
      const timer = setTimeout(done, ms);
      idle = [...idle, () => { clearTimeout(timer); done(); }];
    }),
    dropped: () => dropped,
  };
}

/** Lines as bytes, first in, first out, in blocks of which one is used again and again while there is little to write. */
class Lines {
  /** Bytes that wait or are being written. */
  size = 0;
  readonly #full: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;
  #spare: Buffer | undefined;

  add(line: string): void {
    const block = this.#roomFor(line);
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
    const whole = Buffer.from(chunk.buffer, 0, chunk.buffer.byteLength);
    if (whole.length === BLOCK) this.#spare = whole;
  }

  #roomFor(line: string): Buffer {
    if (this.#block !== undefined && this.#used + line.length * MOST_BYTES <= this.#block.length) return this.#block;
    this.#seal();
    const wanted = line.length * MOST_BYTES;
    this.#block = wanted > BLOCK ? Buffer.allocUnsafeSlow(wanted) : this.#spare ?? Buffer.allocUnsafeSlow(BLOCK);
    this.#spare = undefined;
    return this.#block;
  }

  #seal(): void {
    if (this.#block !== undefined && this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    else this.#spare = this.#block ?? this.#spare;
    this.#block = undefined;
    this.#used = 0;
  }
}
