/** What tests put into the system's temporary folder lies in one folder per run, and goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Before the first worker starts, which has the environment of this process; the answer runs after the last one. The folder has a
 * short name, since messages cut long paths.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'gh-'));
  process.env['TMPDIR'] = folder;
  return () => {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch (cause) {
      process.stderr.write(`${folder} is left: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    }
  };
}
