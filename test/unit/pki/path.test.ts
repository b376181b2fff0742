import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../../src/pki/certificate.ts';
import { parseCertificate } from '../../../src/pki/certificate.ts';
import { Malformed } from '../../../src/pki/der.ts';
import type { PathSearch } from '../../../src/pki/path.ts';
import { certifiedPaths, invalidAt, issuerPaths, leafProblem, pathProblems, soundPaths, validityOf } from '../../../src/pki/path.ts';
import type { Profile } from '../../../src/pki/profiles.ts';
import { CODE_SIGNING, forUsages, OWN_SIGNING, TIME_STAMPING, USAGE } from '../../../src/pki/profiles.ts';
import type { Extension } from '../../world/extensions.ts';
import { authorityKeyId, basicConstraints, extendedKeyUsage, keyUsage, nameConstraints, subjectKeyId } from '../../world/extensions.ts';
import type { SigningKey } from '../../world/keys.ts';
import { makeKey } from '../../world/keys.ts';
import { makeCertificate } from '../../world/x509.ts';

const NOW = Date.UTC(2026, 2, 1);
const HOUR = 3_600_000;

interface Holder {
  readonly name: string;
  readonly key: SigningKey;
}

const holder = (name: string, type: 'p256' | 'ed25519' = 'p256'): Holder => ({ name, key: makeKey(type) });
const root = holder('root');
const upper = holder('upper');
const lower = holder('lower');
const person = holder('person');

/** Extensions of an authority that fits every profile, those given taking the place of others of their kind. */
function authority(...own: readonly Extension[]): readonly Extension[] {
  const usual = [basicConstraints(true), keyUsage(['keyCertSign'])];
  return [...usual.filter(({ oid }) => !own.some((one) => one.oid === oid)), ...own];
}

const SIGNS = [keyUsage(['digitalSignature']), extendedKeyUsage(['codeSigning'])];
const UNKNOWN: Extension = { oid: '1.2.3.4', critical: true, value: Buffer.from('0500', 'hex') };

interface Made {
  readonly extensions?: readonly Extension[];
  readonly signedBy?: SigningKey;
  readonly from?: number;
  readonly to?: number;
}

function make(subject: Holder, issuer: Holder, { extensions = authority(), signedBy = issuer.key, from = NOW - HOUR, to = NOW + HOUR }: Made = {}): Certificate {
  return parseCertificate(makeCertificate({
    subject: [['CN', subject.name]], issuer: [['CN', issuer.name]], spki: subject.key.spki, notBefore: from, notAfter: to,
    extensions: [...extensions, subjectKeyId(subject.key.spki), authorityKeyId(issuer.key.spki)],
  }, signedBy).der);
}

const ROOT = make(root, root);
const UPPER = make(upper, root);
const LOWER = make(lower, upper);
const LEAF = make(person, lower, { extensions: SIGNS });

function search(more: Partial<PathSearch> = {}): PathSearch {
  return { anchors: [ROOT], between: [UPPER, LOWER], longest: 8, attempt: () => true, ...more };
}

const sound = (leaf: Certificate, more: Partial<PathSearch> = {}, profile: Profile = CODE_SIGNING): number => soundPaths(leaf, search(more), profile).length;

