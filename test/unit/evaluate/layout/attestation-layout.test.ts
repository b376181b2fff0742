import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../../src/domain/artifact/digest.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { AcceptedStatement, AttestationLayout, LayoutStatementStep } from '../../../../src/evaluate/layout/index.ts';
import { judgeAttestationLayout } from '../../../../src/evaluate/layout/index.ts';
import { statementLink } from '../../../../src/evaluate/layout/statement-link.ts';
import { readRule } from '../../../../src/verify/intoto/read-rule.ts';

const LINK = 'https://in-toto.io/attestation/link/v0.3';
const SLSA = 'https://slsa.dev/provenance/v1';
const TEST = 'https://in-toto.io/attestation/test-result/v0.1';
const hexOf = (text: string): string => Buffer.from(text.repeat(32)).subarray(0, 32).toString('hex');
const digestOf = (text: string): Digest => parseDigest(`sha256:${hexOf(text)}`) ?? (() => { throw new Error('not a digest'); })();
const descriptors = (versions: Record<string, string>) => Object.entries(versions).map(([name, text]) => ({ name, digest: { sha256: hexOf(text) } }));
const rules = (...texts: string[]) => texts.map((text) => readRule(text.split(' '), 'rule'));
const step = (name: string, predicateType: string, further: Partial<LayoutStatementStep> = {}): LayoutStatementStep => ({ name, predicateType, threshold: 1, expectedMaterials: [], expectedProducts: [], ...further });

const statement = (predicateType: string, products: Record<string, string>, predicate: unknown) => ({ type: 'https://in-toto.io/Statement/v1', predicateType, subjects: descriptors(products), predicate });
const provenance = (materials: Record<string, string>, products: Record<string, string>, run = 'run-1') => statement(SLSA, products, { buildDefinition: { resolvedDependencies: descriptors(materials) }, runDetails: { metadata: { invocationId: run } } });
const linkOf = (name: string, materials: Record<string, string>, products: Record<string, string>) => statement(LINK, products, { name, materials: descriptors(materials) });
const by = (functionary: string, said: AcceptedStatement['statement']): AcceptedStatement => ({ source: `${functionary}'s`, functionary, person: { key: functionary, name: functionary }, statement: said });

const layout: AttestationLayout = { steps: [step('clone', LINK), step('test', TEST), step('build', SLSA)], chained: true, sameRun: false };
const cloned = linkOf('clone', { 'git+https://x': 'g' }, { src: 's' });
const tested = statement(TEST, { src: 's' }, { result: 'PASSED' });
const built = provenance({ src: 's' }, { app: '1' });
const good = { clone: [by('alice', cloned)], test: [by('bob', tested)], build: [by('carol', built)] };
const judge = (one: AttestationLayout, accepted: Record<string, readonly AcceptedStatement[]>, artifact = digestOf('1')) => judgeAttestationLayout(one, new Map(Object.entries(accepted)), artifact);
const first = (result: ReturnType<typeof judge>) => (result.ok ? undefined : result.problems[0]);

