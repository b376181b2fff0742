/** The command line in this process: all of it but the start of the program, which takes most of the time of one. */
import { runCli } from '../../src/surfaces/cli/index.ts';
import type { CliContext } from '../../src/surfaces/cli/context.ts';
import { localRooms } from '../../src/wiring/local/rooms.ts';

/** How a command line ended, and what it wrote. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gatehouse ARGS…`. */
export function ranCommandLine(...args: readonly string[]): Promise<Ran> {
  return ranCommandLineIn({}, ...args);
}

/** Runs `gatehouse ARGS…` in a world that differs from the usual one as is said. */
export async function ranCommandLineIn(world: Partial<CliContext>, ...args: readonly string[]): Promise<Ran> {
  const wrote = { stdout: '', stderr: '' };
  const code = await runCli(args, {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: Date.now,
    stdout: (text) => { wrote.stdout += text; }, stderr: (text) => { wrote.stderr += text; }, stdin: async () => new Uint8Array(), ...world,
  });
  return { code, ...wrote };
}

/** Runs `gatehouse ARGS…` and gives its exit code and what it wrote, to both of its streams. */
export async function commandLine(...args: readonly string[]): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await ranCommandLine(...args);
  return [code, stdout + stderr];
}
