/** The two things that are put into a registry: blobs, where they are not there yet, and manifests. */
import type { HttpReply } from '../../net/http.ts';
import { FetchFailure } from '../../net/failure.ts';
import { originText, resolveTarget } from '../../net/host.ts';
import { leadsTo } from '../../net/words/leads-to.ts';
import { digestOf } from '../oci/content.ts';
import type { Reader } from '../oci/reader.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import type { RegistryWrite } from './registry-write.ts';

/** Puts blobs and manifests; both throw FetchFailure. */
export interface RegistryPut {
  blob(writer: Reader, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Under a tag or the manifest's digest. */
  manifest(writer: Reader, reference: string, body: Uint8Array, type: string, signal: AbortSignal): Promise<HttpReply>;
}

const OCTETS = 'application/octet-stream';

/** Makes what puts (distribution-spec 1.1, "Pushing a blob monolithically", "Pushing manifests"). */
export function createPut(client: RegistryClient, write: RegistryWrite): RegistryPut {
  return {
    async blob(writer, bytes, signal) {
      const { repository } = writer;
      const digest = digestOf(bytes);
      if ((await client.blob(writer, digest, bytes.length, signal).catch(() => undefined)) !== undefined) return;
      const what = `the blob ${digest}`;
      const begun = await write(
        writer, { method: 'POST', path: `/v2/${repository.path}/blobs/uploads/`, type: OCTETS, body: new Uint8Array(), what }, signal,
      );
      const { location } = begun.headers;
      const place = typeof location === 'string' ? resolveTarget(location, repository.origin) : undefined;
      if (place === undefined || originText(place.origin) !== originText(repository.origin)) throw elsewhere(writer, location);
      const path = `${place.path}${place.path.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
      await write(writer, { method: 'PUT', path, type: OCTETS, body: bytes, what }, signal);
    },
    manifest(writer, reference, body, type, signal) {
      const path = `/v2/${writer.repository.path}/manifests/${reference}`;
      return write(writer, { method: 'PUT', path, type, body, what: `the manifest ${reference}` }, signal);
    },
  };
}

function elsewhere({ repository }: Reader, location: unknown): FetchFailure {
  const place = leadsTo(location);
  return new FetchFailure({
    code: 'FETCH_REDIRECT', source: repository.origin.host.text,
    found: place === undefined ? 'no place for an upload' : `an upload at ${place}`,
    expected: 'a place at the registry itself',
  });
}
