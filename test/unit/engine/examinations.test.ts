import { describe, expect, test } from 'vitest';
import type { Examination, Examined, StatementExaminer } from '../../../src/domain/policy/content-check.ts';
import type { VerificationOutcome } from '../../../src/domain/evidence.ts';
import type { ExaminedRequirement } from '../../../src/domain/policy/examined-requirement.ts';
import type { AdmitPorts } from '../../../src/engine/admit.ts';
import { createConditionRunner, lintExpression, runExamination } from '../../../src/examine/index.ts';
import { attestationProof, KEY_A, KEY_B, keyIdentity, signer } from '../evaluate/support.ts';
import { batch, harness, lookup, piece, policy, policySet, source } from './support.ts';
import type { Harness } from './support.ts';
import { settled } from '../../support/patience.ts';
import { manualTimers } from '../../support/timers.ts';

const conditions = createConditionRunner();
const ALICE = signer('alice', keyIdentity(KEY_A));
const BOB = signer('bob', keyIdentity(KEY_B));

function requirement(name: string, cel: string, more: Partial<ExaminedRequirement> = {}): ExaminedRequirement {
  const linted = lintExpression(cel);
  if (!linted.ok) throw new Error(JSON.stringify(linted.problems));
  return {
    kind: 'examined', name, by: [ALICE], threshold: 1, written: 'attestation', wanted: 't', types: new Set(['t']), id: cel, others: [],
    where: [{ expression: cel, uses: linted.uses }], ...more,
  };
}

/** An examiner that answers after a turn of the event loop, remembers, and counts. */
function counting(answer: (examination: Examination) => Examined = (examination) => runExamination(examination, conditions)): StatementExaminer & { asked: string[] } {
  const known = new Map<string, Examined>();
  return {
    asked: [],
    known: (key) => known.get(key),
    async examine(examination) {
      this.asked.push(examination.key);
      await new Promise((done) => { setImmediate(done); });
      const examined = answer(examination);
      if (examined.ok) known.set(examination.key, examined);
      return examined;
    },
  };
}

/** Attestations of type `t`: piece `alice:{"a":1}` is by alice and says that. */
function world(requirements: readonly ExaminedRequirement[], pieces: readonly string[], examiner?: StatementExaminer, ports: Partial<AdmitPorts> = {}): Harness {
  const verify = (name: string): VerificationOutcome => {
    const [by = '', text = ''] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)];
    const statement = { type: 'v1', predicateType: 't', subjects: [], predicate: JSON.parse(text) as unknown, predicateText: text };
    return { evidenceDigest: name, source: name, problems: [], verified: [attestationProof({ kind: 'key', keyId: by === 'alice' ? KEY_A : KEY_B }, 't', { statement, evidenceDigest: name, source: name })] };
  };
  return harness({
    policies: { current: () => ({ ready: true, set: policySet(policy({ requirements })) }) },
    source: source(() => lookup([batch(...pieces.map(piece))])),
    verifier: { known: () => undefined, verify: async (job) => job.evidence.map(({ digest }) => verify(digest)) },
    ...(examiner === undefined ? {} : { examiner }),
    ...ports,
  });
}

const codes = async (it: Harness): Promise<string[]> => (await it.admit()).findings.map(({ code }) => code);

