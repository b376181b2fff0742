import { keyBundle } from '../test/world/bundle.ts';
import { bundleReferrer } from '../test/world/cosign.ts';
import { makeImage } from '../test/world/image.ts';
import type { SigningKey } from '../test/world/keys.ts';
import { push, pushReferrer } from '../test/world/push.ts';
import type { TestRegistry } from '../test/world/registry.ts';
import { makeStatement } from '../test/world/statement.ts';
import type { World } from '../test/world/world.ts';
import { ATTESTED, review } from './images.ts';
import type { Load } from './load.ts';
import type { Process } from './product.ts';

/** What became of one artifact with so many attestations. */
export interface ManyAttestations {
  readonly verdict: 'admitted' | 'denied' | 'failed';
  /** The first reason in the answer. */
  readonly reason: string;
  readonly ms: number;
  readonly registryRequests: number;
  /** Resident memory before and after, MiB. */
  readonly residentBeforeMiB: number;
  readonly residentMiB: number;
}

/** Pushes an image with `count` good attestations of the type that the policy demands, and asks once for it. */
export async function manyAttestations({ product, load, registry, world, key }: { readonly product: Process; readonly load: Load; readonly registry: TestRegistry; readonly world: World; readonly key: SigningKey }, count: number): Promise<ManyAttestations> {
  const repository = 'attested/app';
  const image = makeImage({ seed: `attested ${count}` });
  await push(registry, repository, image);
  for (let index = 0; index < count; index += 1) {
    const statement = makeStatement(image.digest, { predicateType: ATTESTED, predicate: { index } });
    await pushReferrer(registry, repository, bundleReferrer(image, keyBundle(world, { statement, key })));
  }
  registry.clearLog();
  const residentBeforeMiB = Math.round(product.rss());
  const answer = await load.send({ origin: product.origin, path: '/validate?timeout=25s', bodies: [review(`${registry.host}/${repository}@${image.digest}`)], inFlight: 1, requests: 1 });
  return {
    verdict: answer.failed > 0 ? 'failed' : answer.allowed > 0 ? 'admitted' : 'denied',
    reason: /\[([A-Z]+_[A-Z_]+)\]/.exec(answer.sample)?.[1] ?? 'none',
    ms: Math.round(answer.p50), registryRequests: registry.requests().length, residentBeforeMiB, residentMiB: Math.round(product.rss()),
  };
}
