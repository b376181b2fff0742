// `newest`: from YAML and signed evidence to the verdict; every bad case has a twin that differs in one thing.
import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { EvidenceBatch } from '../../../src/domain/ports.ts';
import { judge } from './every-field/judge.ts';
import { demanding } from './every-field/row.ts';
import { DAY, doc, HOUR, iso, MINUTE, NOW, says, signs, WORKFLOW } from './every-field/world.ts';
import type { Word } from './every-field/world.ts';
import { compile, errors, policy, signer, warnings } from './support.ts';

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const TEST = 'https://in-toto.io/attestation/test-result/v0.1';
/** A scan that was logged at `at`, and says that it ended at `ended`. */
const scan = (severity: 'LOW' | 'HIGH', at: number, { ended = at, ...more }: Word & { readonly ended?: number } = {}): UnverifiedEvidence =>
  says(VULN, { scanner: { result: [{ id: 'CVE-2026-1', severity }] }, metadata: { scanFinishedOn: iso(ended) } }, { at, ...more });
const run = (result: string, at: number, more: Word = {}): UnverifiedEvidence => says(TEST, { result }, { at, ...more });
const ask = async (requirement: object, ...evidence: UnverifiedEvidence[]): Promise<string> => (await judge(demanding(requirement, { evidence }))).verdict;
const SCANNED = { vulnerability: { by: ['alice'], deny: 'high', maxAge: '24h', newest: true } };
const TESTED = { testResult: { by: ['alice'], maxAge: '24h', newest: true } };
const EITHER = { vulnerability: { ...SCANNED.vulnerability, by: ['alice', 'bob'] } };
const BOTH = { vulnerability: { ...EITHER.vulnerability, threshold: 2 } };

