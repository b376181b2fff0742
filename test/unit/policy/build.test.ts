import { describe, expect, test } from 'vitest';
import type { ProvenanceRequirement } from '../../../src/domain/policy/build-requirement.ts';
import type { Requirement } from '../../../src/domain/policy/requirement.ts';
import { compile, compileSet, errors, KEYS, policy, signer, warnings } from './support.ts';

const BY = { by: ['alice'] };
const GOOD = { ...BY, builder: 'https://b.example/x', source: { uri: 'git+https://github.com/acme/app' } };
const texts = (type: string, fields: Record<string, unknown>): readonly string[] => [signer(), signer('bob'), signer('carol'), policy({ require: [{ name: 'r', [type]: fields }] })];
const compiled = (type: string, fields: Record<string, unknown>): Requirement | undefined => compileSet(...texts(type, fields)).policies[0]?.requirements[0];
const provenance = (fields: Record<string, unknown>): ProvenanceRequirement => compiled('provenance', { ...GOOD, ...fields }) as ProvenanceRequirement;

describe('provenance', () => {
  test('all of it compiles', () => {
    const made = provenance({
      profile: 'slsa-github-generator', builder: 'https://b.example/x@refs/tags/v*', buildType: 'https://b.example/t', source: { uri: 'https://github.com/acme/*', tag: 'v*', digest: 'a'.repeat(40) }, entryPoint: '.github/workflows/*.yml',
      parameters: { channel: 'stable', 'inputs.jdk': 17, debug: { absent: true }, image: { glob: 'ghcr.io/acme/*' }, flag: true }, otherParameters: 'deny', dependencies: { pinned: true, allowed: ['pkg:npm/**', 'git+https://github.com/acme/**'], except: ['https://github.com/actions/**'] },
      invocation: 'https://github.com/acme/app/actions/runs/**', hermetic: true, isolated: true, complete: ['parameters', 'dependencies'], level: 3, maxAge: '720h', threshold: 1,
    });
    expect(made).toMatchObject({ kind: 'provenance', profile: 'slsa-github-generator', threshold: 1, maxAge: 720 * 3_600_000, hermetic: true, isolated: true, complete: ['parameters', 'dependencies'], level: 3, otherParameters: 'deny', source: { ref: { source: 'refs/tags/v*' }, digest: 'a'.repeat(40) } });
    expect(made.parameters?.map(({ name, value }) => [name, value?.source])).toEqual([['channel', 'stable'], ['inputs.jdk', '17'], ['debug', undefined], ['image', 'ghcr.io/acme/*'], ['flag', 'true']]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['git+https://github.com/acme/app', ['https://github.com/acme/app'], ['https://github.com/acme/app2', 'https://github.com/acme/App', 'http://github.com/acme/app']],
    ['https://GitHub.com/acme/app.git', ['https://github.com/acme/app'], ['https://github.com/acme/app.git']],
    ['git+https://github.com/acme/*', ['https://github.com/acme/app'], ['https://github.com/acme', 'https://github.com/acme/a/b', 'https://github.com/acme-evil/app', 'https://evil.com/https://github.com/acme/app']],
    ['https://github.com/**', ['https://github.com/a', 'https://github.com/a/b'], ['https://github.com.evil.com/a']],
  ])('C02 source %s', (uri, good, bad) => {
    const pattern = provenance({ source: { uri } }).source?.uri;
    for (const text of good) expect(pattern?.test(text), text).toBe(true);
    for (const text of bad) expect(pattern?.test(text), text).toBe(false);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ source: { uri: 'https://*.com/acme/app' } }, /scheme and host written out/],
    [{ source: { uri: '**' } }, /scheme and host written out/],
    [{ source: { uri: 'github.com/acme/app' } }, /git\+https:\/\/github\.com/],
    [{ source: { uri: 'https://github.com/acme/app@refs/tags/*' } }, /source\.ref, source\.branch or source\.tag/],
    [{ source: { uri: 'https://github.com/acme/../x' } }, /no repository/],
    [{ source: {} }, /is empty/],
    [{ source: { ref: 'refs/heads/main', branch: 'main' } }, /at most one of ref, branch, tag/],
    [{ source: { branch: 'refs/heads/main' } }, /without refs/],
    [{ source: { digest: 'abc' } }, /commit id/],
    [{ builder: '**' }, /leaves scheme or host open/],
    [{ builder: 'https://**' }, /leaves scheme or host open/],
    [{ builder: 'https://*.example/x' }, /leaves scheme or host open/],
    [{ builder: '' }, /empty/],
    [{ buider: 'x' }, /did you mean/],
    [{ level: 4 }, /1, 2 or 3/],
    [{ hermetic: false }, /leave it out/],
    [{ isolated: false }, /leave it out/],
    [{ complete: [] }, /must not be empty/],
    [{ complete: ['materials'] }, /parameters, environment, dependencies/],
    [{ profile: 'jenkins' }, /slsa-github-generator/],
    [{ parameters: { a: { absent: false } } }, /./],
    [{ parameters: { a: [1] } }, /expected a text/],
    [{ dependencies: {} }, /demands nothing/],
    [{ dependencies: { pinned: false } }, /demands nothing/],
    [{ dependencies: { allowed: [] } }, /must not be empty/],
    [{ dependencies: { images: {} } }, /expected true/],
    [{ dependencies: { images: { admitted: false } } }, /leave images out/],
    [{ dependencies: { images: { admitted: true, unmatched: 'warn' } } }, /deny, allow/],
    [{ dependencies: { images: { admitted: true, except: ['**'] } } }, /leaves scheme or host open/],
    [{ threshold: 0 }, /at least 1/],
    [{ threshold: 2 }, /only 1 signer/],
    [{ by: [] }, /must not be empty/],
    [{ by: ['mallory'] }, /no Signer is named/],
    [{ reviewed: true }, /unknown field "reviewed"/],
    [{ source: { uri: 'https://github.com/acme/app', reviewed: {} } }, /./],
    [{ source: { uri: 'https://github.com/acme/app', reviewed: { by: ['alice'] } } }, /./],
    [{ source: { uri: 'https://github.com/acme/app', reviewed: { by: ['mallory'], level: 'SLSA_SOURCE_LEVEL_3' } } }, /no Signer is named "mallory"/],
    [{ source: { uri: 'https://github.com/acme/app', reviewed: { by: ['alice'], level: 'SLSA_BUILD_LEVEL_3' } } }, /level of the source track/],
    [{ source: { uri: 'https://github.com/acme/app', reviewed: { by: ['alice'], level: 'SLSA_SOURCE_LEVEL_3', ref: 'refs/heads/main', branch: 'main' } } }, /at most one of ref, branch/],
  ])('A18 C05 %j is refused', (fields, message) => {
    const found = errors(compile(...texts('provenance', { ...GOOD, ...fields })));
    expect(found.map((problem) => problem.message).join('\n')).toMatch(message);
  });

  test.each<[Record<string, unknown>, readonly string[]]>([
    [{}, []],
    [{ builder: undefined, source: undefined }, ['spec.require[0].provenance']],
    [{ builder: undefined, level: 3 }, ['spec.require[0].provenance']],
    [{ source: { branch: 'main' } }, ['spec.require[0].provenance.source']],
    [{ builder: undefined, level: 3, profile: 'slsa-github-generator' }, []],
    [{ hermetic: true }, ['spec.require[0].provenance.hermetic']],
    [{ complete: ['parameters'] }, ['spec.require[0].provenance.complete']],
    [{ hermetic: true, profile: 'buildkit' }, []],
  ])('advice for %j', (fields, paths) => {
    expect(warnings(compile(...texts('provenance', { ...GOOD, ...fields }))).filter(({ path }) => path.includes('require')).map(({ path }) => path)).toEqual(paths);
  });

  test('a reviewed source: its verifiers are signers of the policy', () => {
    const set = compileSet(...texts('provenance', { ...GOOD, source: { uri: 'git+https://github.com/acme/app', reviewed: { by: ['bob'], level: 'SLSA_SOURCE_LEVEL_4', branch: 'main', verifier: 'https://v.example/x', maxAge: '7d' } } }));
    const made = set.policies[0]?.requirements[0] as ProvenanceRequirement;
    expect(made.source?.reviewed).toMatchObject({ by: [{ name: 'bob' }], level: 'SLSA_SOURCE_LEVEL_4', ref: { source: 'refs/heads/main' }, verifier: { source: 'https://v.example/x' }, maxAge: 7 * 24 * 3_600_000 });
    const reviewed = { uri: 'git+https://github.com/acme/app', reviewed: { by: ['bob'], level: 'SLSA_SOURCE_LEVEL_4' } };
    const trusting = (source: object): number | undefined => compileSet(signer(), signer('bob', { identities: [{ key: { data: KEYS[1] } }] }), policy({ require: [{ name: 'r', provenance: { ...GOOD, source } }] })).policies[0]?.trust.keys.length;
    expect([trusting({ uri: reviewed.uri }), trusting(reviewed)]).toEqual([0, 1]);
  });

  test('images that are admitted: unmatched ones are denied unless the policy says otherwise', () => {
    expect(provenance({ dependencies: { images: { admitted: true } } }).dependencies).toEqual({ pinned: false, images: { unmatched: 'deny' } });
    expect(provenance({ dependencies: { pinned: true, images: { admitted: true, unmatched: 'allow', except: ['oci://gcr.io/tekton/*'] } } }).dependencies).toMatchObject({ pinned: true, images: { unmatched: 'allow', except: [{ source: 'oci://gcr.io/tekton/*' }] } });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown> | undefined, readonly string[]]>([
    ['no policy could admit one', {}, undefined, ['spec.require[0].provenance.dependencies.images']],
    ['a policy for containers', {}, { usedAs: ['container'] }, ['spec.require[0].provenance.dependencies.images']],
    ['a policy for base images', {}, { usedAs: ['baseImage'] }, []],
    ['a policy for everything', {}, {}, []],
    ['a milder policy', {}, { mode: 'audit' }, ['spec.require[0].provenance.dependencies.images']],
    ['unmatched ones are allowed', { unmatched: 'allow' }, undefined, []],
  ])('advice about admitted images: %s', (_, images, other, paths) => {
    const asking = policy({ usedAs: ['container'], require: [{ name: 'r', provenance: { ...GOOD, dependencies: { images: { admitted: true, ...images } } } }] });
    const documents = other === undefined ? [] : [policy({ artifacts: [{ image: 'ghcr.io/other/*' }], ...other }, { name: 'other' })];
    expect(warnings(compile(signer(), asking, ...documents)).filter(({ path }) => path.endsWith('images')).map(({ path }) => path)).toEqual(paths);
  });

  test('two that differ in what they demand are no duplicates; two that do not are', () => {
    const two = (second: Record<string, unknown>): readonly string[] =>
      warnings(compile(signer(), policy({ require: [{ name: 'a', provenance: GOOD }, { name: 'b', provenance: second }] }))).filter(({ path }) => path.includes('require')).map(({ path }) => path);
    expect(two({ ...GOOD, source: { uri: 'https://github.com/acme/other' } })).toEqual([]);
    expect(two(GOOD)).toEqual(['spec.require[1]']);
  });
});