describe('walking from a leaf to an anchor', () => {
  test('finds the one way, issuer by issuer', () => {
    expect(soundPaths(LEAF, search(), CODE_SIGNING)).toEqual([[LEAF, LOWER, UPPER, ROOT]]);
  });

  test('finds every way: cross-signed authorities give one each', () => {
    const other = holder('other root');
    const otherRoot = make(other, other);
    const cross = make(upper, other);
    expect(soundPaths(LEAF, search({ anchors: [ROOT, otherRoot], between: [UPPER, LOWER, cross] }), CODE_SIGNING)).toEqual([
      [LEAF, LOWER, UPPER, ROOT],
      [LEAF, LOWER, cross, otherRoot],
    ]);
  });

  test.each<[string, Partial<PathSearch>]>([
    ['no anchor', { anchors: [] }],
    ['an authority missing', { between: [LOWER] }],
    ['another anchor of the same name', { anchors: [make({ ...root, key: makeKey('p256') }, { ...root, key: makeKey('p256') })] }],
    ['an authority of the same name and another key', { between: [UPPER, make({ ...lower, key: makeKey('p256') }, upper)] }],
    ['one certificate too many', { longest: 3 }],
    ['no attempt left', { attempt: () => false }],
  ])('ends without a path: %s', (_, more) => {
    expect(sound(LEAF, more)).toBe(0);
    expect(sound(LEAF)).toBe(1);
  });

  test('four certificates are as many as four allow', () => expect(sound(LEAF, { longest: 4 })).toBe(1));

  test('asks before every attempt, and goes round no circle', () => {
    const [a, b] = [holder('a'), holder('b')];
    const ring = [make(a, b), make(b, a)];
    const asked: true[] = [];
    expect(sound(make(person, a, { extensions: SIGNS }), { between: ring, attempt: () => asked.push(true) > 0 })).toBe(0);
    expect(asked.length).toBeLessThan(20);
  });

  test('a budget of attempts ends the walk, whatever the thicket: every authority issued every other', () => {
    const names = Array.from({ length: 8 }, (_, index) => holder(`${index}`));
    const thicket = names.flatMap((subject) => names.filter((issuer) => issuer !== subject).map((issuer) => make(subject, issuer)));
    const [first = root] = names;
    const leaf = make(person, first, { extensions: SIGNS });
    const budget = { left: 300 };
    const attempt = (): boolean => (budget.left -= 1) >= 0;
    expect([...issuerPaths(leaf, search({ between: thicket, attempt }), CODE_SIGNING)]).toEqual([]);
    expect(budget.left).toBeLessThan(0);
    budget.left = 300;
    expect([...certifiedPaths(leaf, search({ between: thicket, attempt }), CODE_SIGNING)]).toEqual([]);
    // No anchor stands behind any of them, so no signature of theirs is looked at.
    expect(budget.left).toBe(300);
    const certified = [...thicket, make(first, root)];
    const paths = [...certifiedPaths(leaf, search({ between: certified, attempt: () => true }), CODE_SIGNING)];
    expect(paths[0]).toEqual([leaf, certified.at(-1), ROOT]);
    expect(paths.length).toBeLessThan(1000);
  });

  test('of what strangers chose, each fake of an issuer costs one verification with a key that is trusted, and hides nothing', () => {
    const stranger = { ...lower, key: makeKey('p256') };
    const fakes = Array.from({ length: 9 }, () => make(stranger, { ...root, key: makeKey('p256') }));
    const asked: true[] = [];
    const own = make(lower, root);
    const find = (between: readonly Certificate[]): number => {
      asked.length = 0;
      return [...certifiedPaths(LEAF, search({ between, attempt: () => asked.push(true) > 0 }), CODE_SIGNING)].length;
    };
    const plain = (one: Certificate): Certificate => ({ ...one, extensions: new Map([...one.extensions].filter(([oid]) => !oid.startsWith('2.5.29.14') && !oid.startsWith('2.5.29.35'))) });
    expect([find([...fakes.map(plain), own]), asked.length]).toEqual([1, 11]);
    expect([find(fakes.map(plain)), asked.length]).toEqual([0, 9]);
    expect([find([own]), asked.length]).toEqual([1, 2]);
  });

  test('is lazy: who takes the first path pays for no other', () => {
    const asked: true[] = [];
    const direct = make(person, root, { extensions: SIGNS });
    const [path] = issuerPaths(direct, search({ anchors: [ROOT, ROOT], attempt: () => asked.push(true) > 0 }), CODE_SIGNING);
    expect(path).toEqual([direct, ROOT]);
    expect(asked).toHaveLength(1);
  });

  test('an algorithm that the profile does not name signs nothing', () => {
    const narrow: Profile = { ...CODE_SIGNING, signatures: new Set(['1.3.101.112']) };
    expect(sound(LEAF, {}, narrow)).toBe(0);
    const anchor = holder('anchor', 'ed25519');
    const anchored = make(anchor, anchor);
    expect(sound(make(person, anchor, { extensions: SIGNS }), { anchors: [anchored] }, narrow)).toBe(1);
    expect(pathProblems([ROOT], narrow)).toHaveLength(1);
  });

  test('an anchor that is not self-signed is none', () => {
    expect(sound(make(person, upper, { extensions: SIGNS }), { anchors: [UPPER], between: [] })).toBe(0);
    expect(sound(make(person, root, { extensions: SIGNS }), { between: [] })).toBe(1);
  });
});

