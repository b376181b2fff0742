// What `cosign sign -a NAME=VALUE` signs is what `signature.annotations` demands, wherever cosign stores it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codes } from '../support/server.ts';
import { pushImage } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { LAYOUTS, sign } from './cosign.ts';
import type { CosignKey, Layout } from './cosign.ts';
import { openScene } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const annotated = (...pairs: string[]): string[] => pairs.flatMap((pair) => ['-a', pair]);

describe.each(['api', 'tags'] as const)('a registry with %s', (name) => {
  it.each(Object.keys(LAYOUTS) as Layout[])('annotations: cosign sign -a, layout %s', async (layout) => {
    const { registry, trusted } = scene.shelves[name];
    const repository = `annotated/${layout}`;
    const digest = pushImage(registry, repository, 'v1', `${name} ${repository}`);
    const key = scene.keys.get('cosign') as CosignKey;
    const signed = async (...pairs: string[]): Promise<string[]> => {
      await sign(`${registry.host}/${repository}@${digest}`, key, { layout, extra: annotated(...pairs) });
      return codes(await scene.server.validate(podReview({ images: [`${trusted}/${repository}@${digest}`] })));
    };
    expect(await signed()).toEqual(['POLICY_ANNOTATION']);
    expect(await signed('env=dev', 'team=payments')).toEqual(['POLICY_ANNOTATION']);
    expect(await signed('env=prod')).toEqual(['POLICY_ANNOTATION']);
    expect(await signed('env=prod', 'team=payments', 'more=x')).toEqual(['POLICY_SATISFIED']);
  });
});
