// The tutorial with a real cosign and crane, as its reader has them: the same walk as test/tutorial.test.ts.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTools, toolPaths } from '../cluster/tools.ts';
import { walkTutorial } from '../support/tutorial.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';

let registry: TestRegistry;
beforeAll(async () => {
  await ensureTools(() => undefined, ['cosign', 'crane']);
  registry = await startRegistry();
});
afterAll(() => registry.close());

it('tutorial: every command ends as the page says, and shows what it says', async () => {
  const steps = await walkTutorial(registry, { cosign: `exec '${toolPaths().cosign}' "$@"`, crane: `exec '${toolPaths().crane}' "$@"` });
  for (const { command, code, expected, output, shown } of steps) {
    expect([command, code], output).toEqual([command, expected]);
    for (const line of shown) expect(output).toContain(line);
  }
});
