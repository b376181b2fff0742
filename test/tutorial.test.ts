/** The tutorial is walked: each command ends as it says and shows what it says. With a real cosign: test/cosign/tutorial.test.ts. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { walkTutorial } from './support/tutorial.ts';
import { startRegistry } from './world/registry.ts';
import type { TestRegistry } from './world/registry.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());

it('tutorial: from a key to a denial and out of it, in at most ten commands', async () => {
  const standIn = `exec '${process.execPath}' '${process.cwd()}/test/support/cosign-stand-in.ts' "$@"`;
  const steps = await walkTutorial(registry, { cosign: standIn, crane: standIn });
  for (const { command, code, expected, output, shown } of steps) {
    expect([command, code], output).toEqual([command, expected]);
    for (const line of shown) expect(output).toContain(line);
  }
  expect(steps.length).toBeGreaterThan(7);
  expect(steps.length).toBeLessThanOrEqual(10);
  expect(steps.filter(({ expected }) => expected === 1)).toHaveLength(1);
});
