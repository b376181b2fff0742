import { describe, expect, test } from 'vitest';
import { compile, errors, KEYS, policy, signer, warnings } from '../support.ts';

const keyless = (fields: Record<string, unknown>): string => signer('alice', { identities: [{ keyless: { issuer: 'https://issuer.example', ...fields } }] });
const of = (...texts: string[]): string[] => {
  const result = compile(...texts);
  expect(errors(result)).toEqual([]);
  return warnings(result).map((problem) => problem.path);
};

describe('subjects', () => {
  const SUBJECT = 'spec.identities[0].keyless.';
  test.each([
    ['subjectGlob', '**'],
    ['subjectGlob', 'https://**'],
    ['subjectGlob', 'https://*.example/**'],
    ['subjectGlob', '*'],
    ['subjectGlob', 'https://github.com/acme*/app/.github/workflows/x.yml@refs/heads/main'],
    ['subjectGlob', 'https://github.com/**'],
    ['subjectGlob', '*@*.example'],
    ['subjectRegExp', '.*'],
    ['subjectRegExp', '.+'],
    ['subjectRegExp', 'https://.*'],
    ['subjectRegExp', '.*github\\.com/acme/.*'],
    ['subjectRegExp', 'https://github.com/acme/.*'],
    ['subjectRegExp', 'https://(github|gitlab)\\.com/acme/.*'],
    ['subjectRegExp', '.*@acme.example'],
  ])('%s %s is loose', (field, pattern) => {
    expect(of(keyless({ [field]: pattern }))).toEqual([SUBJECT + field]);
  });

  test.each([
    ['subject', 'https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main'],
    ['subjectGlob', 'https://github.com/acme/app/.github/workflows/x.yml@refs/tags/*'],
    ['subjectGlob', 'https://github.com/acme/**'],
    ['subjectGlob', '*@acme.example'],
    ['subjectRegExp', 'https://github\\.com/acme/.*'],
    ['subjectRegExp', '^https:\\/\\/github\\.com\\/acme\\/.*$'],
    ['subjectRegExp', '[a-z]+@acme\\.example'],
  ])('%s %s is not', (field, pattern) => {
    expect(of(keyless({ [field]: pattern }))).toEqual([]);
  });
});

describe('fine: subjects that are compared with names of another type than they can match', () => {
  const said = (fields: Record<string, unknown>): string[] => warnings(compile(keyless(fields))).map(({ message }) => message);
  test.each([
    ['subjectRegExp', 'https:[/]{2}github\\.com/acme/.*', 'DNS and user names'],
    ['subjectRegExp', '.*', 'DNS and user names'],
    ['subjectRegExp', '.+', 'DNS and user names'],
    ['subjectRegExp', 'https.{3}github\\.com.*', 'DNS and user names'],
    ['subjectRegExp', '(?i:.*github.*)', 'DNS and user names'],
    ['subjectRegExp', '.*/acme/app/.*', 'DNS and user names'],
    ['subjectRegExp', '[^/]+/acme/.*', 'DNS and user names'],
    ['subjectGlob', '**', 'DNS and user names'],
    ['subjectGlob', 'github.com/acme/**', 'DNS and user names'],
    ['subject', 'github.com/acme/app', 'DNS and user names'],
    ['subjectRegExp', '.*/release\\.yml@refs/tags/v1', 'e-mail addresses'],
    ['subjectRegExp', '.+@.+', 'e-mail addresses'],
    ['subjectGlob', 'github.com/acme/app/.github/workflows/x.yml@refs/tags/*', 'e-mail addresses'],
    ['subject', 'acme/app/.github/workflows/x.yml@refs/heads/main', 'e-mail addresses'],
    ['subjectRegExp', 'https://github\\.com/acme/.*|alice@acme\\.example', 'URIs'],
    ['subjectRegExp', 'alice@acme\\.example|build\\.acme\\.example', 'e-mail addresses'],
  ])('%s %s is compared with %s only', (field, pattern, what) => {
    const messages = said({ [field]: pattern });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`${what} only`);
  });

  test.each([
    ['subjectRegExp', 'https?://github\\.com/acme/.*|https://gitlab\\.com/acme/.*', 'look-alike'],
    ['subjectRegExp', '(?:build|release)\\.acme\\.example', 'begin with a literal'],
    ['subjectRegExp', '[^/@]+[.]acme[.]example', 'begin with a literal'],
    ['subjectGlob', '*.acme.example', 'begins'],
  ])('%s %s is not, whatever else is said of it', (field, pattern, otherwise) => {
    const messages = said({ [field]: pattern });
    expect(messages.join()).not.toContain(' only');
    expect(messages.join()).toContain(otherwise);
  });

  test.each([
    ['subject', 'alice@acme.example'], ['subject', 'build.acme.example'], ['subject', 'alice!acme.example'],
    ['subject', 'https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main'], ['subjectRegExp', '[a-z|]+@acme\\.example'],
    ['subjectRegExp', 'https://github\\.com/acme/(?:a|b)/.*'], ['subjectRegExp', '^https:\\/\\/github\\.com\\/acme\\/.*$'],
  ])('%s %s is in order', (field, pattern) => {
    expect(said({ [field]: pattern })).toEqual([]);
  });
});

