/** What is known by its digest: asked for once, kept, and shown only to whom the registry would show it. */
import { LRUCache } from 'lru-cache';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Descriptor, ManifestBytes } from './manifest.ts';
import type { Reader } from './reader.ts';
import type { RegistryClient } from './registry-client.ts';
import { createFlights } from '../../flow/single-flight.ts';
import { leftEarly } from '../../net/failure.ts';

/** Content by digest: asked for once at a time, and kept, since it cannot change. */
export interface ObjectStore {
  /** `size` is what a list says about it: an answer of more bytes is not read to its end. */
  manifest(reader: Reader, digest: Digest, signal: AbortSignal, size?: number): Promise<ManifestBytes | undefined>;
  blob(reader: Reader, descriptor: Pick<Descriptor, 'digest' | 'size'>, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Keeps a manifest that came by tag, so that asking for its digest costs no request. */
  remember(reader: Reader, manifest: ManifestBytes): void;
  /** Nothing is kept any more. */
  clear(): void;
}

/**
 * Keeps up to `maxBytes` of manifests and blobs. The key holds repository and credentials: what somebody may
 * read of one repository is never handed to somebody who has not shown the same credentials (attack F12).
 */
export function createObjectStore(client: RegistryClient, maxBytes: number): ObjectStore {
  const manifests = new LRUCache<string, ManifestBytes>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ bytes }) => bytes.length + 512,
  });
  const blobs = new LRUCache<string, Uint8Array>({ maxSize: Math.max(1, maxBytes), sizeCalculation: (bytes) => bytes.length + 512 });
  const manifestFlights = createFlights<ManifestBytes | undefined>(leftEarly);
  const blobFlights = createFlights<Uint8Array | undefined>(leftEarly);

  return {
    async manifest(reader, digest, signal, size) {
      const key = objectKey(reader, digest);
      const known = manifests.get(key);
      if (known !== undefined) return known;
      const found = await manifestFlights.run(`${key}\n${size ?? ''}`, (shared) => client.manifest(reader, digest, shared, size), signal);
      if (found !== undefined) manifests.set(key, found);
      return found;
    },
    async blob(reader, { digest, size }, signal) {
      const key = `${objectKey(reader, digest)}\n${size}`;
      const known = blobs.get(key);
      if (known !== undefined) return known;
      const found = await blobFlights.run(key, (shared) => client.blob(reader, digest, size, shared), signal);
      if (found !== undefined) blobs.set(key, found);
      return found;
    },
    remember(reader, manifest) {
      manifests.set(objectKey(reader, manifest.digest), manifest);
    },
    clear() {
      manifests.clear();
      blobs.clear();
    },
  };
}

function objectKey({ repository, access }: Reader, digest: Digest): string {
  return `${repository.name}\n${access.key}\n${digest}`;
}
