import { setTimeout as sleep } from 'node:timers/promises';
import { makeImage } from '../../test/world/image.ts';
import { push } from '../../test/world/push.ts';
import { review, signedImages } from '../images.ts';
import type { Load } from '../load.ts';
import type { Contender } from './contender.ts';
import type { Bench } from './measure.ts';

/** The three images by which a contender shows that it verifies, and what it has to say. */
export interface Probe {
  readonly what: 'signed' | 'signed by another key' | 'unsigned';
  readonly body: string;
  readonly admit: boolean;
}

/** Pushes one image signed by the key, one by another key, and one without signature. */
export async function pushProbes({ registry, world, key }: Bench): Promise<Probe[]> {
  const [signed = ''] = await signedImages(registry, world, key, 'legacy', 1, 'check/signed');
  const [foreign = ''] = await signedImages(registry, world, world.key(), 'legacy', 1, 'check/foreign');
  const unsigned = makeImage({ seed: 'check/unsigned' });
  await push(registry, 'check/unsigned', unsigned);
  return [
    { what: 'signed', body: review(signed), admit: true },
    { what: 'signed by another key', body: review(foreign), admit: false },
    { what: 'unsigned', body: review(`${registry.host}/check/unsigned@${unsigned.digest}`), admit: false },
  ];
}

/** Waits until the contender admits what is signed and denies the rest; throws with its answers when it does not within a minute. */
export async function mustVerify(contender: Contender, load: Load, probes: readonly Probe[], limitMs = 60_000): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const wrong: string[] = [];
    for (const { what, body, admit } of probes) {
      const result = await load.send({ origin: contender.origin, path: contender.path, bodies: [body], inFlight: 1, requests: 1 });
      if (result.failed > 0 || (result.allowed === 1) !== admit) wrong.push(`${what}: expected ${admit ? 'admission' : 'denial'}, got ${result.sample.slice(0, 600)}`);
    }
    if (wrong.length === 0) return;
    if (performance.now() > until) throw new Error(`${contender.name} does not verify as it must:\n${wrong.join('\n')}\n${contender.log()}`);
    await sleep(250);
  }
}
