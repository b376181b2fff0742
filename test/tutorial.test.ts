/**
 * The tutorial is walked: each command ends as it says and shows what it says. With a real cosign: test/cosign/tutorial.test.ts; in a
 * cluster: test/cluster/suites/tutorial.test.ts.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandsOf, walkTutorial } from './support/tutorial.ts';
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

it('tutorial: no command stands there that is not walked, but for those that prepare the checkout', () => {
  // `npm ci` would take from the tests what they run with; the alias and the folder are what the walk begins with.
  const heads = [...readFileSync('docs/tutorial.md', 'utf8').matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)];
  const others = heads.filter(([, head = '']) => !['sh step', 'sh step denied', 'sh images', 'text shown'].includes(head));
  expect(others.map(([, head, text]) => [head, text])).toEqual([
    ['sh', 'npm ci\ncheckout=$PWD\nalias gatehouse=$checkout/bin/gatehouse.js\nmkdir ~/first && cd ~/first\n'],
  ]);
  expect(heads.length).toBeGreaterThan(20);
  expect(commandsOf('cluster').flatMap(({ command }) => command.trim().split('\n'))).toHaveLength(12);
});
