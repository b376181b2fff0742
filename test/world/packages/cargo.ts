/** The sparse index of a registry of cargo on loopback (doc.rust-lang.org/cargo/reference/registry-index.html): one line of JSON a version. */
import { createHash } from 'node:crypto';
import { asDigest } from '../encode.ts';
import { startFake } from './fake.ts';
import type { FakeServer } from './fake.ts';

export interface CargoIndex extends FakeServer {
  publish(name: string, version: string, options?: { readonly yanked?: boolean }): ReturnType<typeof asDigest>;
}

/** Starts an index without any crate. */
export async function startCargo(): Promise<CargoIndex> {
  const fake = await startFake();
  return {
    ...fake,
    publish(name, version, { yanked = false } = {}) {
      const cksum = createHash('sha256').update(`${name}@${version}`).digest('hex');
      const lower = name.toLowerCase();
      const path = lower.length < 3 ? `/${lower.length}/${lower}` : lower.length === 3 ? `/3/${lower[0]}/${lower}` : `/${lower.slice(0, 2)}/${lower.slice(2, 4)}/${lower}`;
      const before = fake.answers.get(path)?.body ?? '';
      fake.answers.set(path, { body: `${String(before)}${JSON.stringify({ name, vers: version, deps: [], cksum, features: {}, yanked })}\n` });
      return asDigest(`sha256:${cksum}`);
    },
  };
}
