import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArtifactRef, Usage } from '../../../../src/domain/artifact/artifact.ts';
import type { Decision } from '../../../../src/domain/decision/decision.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { VerificationOutcome, VerifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { CompiledPolicy, Mode, PolicySet } from '../../../../src/domain/policy/policy.ts';
import type { Requirement } from '../../../../src/domain/policy/requirement.ts';
import { slsaProvenanceV1 } from '../../../world/statement.ts';
import type { Build } from '../../../world/statement.ts';
import { keyProof, KEY_A, KEY_B, keyIdentity, signatureBy, signer } from '../../evaluate/support.ts';
import { attested, wants } from '../../evaluate/provenance/support.ts';
import { batch, failed, harness, lookup, piece, policy, source } from '../support.ts';
import type { Harness } from '../support.ts';
import { settled } from '../../../support/patience.ts';
import { manualTimers } from '../../../support/timers.ts';

const ALICE = signer('alice', keyIdentity(KEY_A));

/** Digest of an image by the letter of its name. */
const digestOf = (letter: string): Digest => `sha256:${letter.charCodeAt(0).toString(16).repeat(32)}` as Digest;
const nameOf = (letter: string): string => `ghcr.io/acme/${letter}`;

/** What there is about each image: who signed it (`signed`), and with what it was built, by provenance of alice. */
interface Image {
  readonly signed?: 'alice' | 'bob';
  readonly from?: readonly string[];
  /** The same, several times. */
  readonly builds?: readonly (readonly string[])[];
  readonly down?: true;
}

const SIGNED = signatureBy([ALICE]);
const BUILT: Requirement = wants({ name: 'built', by: [ALICE], dependencies: { pinned: false, images: { unmatched: 'deny' } } });

type Dependencies = NonNullable<Build['dependencies']>;

/** A policy for some images, by their letters. */
function over(letters: string, requirement: Requirement, more: Partial<CompiledPolicy> = {}): CompiledPolicy {
  return policy({ name: `${letters} ${requirement.name}`, patterns: [...letters].map((letter) => ({ kind: 'image', source: nameOf(letter) })), requirements: [requirement], ...more });
}

function setOf(policies: readonly CompiledPolicy[]): PolicySet {
  return { generation: 'g', policies, forRequest: () => [], literalHosts: new Set(), candidates: ({ name }) => policies.filter(({ patterns }) => patterns.some((pattern) => pattern.source === name)) };
}

function proofsOf({ signed, from, builds = from === undefined ? [] : [from] }: Image, letter: string): readonly VerifiedEvidence[] {
  const dependencies = (others: readonly string[]): Dependencies => others.map((other) => ({ uri: `oci://${nameOf(other)}`, digest: { sha256: digestOf(other).slice(7) } }));
  return [
    ...(signed === undefined ? [] : [keyProof(signed === 'alice' ? KEY_A : KEY_B, { source: `signature of ${letter}` })]),
    ...builds.map((others) => attested(slsaProvenanceV1({ dependencies: dependencies(others) }), { kind: 'key', keyId: KEY_A }, { source: `provenance of ${letter}` })),
  ];
}

interface World extends Harness {
  /** Letters of the images whose evidence was looked up, in order. */
  readonly opened: string[];
  judge(letters?: string, ms?: number): Promise<Decision>;
}

function world(images: Readonly<Record<string, Image>>, policies: readonly CompiledPolicy[]): World {
  const opened: string[] = [];
  const letterOf = (digest: string): string => Object.keys(images).find((letter) => digestOf(letter) === digest) ?? '?';
  const it = harness({
    policies: { current: () => ({ ready: true, set: setOf(policies) }) },
    source: source(({ digest }) => {
      const letter = letterOf(digest);
      opened.push(letter);
      return lookup([images[letter]?.down === true ? failed({ code: 'FETCH_UNREACHABLE', source: nameOf(letter) }) : batch(piece(letter))]);
    }),
    verifier: { known: () => undefined, verify: async (job) => job.evidence.map(({ source: letter }): VerificationOutcome => ({ evidenceDigest: letter, source: letter, verified: proofsOf(images[letter] ?? {}, letter), problems: [] })) },
  });
  const artifacts = (letters: string): ArtifactRef[] => [...letters].map((letter) => ({ kind: 'image', usage: 'container', path: `spec.containers[0].image`, raw: `${nameOf(letter)}@${digestOf(letter)}`, name: nameOf(letter), digest: digestOf(letter) }));
  return { ...it, opened, judge: (letters = 'a', ms = 2000) => it.admit({ artifacts: artifacts(letters) }, ms) };
}

