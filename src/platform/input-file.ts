/** Files that the user named: read whole, or refused with a message that names them. */
import { readFile } from 'node:fs/promises';

/** Reads a file that the user named; throws with a message that names it and says why it cannot be read. */
export async function readInputFile(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const help = cause.code === 'ENOENT' ? '; there is no such file: check the path' : '';
    throw new Error(`${path}: file cannot be read (${cause.code ?? 'unknown error'})${help}`);
  });
}

/** The same as text. */
export async function readInputText(path: string): Promise<string> {
  return (await readInputFile(path)).toString('utf8');
}
