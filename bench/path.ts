// `npm run bench:path -- CHECKOUT`: the work on one remembered review, from its bytes to the text of the answer and the line of log, in this
// checkout beside another one. Each turn is a fresh process of the shipped program, which is asked over TLS and then runs the same review
// again and again without it: what the network, the load and the rest of the machine do meanwhile is in no figure.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '../test/world/registry.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages } from './images.ts';
import { median } from './load.ts';
import { buildShipped } from './shipped.ts';
import type { Shipped } from './shipped.ts';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const other = process.argv[2];
if (other === undefined) throw new Error('name the other checkout: npm run bench:path -- CHECKOUT');
const TURNS = process.argv.includes('--quick') ? 3 : 11;

const world = createWorld({ now: Date.now() });
const key = world.key();
const registry = await startRegistry();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-path-'));
const [image = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/path');
writeFileSync(join(folder, 'review.json'), review(image));
writeFileSync(join(folder, 'policy.yaml'), policyFor(registry, world, key));
writeFileSync(join(folder, 'config.json'), JSON.stringify({
  host: '127.0.0.1', port: 0, opsPort: 0, drain: '0s', kubernetes: { enabled: false },
  registries: [{ host: registry.host, plainHttp: true }], workers: 1, unmatched: 'deny',
}));

/** Microseconds for one review: what the fastest tenth of its batches took. */
async function microseconds({ program, environment }: Shipped): Promise<number> {
  const child = spawn(process.execPath, [join(HERE, 'bench/path-turn.ts'), program, folder], {
    env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((done, fail) => {
    child.once('message', (value) => done(Number(value)));
    child.once('exit', (code) => fail(new Error(`a turn ended with ${code}`)));
  });
}

const [mine, theirs] = [buildShipped(HERE), buildShipped(resolve(other))];
const pairs: [number, number][] = [];
for (let index = 0; index < TURNS; index += 1) {
  const first = index % 2 === 0;
  const one = await microseconds(first ? mine : theirs);
  const two = await microseconds(first ? theirs : mine);
  pairs.push(first ? [one, two] : [two, one]);
}
const ratios = pairs.map(([a, b]) => b / a).sort((a, b) => a - b);
const at = (share: number): string => (ratios[Math.floor(ratios.length * share)] ?? NaN).toFixed(3);
const [a, b] = [0, 1].map((side) => median(pairs.map((pair) => pair[side as 0 | 1])).toFixed(2));
process.stdout.write(`one review: ratio ${at(0.5)} (middle half ${at(0.25)} to ${at(0.75)}, ${TURNS} turns); ${a} beside ${b} microseconds\n`);
await registry.close();
rmSync(folder, { recursive: true, force: true });