describe('issuers and claims', () => {
  test('an exact text with a star was meant as a pattern', () => {
    expect(of(keyless({ subject: 'https://github.com/acme/app/.github/workflows/x.yml@refs/tags/*' }))).toEqual(['spec.identities[0].keyless.subject']);
    expect(of(keyless({ issuer: 'https://*.example', subject: 'a@b.example' }))).toEqual(['spec.identities[0].keyless.issuer']);
  });

  test.each([
    [{ issuer: 'http://issuer.example' }, 'spec.identities[0].keyless.issuer'],
    [{ issuer: undefined, issuerRegExp: 'https://.*' }, 'spec.identities[0].keyless.issuerRegExp'],
    [{ issuer: undefined, issuerRegExp: 'https://a.example' }, 'spec.identities[0].keyless.issuerRegExp'],
    [{ claims: { runnerEnviroment: 'github-hosted' } }, 'spec.identities[0].keyless.claims.runnerEnviroment'],
  ])('%j', (fields, path) => {
    expect(of(keyless({ subject: 'a@b.example', ...fields }))).toEqual([path]);
  });
  test.each([{ issuer: 'https://issuer.example' }, { issuer: undefined, issuerRegExp: 'https://a\\.example' }, { claims: { runnerEnvironment: 'github-hosted' } }])('%j is fine', (fields) => {
    expect(of(keyless({ subject: 'a@b.example', ...fields }))).toEqual([]);
  });
});

