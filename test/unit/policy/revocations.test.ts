import { describe, expect, test } from 'vitest';
import type { ProvenLogEntry } from '../../../src/domain/policy/identity.ts';
import type { PolicySet } from '../../../src/domain/policy/policy.ts';
import type { Signer } from '../../../src/domain/policy/requirement.ts';
import type { ProvenEvidence } from '../../../src/domain/evidence.ts';
import { revocableOf } from '../../../src/domain/policy/revocation.ts';
import { certificate, DIGEST, ISSUER, keyProof, proof, WORKFLOW } from '../evaluate/support.ts';
import { compile, compileSet, errors, KEYS, policy, signer, trustRoot, fakeRoot, warnings } from './support.ts';
import { cpuNow } from '../../support/cpu.ts';

const KEY = `sha256:${'0a'.repeat(32)}`;
const LOG = 'ab'.repeat(32);
const LEAF = 'e1'.repeat(32);
const REASON = { reason: 'laptop lost' };

function list(name: string, ...revocations: unknown[]): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name }, spec: { revocations } });
}

/** The signer alice as policies see her. */
function alice(set: PolicySet): Signer {
  const [requirement] = set.policies[0]?.requirements ?? [];
  const found = requirement?.kind === 'signature' ? requirement.by[0] : undefined;
  if (found === undefined) throw new Error('no signer');
  return found;
}

function declaredBy(set: PolicySet, evidence: ProvenEvidence): string[] {
  return (alice(set).revocations ?? []).flatMap((book) => book.matching(revocableOf(evidence))).map((entry) => entry.declaredBy);
}