describe('attestation layouts', () => {
  test('hold when every step hands over to the next and the artifact comes out', () => {
    expect(judge(layout, good)).toMatchObject({ ok: true, steps: [{ step: 'clone', signers: ['alice'] }, { step: 'test' }, { step: 'build', products: 1 }] });
  });

  test('A18 have at least one step', () => expect(judge({ ...layout, steps: [] }, good).ok).toBe(false));
  test('A08 are good for nothing else', () => expect(first(judge(layout, good, digestOf('2')))).toMatchObject({ kind: 'artifact' }));

  test.each<[string, Record<string, readonly AcceptedStatement[]>, object]>([
    ['a step has no statement', { ...good, test: [] }, { kind: 'link-missing', step: 'test' }],
    ['A01 a step has one of another type', { ...good, test: [by('bob', cloned)] }, { kind: 'link-missing', step: 'test', trace: [`bob's: it is of type ${LINK}`] }],
    ['a link is for another step', { ...good, clone: [by('alice', linkOf('build', {}, { src: 's' }))] }, { kind: 'link-missing', step: 'clone' }],
    ['a link names no step', { ...good, clone: [by('alice', statement(LINK, { src: 's' }, { materials: [] }))] }, { kind: 'link-missing', step: 'clone' }],
    ['something else was tested', { ...good, test: [by('bob', statement(TEST, { src: 'x' }, { result: 'PASSED' }))] }, { kind: 'chain', step: 'test', artifact: 'src' }],
    ['something else was built', { ...good, build: [by('carol', provenance({ other: 'x' }, { app: '1' }))] }, { kind: 'chain', step: 'build' }],
    ['what was built differs in a file of the same name', { ...good, build: [by('carol', provenance({ src: 'x', copy: 's' }, { app: '1' }))] }, { kind: 'chain', step: 'build', artifact: 'src' }],
    ['nothing is known of what was built', { ...good, build: [by('carol', statement(SLSA, { app: '1' }, {}))] }, { kind: 'chain', step: 'build' }],
    ['the predicate is no object', { ...good, build: [by('carol', statement(SLSA, { app: '1' }, [1]))] }, { kind: 'chain' }],
  ])('do not hold when %s', (_, accepted, problem) => expect(first(judge(layout, accepted))).toMatchObject(problem));

  test.each<[string, unknown, boolean]>([
    [TEST, { result: 'PASSED' }, true], [TEST, { result: 'WARNED' }, true], [TEST, { result: 'FAILED' }, false], [TEST, { result: 'passed' }, false], [TEST, {}, false], [TEST, null, false],
    ['https://in-toto.io/attestation/human-review/v0.1', { result: 'pass' }, true], ['https://in-toto.io/attestation/human-review/v0.1', { result: 'fail' }, false], ['https://in-toto.io/attestation/human-review/vcs/v0.1', { reviewers: [] }, true],
    ['https://slsa.dev/verification_summary/v1', { verificationResult: 'PASSED' }, true], ['https://slsa.dev/verification_summary/v1', { verificationResult: 'FAILED' }, false],
    ['https://slsa.dev/verification_summary/v0.2', { verification_result: 'PASSED' }, true], ['https://slsa.dev/verification_summary/v0.2', { verification_result: 'FAILED' }, false],
    ['https://example.com/other', { result: 'FAILED' }, true],
  ])('A17 a step whose statement says that it failed was not done: %s %j', (type, predicate, holds) => {
    const judged = judge({ ...layout, steps: [step('clone', LINK), step('test', type), step('build', SLSA)] }, { ...good, test: [by('bob', statement(type, { src: 's' }, predicate))] });
    expect(judged.ok).toBe(holds);
    if (!holds) expect(first(judged)).toMatchObject({ kind: 'link-missing', step: 'test', trace: [expect.stringContaining('it says')] });
  });

  describe('A08 bind every statement to the artifact through the steps', () => {
    const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
    const reviewed = (files: Record<string, string>) => statement(REVIEW, files, { result: 'pass' });
    const passed = (files: Record<string, string>) => statement(TEST, files, { result: 'PASSED' });
    const sources: AttestationLayout = { steps: [step('review', REVIEW), step('test', TEST), step('compile', SLSA), step('pack', SLSA), step('scan', TEST)], chained: true, sameRun: false };
    const compiled = provenance({ src: 's', lib: 'l' }, { bin: 'b', log: 'o' });
    const packed = provenance({ bin: 'b' }, { image: '1', sbom: 'm' });
    const whole = { review: [by('alice', reviewed({ src: 's' }))], test: [by('bob', passed({ lib: 'l' }))], compile: [by('carol', compiled)], pack: [by('carol', packed)], scan: [by('bob', passed({ image: '1' }))] };

    test('about sources, intermediate products and the artifact itself', () => {
      expect(judge(sources, whole)).toMatchObject({ ok: true, steps: [{ step: 'review' }, { step: 'test' }, { step: 'compile' }, { step: 'pack' }, { step: 'scan' }] });
    });

    test.each<[string, Record<string, readonly AcceptedStatement[]>, object]>([
      ['the review is of another commit than was built', { ...whole, review: [by('alice', reviewed({ src: 'x' }))] }, { kind: 'chain', step: 'compile', artifact: 'src' }],
      ['the review is of something that was not built', { ...whole, review: [by('alice', reviewed({ other: 'x' }))] }, { kind: 'chain', step: 'compile', expected: expect.stringContaining('step review was about') }],
      ['the review is of what a test saw too, but nobody built', { ...whole, review: [by('alice', reviewed({ other: 'x' }))], test: [by('bob', passed({ lib: 'l', other: 'x' }))] }, { kind: 'chain', step: 'compile' }],
      ['the test is of something that was not built', { ...whole, test: [by('bob', passed({ other: 'x' }))] }, { kind: 'chain', step: 'compile' }],
      ['the compiled thing is not what was packed', { ...whole, compile: [by('carol', provenance({ src: 's', lib: 'l' }, { other: 'x' }))] }, { kind: 'chain', step: 'pack' }],
      ['the artifact is not what was packed', { ...whole, pack: [by('carol', provenance({ bin: 'b' }, { image: '2' }))], scan: [by('bob', passed({ image: '2' }))] }, { kind: 'artifact' }],
      ['the scan is of another product of the last step', { ...whole, scan: [by('bob', passed({ sbom: 'm' }))] }, { kind: 'artifact', step: 'scan' }],
      ['the scan is of something else', { ...whole, scan: [by('bob', passed({ other: 'x' }))] }, { kind: 'chain', step: 'scan' }],
    ])('and do not hold when %s', (_, accepted, problem) => expect(first(judge(sources, accepted))).toMatchObject(problem));

    test('a decoy beside the bound statement neither helps nor harms', () => {
      const decoy = by('alice', reviewed({ other: 'x' }));
      expect(judge(sources, { ...whole, review: [decoy, ...whole.review] }).ok).toBe(true);
      expect(judge(sources, { ...whole, review: [decoy] }).ok).toBe(false);
    });

    test('commits are the same under gitCommit and, for git URIs, under sha1', () => {
      const [commit, other] = ['a'.repeat(40), 'b'.repeat(40)];
      const git = (digest: Record<string, string>, name = 'git+https://github.com/acme/app') => ({ ...statement(REVIEW, {}, { result: 'pass' }), subjects: [{ name, digest }] });
      const old = statement('https://slsa.dev/provenance/v0.2', { app: '1' }, { materials: [{ uri: 'git+https://github.com/acme/app@refs/heads/main', digest: { sha1: commit } }] });
      const two: AttestationLayout = { steps: [step('review', REVIEW), step('build', 'https://slsa.dev/provenance/v0.2')], chained: true, sameRun: false };
      const judged = (subject: AcceptedStatement['statement']) => judge(two, { review: [by('alice', subject)], build: [by('carol', old)] }).ok;
      expect(judged(git({ gitCommit: commit }))).toBe(true);
      expect(judged(git({ sha1: commit }))).toBe(true);
      expect(judged(git({ gitCommit: other }))).toBe(false);
      expect(judged(git({ sha1: other }))).toBe(false);
      expect(judged(git({ sha1: commit }, 'some file'))).toBe(false);
      expect(judged(git({ sha1: commit, gitCommit: other }))).toBe(false);
    });
  });

  test('rebuilders have a run each: it is compared only where all must be of one', () => {
    const two = { ...layout, steps: [step('build', SLSA, { threshold: 2 })] };
    const rebuilt = provenance({ src: 's' }, { app: '1' }, 'run-2');
    expect(judge(two, { build: [by('carol', built), by('dave', rebuilt)] }).ok).toBe(true);
    expect(judge({ ...two, sameRun: true }, { build: [by('carol', built), by('dave', rebuilt)] }).ok).toBe(false);
  });

  test('apply artifact rules over statements', () => {
    const strict = { ...layout, steps: [step('clone', LINK), step('test', TEST), step('build', SLSA, { expectedMaterials: rules('MATCH src WITH PRODUCTS FROM clone', 'DISALLOW *') })] };
    expect(judge(strict, good).ok).toBe(true);
    expect(first(judge(strict, { ...good, build: [by('carol', provenance({ src: 's', evil: 'e' }, { app: '1' }))] }))).toMatchObject({ kind: 'rule', step: 'build', rule: 'DISALLOW *', artifact: 'evil' });
  });

  test('count distinct functionaries who say the same', () => {
    const two = { ...layout, steps: [step('build', SLSA, { threshold: 2 })] };
    const other = provenance({ src: 's' }, { app: '1', more: '2' });
    expect(judge(two, { build: [by('carol', built), by('dave', built)] }).ok).toBe(true);
    expect(first(judge(two, { build: [by('carol', built), by('carol', built)] }))).toMatchObject({ kind: 'threshold', found: '1' });
    expect(first(judge(two, { build: [by('carol', built), by('dave', other)] }))).toMatchObject({ kind: 'threshold', found: '1' });
    expect(judge(two, { build: [by('carol', built), by('dave', other), by('erin', built)] }).ok).toBe(true);
  });

  test('A18 a threshold of 0 holds for nobody', () => expect(judge({ ...layout, steps: [step('build', SLSA, { threshold: 0 })] }, good).ok).toBe(false));

  test('of one run take no statement of another run, nor one without', () => {
    const same: AttestationLayout = { steps: [step('build', SLSA), step('pack', SLSA)], chained: true, sameRun: true };
    const pack = (run: string) => provenance({ app: '1' }, { image: '2' }, run);
    expect(judge(same, { build: [by('a', built)], pack: [by('a', pack('run-1'))] }, digestOf('2')).ok).toBe(true);
    expect(first(judge(same, { build: [by('a', built)], pack: [by('a', pack('run-2'))] }, digestOf('2')))).toMatchObject({ kind: 'run', step: 'pack', found: 'run-2' });
    expect(first(judge(same, { build: [by('a', built)], pack: [by('a', pack(''))] }, digestOf('2')))).toMatchObject({ kind: 'run', found: 'no run' });
    const nameless = provenance({ src: 's' }, { app: '1' }, '');
    expect(judge(same, { build: [by('a', nameless)], pack: [by('a', pack(''))] }, digestOf('2')).ok).toBe(false);
    expect(judge(same, { build: [by('a', provenance({ src: 's' }, { app: '1' }, 'run-2')), by('a', built)], pack: [by('a', pack('run-3')), by('a', pack('run-1'))] }, digestOf('2')).ok).toBe(true);
  });

  test('more ways to choose than can be tried refuse', () => {
    const many = Array.from({ length: 200 }, (_, index) => by('a', provenance({ src: 's' }, { app: String.fromCharCode(200 + index) })));
    const two: AttestationLayout = { steps: [step('one', SLSA), step('two', SLSA), step('three', SLSA)], chained: false, sameRun: false };
    expect(judge(two, { one: many, two: many, three: many }).ok).toBe(false);
  });

  test('a further statement never turns a yes into a no, so leaving one out never turns a no into a yes', () => {
    const pool = [cloned, tested, built, provenance({ src: 'x' }, { app: '1' }), linkOf('clone', {}, { src: 'x' }), statement(TEST, { src: 'x' }, { result: 'PASSED' }), provenance({ src: 's' }, { app: '2' })];
    const accepted = fc.array(fc.tuple(fc.constantFrom('clone', 'test', 'build'), fc.constantFrom('alice', 'bob'), fc.constantFrom(...pool)), { maxLength: 9 });
    fc.assert(fc.property(accepted, fc.nat(), fc.boolean(), (all, drop, sameRun) => {
      const grouped = (list: typeof all) => Object.fromEntries(layout.steps.map(({ name }) => [name, list.filter(([of]) => of === name).map(([, who, said]) => by(who, said))]));
      const fewer = all.filter((_, index) => index !== drop % Math.max(1, all.length));
      if (judge({ ...layout, sameRun }, grouped(fewer)).ok) expect(judge({ ...layout, sameRun }, grouped(all)).ok).toBe(true);
    }), { numRuns: 500 });
  });
});

