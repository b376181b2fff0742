import type { RegistryTarget } from './push.ts';

/**
 * Pushes to a real registry over HTTP (distribution-spec 1.1, "Push"). `base` is its URL, `http://127.0.0.1:5000`;
 * `authorization` goes with every request. Blobs are sent in one PUT.
 */
export function httpTarget(base: string, authorization?: string): RegistryTarget {
  const headers = authorization === undefined ? {} : { authorization };

  async function send(url: URL | string, init: { readonly method: string; readonly body?: Uint8Array; readonly headers?: Record<string, string> }): Promise<Response> {
    const response = await fetch(new URL(url, base), { ...init, headers: { ...headers, ...init.headers }, ...(init.body && { body: new Uint8Array(init.body) }) });
    if (!response.ok && response.status !== 404) throw new Error(`${init.method} ${String(url)}: ${response.status} ${await response.text()}`);
    return response;
  }

  return {
    async putBlob(repo, digest, bytes) {
      const start = await send(`/v2/${repo}/blobs/uploads/`, { method: 'POST' });
      const location = new URL(start.headers.get('location') ?? '', base);
      location.searchParams.set('digest', digest);
      await send(location, { method: 'PUT', body: bytes, headers: { 'content-type': 'application/octet-stream' } });
    },
    async putManifest(repo, reference, bytes, mediaType) {
      await send(`/v2/${repo}/manifests/${reference}`, { method: 'PUT', body: bytes, headers: { 'content-type': mediaType } });
    },
    async getManifest(repo, reference) {
      const response = await send(`/v2/${repo}/manifests/${reference}`, { method: 'GET', headers: { accept: 'application/vnd.oci.image.index.v1+json, */*' } });
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    },
  };
}
