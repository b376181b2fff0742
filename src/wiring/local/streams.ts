/** Standard input read within bounds, and output that has left before the process does. */
import { UsageError } from '../../surfaces/cli/context.ts';

const MAX_STDIN = 64 * 1024 * 1024;

/** Reads standard input to its end; throws {@link UsageError} beyond 64 MiB. */
export async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_STDIN) throw new UsageError(`standard input is larger than ${MAX_STDIN} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Resolves when what was written has left; pipes are written asynchronously, and `process.exit` would cut them short. */
export function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    if (stream.writableLength === 0) done();
    else stream.once('close', done).write('', () => done());
  });
}

/** What is under way, in one line of a terminal that is overwritten each second; the function that it gives wipes it. */
export function showProgress(stream: NodeJS.WriteStream, what: string): () => void {
  const start = performance.now();
  const show = (): void => void stream.write(`\r\u001b[K${what}, ${Math.round((performance.now() - start) / 1000)} s`);
  show();
  const timer = setInterval(show, 1000);
  return () => {
    clearInterval(timer);
    stream.write('\r\u001b[K');
  };
}

/** On a terminal that knows them, and unless NO_COLOR says otherwise (https://no-color.org: any value that is not empty). */
export function wantsColours({ isTTY }: { readonly isTTY?: boolean }, environment: Readonly<Record<string, string | undefined>>): boolean {
  return isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}