describe('vsa and reproducible', () => {
  test('a vsa compiles', () => {
    expect(compiled('vsa', { ...BY, verifier: 'https://v.example', resource: 'oci://ghcr.io/acme/*', levels: ['SLSA_BUILD_LEVEL_3'], policy: { digest: `sha256:${'a'.repeat(64)}` }, maxAge: '7d' }))
      .toMatchObject({ kind: 'vsa', levels: ['SLSA_BUILD_LEVEL_3'], verifier: { source: 'https://v.example' }, policy: { digest: `sha256:${'a'.repeat(64)}` } });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ levels: [] }, /must not be empty/],
    [{ levels: undefined }, /levels/],
    [{ levels: ['level 3'] }, /SLSA_BUILD_LEVEL_3/],
    [{ policy: { digest: 'abc' } }, /sha256/],
    [{ verifier: '**' }, /leaves scheme or host open/],
  ])('a vsa with %j is refused', (fields, message) => {
    expect(errors(compile(...texts('vsa', { ...BY, levels: ['SLSA_BUILD_LEVEL_3'], ...fields }))).map((problem) => `${problem.path} ${problem.message}`).join('\n')).toMatch(message);
  });

  test('two rebuilders are asked for unless the policy says more', () => {
    expect(compiled('reproducible', { by: ['alice', 'bob', 'carol'] })).toMatchObject({ kind: 'reproducible', threshold: 2 });
    expect(compiled('reproducible', { by: ['alice', 'bob', 'carol'], threshold: 3 })).toMatchObject({ threshold: 3 });
  });

  test.each<[Record<string, unknown>, RegExp]>([[{ by: ['alice'] }, /is 2, but only 1/], [{ by: ['alice', 'bob'], threshold: 1 }, /at least 2/], [{ by: ['alice', 'bob'], types: [] }, /must not be empty/]])('A18 reproducible with %j is refused', (fields, message) => {
    expect(errors(compile(...texts('reproducible', fields))).map((problem) => problem.message).join('\n')).toMatch(message);
  });

  test('they nest in anyOf', () => {
    const either = { name: 'either', anyOf: [{ vsa: { ...BY, levels: ['SLSA_BUILD_LEVEL_3'] } }, { provenance: GOOD }] };
    expect(compileSet(signer(), policy({ require: [either] })).policies[0]?.requirements).toMatchObject([{ kind: 'anyOf', of: [{ kind: 'vsa' }, { kind: 'provenance' }] }]);
  });
});

describe('attestation types', () => {
  test('a family name stands for its types, without advice; an unknown word gets advice', () => {
    expect(compiled('attestation', { ...BY, type: 'spdx' })).toMatchObject({ type: 'spdx', types: expect.arrayContaining(['https://spdx.dev/Document', 'https://spdx.dev/Document/v2.3']) as string[] });
    expect(compiled('attestation', { ...BY, type: 'https://spdx.dev/Document' })).not.toHaveProperty('types');
    expect(warnings(compile(...texts('attestation', { ...BY, type: 'spdx' }))).filter(({ path }) => path.includes('type'))).toEqual([]);
    expect(warnings(compile(...texts('attestation', { ...BY, type: 'constructor' }))).filter(({ path }) => path.includes('type'))).toHaveLength(1);
  });
});