describe('a statement as a link', () => {
  test('artifacts without a name do not fall together', () => {
    const read = statementLink({ ...built, subjects: [{ digest: { sha256: hexOf('1') } }, { digest: { sha256: hexOf('2') } }] });
    expect(read.ok && read.link.products.size).toBe(2);
  });
  test('one name with two digests is refused', () => {
    expect(statementLink({ ...built, subjects: [...descriptors({ app: '1' }), ...descriptors({ app: '2' })] }).ok).toBe(false);
  });
  test('SLSA v0.2 goes by uri', () => {
    const read = statementLink(statement('https://slsa.dev/provenance/v0.2', { app: '1' }, { materials: [{ uri: 'git+https://x', digest: { sha1: 'ab' } }], metadata: { buildInvocationId: 'r' } }));
    expect(read).toMatchObject({ ok: true, link: { run: 'r', materials: new Map([['git+https://x', 'sha1:ab']]) } });
  });
  test('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), fc.constantFrom(LINK, SLSA, TEST), (predicate, materials, type) => {
      expect(typeof statementLink(statement(type, { a: '1' }, { buildDefinition: { resolvedDependencies: materials }, materials, runDetails: predicate })).ok).toBe('boolean');
      expect(typeof statementLink(statement(type, { a: '1' }, predicate)).ok).toBe('boolean');
    }));
  });
});
