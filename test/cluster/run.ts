// npm run test:cluster [-- SUITE…]: the suites that need a real API server. Ends with `N passed, N failed`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inNewFolder, runSuites } from '../support/suites.ts';
import { ensureTools } from './tools.ts';

/** Runs them and leaves nothing behind: no process, and no folder. */
function main(): Promise<number> {
  return inNewFolder('gatehouse-cluster-', async (folder) => {
    const code = await runSuites({
      script: 'test:cluster', folder: 'cluster',
      async ready(say) {
        await ensureTools(say);
        return { GATEHOUSE_CLUSTER_DIR: folder };
      },
    });
    endLeftOvers(folder);
    if (code !== 0) printLogs(folder);
    return code;
  });
}

/** Ends, by their ids, programs that the suites started and did not end. */
function endLeftOvers(folder: string): void {
  const pids = join(folder, 'pids');
  for (const pid of list(pids)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
      process.stderr.write(`test:cluster: ended ${readFileSync(join(pids, pid), 'utf8')} (${pid}), which a suite left behind\n`);
    } catch {
      // Ended already.
    }
  }
}

/** To standard error, so that the closing line stays the last one of standard output. klog's routine lines are left out. */
function printLogs(folder: string): void {
  for (const name of list(join(folder, 'logs'))) {
    const lines = readFileSync(join(folder, 'logs', name), 'utf8').trimEnd().split('\n').filter((line) => !/^(?:I\d{4} |W.*Skipping API )/.test(line));
    process.stderr.write(`\n---- ${name}\n${lines.slice(-25).join('\n')}\n`);
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

process.exitCode = await main();
