/**
 * Grafeas v1 on loopback, as its API has it (grafeas proto/v1/grafeas.swagger.json): `GET /v1/projects/{project}/occurrences` with `filter`,
 * `pageSize`, `pageToken`; occurrences of the kinds ATTESTATION, DSSE_ATTESTATION and BUILD.
 */
import { startStore } from './fake.ts';
import type { FakeStore } from './fake.ts';

/** The server, with what it has. */
export interface FakeGrafeas extends FakeStore {
  readonly occurrences: Record<string, unknown>[];
  /** Adds an occurrence; its resource is `https://NAME@DIGEST` unless it says another. */
  occur(image: string, digest: string, occurrence: Readonly<Record<string, unknown>>): void;
}

/** The project that is there. */
export const PROJECT = 'acme';
export const NOTE = 'projects/acme/notes/built';

/** Starts an empty one; its pages hold `page` occurrences. */
export async function startGrafeas(page = 2): Promise<FakeGrafeas> {
  const occurrences: Record<string, unknown>[] = [];
  const occur = (image: string, digest: string, more: Readonly<Record<string, unknown>>): void =>
    void occurrences.push({ name: `projects/${PROJECT}/occurrences/${occurrences.length}`, resourceUri: `https://${image}@${digest}`, noteName: NOTE, ...more });
  const store = await startStore(
    ({ path }) => {
      const url = new URL(path, 'http://x');
      if (url.pathname !== `/v1/projects/${PROJECT}/occurrences`) return { status: 404 };
      const [, resource, kind] = /^resourceUrl="([^"]+)" AND kind="([A-Z_]+)"$/.exec(url.searchParams.get('filter') ?? '') ?? [];
      if (resource === undefined) return { status: 400, body: '{"code":3,"message":"invalid filter"}' };
      const all = occurrences.filter((one) => one['resourceUri'] === resource && one['kind'] === kind);
      const start = Number(url.searchParams.get('pageToken') ?? 0);
      const some = all.slice(start, start + page);
      const next = start + page < all.length ? String(start + page) : '';
      return { body: JSON.stringify(some.length === 0 ? {} : { occurrences: some, nextPageToken: next }) };
    },
    (image, digest, evidence) => occur(image, digest, { kind: 'DSSE_ATTESTATION', envelope: JSON.parse(Buffer.from(evidence).toString()) as unknown }),
  );
  return Object.assign(store, { occurrences, occur });
}

/** An occurrence of Kritis and Binary Authorization: a payload and detached signatures over it. */
export function attested(payload: Uint8Array, signatures: readonly { readonly signature: Uint8Array; readonly publicKeyId: string }[]): Record<string, unknown> {
  return {
    kind: 'ATTESTATION',
    attestation: {
      serializedPayload: Buffer.from(payload).toString('base64'),
      signatures: signatures.map(({ signature, publicKeyId }) => ({ signature: Buffer.from(signature).toString('base64'), publicKeyId })),
    },
  };
}

/** What Binary Authorization has signed of an image. */
export function binaryAuthorizationPayload(image: string, digest: string): Buffer {
  return Buffer.from(JSON.stringify({
    critical: { identity: { 'docker-reference': image }, image: { 'docker-manifest-digest': digest }, type: 'Google cloud binauthz container signature' },
  }));
}
