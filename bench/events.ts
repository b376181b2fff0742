// `node bench/events.ts [TURNS]`: what a decision event costs. One server, of which the configuration turns events off and on in alternating turns
// of one run; so the ratio holds on a busy machine, and the microseconds are those of this one. Linux alone: processor time by thread.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../test/world/registry.ts';
import { startReceiver } from '../test/support/receiver.ts';
import { createWorld } from '../test/world/world.ts';
import { policyFor, review, signedImages } from './images.ts';
import { startLoad } from './load.ts';
import { startGatehouse } from './product.ts';
import { buildShipped } from './shipped.ts';

const TURNS = Number(process.argv[2] ?? 20);
const [WARM_UP, REQUESTS] = [500, 4000];

const world = createWorld({ now: Date.now() });
const key = world.key();
const registry = await startRegistry();
const receiver = await startReceiver();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-events-'));
const config = { plainHttp: [registry.host], registries: [{ host: registry.host, plainHttp: true }], workers: 1, unmatched: 'deny' };
type Config = Readonly<Record<string, unknown>>;
const to = (events: Config): Config => ({ ...config, decisions: { events } });
/** The second is as the first: what is found between these two is noise. */
const WAYS: readonly (readonly [string, Config])[] = [
  ['off beside off', { ...config, drain: '1s' }], ['file', to({ file: join(folder, 'events.jsonl') })], ['stdout', to({ stdout: true })],
  ['https', to({ url: receiver.url, ca: receiver.ca })], ['https, gzip', to({ url: receiver.url, ca: receiver.ca, gzip: true })],
];
const gate = await startGatehouse(buildShipped(), policyFor(registry, world, key), config);
const load = startLoad();
const [image = ''] = await signedImages(registry, world, key, 'legacy', 1, 'key/warm');
const bodies = [review(image)];

async function send(requests: number): Promise<void> {
  const { denied, failed, sample } = await load.send({ origin: gate.origin, path: '/validate?timeout=10s', bodies, inFlight: 10, requests });
  if (denied + failed > 0) throw new Error(`a turn failed: ${sample}`);
}

/** Microseconds of processor time for a decision, with what is sent afterwards. */
async function cost(of: Config): Promise<number> {
  await gate.configure(of);
  await send(WARM_UP);
  const sent = gate.cpu();
  await send(REQUESTS);
  // Longer than events are gathered for; asking again and again whether some wait costs more than they do.
  await new Promise((done) => setTimeout(done, 800));
  const used = gate.cpu() - sent;
  if (await gate.metric('gatehouse_decision_events_waiting') > 0) throw new Error('events were still waiting when the turn was over');
  return used / REQUESTS;
}

const at = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
await send(5000);
for (const [name, on] of WAYS) {
  const pairs: (readonly [number, number])[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    // Which of the two comes first changes from turn to turn.
    const first = await cost(turn % 2 === 0 ? config : on);
    const second = await cost(turn % 2 === 0 ? on : config);
    pairs.push(turn % 2 === 0 ? [first, second] : [second, first]);
    receiver.forget();
  }
  const ratios = pairs.map(([off, with_]) => with_ / off);
  const more = pairs.map(([off, with_]) => with_ - off);
  const off = at(pairs.map(([one]) => one), 0.5);
  process.stdout.write(
    `${name}: ratio ${at(ratios, 0.5).toFixed(3)} (middle half ${at(ratios, 0.25).toFixed(3)} to ${at(ratios, 0.75).toFixed(3)}, ${TURNS} turns); `
    + `${at(more, 0.5).toFixed(1)} µs an event (${at(more, 0.25).toFixed(1)} to ${at(more, 0.75).toFixed(1)}) beside ${off.toFixed(0)} µs of the decision\n`,
  );
}
await gate.stop();
load.stop();
await receiver.close();
await registry.close();
rmSync(folder, { recursive: true, force: true });