describe('authorities', () => {
  const told = (extensions: readonly Extension[], profile: Profile = CODE_SIGNING): readonly (readonly [number, string])[] =>
    pathProblems([LOWER, make(upper, root, { extensions }), ROOT], profile).map(({ index, problem }) => [index, problem]);

  test('fit with basic constraints alone, or with everything in its place', () => {
    expect(told([basicConstraints(true)])).toEqual([]);
    expect(told(authority(basicConstraints(true, 1), extendedKeyUsage(['codeSigning'])))).toEqual([]);
    expect(told(authority(extendedKeyUsage(['any'])))).toEqual([]);
  });

  test.each<[string, readonly Extension[], string]>([
    ['no basic constraints', [keyUsage(['keyCertSign'])], 'is not a certificate authority (basic constraints)'],
    ['basic constraints that say no', authority(basicConstraints(false)), 'is not a certificate authority (basic constraints)'],
    ['a path length that is too short', authority(basicConstraints(true, 0)), 'permits 0 authorities below it, has 1'],
    ['key usage without certificates', authority(keyUsage(['digitalSignature'])), 'may not sign certificates (key usage)'],
    ['another extended key usage', authority(extendedKeyUsage(['timeStamping'])), 'may not issue for this purpose (extended key usage)'],
    ['name constraints, even critical ones', authority(nameConstraints({ permitted: [{ type: 'dns', value: 'a' }] })), 'carries name constraints, which are not supported'],
    ['name constraints, not critical', authority(nameConstraints({ permitted: [{ type: 'dns', value: 'a' }] }, false)), 'carries name constraints, which are not supported'],
    ['a critical extension that nobody knows', authority(UNKNOWN), 'has an unknown critical extension 1.2.3.4'],
  ])('do not fit with %s', (_, extensions, problem) => {
    expect(told(extensions)).toEqual([[1, problem]]);
    const tooBad = make(upper, root, { extensions });
    expect(sound(LEAF, { between: [LOWER, tooBad] })).toBe(0);
  });

  test('an extension that is not critical may be unknown', () => expect(told(authority({ ...UNKNOWN, critical: false }))).toEqual([]));

  test('all must permit one and the same usage', () => {
    const limited = (usage: string): Certificate => make(lower, upper, { extensions: authority(extendedKeyUsage([usage])) });
    const above = make(upper, root, { extensions: authority(extendedKeyUsage(['clientAuth'])) });
    const either = forUsages(OWN_SIGNING, [USAGE.codeSigning, USAGE.clientAuth]);
    expect(pathProblems([limited('clientAuth'), above, ROOT], either)).toEqual([]);
    expect(pathProblems([limited('codeSigning'), above, ROOT], either)).toHaveLength(1);
    expect(pathProblems([limited('clientAuth'), above, ROOT], CODE_SIGNING)).toHaveLength(2);
  });

  test('out of order, incomplete, and a signature by another key', () => {
    expect(pathProblems([UPPER, LOWER, ROOT], CODE_SIGNING).map(({ index }) => index)).toEqual([0, 1]);
    expect(pathProblems([LOWER, UPPER], CODE_SIGNING)).toEqual([{ index: 1, problem: expect.stringContaining('is not self-signed') as string }]);
    expect(pathProblems([make(upper, root, { signedBy: makeKey('p256') }), ROOT], CODE_SIGNING)).toHaveLength(1);
    expect(pathProblems([LOWER, UPPER, ROOT], CODE_SIGNING)).toEqual([]);
  });

  test('an extension that cannot be read is malformed, not missing', () => {
    const broken = make(upper, root, { extensions: [{ oid: '2.5.29.19', critical: true, value: Buffer.from('3003010100', 'hex').subarray(0, 4) }] });
    expect(() => pathProblems([LOWER, broken, ROOT], CODE_SIGNING)).toThrow(Malformed);
    expect(() => soundPaths(LEAF, search({ between: [LOWER, broken] }), CODE_SIGNING)).toThrow(Malformed);
  });
});

