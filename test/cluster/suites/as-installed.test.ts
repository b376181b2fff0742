import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { shippedFiles } from '../gatehouse.ts';
import { normalise, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { pod, WORKLOADS } from '../workloads.ts';

let scene: Scene;

beforeAll(async () => {
  const config = parse(shippedFiles('gatehouse-config')['config.yaml'] ?? '') as Record<string, unknown>;
  const { kubernetes, ...rest } = config;
  expect(kubernetes).toEqual({ pullSecrets: false });
  scene = await startScene({ registries: [], policies: shippedFiles('gatehouse-policies'), config: rest });
});

afterAll(() => scene?.stop());

describe('with the shipped configuration and policies', () => {
  test.each(WORKLOADS)('$kind: admitted, with a warning that no policy speaks about the image', async ({ kind, make }) => {
    const result = await scene.cluster.kubectl(['apply', '-f', '-'], make(`installed-${kind.toLowerCase()}`, 'registry.example.com/some/app:1'));
    expect(result.code).toBe(0);
    expect(normalise(result.stderr)).toMatchInlineSnapshot(`
      "Warning: registry.example.com/some/app:1: no policy speaks about this artifact [SELECT_NO_POLICY]
      "
    `);
  });

  test('a pod whose images cannot even be parsed by Gatehouse is denied: that is no question of policies', async () => {
    const result = await scene.cluster.kubectl(['apply', '-f', '-'], pod('nonsense', 'NOT/A reference'));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('[INPUT_IMAGE_INVALID]');
  });
});
