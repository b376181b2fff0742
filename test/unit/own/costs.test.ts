// Trying out a document holds nobody else up: steps are small whatever it says, and what it names is bounded.
import { expect, test } from 'vitest';
import { createKnownDocuments } from '../../../src/own/trial/known.ts';
import type { KnownDocument } from '../../../src/own/trial/known.ts';
import { tryOutSteps } from '../../../src/own/trial/trial.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { document } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { createWorld } from '../../world/world.ts';

const trust = createTrustReader();

/** The longest of all steps, milliseconds of CPU. */
function longestStep(change: { readonly before?: Document; readonly after?: Document }, known: readonly KnownDocument[] = []): number {
  const { kind = '', metadata: { name = '', namespace = '' } = {} } = change.after ?? change.before ?? {};
  const steps = tryOutSteps({ kind, namespace, name, ...change }, known, { trust, now: 0 });
  let longest = 0;
  for (;;) {
    const before = process.cpuUsage();
    const step = steps.next();
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    if (step.done === true) return longest;
  }
}

const ours = (spec: Record<string, unknown>): Document => document('ArtifactPolicy', 'ours', spec, 'shop');

/** As many of what `make` gives as fit into what somebody who may write in one namespace may send. */
function filled<T>(make: (index: number) => T): T[] {
  const all: T[] = [];
  for (let size = 0; size < 60 * 1024; size += JSON.stringify(all.at(-1)).length + 1) all.push(make(all.length));
  return all;
}

const REQUIRE = [{ name: 'signed', signature: { by: ['alice'] } }];
const ARTIFACTS = [{ image: 'ghcr.io/acme/app' }];

test.each<[string, Record<string, unknown>]>([
  ['patterns', { artifacts: filled((n) => ({ image: `ghcr.io/a/a${n}` })), require: REQUIRE }],
  ['unknown fields', { artifacts: ARTIFACTS, require: [], ...Object.fromEntries(filled((n) => [`f${n}`, n] as const)) }],
  ['unknown fields of items', { artifacts: filled((n) => ({ imagee: n })), require: REQUIRE }],
  ['empty items', { artifacts: filled(() => ({})), require: filled(() => ({})) }],
  ['requirements', { artifacts: ARTIFACTS, require: filled((n) => ({ name: `r${n}`, signature: { by: [`s${n}`] } })) }],
  ['signers', { artifacts: ARTIFACTS, require: [{ name: 'signed', signature: { by: filled((n) => `s${n}`) } }] }],
  ['nesting', { artifacts: ARTIFACTS, require: [JSON.parse(`${'{"anyOf":['.repeat(200)}{}${']}'.repeat(200)}`) as object] }],
])('%s', (_, spec) => {
  longestStep({ after: ours({ artifacts: ARTIFACTS, require: REQUIRE }) });
  // On an idle machine 2 to 20, on a busy one ten times as much; what is not bounded takes seconds.
  expect(longestStep({ after: ours(spec) })).toBeLessThan(1000);
});

test('a thousand patterns, or exceptions from them, that become a thousand others', () => {
  const many = (x: string): object[] => Array.from({ length: 1000 }, (_, n) => ({ image: `g.io/${x}*/a${n}/**` }));
  const alice = document('Signer', 'alice', { identities: [{ key: { data: createWorld({ now: 0 }).key().publicKeyPem } }] });
  const known = [{ file: 'Signer alice', kind: 'Signer', namespace: '', name: 'alice', json: JSON.stringify(alice) }];
  longestStep({ after: ours({ artifacts: ARTIFACTS, require: REQUIRE }) }, known);
  for (const [before, after] of [[{ artifacts: many('a') }, { artifacts: many('b') }], [{ except: many('a') }, { except: many('b') }]] as const) {
    const [was, is] = [ours({ artifacts: ARTIFACTS, require: REQUIRE, ...before }), ours({ artifacts: ARTIFACTS, require: REQUIRE, ...after })];
    // On an idle machine 30 to 60; all pairs take ten times as long.
    expect(longestStep({ before: was, after: is }, known)).toBeLessThan(1000);
  }
});

test('beside ten thousand policies that all rely on one signer', async () => {
  const keys = createWorld({ now: 0 });
  const signer = (...all: readonly { readonly publicKeyPem: string }[]): Document => document('Signer', 'alice', { identities: all.map(({ publicKeyPem }) => ({ key: { data: publicKeyPem } })) });
  const [one, other] = [keys.key(), keys.key()];
  const policies = Array.from({ length: 10_000 }, (_, n) => document('ClusterArtifactPolicy', `app-${n}`, { artifacts: [{ image: `ghcr.io/acme/app-${n}` }], require: REQUIRE }));
  const files = [signer(one), ...policies].map((each) => ({ path: `${each.kind} ${each.metadata.name}`, text: JSON.stringify(each) }));
  const known = await createKnownDocuments().of(files, new AbortController().signal);
  for (const after of [signer(one, other), undefined])
    expect(longestStep({ before: signer(one), ...(after === undefined ? {} : { after }) }, known)).toBeLessThan(1000);
});
