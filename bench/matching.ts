import { compilePolicies } from '../src/policy/index.ts';
import { createTrustReader } from '../src/trust/index.ts';
import { createWorld } from '../test/world/world.ts';

/** Microseconds to find the policies for one image among `count`, median over many names. */
export function matchingMicroseconds(count: number): { readonly distinctHosts: number; readonly sharedPrefix: number } {
  return { distinctHosts: measure(count, (index) => `r${index}.example/team/app`), sharedPrefix: measure(count, (index) => `ghcr.io/acme/service-${index}`) };
}

function measure(count: number, nameOf: (index: number) => string): number {
  const pem = createWorld({ now: 0 }).key().publicKeyPem;
  const documents = [JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: pem } }] } })];
  for (let index = 0; index < count; index += 1) {
    documents.push(JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: `p${index}` }, spec: { artifacts: [{ image: `${nameOf(index)}/**` }], require: [{ name: 'signed', signature: { by: ['s'] } }] } }));
  }
  const files = documents.map((text, index) => ({ path: `${index}.yaml`, text }));
  const { set, problems } = compilePolicies(files, { trust: createTrustReader() });
  if (set === undefined) throw new Error(problems[0]?.message ?? 'policies do not compile');
  const times: number[] = [];
  for (let round = 0; round < 20_000; round += 1) {
    // A new name each time: nothing may come from a memory of earlier look-ups.
    const name = `${nameOf(round % count)}/image-${round}`;
    const started = process.hrtime.bigint();
    const found = set.candidates({ kind: 'image', name });
    times.push(Number(process.hrtime.bigint() - started) / 1000);
    if (found.length !== 1) throw new Error(`expected one policy for ${name}, found ${found.length}`);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
