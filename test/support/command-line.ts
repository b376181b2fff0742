/** The command line in this process: all of it but the start of the program, which takes most of the time of one. */
import { runCli } from '../../src/surfaces/cli/index.ts';
import { localRooms } from '../../src/wiring/local/rooms.ts';

/** Runs `gatehouse ARGS…` and gives its exit code and what it wrote, to both of its streams. */
export async function commandLine(...args: readonly string[]): Promise<readonly [number, string]> {
  let output = '';
  const write = (text: string): void => { output += text; };
  const code = await runCli(args, {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: Date.now, stdout: write, stderr: write, stdin: async () => new Uint8Array(),
  });
  return [code, output];
}