describe('policies', () => {
  const EVERY = [{ image: '**' }];
  test('everything, everywhere, enforced', () => {
    expect(of(signer(), policy({ artifacts: EVERY }))).toEqual(['spec.artifacts[0].image']);
    expect(of(signer(), policy({ artifacts: EVERY, mode: 'audit' }))).toEqual([]);
    expect(of(signer(), policy({ artifacts: EVERY, namespaces: { matchLabels: { a: 'b' } } }))).toEqual([]);
    expect(of(signer(), policy({ artifacts: EVERY }, { namespace: 'n' }))).toEqual([]);
  });

  test('a host whose last label is a wildcard', () => {
    expect(of(signer(), policy({ artifacts: [{ image: 'registry.acme.*/x' }] }))).toEqual(['spec.artifacts[0].image']);
    expect(of(signer(), policy({ artifacts: [{ image: '*.acme.example/x' }] }))).toEqual([]);
  });

  test('the same pattern or requirement twice', () => {
    const require = [{ name: 'a', signature: { by: ['alice'] } }, { name: 'b', signature: { by: ['alice'] } }];
    expect(of(signer(), policy({ artifacts: [{ image: 'a.io/x' }, { image: 'a.io/x' }], require }))).toEqual(['spec.artifacts[1]', 'spec.require[1]']);
    expect(of(signer(), policy({ require: [require[0], { name: 'b', signature: { by: ['alice'], bindRepository: true } }] }))).toEqual([]);
  });

  test('an anyOf of one', () => {
    expect(of(signer(), policy({ require: [{ name: 'a', anyOf: [{ signature: { by: ['alice'] } }] }] }))).toEqual(['spec.require[0].anyOf']);
  });

  test('a predicate type that is no URI', () => {
    expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type: 'slsaprovenance', by: ['alice'] } }] }))).toEqual(['spec.require[0].attestation.type']);
    expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type: 'spdxx', by: ['alice'], where: [{ cel: 'predicate.a == 1' }] } }] }))).toEqual(['spec.require[0].attestation.type']);
    for (const type of ['https://slsa.dev/provenance/v1', 'spdx']) expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type, by: ['alice'], where: [{ cel: 'predicate.a == 1' }] } }] }))).toEqual([]);
    expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type: 'https://slsa.dev/provenance/v1', by: ['alice'] } }] }))).toEqual([]);
  });

  test('a statement that may say that it failed', () => {
    for (const type of ['vsa', 'test-result', 'https://slsa.dev/verification_summary/v1', 'https://in-toto.io/attestation/human-review/v0.1']) {
      expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type, by: ['alice'] } }] }))).toEqual(['spec.require[0].attestation.type']);
      expect(of(signer(), policy({ require: [{ name: 'a', attestation: { type, by: ['alice'], where: [{ cel: 'predicate.result == "PASSED"' }] } }] }))).toEqual([]);
    }
    expect(of(signer(), policy({ require: [{ name: 'a', testResult: { by: ['alice'] } }] }))).toEqual([]);
  });

  const keyed = (name: string, key: number, more: Record<string, unknown> = {}): string => signer(name, { identities: [{ key: { data: KEYS[key], ...more } }] });
  test('signers of a threshold who share a key', () => {
    const require = [{ name: 'two', signature: { by: ['alice', 'bob'], threshold: 2 } }];
    expect(of(keyed('alice', 0), keyed('bob', 0), policy({ require }))).toEqual(['spec.require[0].signature.by[1]']);
    expect(of(keyed('alice', 0), keyed('bob', 1), policy({ require }))).toEqual([]);
  });

  test('one key twice in a signer', () => {
    expect(of(signer('alice', { identities: [{ key: { data: KEYS[0] } }, { key: { data: KEYS[0] } }] }))).toEqual(['spec.identities[1].key.data']);
  });

  test('maxAge that can never be proven', () => {
    const require = [{ name: 'young', signature: { by: ['alice'], maxAge: '7d' } }];
    expect(of(keyed('alice', 0), policy({ require }))).toEqual(['spec.require[0].signature.by[0]']);
    // A10: whoever has the signature can log it again, so this is advised against as well.
    expect(of(keyed('alice', 0, { trustRoot: 'sigstore-public-good' }), policy({ require }))).toEqual(['spec.require[0].signature.by[0]']);
    expect(of(keyed('alice', 0, { trustRoot: 'sigstore-public-good' }), policy({ require: [{ name: 'young', vsa: { by: ['alice'], levels: ['SLSA_BUILD_LEVEL_2'], maxAge: '7d' } }] }))).toEqual([]);
    expect(of(signer(), policy({ require }))).toEqual([]);
  });

  test('a signer who may not certify the only artifact', () => {
    const bounded = signer('alice', { mayCertify: [{ image: 'ghcr.io/acme/**' }] });
    expect(of(bounded, policy({ artifacts: [{ image: 'ghcr.io/other/app' }] }))).toEqual(['spec.require[0].signature.by[0]']);
    expect(of(bounded, policy({ artifacts: [{ image: 'ghcr.io/acme/app' }] }))).toEqual([]);
  });

  test('I04 a laxer policy beside an enforced one', () => {
    expect(of(signer(), policy(), policy({ mode: 'audit' }, { name: 'soft', namespace: 'n' }))).toEqual(['spec.artifacts[0]']);
    expect(of(signer(), policy({ mode: 'audit' }), policy({}, { name: 'hard', namespace: 'n' }))).toEqual([]);
  });

  test('a copy', () => {
    expect(of(signer(), policy(), policy({}, { name: 'copy' }))).toEqual(['metadata.name']);
    expect(of(signer(), policy(), policy({ requireDigest: true }, { name: 'other' }))).toEqual([]);
  });
});
