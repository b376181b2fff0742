import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { accepts, dataFolder, freePort, start, waitFor } from '../../test/cluster/processes.ts';
import { toolPaths } from '../../test/cluster/tools.ts';
import type { RegistryTarget } from '../../test/world/push.ts';

/** The one registry that all contenders ask: go-containerregistry's, in memory, over plain HTTP. */
export interface BenchRegistry extends RegistryTarget {
  readonly host: string;
  /** Number of requests since the last call. */
  requests(): Promise<number>;
  stop(): Promise<unknown>;
}

/** Starts the registry with referrers API; its log, one line a request, goes straight into a file. */
export async function startBenchRegistry(): Promise<BenchRegistry> {
  const port = await freePort();
  const log = join(dataFolder('registry'), 'requests.log');
  const program = start({
    name: 'registry', command: '/bin/sh', args: ['-c', 'exec "$0" -address "$1" -referrers=true 2>"$2"', toolPaths().registry, `127.0.0.1:${port}`, log],
  });
  await waitFor(program, 'listening', () => accepts(port));
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 16 });
  let read = 0;
  const send = async (method: 'POST' | 'PUT', path: string, type: string, body: Uint8Array): Promise<void> => {
    const answer = await pool.request({ method, path, headers: { 'content-type': type }, body: Buffer.from(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  };
  return {
    host: `127.0.0.1:${port}`,
    putBlob: (repo, digest, bytes) => send('POST', `/v2/${repo}/blobs/uploads/?digest=${encodeURIComponent(digest)}`, 'application/octet-stream', bytes),
    putManifest: (repo, reference, bytes, type) => send('PUT', `/v2/${repo}/manifests/${reference}`, type, bytes),
    async requests() {
      await sleep(100);
      const from = read;
      read = statSync(log).size;
      return lines(log, from, read);
    },
    async stop() {
      await pool.destroy();
      await program.stop();
    },
  };
}

/** Lines between two places of a file. */
function lines(file: string, from: number, to: number): number {
  const buffer = Buffer.alloc(1 << 20);
  const descriptor = openSync(file, 'r');
  let count = 0;
  for (let at = from; at < to;) {
    const length = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    if (length === 0) break;
    for (let i = 0; i < length; i += 1) if (buffer[i] === 10) count += 1;
    at += length;
  }
  closeSync(descriptor);
  return count;
}