describe('conditions on the road', () => {
  test('hold, are false, and come to an error; each with its code, and the part that failed', async () => {
    const ask = (text: string): Promise<string[]> => codes(world([requirement('r', 'predicate.a == 1')], [`alice:${text}`], counting()));
    expect(await ask('{"a":1}')).toEqual(['POLICY_SATISFIED']);
    expect(await ask('{"a":2}')).toEqual(['POLICY_CONDITION']);
    expect(await ask('{"b":1}')).toEqual(['POLICY_CONDITION_ERROR']);
    const decision = await world([requirement('r', 'predicate.a == 1')], ['alice:{"b":1}'], counting()).admit();
    expect(decision.findings[0]?.cause).toContain('comes to an error at: .a == 1');
  });

  test('a stranger\'s attestation is never examined', async () => {
    const examiner = counting();
    expect(await codes(world([requirement('r', 'predicate.a == 1')], ['bob:{"a":1}'], examiner))).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
    expect(examiner.asked).toEqual([]);
  });

  test('A10 all conditions must hold for one attestation; A17 what does not hold never counts against others', async () => {
    const both = requirement('r', 'predicate.a == 1 && predicate.b == 1');
    expect(await codes(world([both], ['alice:{"a":1,"b":0}', 'alice:{"a":0,"b":1}'], counting()))).toEqual(['POLICY_CONDITION']);
    expect(await codes(world([both], ['alice:{"a":1,"b":0}', 'alice:{"a":1,"b":1}'], counting()))).toEqual(['POLICY_SATISFIED']);
  });

  test('an answer is asked for once and then remembered', async () => {
    const examiner = counting();
    const it = world([requirement('r', 'predicate.a == 1')], ['alice:{"a":1}'], examiner);
    expect([await codes(it), await codes(it)]).toEqual([['POLICY_SATISFIED'], ['POLICY_SATISFIED']]);
    expect(examiner.asked).toHaveLength(1);
  });

  test('only what a condition uses is part of its question', async () => {
    const examiner = counting();
    const it = world([requirement('r', 'request.namespace == "default" && predicate.a == 1'), requirement('s', 'predicate.a == 1')], ['alice:{"a":1}'], examiner);
    expect(await codes(it)).toEqual(['POLICY_SATISFIED', 'POLICY_SATISFIED']);
    const other = await it.admit({ namespace: 'prod' });
    expect(other.findings.map(({ code }) => code).toSorted()).toEqual(['POLICY_CONDITION', 'POLICY_SATISFIED']);
    expect(examiner.asked.filter((key) => key.includes('"namespace"'))).toHaveLength(2);
    expect(examiner.asked).toHaveLength(3);
  });

  test('trouble of ours is undetermined, and so is no examiner at all', async () => {
    const faulty = counting(() => ({ ok: false, code: 'ENGINE_FAULT', cause: 'x' }));
    for (const examiner of [faulty, undefined]) {
      const decision = await world([requirement('r', 'predicate.a == 1')], ['alice:{"a":1}'], examiner).admit();
      expect(decision).toMatchObject({ outcome: 'deny', verdict: 'undetermined' });
    }
  });

  test('G08 who does not answer in time leaves the decision undetermined, in time', async () => {
    const silent: StatementExaminer = { known: () => undefined, examine: () => new Promise(() => undefined) };
    const timers = manualTimers();
    const it = world([requirement('r', 'predicate.a == 1')], ['alice:{"a":1}'], silent, { timers, clock: { now: () => 1_000_000 } });
    const deciding = it.admit({}, 300);
    await settled();
    timers.pass(299);
    await settled();
    expect(it.decisions).toEqual([]);
    timers.pass(1);
    expect(await deciding).toMatchObject({ outcome: 'deny', verdict: 'undetermined' });
  });
});

describe('conditions across attestations', () => {
  const built = requirement('built', 'has(predicate.run) && predicate.network == "none"');
  const tested = requirement('tested', 'predicate.of == attestations["built"].predicate.run', { by: [BOB], others: [built] });
  const run = (pieces: readonly string[]): Promise<string[]> => codes(world([built, tested], pieces, counting()));

  test('the attestation that satisfies the other requirement is looked at', async () => {
    expect(await run(['alice:{"run":1,"network":"none"}', 'bob:{"of":1}'])).toEqual(['POLICY_SATISFIED', 'POLICY_SATISFIED']);
    expect((await run(['alice:{"run":1,"network":"none"}', 'bob:{"of":2}'])).toSorted()).toEqual(['POLICY_CONDITION', 'POLICY_SATISFIED']);
  });

  test('A10 one that does not satisfy it is not, though it would fit', async () => {
    expect((await run(['alice:{"run":1,"network":"none"}', 'alice:{"run":2,"network":"all"}', 'bob:{"of":2}'])).toSorted()).toEqual(['POLICY_CONDITION', 'POLICY_SATISFIED']);
  });

  test('one of several that fits suffices', async () => {
    expect(await run(['alice:{"run":1,"network":"none"}', 'alice:{"run":2,"network":"none"}', 'bob:{"of":2}'])).toEqual(['POLICY_SATISFIED', 'POLICY_SATISFIED']);
  });

  test('without any the condition does not hold', async () => {
    expect(await run(['bob:{"of":1}'])).not.toContain('POLICY_SATISFIED');
  });
});
