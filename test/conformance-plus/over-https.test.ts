import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bytesDigest } from '../../src/domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../src/domain/evidence.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { legacyAttestations, legacySignatures } from '../world/cosign.ts';
import type { Layer } from '../world/cosign.ts';
import { push } from '../world/push.ts';
import { attachReferrer, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { IMAGE } from './gatehouse.ts';
import type { Question, Recipe } from './recipe.ts';
import { CHAPTERS, RECIPES } from './recipes/index.ts';
import { ARTIFACT, NOW } from './scene.ts';

/** Every forgery of the corpus, and its twin, as an AdmissionReview over HTTPS about an image in a registry. */

/**
 * Those that end when their policies are loaded stand before another door: `conformance-plus.test.ts`, and `gatehouse policy lint`. Commits are
 * asked about at the gate: `test/acceptance/gate-git.test.ts`.
 */
const judged = RECIPES.filter((recipe) => recipe.expected !== 'refused when loaded' && recipe.twin().artifact === undefined);
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

interface Side {
  readonly question: Question;
  readonly repository: string;
}

const sides = new Map<string, { readonly forged: Side; readonly twin: Side }>();
let registry: TestRegistry;
let server: TestServer;

/** The documents of a question under names of their own, about a repository of its own. */
function documentsOf({ question, repository }: Side, host: string): string {
  const name = repository.replace('/', '-');
  const renamed = question.documents.map((document) => JSON.stringify(document)
    .replaceAll('"name":"world"', `"name":"${name}-world"`)
    .replaceAll('"trustRoot":"world"', `"trustRoot":"${name}-world"`)
    .replaceAll('"name":"release"', `"name":"${name}-release"`)
    .replaceAll('"by":["release"]', `"by":["${name}-release"]`)
    .replaceAll('"name":"images"', `"name":"${name}"`)
    .replaceAll(IMAGE, `${host}/${repository}`));
  return renamed.map((text) => `${text}\n---\n`).join('');
}

/** Puts evidence where a registry has it. */
async function place({ question, repository }: Side): Promise<void> {
  const digest = bytesDigest(question.digest);
  if (digest === undefined) throw new Error('no image');
  registry.pushManifest(repository, digest, ARTIFACT, OCI_MANIFEST);
  const all: readonly UnverifiedEvidence[] = [question.evidence, ...(question.beside ?? [])];
  const layers = (format: string): Layer[] => all.filter((one) => one.format === format)
    .map((one): Layer => ({ bytes: Buffer.from(one.bytes), mediaType: format === 'cosign-simple' ? 'application/vnd.dev.cosign.simplesigning.v1+json' : 'application/vnd.dsse.envelope.v1+json', annotations: { ...one.annotations } }));
  for (const { format, bytes } of all) if (format === 'sigstore-bundle') attachReferrer(registry, repository, digest, { artifactType: BUNDLE, layers: [{ mediaType: BUNDLE, content: Buffer.from(bytes) }] });
  for (const { format, bytes } of all) if (format === 'notation-jws' || format === 'notation-cose') {
    const mediaType = format === 'notation-jws' ? 'application/jose+json' : 'application/cose';
    attachReferrer(registry, repository, digest, { artifactType: 'application/vnd.cncf.notary.signature', layers: [{ mediaType, content: Buffer.from(bytes) }] });
  }
  const [signatures, attestations] = [layers('cosign-simple'), [...layers('cosign-dsse'), ...layers('dsse')]];
  if (signatures.length > 0) await push(registry, repository, legacySignatures(digest, signatures));
  if (attestations.length > 0) await push(registry, repository, legacyAttestations(digest, attestations));
}

beforeAll(async () => {
  // The corpus has a day of its own. The clock stands still for decisions only, not for timers.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  registry = await startRegistry();
  const documents: Record<string, string> = {};
  for (const [index, recipe] of judged.entries()) {
    const pair = { forged: { question: recipe.forged(), repository: `forged/r${index}` }, twin: { question: recipe.twin(), repository: `twin/r${index}` } };
    sides.set(recipe.id, pair);
    for (const side of [pair.forged, pair.twin]) {
      await place(side);
      documents[`${side.repository.replace('/', '-')}.yaml`] = documentsOf(side, registry.host);
    }
  }
  server = await startTestServer(documents, { plainHttp: [registry.host] });
}, 120_000);
afterAll(async () => {
  await server.close();
  await registry.close();
  vi.useRealTimers();
});

async function ask({ question, repository }: Side): Promise<{ allowed: boolean; codes: string[]; message: string | undefined }> {
  vi.setSystemTime(question.now);
  const answer = await server.validate(podReview({ images: [`${registry.host}/${repository}@${question.digest}`] }));
  return { allowed: answer.allowed, codes: codes(answer), message: answer.status?.message };
}

function titleOf({ id, rows }: Recipe): string {
  return [id, ...(rows ?? [])].join(' ');
}

describe.each(CHAPTERS.filter(({ recipes }) => recipes.some((recipe) => judged.includes(recipe))))('$title', ({ recipes }) => {
  test.each(recipes.filter((recipe) => judged.includes(recipe)).map((recipe) => [titleOf(recipe), recipe] as const))('%s', async (_, recipe) => {
    const { forged, twin } = sides.get(recipe.id) ?? {};
    if (forged === undefined || twin === undefined) throw new Error('not placed');
    const denied = await ask(forged);
    expect(denied.allowed, denied.message).toBe(false);
    expect(denied.codes).toEqual([recipe.expected]);
    const admitted = await ask(twin);
    expect(admitted.allowed, admitted.message).toBe(true);
  });
});
