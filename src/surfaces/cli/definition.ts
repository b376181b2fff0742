/** The bytes of a definition that are signed, as a command. */
import { readInputFile } from '../../platform/input-file.ts';
import { EXIT, UsageError } from './context.ts';
import type { CliContext } from './context.ts';

/** `gatehouse definition canonical`: canonical JSON on standard output, without a line break, since every byte is signed. */
export async function canonical(file: string, context: CliContext): Promise<number> {
  const bytes = file === '-' ? await context.stdin() : await readInputFile(file).catch((cause: Error) => {
    throw new UsageError(cause.message);
  });
  try {
    context.stdout(await context.rooms.canonical(bytes));
  } catch (cause) {
    throw cause instanceof UsageError ? new UsageError(`${file === '-' ? 'standard input' : file}: ${cause.message}`) : cause;
  }
  return EXIT.admitted;
}