describe('leaves', () => {
  const broken = (profile: Profile, ...extensions: readonly Extension[]): string | undefined => leafProblem(make(person, lower, { extensions }), profile)?.rule;
  const stamps = extendedKeyUsage(['timeStamping'], true);
  const digital = keyUsage(['digitalSignature']);

  test.each<[string, Profile, readonly Extension[], string | undefined]>([
    ['code signing', CODE_SIGNING, SIGNS, undefined],
    ['code signing by an authority', CODE_SIGNING, [...SIGNS, basicConstraints(true)], 'no-authority'],
    ['code signing without key usage', CODE_SIGNING, [extendedKeyUsage(['codeSigning'])], 'may-sign'],
    ['code signing with key usage for certificates', CODE_SIGNING, [keyUsage(['keyCertSign']), extendedKeyUsage(['codeSigning'])], 'may-sign'],
    ['code signing without extended key usage', CODE_SIGNING, [digital], 'usage'],
    ['code signing with any extended key usage', CODE_SIGNING, [digital, extendedKeyUsage(['any'])], 'usage'],
    ['code signing among others', CODE_SIGNING, [digital, extendedKeyUsage(['emailProtection', 'codeSigning'])], undefined],
    ['code signing with a critical extension', CODE_SIGNING, [...SIGNS, UNKNOWN], 'understood'],
    ['code signing with name constraints', CODE_SIGNING, [...SIGNS, nameConstraints({ excluded: [{ type: 'dns', value: 'a' }] })], 'understood'],
    ['timestamps', TIME_STAMPING, [stamps], undefined],
    ['timestamps, not critically', TIME_STAMPING, [extendedKeyUsage(['timeStamping'])], 'usage'],
    ['timestamps and more', TIME_STAMPING, [extendedKeyUsage(['timeStamping', 'codeSigning'], true)], 'usage'],
    ['timestamps by an authority', TIME_STAMPING, [stamps, basicConstraints(true)], 'no-authority'],
    ['timestamps with key usage for certificates', TIME_STAMPING, [stamps, keyUsage(['keyCertSign'])], 'may-sign'],
    ['timestamps with a critical extension', TIME_STAMPING, [stamps, UNKNOWN], 'understood'],
    ['the rule that comes first is told: usage for timestamps', TIME_STAMPING, [basicConstraints(true), UNKNOWN], 'usage'],
    ['the rule that comes first is told: no authority for code', CODE_SIGNING, [basicConstraints(true), UNKNOWN], 'no-authority'],
    ['signing by one\'s own authority', OWN_SIGNING, [], undefined],
    ['signing by one\'s own authority for servers', OWN_SIGNING, [digital, extendedKeyUsage(['serverAuth'])], undefined],
    ['signing by one\'s own authority by an authority', OWN_SIGNING, [basicConstraints(true)], 'no-authority'],
    ['signing by one\'s own authority with key usage for keys', OWN_SIGNING, [keyUsage(['keyEncipherment'])], 'may-sign'],
    ['signing by one\'s own authority with a critical extension', OWN_SIGNING, [UNKNOWN], 'understood'],
  ])('%s', (_, profile, extensions, expected) => {
    expect(broken(profile, ...extensions)).toBe(expected);
  });

  test('the critical extension is named', () => {
    expect(leafProblem(make(person, lower, { extensions: [UNKNOWN] }), OWN_SIGNING)).toEqual({ rule: 'understood', extension: '1.2.3.4' });
  });
});

describe('times', () => {
  const early = make(upper, root, { from: NOW - 2 * HOUR, to: NOW });
  const path = [LEAF, LOWER, early, ROOT];

  test.each([[NOW - HOUR - 1, LEAF], [NOW - HOUR, undefined], [NOW, undefined], [NOW + 1, early], [NOW + HOUR + 1, LEAF], [Number.NaN, LEAF]])('at %s', (at, expected) => {
    expect(invalidAt(path, at)).toBe(expected);
  });

  test('a path is valid while all of it is', () => {
    expect(validityOf(path)).toEqual({ notBefore: NOW - HOUR, notAfter: NOW });
    expect(validityOf([LEAF, make(upper, root, { from: NOW + 2 * HOUR, to: NOW + 3 * HOUR })])).toEqual({ notBefore: NOW + 2 * HOUR, notAfter: NOW + HOUR });
  });
});