describe('newest: from YAML to the verdict', () => {
  test('newest: an older clean scan does not help, an older bad one does not harm', async () => {
    const [before, after] = [NOW - 3 * HOUR, NOW - HOUR];
    expect(await ask(SCANNED, scan('LOW', before), scan('HIGH', after))).toBe('deny POLICY_VULNERABLE');
    expect(await ask(SCANNED, scan('HIGH', before), scan('LOW', after))).toBe('admit POLICY_SATISFIED');
    expect(await ask({ vulnerability: { ...SCANNED.vulnerability, newest: false } }, scan('LOW', before), scan('HIGH', after))).toBe('admit POLICY_SATISFIED');
    expect(await ask(TESTED, run('PASSED', before), run('FAILED', after))).toBe('deny POLICY_TEST_RESULT');
    expect(await ask(TESTED, run('FAILED', before), run('PASSED', after))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: of the same moment the worse decides', async () => {
    expect(await ask(TESTED, run('PASSED', NOW - HOUR), run('FAILED', NOW - HOUR))).toBe('deny POLICY_TEST_RESULT');
    expect(await ask(TESTED, run('PASSED', NOW - HOUR), run('FAILED', NOW - HOUR - 1000))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: an old scan that is signed again stays old, whatever the log says', async () => {
    const again = scan('LOW', NOW - MINUTE, { ended: NOW - 3 * HOUR });
    expect(await ask(SCANNED, again, scan('HIGH', NOW - HOUR))).toBe('deny POLICY_VULNERABLE');
    expect(await ask(SCANNED, scan('LOW', NOW - MINUTE), scan('HIGH', NOW - HOUR))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: what says that it is younger than it is proven to be is not', async () => {
    expect(await ask(SCANNED, scan('LOW', NOW - 3 * HOUR, { ended: NOW - MINUTE }), scan('HIGH', NOW - HOUR))).toBe('deny POLICY_VULNERABLE');
  });

  test('newest: what has no provable time counts neither for nor against', async () => {
    const undated = { log: 'none' } as const;
    expect(await ask(SCANNED, scan('LOW', NOW - HOUR, undated))).toBe('deny POLICY_AGE_UNPROVEN');
    expect(await ask(SCANNED, scan('LOW', NOW - HOUR))).toBe('admit POLICY_SATISFIED');
    expect(await ask(SCANNED, scan('LOW', NOW - 2 * HOUR), scan('HIGH', NOW - HOUR, undated))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: where our clock is behind, what is dated ahead of it may be the newest, whoever else has a good one', async () => {
    const good = [scan('LOW', NOW - HOUR), run('PASSED', NOW - HOUR)] as const;
    expect(await ask(SCANNED, good[0], scan('HIGH', NOW + HOUR))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(TESTED, good[1], run('FAILED', NOW + 2 * MINUTE))).toBe('deny VERIFY_TIMESTAMP');
    expect(await ask(BOTH, good[0], scan('LOW', NOW - HOUR, { by: 'bob' }), scan('HIGH', NOW + HOUR, { by: 'bob' }))).toBe('deny VERIFY_TIMESTAMP');
    expect((await judge(demanding(SCANNED, { evidence: [good[0], scan('HIGH', NOW + HOUR)] }))).message).toMatch(/fix: try again once that time has come/);
    expect((await judge(demanding({ signature: { by: ['alice'] } }, { evidence: [signs({ at: NOW + HOUR })] }))).message).not.toContain('timestamp authority');
    // Within what clocks may differ it is heard; of another type, or where nothing has to be the newest, it is nobody's business.
    expect(await ask(TESTED, good[1], run('FAILED', NOW + MINUTE / 2))).toBe('deny POLICY_TEST_RESULT');
    expect(await ask(SCANNED, good[0], run('FAILED', NOW + HOUR))).toBe('admit POLICY_SATISFIED');
    expect(await ask({ testResult: { ...TESTED.testResult, newest: false } }, good[1], run('FAILED', NOW + HOUR))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: beyond maxAge nothing counts, and nobody else is asked', async () => {
    expect(await ask(SCANNED, scan('LOW', NOW - 2 * DAY))).toBe('deny POLICY_TOO_OLD');
    expect(await ask(SCANNED, scan('LOW', NOW - HOUR), scan('HIGH', NOW - MINUTE, { by: 'stranger' }))).toBe('admit POLICY_SATISFIED');
    expect(await ask(SCANNED, scan('LOW', NOW - HOUR), scan('HIGH', NOW - MINUTE, { by: 'bob' }))).toBe('admit POLICY_SATISFIED');
  });

  test('newest: of several signers the newest of all decides, and with a threshold the newest of each', async () => {
    const [alice, bob] = [scan('LOW', NOW - 3 * HOUR), scan('HIGH', NOW - HOUR, { by: 'bob' })];
    expect(await ask(EITHER, alice, bob)).toBe('deny POLICY_VULNERABLE');
    expect(await ask(EITHER, alice, scan('LOW', NOW - HOUR, { by: 'bob' }))).toBe('admit POLICY_SATISFIED');
    expect(await ask(BOTH, alice, scan('LOW', NOW - HOUR, { by: 'bob' }))).toBe('admit POLICY_SATISFIED');
    expect(await ask(BOTH, alice, scan('HIGH', NOW - 2 * HOUR), scan('LOW', NOW - HOUR, { by: 'bob' }))).toBe('deny POLICY_THRESHOLD');
  });

  test('newest: keyless, and as an alternative of anyOf', async () => {
    const keyless = doc('Signer', 'ci', { identities: [{ keyless: { issuer: WORKFLOW.issuer, subject: WORKFLOW.san } }] });
    const scene = demanding({ anyOf: [{ name: 'tested', testResult: { by: ['ci'], maxAge: '24h', newest: true } }, { name: 'signed', signature: { by: ['bob'] } }] });
    const of = async (...evidence: UnverifiedEvidence[]): Promise<string> => (await judge({ ...scene, documents: [...scene.documents, keyless], evidence })).verdict;
    const [good, bad] = [run('PASSED', NOW - 2 * HOUR, { by: WORKFLOW }), run('FAILED', NOW - HOUR, { by: WORKFLOW })];
    expect(await of(good)).toBe('admit POLICY_SATISFIED');
    expect(await of(good, bad)).toBe('deny POLICY_ANY_OF');
  });
});

describe('newest: what compiles', () => {
  const told = (requirement: object, spec: object = {}): string[] =>
    errors(compile(signer(), policy({ require: [{ name: 'r', ...requirement }], ...spec }))).map(({ path }) => path);
  test('newest: only together with maxAge', () => {
    expect(told({ vulnerability: { by: ['alice'], deny: 'high', newest: true } })).toEqual(['spec.require[0].vulnerability.newest']);
    expect(told({ testResult: { by: ['alice'], newest: true } })).toEqual(['spec.require[0].testResult.newest']);
    for (const one of [SCANNED, TESTED, { testResult: { by: ['alice'], newest: false } }]) expect(told(one)).toEqual([]);
  });

  test('newest: of attestations only with conditions, of other kinds never', () => {
    const attestation = { by: ['alice'], type: TEST, maxAge: '24h', newest: true };
    expect(told({ attestation })).toEqual(['spec.require[0].attestation.newest']);
    expect(told({ attestation: { ...attestation, where: [{ cel: 'predicate.result == "PASSED"' }] } })).toEqual([]);
    expect(told({ sbom: { by: ['alice'], maxAge: '24h', newest: true } })).toHaveLength(1);
  });

  test('newest: not beside indexCoversChildren, and no condition looks at it', () => {
    expect(told(SCANNED, { indexCoversChildren: true })).toEqual(['spec.indexCoversChildren']);
    const looking = { name: 'other', attestation: { by: ['alice'], type: TEST, where: [{ cel: 'attestations["r"].predicate.result == "PASSED"' }] } };
    expect(told({}, { require: [{ name: 'r', ...TESTED }, looking] })).toEqual(['spec.require[1].attestation.where']);
    expect(told({}, { require: [{ name: 'r', testResult: { by: ['alice'] } }, looking] })).toEqual([]);
  });

  test('newest: lint says what hiding it gains, where that lasts', () => {
    const advice = (maxAge: string): boolean =>
      warnings(compile(signer(), policy({ require: [{ name: 'r', testResult: { ...TESTED.testResult, maxAge } }] }))).some(({ message }) => message.includes('can hide the newest'));
    expect([advice('720h'), advice('168h')]).toEqual([true, false]);
  });
});

test('newest: by a key lint tells that it can be logged again, but not of a scan, which says when it ended', async () => {
  const told = async (requirement: object): Promise<boolean> =>
    (await judge(demanding(requirement))).problems.some(({ message }) => message.includes('can log it again'));
  const all = [TESTED, SCANNED, EITHER, { vulnerability: { ...SCANNED.vulnerability, newest: false } }, { sbom: { by: ['alice'], maxAge: '24h' } }];
  expect(await Promise.all(all.map(told))).toEqual([true, false, false, false, true]);
});

describe('newest: every place is looked at before anything is admitted', () => {
  const [good, bad] = [scan('LOW', NOW - 2 * HOUR), scan('HIGH', NOW - HOUR)];
  const at = async (requirement: object, later: readonly EvidenceBatch[]): Promise<string> => (await judge(demanding(requirement, { evidence: [good], later }))).verdict;
  const OLDER = { vulnerability: { ...SCANNED.vulnerability, newest: false } };

  test('newest: a newer one at the last place decides', async () => {
    const places = [{ evidence: [], problems: [] }, { evidence: [bad], problems: [] }];
    expect(await at(SCANNED, places)).toBe('deny POLICY_VULNERABLE');
    expect(await at(OLDER, places)).toBe('admit POLICY_SATISFIED');
    expect(await at({ anyOf: [{ name: 'a', ...SCANNED }, { name: 'b', signature: { by: ['bob'] } }] }, places)).toBe('deny POLICY_ANY_OF');
    expect(await at(SCANNED, [{ evidence: [scan('HIGH', NOW - 3 * HOUR)], problems: [] }])).toBe('admit POLICY_SATISFIED');
  });

  test('newest: a place that cannot be looked at leaves it open', async () => {
    for (const code of ['FETCH_UNREACHABLE', 'FETCH_TOO_MANY', 'FETCH_DIGEST_MISMATCH'] as const) {
      const unseen: readonly EvidenceBatch[] = [{ evidence: [], problems: [{ code, source: 'tag sha256-ab.att' }] }];
      expect(await at(SCANNED, unseen)).toBe(`deny ${code}`);
      expect(await at(OLDER, unseen)).toBe('admit POLICY_SATISFIED');
    }
    // Somebody pushed a list that is none, or what refers to something else: no signer can be told.
    for (const code of ['FETCH_MANIFEST_INVALID', 'VERIFY_FORMAT'] as const)
      expect(await at(SCANNED, [{ evidence: [], problems: [{ code, source: 'referrer' }] }])).toBe('admit POLICY_SATISFIED');
  });

  test('newest: what is larger than is read was seen by nobody, and may be the newest; what nobody signed was not', async () => {
    const keysOf = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));
    const large = (count: number, type = VULN): EvidenceBatch => ({
      evidence: [says(type, { scanner: { result: [{ id: 'CVE-2026-1', severity: 'HIGH' }], details: keysOf(count) }, metadata: { scanFinishedOn: iso(NOW - HOUR) } })], problems: [],
    });
    expect(await at(SCANNED, [large(70_000)])).toBe('deny VERIFY_LIMIT');
    expect((await judge(demanding(SCANNED, { evidence: [good], later: [large(70_000)] }))).message).toMatch(/expected at most 65536[^]*the newest decides/);
    expect(await at(SCANNED, [large(10)])).toBe('deny POLICY_VULNERABLE');
    expect(await at(OLDER, [large(70_000)])).toBe('admit POLICY_SATISFIED');
    expect(await at(SCANNED, [{ evidence: [{ ...bad, bytes: new TextEncoder().encode('{}') }], problems: [] }])).toBe('admit POLICY_SATISFIED');
  });
});
