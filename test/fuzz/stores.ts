/** Answers of stores of evidence, mutated: whatever comes out is evidence within bounds, a problem, or a failure that leaves it open. */
import { createHash } from 'node:crypto';
import { reason } from '../../src/domain/decision/reasons.ts';
import { gitoidOf } from '../../src/fetch/stores/archivista.ts';
import type { StoreAnswer, StoreQuestion } from '../../src/fetch/stores/store.ts';
import { finderOf } from '../../src/fetch/stores/table.ts';
import type { StorePlace } from '../../src/fetch/stores/table.ts';
import { FetchFailure } from '../../src/net/failure.ts';
import { asDigest } from '../world/encode.ts';
import { attested, binaryAuthorizationPayload } from '../world/stores/grafeas.ts';
import { witnessStatement } from '../world/witness.ts';

const DIGEST = asDigest(`sha256:${'ab'.repeat(32)}`);
const WANTED = { kind: 'image', name: 'registry.example/app', digest: DIGEST } as const;
const BOUNDS = { pieces: 5, bytes: 20_000, pages: 3, concurrency: 2 };
const ENVELOPE = { payload: 'AAAA', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] };
const RESOURCE = `https://registry.example/app@${DIGEST}`;
const SIGNATURE = createHash('sha256').update('x').digest();

/** What stores answer; collections are here since Archivista is where they are kept. */
export const STORE_ANSWERS = {
  archivista: [{ data: { dsses: { edges: [{ node: { gitoidSha256: gitoidOf(Buffer.from(JSON.stringify(ENVELOPE))) } }], pageInfo: { hasNextPage: false, endCursor: 'MQ==' } } } }, ENVELOPE],
  grafeas: [{
    occurrences: [
      { name: 'projects/p/occurrences/1', kind: 'DSSE_ATTESTATION', resourceUri: RESOURCE, noteName: 'projects/p/notes/n', envelope: ENVELOPE, dsseAttestation: { envelope: ENVELOPE } },
      { kind: 'ATTESTATION', resourceUri: RESOURCE, ...attested(binaryAuthorizationPayload('registry.example/app', DIGEST), [{ signature: SIGNATURE, publicKeyId: 'ni:///sha-256;x' }]) },
      { kind: 'BUILD', resourceUri: RESOURCE, build: {}, envelope: ENVELOPE },
    ],
    nextPageToken: '',
  }],
  folder: [ENVELOPE],
  github: [{ attestations: [{ bundle: { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {} }, repository_id: 1, bundle_url: 'https://x' }] }],
} as const;

/** A collection about the digest. */
export const collectionOf = (digest: string): unknown => witnessStatement({ name: 'build', materials: { a: 'b' }, products: { c: 'd' }, image: digest });

const PLACES: Readonly<Record<keyof typeof STORE_ANSWERS, StorePlace>> = {
  archivista: { kind: 'archivista', url: 'https://x', artifacts: ['**'] },
  grafeas: { kind: 'grafeas', url: 'https://x', artifacts: ['**'], project: 'p', notes: [] },
  folder: { kind: 'folder', url: 'https://x', artifacts: ['**'] },
  github: { kind: 'github', url: 'https://x', artifacts: ['**'], owner: 'o' },
};

/** Asks a store that answers every question with these bytes. */
export async function askStore(kind: keyof typeof STORE_ANSWERS, body: Uint8Array): Promise<void> {
  let asked = 0;
  const ask = ({ path }: StoreQuestion): Promise<StoreAnswer> => {
    asked += 1;
    if (asked > 100 || !/^\/[!-~]*$/.test(path)) throw new Error(`asked ${asked} times, for ${path}`);
    return Promise.resolve({ body });
  };
  try {
    const { evidence } = await finderOf(PLACES[kind])(WANTED, { ask, label: kind, bounds: BOUNDS }, new AbortController().signal);
    const bytes = evidence.reduce((sum, piece) => sum + piece.bytes.length, 0);
    if (evidence.length > BOUNDS.pieces || bytes > BOUNDS.bytes) throw new Error('more than the bounds');
  } catch (error) {
    if (!(error instanceof FetchFailure) || reason(error.problem.code).verdict !== 'undetermined') throw error;
  }
}