const codes = ({ findings }: Decision): string[] => findings.map(({ code }) => code);

describe('images that an artifact was built with', () => {
  const policies = [over('a', BUILT), over('b', SIGNED)];

  test('must be admitted by the policies for them, by evidence of their own', async () => {
    const it = world({ a: { from: ['b'] }, b: { signed: 'alice' } }, policies);
    expect(codes(await it.judge())).toEqual(['POLICY_SATISFIED']);
    expect(it.opened).toEqual(['a', 'b']);
  });

  test.each<[string, Image, string, string]>([
    ['signed by somebody else', { signed: 'bob' }, 'POLICY_IMAGE_DENIED', 'deny'],
    ['not signed', {}, 'POLICY_IMAGE_DENIED', 'deny'],
    ['in a registry that is down', { down: true }, 'FETCH_UNREACHABLE', 'deny'],
  ])('%s: denied', async (_, b, code, outcome) => {
    const decision = await world({ a: { from: ['b'] }, b }, policies).judge();
    expect(decision).toMatchObject({ outcome, findings: [{ code, policy: 'a built', found: [expect.stringContaining('b signed / signed')] }] });
  });

  test('an image without a policy is denied, and nothing is fetched for it', async () => {
    const it = world({ a: { from: ['c'] }, c: { signed: 'alice' } }, policies);
    expect(codes(await it.judge())).toEqual(['POLICY_IMAGE_UNMATCHED']);
    expect(it.opened).not.toContain('c');
  });

  test.each<[readonly Usage[] | undefined, string]>([[undefined, 'POLICY_SATISFIED'], [['baseImage'], 'POLICY_SATISFIED'], [['dependency'], 'POLICY_SATISFIED'], [['container'], 'POLICY_IMAGE_UNMATCHED']])('policies count that are for %j', async (usedAs, code) => {
    const narrowed = over('b', SIGNED, usedAs === undefined ? {} : { usedAs: new Set(usedAs) });
    expect(codes(await world({ a: { from: ['b'] }, b: { signed: 'alice' } }, [over('a', BUILT), narrowed]).judge())).toEqual([code]);
  });

  test('all policies for it must hold, whether for dependencies or for base images', async () => {
    const both = [over('a', BUILT), over('b', SIGNED, { usedAs: new Set(['baseImage']) }), over('b', signatureBy([signer('bob', keyIdentity(KEY_B))]), { name: 'bob', usedAs: new Set(['dependency']) })];
    expect(codes(await world({ a: { from: ['b'] }, b: { signed: 'alice' } }, both).judge())).toEqual(['POLICY_IMAGE_DENIED']);
  });

  test.each<[Mode, Mode, string]>([
    ['enforce', 'enforce', 'POLICY_IMAGE_DENIED'], ['enforce', 'warn', 'POLICY_IMAGE_UNMATCHED'], ['enforce', 'audit', 'POLICY_IMAGE_UNMATCHED'], ['warn', 'warn', 'POLICY_IMAGE_DENIED'], ['audit', 'warn', 'POLICY_IMAGE_DENIED'],
  ])('a policy in mode %s asks only policies at least as strict: %s gives %s', async (asking, asked, code) => {
    expect(codes(await world({ a: { from: ['b'] }, b: {} }, [over('a', BUILT, { mode: asking }), over('b', SIGNED, { mode: asked })]).judge())).toEqual(asking === 'audit' ? ['SELECT_NO_POLICY', code] : [code]);
  });

  test.each<[string | undefined, string | undefined, string]>([
    [undefined, undefined, 'POLICY_SATISFIED'], [undefined, 'default', 'POLICY_IMAGE_UNMATCHED'], ['default', 'default', 'POLICY_SATISFIED'], ['default', undefined, 'POLICY_SATISFIED'],
  ])('I04 a policy of namespace %s asks one of namespace %s: %s', async (asking, asked, code) => {
    const of = (namespace: string | undefined): Partial<CompiledPolicy> => (namespace === undefined ? {} : { kind: 'ArtifactPolicy', namespace });
    const decision = await world({ a: { from: ['b'] }, b: { signed: 'alice' } }, [over('a', BUILT, of(asking)), over('b', SIGNED, of(asked))]).judge();
    // To the cluster, the image that only a policy of a namespace asks about is unmatched besides.
    expect(codes(decision)).toEqual(asking === undefined ? [code] : ['SELECT_NO_POLICY', code]);
  });

  test('a policy of the namespace beside one of the cluster must hold as well', async () => {
    const bob = over('b', signatureBy([signer('bob', keyIdentity(KEY_B))]), { kind: 'ArtifactPolicy', namespace: 'default', name: 'bob' });
    expect(codes(await world({ a: { from: ['b'] }, b: { signed: 'alice' } }, [over('a', BUILT), over('b', SIGNED), bob]).judge())).toEqual(['POLICY_IMAGE_DENIED']);
  });

  test('labels of the namespace that cannot be known leave the image undetermined', async () => {
    const selective = over('b', SIGNED, { namespaces: { source: 'env=prod', test: () => true } });
    const decision = await harness({
      policies: { current: () => ({ ready: true, set: setOf([over('a', BUILT), selective]) }) },
      source: source(() => lookup([batch(piece('a'))])),
      verifier: { known: () => undefined, verify: async () => [{ evidenceDigest: 'a', source: 'a', verified: proofsOf({ from: ['b'] }, 'a'), problems: [] }] },
      namespaces: { labels: async () => undefined },
    }).admit({ artifacts: [{ kind: 'image', usage: 'container', path: 'x', raw: 'a', name: nameOf('a'), digest: digestOf('a') }] });
    expect(codes(decision)).toEqual(['SELECT_LABELS_UNKNOWN']);
  });
});

