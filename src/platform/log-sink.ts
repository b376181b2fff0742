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

/**
 * Writes lines to a file descriptor, gathered for some milliseconds, one asynchronous write at a time (security.md R19).
 *
 * While the reader does not read, lines wait, up to `maxBytes`, and further ones are dropped. Once the reader
 * is gone (EPIPE) all are. pino's own destination blocks the process at its end until the reader reads, therefore this one.
 */
export function createLogSink(fd: number, maxBytes: number): LogSink {
  let waiting: string[] = [];
  let size = 0;
  let dropped = 0;
  let broken = false;
  let writing = false;
  let gathering = false;
  let idle: (() => void)[] = [];

  const pump = (): void => {
    gathering = false;
    if (waiting.length === 0 || broken) {
      writing = false;
      for (const done of idle.splice(0)) done();
      return;
    }
    writing = true;
    const chunk = Buffer.from(waiting.join(''));
    waiting = [];
    send(chunk, 0);
  };
  const send = (chunk: Buffer, from: number): void => {
    write(fd, chunk, from, chunk.length - from, null, (error, count) => {
      if (error?.code === 'EAGAIN') return void setTimeout(send, RETRY_MS, chunk, from).unref();
      broken ||= error !== null;
      size -= count;
      if (!broken && from + count < chunk.length) return send(chunk, from + count);
      pump();
    });
  };
  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      if (broken || size + bytes > maxBytes) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      size += bytes;
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
