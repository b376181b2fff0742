import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LayoutStep, Link, ProvenChain, ProvenLink } from '../../../../src/domain/policy/layout.ts';
import type { RelatedEvidence, VerifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { LayoutRequirement, RequiredStep } from '../../../../src/domain/policy/layout-requirement.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import { judgeLayout } from '../../../../src/evaluate/layout/index.ts';
import type { Condition, Examination, Examined } from '../../../../src/domain/policy/content-check.ts';
import { createConditionRunner, runExamination } from '../../../../src/examine/index.ts';
import { readRule } from '../../../../src/verify/intoto/read-rule.ts';
import { asDigest } from '../../../world/encode.ts';
import { ARTIFACT, attestationProof, keyIdentity, party, question, signer } from '../support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const digest = (text: string) => asDigest(`sha256:${text.repeat(64)}`);
const rules = (text: string) => text.split('; ').map((rule) => readRule(rule.split(' '), 'rule'));

/** Few paths and contents, so that links agree and rules hold often enough. */
const artifacts = fc.dictionary(fc.constantFrom('src', 'app'), fc.constantFrom('1', '1', '2'), { minKeys: 1, maxKeys: 2 }).map((files) => new Map(Object.entries(files).map(([path, text]) => [path, digest(text) as string])));
const link = (name: string): fc.Arbitrary<Link> => fc.record({ name: fc.constant(name), materials: artifacts, products: artifacts, command: fc.constant([]) });
const functionary = fc.constantFrom('alice', 'bob', 'carol');
const validity = fc.constantFrom({}, {}, {}, { notAfter: NOW - 1 });
const MATERIALS = ['MATCH * WITH PRODUCTS FROM one; DISALLOW *', 'MATCH src WITH MATERIALS FROM one; ALLOW app', 'REQUIRE src', 'ALLOW *', 'ALLOW *'].map(rules);
const PRODUCTS = ['REQUIRE app', 'MODIFY app; MATCH * WITH MATERIALS FROM two; DISALLOW *', 'ALLOW *', 'ALLOW *', 'DISALLOW src'].map(rules);

const step = (name: string): fc.Arbitrary<LayoutStep> => fc.record({
  name: fc.constant(name), threshold: fc.constantFrom(1, 1, 2), expectedMaterials: fc.constantFrom(...MATERIALS), expectedProducts: fc.constantFrom(...PRODUCTS), expectedCommand: fc.constant([]),
});

function chain(depth: number): fc.Arbitrary<ProvenChain> {
  const steps = fc.tuple(step('one'), step('two'));
  const links = (name: string): fc.Arbitrary<readonly ProvenLink[]> => fc.array(piece(name, depth), { minLength: 1, maxLength: 4 });
  return fc.tuple(steps, links('one'), links('two'), fc.constantFrom(NOW + 1, NOW + 1, NOW + 1, NOW)).map(([both, one, two, expires]) => ({
    source: 'layout', owners: [], validity: {}, layout: { expires: depth === 0 ? expires : NOW + 1, steps: both, inspections: [] },
    steps: new Map([['one', { links: one, notes: [] }], ['two', { links: two, notes: [] }]]),
  }));
}

function piece(name: string, depth: number): fc.Arbitrary<ProvenLink> {
  const plain = link(name).map((one): ProvenLink['content'] => ({ kind: 'link', link: one }));
  const content = depth === 0 ? plain : fc.oneof({ weight: 3, arbitrary: plain }, chain(depth - 1).map((inner): ProvenLink['content'] => ({ kind: 'sublayout', chain: inner })));
  return fc.tuple(functionary, validity, content, fc.nat()).map(([who, when, said, number]) => ({ source: `file ${number}`, functionary: party(who), signer: who, validity: when, content: said }));
}

/** Every chain that comes of leaving out one link, at any depth. */
function withoutOne(one: ProvenChain): readonly ProvenChain[] {
  return [...one.steps].flatMap(([name, proven]) => proven.links.flatMap((each, index) => {
    const put = (links: readonly ProvenLink[]): ProvenChain => ({ ...one, steps: new Map([...one.steps, [name, { ...proven, links }]]) });
    const inside = each.content.kind === 'sublayout' ? withoutOne(each.content.chain).map((inner) => put(proven.links.with(index, { ...each, content: { kind: 'sublayout', chain: inner } }))) : [];
    return [put(proven.links.toSpliced(index, 1)), ...inside];
  }));
}

/** Statements about few things by few people, bound to the artifact or not. */
const [REVIEW, SLSA] = ['https://in-toto.io/attestation/human-review/v0.1', 'https://slsa.dev/provenance/v1'];
const STATEMENT = 'https://in-toto.io/Statement/v1';
const KEYS = ['0a', '0b', '0c'].map((pair) => `sha256:${pair.repeat(32)}`);
const by = KEYS.slice(0, 2).map((key, index) => signer(`s${index}`, keyIdentity(key)));
const subject = (text: string) => ({ name: `file-${text}`, digest: { sha256: text.repeat(64) } });
const some = (...lists: readonly string[]) => fc.constantFrom(...lists).map((texts) => [...texts].map(subject));
const run = fc.constantFrom('run-1', 'run-1', 'run-2');
const said = fc.oneof(
  fc.tuple(some('5', '5', '6', '56', '1', '2'), fc.constantFrom('pass', 'pass', 'fail')).map(([about, result]) => ({ type: STATEMENT, predicateType: REVIEW, subjects: about, predicate: { result } as object })),
  fc.tuple(some('1', '1', '5', '16', '2'), some('5', '5', '56', '6'), run).map(([about, resolvedDependencies, invocationId]) => ({
    type: STATEMENT, predicateType: SLSA, subjects: about, predicate: { buildDefinition: { resolvedDependencies }, runDetails: { metadata: { invocationId } } },
  })),
);
const stated = fc.tuple(said, fc.constantFrom(...KEYS, ...KEYS.slice(0, 2)), fc.nat()).map(([statement, keyId, number]) => attestationProof({ kind: 'key', keyId }, statement.predicateType, { statement, evidenceDigest: `e${number}`, source: `referrer ${number}` }));
const passed: readonly Condition[] = [{ expression: "predicate.result == 'pass'", uses: { variables: [], attestations: [] } }];
const required = (type: string, name: string): fc.Arbitrary<RequiredStep> => fc.record({
  name: fc.constant(name), type: fc.constant(type), by: fc.constant(by), threshold: fc.constantFrom(1, 1, 1, 2),
  expectedMaterials: fc.constantFrom(rules('ALLOW *'), rules('ALLOW *'), rules('DISALLOW file-6')), expectedProducts: fc.constant([]),
  where: fc.constantFrom([], [], passed), id: fc.constant(''),
}).map((one) => (type === REVIEW && one.where.length > 0 ? { ...one, id: 'passed' } : { ...one, where: [], id: 'none' }));
const stepsRequirement = fc.record({
  steps: fc.oneof(fc.tuple(required(REVIEW, 'review'), required(SLSA, 'build')), fc.tuple(required(SLSA, 'compile'), required(SLSA, 'pack')), fc.tuple(required(SLSA, 'build'), required(REVIEW, 'look'))),
  chained: fc.constantFrom(true, true, false), sameRun: fc.constantFrom(false, false, true),
}).map((parts): LayoutRequirement => ({ kind: 'layout', form: 'steps', name: 'chain', ...parts }));

const conditions = createConditionRunner();
const examine = (examination: Examination): Examined => runExamination(examination, conditions);

/** Splits the statements as `verify/` does: those with the artifact among their subjects, and the others. */
function satisfied(requirement: LayoutRequirement, statements: readonly VerifiedEvidence[]): boolean {
  const artifact = { ...ARTIFACT, digest: digest('1') };
  const isBound = ({ statement }: VerifiedEvidence): boolean => statement?.subjects.some((one) => one.digest['sha256'] === '1'.repeat(64)) ?? false;
  const related = statements.filter((one) => !isBound(one)) as unknown as readonly RelatedEvidence[];
  return evaluate(requirement, { ...question(statements.filter(isBound)), artifact, related, examine }).verdict === 'satisfied';
}

const holds = (one: ProvenChain): boolean => judgeLayout(one, { now: NOW, artifacts: [{ digest: digest('1'), path: 'app' }] }).ok;

describe('layouts are monotonic (ADR 0007)', () => {
  test('A17 leaving out any link, of the layout or of a sublayout, never turns a denial into an admission', () => {
    const seen = { admitted: 0, denied: 0 };
    fc.assert(fc.property(chain(1), (one) => {
      const all = holds(one);
      seen[all ? 'admitted' : 'denied'] += 1;
      if (!all) expect(withoutOne(one).some(holds)).toBe(false);
    }), { numRuns: 3000 });
    expect(Math.min(seen.admitted, seen.denied)).toBeGreaterThan(200);
  });

  test('the order of the links never matters', () => {
    fc.assert(fc.property(chain(1), (one) => {
      const turned = { ...one, steps: new Map([...one.steps].map(([name, proven]) => [name, { ...proven, links: proven.links.toReversed() }])) };
      expect(holds(turned)).toBe(holds(one));
    }), { numRuns: 1000 });
  });

  test('A17 leaving out any statement of an attestation layout never turns a denial into an admission', () => {
    const seen = { admitted: 0, related: 0, denied: 0 };
    fc.assert(fc.property(stepsRequirement, fc.array(stated, { minLength: 2, maxLength: 8 }), (requirement, statements) => {
      const all = satisfied(requirement, statements);
      seen[all ? 'admitted' : 'denied'] += 1;
      // Admitted only by statements about something else, when those about the artifact alone do not suffice.
      if (all && !satisfied({ ...requirement, chained: false } as LayoutRequirement, statements)) seen.related += 1;
      if (!all) for (const index of statements.keys()) expect(satisfied(requirement, statements.toSpliced(index, 1))).toBe(false);
    }), { numRuns: 4000 });
    expect(Math.min(seen.admitted, seen.denied)).toBeGreaterThan(200);
    expect(seen.related).toBeGreaterThan(50);
  });
});
