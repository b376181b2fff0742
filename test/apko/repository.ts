/** A repository of packages on loopback whose content is one folder at a time: builders that ask one address, each of which gets its own. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Serves `ARCH/APKINDEX.tar.gz` and packages. */
export interface PackageRepository {
  readonly url: string;
  /** From now on what this folder holds is served. */
  serve(folder: string): void;
  /** Paths that were answered, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const FILE = /^\/(?:x86_64|aarch64)\/[A-Za-z0-9._-]+$/;

/** Starts it on a free port, empty. */
export async function startPackageRepository(): Promise<PackageRepository> {
  const asked: string[] = [];
  let folder: string | undefined;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const bytes = folder !== undefined && FILE.test(path) ? readFile(join(folder, path)) : Promise.reject(new Error('nothing'));
    bytes.then(
      (found) => {
        asked.push(path);
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': found.length });
        response.end(request.method === 'HEAD' ? undefined : found);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next) => void (folder = next),
    asked,
    close,
    [Symbol.asyncDispose]: close,
  };
}
