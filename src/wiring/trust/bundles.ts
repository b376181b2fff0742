/** Bundles of SPIFFE trust domains, from files and over the network; nothing of it is loaded before the first endpoint is asked. */
import { stat } from 'node:fs/promises';
import type { SpiffeBundleSpec } from '../../domain/policy/trust-root.ts';
import type { DocumentFetcher } from '../../authn/index.ts';
import { documentFile } from '../../feeds/documents.ts';
import type { FileStore, RootSource } from '../../feeds/trust-roots/index.ts';
import type { OutwardOptions } from '../../fetch/index.ts';
import { createBundleSource } from '../../trust/index.ts';
import type { BundlePorts } from '../../trust/index.ts';
import { outbound } from '../environment.ts';

/** Asks bundle endpoints under the network rules of everything that goes out. */
export interface BundleEndpoints {
  readonly ask: BundlePorts['endpoint'];
  close(): Promise<void>;
}

const MOST_BYTES = 1024 * 1024;

/** Makes it; hosts of `plainHttp` may be asked in plain text and be loopback. */
export function openEndpoints({ plainHttp, registries }: Pick<OutwardOptions, 'plainHttp' | 'registries'>): BundleEndpoints {
  let fetcher: Promise<DocumentFetcher> | undefined;
  const open = async (): Promise<DocumentFetcher> => {
    const { createDocumentFetcher } = await import('../../authn/index.ts');
    return createDocumentFetcher({ ...outbound(), plainHttp, registries });
  };
  return {
    ask: async (url, server, signal) => (await (fetcher ??= open())).bundle(url, signal, server),
    close: async () => (await fetcher)?.close(),
  };
}

/** The bundle that a trust root names, for whoever follows it. */
export function bundleSource(spec: SpiffeBundleSpec, store: FileStore, endpoints: () => BundleEndpoints): RootSource {
  return createBundleSource(spec, {
    store,
    endpoint: (url, server, signal) => endpoints().ask(url, server, signal),
    async file(path, signal) {
      // A pipe would never end, and a device neither.
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === false) throw new Error(`${path}: expected a file`);
      return documentFile(path, MOST_BYTES)(signal);
    },
  });
}
