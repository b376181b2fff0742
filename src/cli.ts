/** The process of a command line: its arguments and streams are handed in, and it ends with the exit code once all is written. */
import { VERSION } from './platform/version.ts';
import { UsageError } from './surfaces/cli/context.ts';
import type { CliContext } from './surfaces/cli/context.ts';
import { runCli } from './surfaces/cli/index.ts';
import { localRooms } from './wiring/local/rooms.ts';
import { readStandardInput, showProgress, wantsColours, written } from './wiring/local/streams.ts';

/** Runs the command line of this process and ends it with the exit code. */
export async function main(): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const context: CliContext = {
    rooms: { ...localRooms, serve },
    version: VERSION,
    now: Date.now,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: readStandardInput,
    environment: process.env,
    colours: wantsColours(process.stdout, process.env),
    // A log or a pipe gets none of it.
    ...(process.stderr.isTTY ? { progress: (what: string) => showProgress(process.stderr, what) } : {}),
  };
  const code = await runCli(process.argv.slice(2), context);
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit(code);
}

const serve: CliContext['rooms']['serve'] = async (config, options) => {
  const server = await import('./main.ts');
  await server.serve(config, options).catch((cause: unknown) => {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  });
};
