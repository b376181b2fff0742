/** What is known by its digest: asked for once, kept, and shown only to whom the registry would show it. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { Descriptor, ManifestBytes } from './manifest.ts';
import type { Reader } from './reader.ts';
import type { RegistryClient } from './registry-client.ts';
import { currentAsker } from '../../flow/asker.ts';
import { createFairMemory } from '../../flow/fair-memory.ts';
import type { FairMemory } from '../../flow/fair-memory.ts';
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
 * Keeps up to `maxBytes` of manifests and as much of blobs, shared out among the namespaces that asked. The key holds repository and
 * credentials: what somebody may read of one repository is never handed to somebody who has not shown the same credentials (attack F12).
 */
export function createObjectStore(client: RegistryClient, maxBytes: number): ObjectStore {
  const bounds = { entries: Number.POSITIVE_INFINITY, bytes: Math.max(1, maxBytes) };
  const manifests = createFairMemory<ManifestBytes>(bounds);
  const blobs = createFairMemory<Uint8Array>(bounds);
  const manifestFlights = createFlights<ManifestBytes | undefined>(leftEarly);
  const blobFlights = createFlights<Uint8Array | undefined>(leftEarly);

  return {
    async manifest(reader, digest, signal, size) {
      const key = objectKey(reader, digest);
      const known = manifests.known(key);
      if (known !== undefined) return known;
      const found = await manifestFlights.run(`${key}\n${size ?? ''}`, (shared) => client.manifest(reader, digest, shared, size), signal);
      if (found !== undefined) keep(manifests, key, found, found.bytes.length);
      return found;
    },
    async blob(reader, { digest, size }, signal) {
      const key = `${objectKey(reader, digest)}\n${size}`;
      const known = blobs.known(key);
      if (known !== undefined) return known;
      const found = await blobFlights.run(key, (shared) => client.blob(reader, digest, size, shared), signal);
      if (found !== undefined) keep(blobs, key, found, found.length);
      return found;
    },
    remember(reader, manifest) {
      keep(manifests, objectKey(reader, manifest.digest), manifest, manifest.bytes.length);
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

/** A key and what it takes to keep anything are reckoned at half a kilobyte. */
function keep<T>(memory: FairMemory<T>, key: string, value: T, bytes: number): void {
  memory.keep(key, value, bytes + 512, currentAsker().namespace);
}