describe('revocations compile', () => {
  test('every kind of entry, from a signer and from a list', () => {
    const entries = [
      { key: KEY, ...REASON, compromisedAt: '2026-10-01T00:00:00Z' },
      { certificate: { fingerprint: KEY }, ...REASON },
      { certificate: { serial: '00:C0:FF:EE' }, ...REASON },
      { certificate: { serial: 'beef', trustRoot: 'sigstore-public-good' }, ...REASON },
      { identity: { issuer: ISSUER, subjectGlob: 'https://github.com/acme/*/**' }, ...REASON },
      { identity: { issuerRegExp: 'https://.*', subject: WORKFLOW }, ...REASON },
      { logIndex: { logId: LOG, index: 42 }, ...REASON },
      { logIndex: { logId: LOG, index: '9007199254740993' }, ...REASON },
      { logEntry: LEAF, ...REASON },
      { digest: DIGEST, ...REASON },
    ];
    for (const texts of [[signer('alice', { revocations: entries }), policy()], [signer(), policy(), list('incidents', ...entries)]]) {
      const [book, ...others] = alice(compileSet(...texts)).revocations ?? [];
      expect(others).toEqual([]);
      expect(book?.entries.map(({ what }) => what)).toMatchObject([
        { kind: 'key', keyId: KEY }, { kind: 'fingerprint', fingerprint: KEY }, { kind: 'serial', serial: 'c0ffee' }, { kind: 'serial', serial: 'beef', trustRoot: 'sigstore-public-good' },
        { kind: 'identity', issuer: { kind: 'exact' }, subject: { kind: 'glob' } }, { kind: 'identity', issuer: { kind: 'regexp' }, subject: { kind: 'exact' } },
        { kind: 'logIndex', logId: LOG, index: '42' }, { kind: 'logIndex', index: '9007199254740993' }, { kind: 'logEntry', leafHash: LEAF }, { kind: 'digest', digest: DIGEST },
      ]);
      expect(book?.entries[0]?.compromisedAt).toBe(Date.UTC(2026, 9, 1));
    }
  });

  test('a list binds every signer, a signer only itself', () => {
    const set = compileSet(
      signer('alice', { revocations: [{ key: KEY, ...REASON }] }), signer('bob'), list('one', { digest: DIGEST, ...REASON }), list('two', { certificate: { serial: '01' }, ...REASON }),
      policy({ require: [{ name: 'x', signature: { by: ['alice', 'bob'] } }] }),
    );
    const [requirement] = set.policies[0]?.requirements ?? [];
    const declared = requirement?.kind === 'signature' ? requirement.by.map(({ revocations = [] }) => revocations.flatMap((book) => book.entries.map((entry) => entry.declaredBy))) : [];
    expect(declared).toEqual([['Signer alice', 'RevocationList one', 'RevocationList two'], ['RevocationList one', 'RevocationList two']]);
  });

  test('I09 a revocation changes the generation, and not the trust material that facts are cached by', () => {
    const [without, having] = [compileSet(signer(), policy()), compileSet(signer(), policy(), list('incidents', { key: KEY, ...REASON }))];
    expect(having.generation).not.toBe(without.generation);
    expect(having.policies[0]?.trust.id).toBe(without.policies[0]?.trust.id);
  });

  test('a set without revocations carries none', () => {
    expect(alice(compileSet(signer(), policy()))).not.toHaveProperty('revocations');
  });

  test('validity and maxCertificateLifetime', () => {
    const identities = [{ keyless: { issuer: ISSUER, subject: WORKFLOW, maxCertificateLifetime: '1h' } }];
    const set = compileSet(signer('alice', { identities, validity: { notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-01-01T00:00:00Z' } }), policy());
    expect(alice(set)).toMatchObject({ validity: { notBefore: Date.UTC(2026), notAfter: Date.UTC(2027) }, identities: [{ kind: 'keyless', maxCertificateLifetime: 3_600_000 }] });
  });
});

describe('the book finds what is revoked', () => {
  const leaf = certificate({ serial: 'c0ffee', fingerprint: `sha256:${'fe'.repeat(32)}` });
  const entry = (more: Partial<ProvenLogEntry>) => ({ logEntries: [{ logId: LOG, leafHash: LEAF, kind: 'dsse', ...more }] });
  const logged = entry({ logIndex: '42' });
  const cases: [string, unknown, ProvenEvidence, ProvenEvidence][] = [
    ['key', { key: KEY }, keyProof(KEY), keyProof(LOG)],
    ['serial', { certificate: { serial: '00:C0:ff:ee' } }, proof(leaf), proof({ ...leaf, serial: 'c0ffe' })],
    ['serial and root', { certificate: { serial: 'c0ffee', trustRoot: 'private' } }, proof({ ...leaf, trustRoot: 'private' }), proof(leaf)],
    ['fingerprint', { certificate: { fingerprint: leaf.fingerprint } }, proof(leaf), proof({ ...leaf, fingerprint: KEY })],
    ['identity', { identity: { issuer: ISSUER, subject: WORKFLOW } }, proof(leaf), proof({ ...leaf, issuer: 'https://other' })],
    ['log entry', { logIndex: { logId: LOG, index: 42 } }, keyProof(KEY, logged), keyProof(KEY, entry({ logId: 'cd'.repeat(32), logIndex: '42' }))],
    ['log entry whose index nobody proves', { logIndex: { logId: LOG, index: 42 } }, keyProof(KEY, entry({})), keyProof(KEY, entry({ logIndex: '43' }))],
    ['log entry by its UUID', { logEntry: `24296fb24b8ad77a${LEAF}` }, keyProof(KEY, entry({})), keyProof(KEY, entry({ leafHash: LOG }))],
    ['log entry by its leaf hash', { logEntry: LEAF }, keyProof(KEY, logged), keyProof(KEY, entry({ logIndex: '42', leafHash: LOG }))],
    ['fingerprint of the other form', { certificate: { fingerprint: KEY } }, proof({ ...leaf, otherFingerprint: KEY }), proof(leaf)],
    ['digest', { digest: DIGEST }, keyProof(KEY), { ...keyProof(KEY), artifactDigest: `sha256:${'00'.repeat(32)}` as typeof DIGEST }],
  ];
  test.each(cases)('%s', (_name, entry, evidence, twin) => {
    const set = compileSet(signer(), policy(), trustRoot('private', { trustedRoot: fakeRoot() }), list('incidents', { ...(entry as object), ...REASON }));
    expect(declaredBy(set, evidence)).toEqual(['RevocationList incidents']);
    expect(declaredBy(set, twin)).toEqual([]);
  });

  test('ten thousand entries cost a look-up no more than ten', () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => ({ key: `sha256:${index.toString(16).padStart(64, '0')}`, ...REASON }));
    const set = compileSet(signer(), policy(), list('incidents', ...entries));
    const [book] = alice(set).revocations ?? [];
    const evidence = revocableOf(keyProof(KEY));
    const started = cpuNow();
    for (let round = 0; round < 10_000; round += 1) book?.matching(evidence);
    expect((cpuNow() - started) / 10_000).toBeLessThan(0.05);
  });
});

describe('revocations that must not compile', () => {
  const cases: [string, unknown, string][] = [
    ['no thing', {}, ''],
    ['two things', { key: KEY, digest: DIGEST }, ''],
    ['a key that is none', { key: KEY.toUpperCase() }, '.key'],
    ['a key without algorithm', { key: '0a'.repeat(32) }, '.key'],
    ['a certificate by nothing', { certificate: {} }, '.certificate'],
    ['a certificate by both', { certificate: { fingerprint: KEY, serial: '01' } }, '.certificate'],
    ['a fingerprint with a root', { certificate: { fingerprint: KEY, trustRoot: 'sigstore-public-good' } }, '.certificate'],
    ['a serial that is no hexadecimal', { certificate: { serial: '0x01' } }, '.certificate.serial'],
    ['a serial as a number', { certificate: { serial: 12 } }, '.certificate.serial'],
    ['a serial of 21 octets', { certificate: { serial: '1'.repeat(42) } }, '.certificate.serial'],
    ['a root that does not exist', { certificate: { serial: '01', trustRoot: 'nowhere' } }, '.certificate.trustRoot'],
    ['an identity without subject', { identity: { issuer: ISSUER } }, '.identity'],
    ['an identity without issuer', { identity: { subject: WORKFLOW } }, '.identity'],
    ['a log id that is none', { logIndex: { logId: 'rekor', index: 1 } }, '.logIndex.logId'],
    ['a negative index', { logIndex: { logId: LOG, index: -1 } }, '.logIndex.index'],
    ['a log entry by its index', { logEntry: '42' }, '.logEntry'],
    ['an index with a sign', { logIndex: { logId: LOG, index: '+1' } }, '.logIndex.index'],
    ['a digest that is a tag', { digest: 'v1' }, '.digest'],
    ['a date without zone', { key: KEY, compromisedAt: '2026-10-01T00:00:00' }, '.compromisedAt'],
    ['a misspelt field', { key: KEY, compromisedat: '2026-10-01T00:00:00Z' }, '.compromisedat'],
  ];
  test.each(cases)('%s', (_name, entry, path) => {
    for (const texts of [[signer(), policy(), list('incidents', { ...(entry as object), ...REASON })], [signer('alice', { revocations: [{ ...(entry as object), ...REASON }] }), policy()]]) {
      const result = compile(...texts);
      expect(result.set).toBeUndefined();
      expect(errors(result)[0]?.path).toBe(`spec.revocations[0]${path}`);
    }
  });

  test.each([
    ['no reason', { key: KEY }], ['an empty reason', { key: KEY, reason: '' }], ['a reason with control characters', { key: KEY, reason: 'a\u001b[2J' }],
  ])('%s', (_name, entry) => {
    expect(errors(compile(list('incidents', entry))).map((problem) => problem.path)).toEqual(['spec.revocations[0].reason']);
  });

  test.each([
    ['a list without revocations', list('incidents'), 'spec.revocations'],
    ['a list in a namespace', list('incidents', { key: KEY, ...REASON }).replace('"metadata":{', '"metadata":{"namespace":"team",'), 'metadata.namespace'],
    ['a signer window that ends before it begins', signer('alice', { validity: { notBefore: '2027-01-01T00:00:00Z', notAfter: '2026-01-01T00:00:00Z' } }), 'spec.validity.notAfter'],
    ['a signer window without ends', signer('alice', { validity: {} }), 'spec.validity'],
    ['a certificate life of nothing', signer('alice', { identities: [{ keyless: { issuer: ISSUER, subject: WORKFLOW, maxCertificateLifetime: '0s' } }] }), 'spec.identities[0].keyless.maxCertificateLifetime'],
  ])('%s', (_name, text, path) => {
    expect(errors(compile(text)).map((problem) => problem.path)).toEqual([path]);
  });

  test('the same list twice', () => {
    expect(errors(compile(list('a', { key: KEY, ...REASON }), list('a', { key: KEY, ...REASON })))).toMatchObject([{ path: 'metadata.name' }]);
  });
});

describe('advice', () => {
  const own = (more: Record<string, unknown> = {}) => ({ identities: [{ key: { data: KEYS[0], ...more } }] });
  const idOf = (spec: Record<string, unknown>): string => {
    const [identity] = alice(compileSet(signer('alice', spec), policy())).identities;
    return identity?.kind === 'key' ? identity.keyId : '';
  };

  test('a key that the signer does not have', () => {
    const result = compile(signer('alice', { ...own(), revocations: [{ key: KEY, ...REASON }] }));
    expect(warnings(result).map(({ path, message }) => [path, message.includes('nothing falls')])).toEqual([['spec.revocations[0].key', true]]);
    expect(warnings(compile(signer('alice', { ...own(), revocations: [{ key: idOf(own()), ...REASON }] })))).toEqual([]);
  });

  test('a key of somebody who acts for the signer, who owns a layout', () => {
    const owns = policy({ require: [{ name: 'chain', layout: { document: '{"signed":{},"signatures":[{}]}', owners: ['alice'] } }] });
    expect(warnings(compile(signer('alice', { ...own(), revocations: [{ key: KEY, ...REASON }] }), owns))).toEqual([]);
  });

  test('a date of compromise for a key whose signatures nobody dates', () => {
    const entry = { key: idOf(own()), compromisedAt: '2026-10-01T00:00:00Z', ...REASON };
    expect(warnings(compile(signer('alice', own()), list('incidents', entry))).map((problem) => problem.path)).toEqual(['spec.revocations[0].compromisedAt']);
    expect(warnings(compile(signer('alice', { ...own(), revocations: [entry] }))).map((problem) => problem.path)).toEqual(['spec.revocations[0].compromisedAt']);
    expect(warnings(compile(signer('alice', own({ trustRoot: 'sigstore-public-good' })), list('incidents', entry)))).toEqual([]);
  });
});
