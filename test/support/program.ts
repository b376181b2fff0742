/** The command line as the program that people start. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from './compile-cache.ts';

const BIN = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url));

/** Runs `gatehouse ARGS…` with this home and no other environment; its exit code, and what it wrote to both of its streams. */
export function ranProgram(home: string, ...args: readonly string[]): Promise<readonly [number | null, string]> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: home, ...COMPILE_CACHE } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += String(chunk); });
    child.on('close', (code) => resolve([code, output]));
  });
}