describe('further down', () => {
  test('a base image of a base image is followed, and its failure is the artifact\'s', async () => {
    const chain = [over('ab', BUILT), over('c', SIGNED)];
    expect(codes(await world({ a: { from: ['b'] }, b: { from: ['c'] }, c: { signed: 'alice' } }, chain).judge())).toEqual(['POLICY_SATISFIED']);
    const broken = await world({ a: { from: ['b'] }, b: { from: ['c'] }, c: {} }, chain).judge();
    expect(broken.findings[0]).toMatchObject({ code: 'POLICY_IMAGE_DENIED', found: [expect.stringMatching(/acme\/b: policy ab built \/ built: POLICY_IMAGE_DENIED .*acme\/c: policy c signed \/ signed: FETCH_NONE_FOUND/)] });
  });

  test('images whose provenance names each other prove nothing, and nobody waits for himself', async () => {
    const it = world({ a: { from: ['b'] }, b: { from: ['c'] }, c: { from: ['b'] } }, [over('abc', BUILT)]);
    const decision = await it.judge('a', 60_000);
    expect(codes(decision)).toEqual(['POLICY_IMAGE_DENIED']);
    expect(decision.findings[0]?.found?.[0]).toContain('was built with itself');
  });

  test('a circle is found also when both ends are judged at the same time', async () => {
    const it = world({ a: { from: ['b', 'c'] }, b: { from: ['c'] }, c: { from: ['b'] } }, [over('abc', BUILT)]);
    expect(codes(await it.judge('a', 60_000))).toEqual(['POLICY_IMAGE_DENIED']);
  });

  test('an image that the artifact has in common with its base image is judged once', async () => {
    const it = world({ a: { from: ['b', 'c'] }, b: { from: ['c'] }, c: { signed: 'alice' } }, [over('ab', BUILT), over('c', SIGNED)]);
    expect(codes(await it.judge())).toEqual(['POLICY_SATISFIED']);
    expect(it.opened.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('two artifacts of one request with the same base image judge it once', async () => {
    const it = world({ a: { from: ['c'] }, b: { from: ['c'] }, c: { signed: 'alice' } }, [over('ab', BUILT), over('c', SIGNED)]);
    expect(codes(await it.judge('ab'))).toEqual(['POLICY_SATISFIED', 'POLICY_SATISFIED']);
    expect(it.opened.filter((letter) => letter === 'c')).toHaveLength(1);
  });

  test('levels are bounded', async () => {
    const letters = [...'abcdefghijk'];
    const chain = (length: number): Record<string, Image> => Object.fromEntries(letters.slice(0, length).map((letter, index) => [letter, index + 1 < length ? { from: [letters[index + 1] ?? ''] } : { signed: 'alice' }]));
    const judged = async (length: number): Promise<Decision> => world(chain(length), [over(letters.slice(0, length - 1).join(''), BUILT), over(letters[length - 1] ?? '', SIGNED)]).judge('a', 60_000);
    expect(codes(await judged(9))).toEqual(['POLICY_SATISFIED']);
    const deeper = await judged(10);
    expect(codes(deeper)).toEqual(['POLICY_IMAGE_DENIED']);
    expect(deeper.findings[0]?.found?.[0]).toContain('POLICY_IMAGE_LIMIT');
  });

  test('their number is bounded', async () => {
    const many = Array.from({ length: 101 }, (_, index) => String.fromCharCode(0x100 + index));
    const hex = (letter: string): string => letter.charCodeAt(0).toString(16).padStart(4, '0').repeat(16);
    const dependencies = (count: number): VerifiedEvidence => attested(slsaProvenanceV1({ dependencies: many.slice(0, count).map((letter) => ({ uri: `oci://ghcr.io/acme/x${hex(letter)}`, digest: { sha256: hex(letter) } })) }), { kind: 'key', keyId: KEY_A });
    const all = policy({ name: 'all', requirements: [SIGNED] });
    const judge = async (count: number): Promise<string[]> => codes(await harness({
      policies: { current: () => ({ ready: true, set: { generation: 'g', policies: [all], forRequest: () => [], literalHosts: new Set(), candidates: ({ name }) => [name === nameOf('a') ? over('a', BUILT) : all] } }) },
      source: source(({ name }) => lookup([batch(piece(name))])),
      verifier: { known: () => undefined, verify: async (job) => job.evidence.map(({ source: name }): VerificationOutcome => ({ evidenceDigest: name, source: name, verified: name === nameOf('a') ? [dependencies(count)] : [keyProof(KEY_A)], problems: [] })) },
    }).admit({ artifacts: [{ kind: 'image', usage: 'container', path: 'x', raw: 'a', name: nameOf('a'), digest: digestOf('a') }] }, 60_000));
    expect(await judge(100)).toEqual(['POLICY_SATISFIED']);
    expect(await judge(101)).toEqual(['POLICY_IMAGE_LIMIT']);
  });

  test('G08 an image whose evidence never comes leaves the decision undetermined, in time', async () => {
    const timers = manualTimers();
    const it = harness({
      timers, clock: { now: () => 1_000_000 },
      policies: { current: () => ({ ready: true, set: setOf([over('a', BUILT), over('b', SIGNED)]) }) },
      source: source(({ name }) => (name === nameOf('a') ? lookup([batch(piece('a'))]) : lookup([new Promise(() => undefined)]))),
      verifier: { known: () => undefined, verify: async (job) => job.evidence.map((): VerificationOutcome => ({ evidenceDigest: 'a', source: 'a', verified: proofsOf({ from: ['b'] }, 'a'), problems: [] })) },
    });
    const deciding = it.admit({ artifacts: [{ kind: 'image', usage: 'container', path: 'x', raw: 'a', name: nameOf('a'), digest: digestOf('a') }] }, 300);
    await settled();
    timers.pass(299);
    await settled();
    expect(it.decisions).toEqual([]);
    timers.pass(1);
    const decision = await deciding;
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined', findings: [{ code: 'ENGINE_DEADLINE' }] });
  });

  test('a fault while an image is judged is undetermined, and told to the log', async () => {
    const it = world({ a: { from: ['b'] }, b: { signed: 'alice' } }, [over('a', BUILT), over('b', SIGNED, { trust: undefined as never })]);
    const decision = await it.judge();
    expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined', findings: [{ code: 'ENGINE_FAULT' }] });
    expect(it.faults).toHaveLength(1);
  });
});

describe('any graph of images', () => {
  const LETTERS = [...'abcde'];
  const DEMANDS = { signed: SIGNED, built: BUILT, either: { kind: 'anyOf', name: 'either', of: [BUILT, SIGNED] } } as const satisfies Record<string, Requirement>;
  type Demand = keyof typeof DEMANDS;
  interface Node { readonly demand: Demand; readonly signed: boolean; readonly builds: readonly (readonly string[])[] }
  type Graph = Readonly<Record<string, Node>>;

  const node = fc.record({ demand: fc.constantFrom<Demand>('signed', 'built', 'built', 'either'), signed: fc.boolean(), builds: fc.array(fc.subarray(LETTERS), { maxLength: 2 }) });
  const graph: fc.Arbitrary<Graph> = fc.record(Object.fromEntries(LETTERS.map((letter) => [letter, node])));

  /** The least set of images that admit each other: what is proven without going round in a circle. */
  function provable(nodes: Graph): ReadonlySet<string> {
    const admitted = new Set<string>();
    const holds = ({ demand, signed, builds }: Node): boolean => (demand !== 'built' && signed) || (demand !== 'signed' && builds.some((from) => from.every((other) => admitted.has(other))));
    for (let before = -1; before < admitted.size;) {
      before = admitted.size;
      for (const [letter, one] of Object.entries(nodes)) if (holds(one)) admitted.add(letter);
    }
    return admitted;
  }

  async function admits(nodes: Graph): Promise<boolean> {
    const images = Object.fromEntries(Object.entries(nodes).map(([letter, { signed, builds }]): [string, Image] => [letter, { ...(signed ? { signed: 'alice' } : {}), builds }]));
    return (await world(images, Object.entries(nodes).map(([letter, { demand }]) => over(letter, DEMANDS[demand]))).judge('a', 60_000)).outcome === 'admit';
  }

  test('A17 an image that is met in a circle counts, when it is proven in another way', async () => {
    const built = (...builds: readonly string[][]): Node => ({ demand: 'built', signed: false, builds });
    const signed: Node = { demand: 'signed', signed: true, builds: [] };
    const nodes: Graph = { a: built(['e', 'c']), e: built(['b']), b: built(['c']), c: built(['b'], ['d']), d: signed };
    expect(await admits(nodes)).toBe(true);
    expect(await admits({ ...nodes, c: built(['d']) })).toBe(true);
    expect(await admits({ ...nodes, c: built(['b']) })).toBe(false);
    expect(await admits({ ...nodes, d: { ...signed, signed: false } })).toBe(false);
  });

  test('admits what can be proven without a circle, and nothing else', async () => {
    await fc.assert(fc.asyncProperty(graph, async (nodes) => {
      expect(await admits(nodes)).toBe(provable(nodes).has('a'));
    }), { numRuns: 1000 });
  });

  test('A17 leaving a statement about any of the images out never admits', async () => {
    await fc.assert(fc.asyncProperty(graph, fc.constantFrom(...LETTERS), fc.boolean(), async (nodes, letter, signature) => {
      const one = nodes[letter];
      if (one === undefined || !(await admits({ ...nodes, [letter]: signature ? { ...one, signed: false } : { ...one, builds: one.builds.slice(1) } }))) return;
      expect(await admits(nodes)).toBe(true);
    }), { numRuns: 500 });
  });
});
