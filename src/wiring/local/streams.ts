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
