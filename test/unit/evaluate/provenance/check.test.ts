import { describe, expect, test } from 'vitest';
import type { ProvenanceRequirement } from '../../../../src/domain/policy/build-requirement.ts';
import { slsaProvenanceV02, slsaProvenanceV1, spdxDocument, vulnScan } from '../../../world/statement.ts';
import type { Build } from '../../../world/statement.ts';
import { exact, HOUR, KEY_A, KEY_B, keyIdentity, NOW, proof, question, signer } from '../support.ts';
import { evaluate } from '../../../../src/evaluate/index.ts';
import { attested, byKey, COMMIT, GENERATOR, glob, judge, provenance, REF, SOURCE, wants, WORKFLOW, workflowRun } from './support.ts';

const LIB = { uri: 'pkg:golang/example.com/lib@v1', digest: { sha256: 'a'.repeat(64) } };
const GITHUB = { buildType: 'https://actions.github.io/buildtypes/workflow/v1' };

interface Case {
  readonly what: string;
  readonly wanted: Partial<ProvenanceRequirement>;
  readonly good?: Build;
  readonly bad: Build;
  readonly code: string;
}

const CASES: readonly Case[] = [
  { what: 'builder id', wanted: { builder: exact('https://tekton.dev/chains/v2') }, bad: { builder: 'https://tekton.dev/chains/v2evil' }, code: 'POLICY_PROVENANCE_BUILDER' },
  { what: 'A14 builder id with a version glob', wanted: { builder: glob('https://b.example/build@refs/tags/v*') }, good: { builder: 'https://b.example/build@refs/tags/v1.2.3' }, bad: { builder: 'https://b.example/build@refs/heads/v1' }, code: 'POLICY_PROVENANCE_BUILDER' },
  { what: 'A14 builder id that only begins alike', wanted: { builder: exact('https://b.example/build') }, good: { builder: 'https://b.example/build' }, bad: { builder: 'https://b.example/build-evil' }, code: 'POLICY_PROVENANCE_BUILDER' },
  { what: 'build type', wanted: { buildType: exact('https://tekton.dev/chains/v2/slsa-tekton') }, bad: { buildType: 'https://tekton.dev/chains/v2/slsa' }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'source repository', wanted: { source: { uri: exact(SOURCE) } }, bad: { source: `git+https://github.com/acme/app2@${REF}` }, code: 'POLICY_PROVENANCE_SOURCE' },
  { what: 'C02 source repository that hides in another', wanted: { source: { uri: glob('https://github.com/acme/*') } }, bad: { source: 'https://evil.com/?x=https://github.com/acme/app' }, code: 'POLICY_PROVENANCE_SOURCE' },
  { what: 'source ref', wanted: { source: { ref: glob('refs/tags/*') } }, bad: { source: `git+${SOURCE}@refs/heads/main` }, code: 'POLICY_PROVENANCE_SOURCE' },
  { what: 'source commit', wanted: { source: { digest: COMMIT } }, bad: { commit: 'b'.repeat(40) }, code: 'POLICY_PROVENANCE_SOURCE' },
  { what: 'entry point', wanted: { entryPoint: exact('.github/workflows/release.yml') }, bad: { entryPoint: '.github/workflows/evil.yml' }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'invocation', wanted: { invocation: glob('https://github.com/acme/app/actions/runs/*/attempts/1') }, bad: { invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/2' }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a parameter', wanted: { parameters: [{ name: 'channel', value: exact('stable') }] }, good: { parameters: { channel: 'stable' } }, bad: { parameters: { channel: 'beta' } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a parameter that must be absent', wanted: { parameters: [{ name: 'debug' }] }, good: {}, bad: { parameters: { debug: false } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a parameter that is missing', wanted: { parameters: [{ name: 'channel', value: glob('**') }] }, good: { parameters: { channel: 'x' } }, bad: { parameters: {} }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a nested parameter', wanted: { parameters: [{ name: 'inputs.jdk.version', value: exact('17') }] }, good: { parameters: { inputs: { 'jdk.version': 17 } } }, bad: { parameters: { inputs: { 'jdk.version': 8 } } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a nested parameter with two readings', wanted: { parameters: [{ name: 'inputs.channel', value: exact('stable') }] }, good: { parameters: { inputs: { channel: 'stable' } } }, bad: { parameters: { inputs: { channel: 'stable' }, 'inputs.channel': 'beta' } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a parameter in a list of names and values', wanted: { parameters: [{ name: 'runSpec.params.image', value: exact('x') }] }, good: { parameters: { runSpec: { params: [{ name: 'image', value: 'x' }] } } }, bad: { parameters: { runSpec: { params: [{ name: 'image', value: 'y' }] } } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'A13 a number beyond what readers agree on', wanted: { parameters: [{ name: 'n', value: exact('9007199254740992') }] }, good: { parameters: { n: '9007199254740992' } }, bad: { parameters: { n: 9007199254740992 } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'A13 minus zero', wanted: { parameters: [{ name: 'n', value: exact('0') }] }, good: { parameters: { n: 0 } }, bad: { parameters: { n: -0 } }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'A12 a parameter that only the prototype has', wanted: { parameters: [{ name: 'constructor.name', value: glob('**') }] }, good: { parameters: { constructor: { name: 'x' } } }, bad: { parameters: {} }, code: 'POLICY_PROVENANCE_BUILD' },
  { what: 'a dependency without digest', wanted: { dependencies: { pinned: true } }, good: { dependencies: [LIB] }, bad: { dependencies: [LIB, { uri: 'pkg:golang/x@v1', digest: {} }] }, code: 'POLICY_PROVENANCE_DEPENDENCY' },
  { what: 'A11 a dependency with a weak digest', wanted: { dependencies: { pinned: true } }, good: { dependencies: [LIB] }, bad: { dependencies: [{ ...LIB, digest: { md5: 'a'.repeat(32), sha1: 'a'.repeat(40) } }] }, code: 'POLICY_PROVENANCE_DEPENDENCY' },
  { what: 'A11 a dependency with a short digest', wanted: { dependencies: { pinned: true } }, good: { dependencies: [LIB] }, bad: { dependencies: [{ ...LIB, digest: { sha256: 'a'.repeat(63) } }] }, code: 'POLICY_PROVENANCE_DEPENDENCY' },
  { what: 'a dependency that is not allowed', wanted: { dependencies: { pinned: false, allowed: [glob('git+https://github.com/acme/**'), glob('pkg:golang/example.com/**')] } }, good: { dependencies: [LIB] }, bad: { dependencies: [{ ...LIB, uri: 'pkg:golang/evil.com/lib' }] }, code: 'POLICY_PROVENANCE_DEPENDENCY' },
  { what: 'A16 an old build', wanted: { maxAge: 10 * HOUR }, good: { finishedOn: NOW - 5 * HOUR }, bad: { finishedOn: NOW - 11 * HOUR }, code: 'POLICY_TOO_OLD' },
  { what: 'A16 an old build that says only when it began', wanted: { maxAge: 10 * HOUR }, good: { startedOn: NOW - 5 * HOUR }, bad: { startedOn: NOW - 11 * HOUR }, code: 'POLICY_TOO_OLD' },
  { what: 'a build that begins in the future', wanted: {}, good: { startedOn: NOW + 60_000 }, bad: { startedOn: NOW + HOUR }, code: 'POLICY_PREDICATE' },
  { what: 'a build in the future', wanted: {}, good: { finishedOn: NOW + 60_000 }, bad: { finishedOn: NOW + HOUR }, code: 'POLICY_PREDICATE' },
  { what: 'a build that ends before it begins', wanted: {}, good: { startedOn: NOW - 2 * HOUR, finishedOn: NOW - HOUR }, bad: { startedOn: NOW - HOUR, finishedOn: NOW - 2 * HOUR }, code: 'POLICY_PREDICATE' },
];

/** The proven signing time does not matter here, so that maxAge judges what the build says of itself. */
const dated = { times: [{ source: 'log' as const, at: NOW, by: 'ab' }] };
const datedKey = { kind: 'key' as const, keyId: KEY_A, trustRoot: 'root' };
const builder = signer('builder', keyIdentity(KEY_A, { trustRoot: 'root' }));

describe('what provenance must say', () => {
  test.each(CASES.flatMap((row) => [{ ...row, version: 'v1', make: slsaProvenanceV1 }, { ...row, version: 'v0.2', make: slsaProvenanceV02 }]))('$what, $version', ({ wanted, good, bad, code, make }) => {
    const ask = (build: Build): string => judge(wants({ by: [builder], ...wanted }), attested(make(build), datedKey, dated)).code;
    expect(ask(good ?? {})).toBe('POLICY_SATISFIED');
    expect(ask({ ...good, ...bad })).toBe(code);
  });

  test('with otherParameters: deny, every parameter must be listed', () => {
    const listed: ProvenanceRequirement['parameters'] = [{ name: 'workflow.ref', value: glob('**') }, { name: 'workflow.repository', value: glob('**') }, { name: 'workflow.path', value: glob('**') }];
    expect(judge(wants({ parameters: listed, otherParameters: 'deny' }), provenance()).code).toBe('POLICY_SATISFIED');
    expect(judge(wants({ parameters: listed, otherParameters: 'deny' }), provenance({ parameters: { extra: [1] } }))).toMatchObject({ code: 'POLICY_PROVENANCE_BUILD', found: [expect.stringContaining('extra.0')] });
    expect(judge(wants({ parameters: listed, otherParameters: 'allow' }), provenance({ parameters: { extra: [1] } })).code).toBe('POLICY_SATISFIED');
  });

  test('a dependency that is excused needs no digest; an empty list is no proof', () => {
    const runner = { uri: 'https://github.com/actions/runner-images/releases/tag/x', digest: {} };
    const ask = (build: Build, except?: readonly ReturnType<typeof glob>[]): string => judge(wants({ dependencies: { pinned: true, ...(except === undefined ? {} : { except }) } }), provenance(build)).code;
    expect(ask({ dependencies: [runner] })).toBe('POLICY_PROVENANCE_DEPENDENCY');
    expect(ask({ dependencies: [runner] }, [glob('https://github.com/actions/runner-images/**')])).toBe('POLICY_SATISFIED');
    const empty = { predicateType: 'https://slsa.dev/provenance/v1', predicate: { buildDefinition: { buildType: 'x:y' }, runDetails: { builder: { id: 'x:z' } } } };
    expect(judge(wants({ dependencies: { pinned: true } }), attested(empty)).code).toBe('POLICY_PROVENANCE_DEPENDENCY');
  });

  test.each([[1, byKey, 'x:y', 'POLICY_SATISFIED'], [2, byKey, 'x:y', 'POLICY_PROVENANCE_LEVEL'], [2, workflowRun(WORKFLOW), WORKFLOW, 'POLICY_SATISFIED'], [3, workflowRun(WORKFLOW), WORKFLOW, 'POLICY_PROVENANCE_LEVEL'], [3, workflowRun(GENERATOR), GENERATOR, 'POLICY_SATISFIED']] as const)('level %s', (level, by, id, code) => {
    expect(judge(wants({ level }), provenance({ ...GITHUB, builder: id }, by)).code).toBe(code);
  });

  test.each<[string, Partial<ProvenanceRequirement>]>([
    ['nothing more', {}], ['a builder', { builder: exact('https://b.example/build') }], ['any builder', { builder: glob('**') }], ['BuildKit', { profile: 'buildkit' }], ['a level', { level: 2 }], ['a source', { source: { uri: exact(SOURCE) } }],
  ])('A14 a build by nobody, as BuildKit writes it that was told no builder id, is told as that: the policy demands %s', (_, wanted) => {
    const named = { builder: 'https://b.example/build', buildType: 'https://mobyproject.org/buildkit@v1' };
    for (const make of [slsaProvenanceV1, slsaProvenanceV02]) {
      expect(judge(wants(wanted), attested(make({ ...named, builder: '' }))).code).toBe('POLICY_PROVENANCE_NO_BUILDER');
      expect(judge(wants(wanted), attested(make(named))).code).toBe(wanted.level === undefined ? 'POLICY_SATISFIED' : 'POLICY_PROVENANCE_LEVEL');
    }
    const { code, found } = judge(wants(wanted), attested({ predicateType: 'https://slsa.dev/provenance/v1', predicate: { buildDefinition: { buildType: 'x:y' }, runDetails: {} } }));
    expect([code, found?.[0]]).toEqual(['POLICY_PROVENANCE_NO_BUILDER', expect.stringContaining('predicate.runDetails.builder.id')]);
  });

  test('the level that provenance states of itself is not read', () => {
    const made = slsaProvenanceV1({ builder: 'https://ci.acme.example/slsa3', buildType: 'x:y', parameters: { level: 3, slsaLevel: 'SLSA_BUILD_LEVEL_3' } });
    expect(judge(wants({ level: 2 }), attested(made)).code).toBe('POLICY_PROVENANCE_LEVEL');
  });
});

describe('how it is told', () => {
  test('claim, place, expected and found', () => {
    const finding = judge(wants({ source: { uri: exact(SOURCE), ref: glob('refs/tags/v*') } }), provenance({ source: 'git+https://github.com/evil/app@refs/heads/main' }));
    expect(finding).toMatchObject({
      code: 'POLICY_PROVENANCE_SOURCE',
      expected: [`source uri ${SOURCE}`, 'source ref refs/tags/v*'],
      found: ['source uri https://github.com/evil/app (predicate.buildDefinition.externalParameters.workflow.repository)', 'source ref refs/heads/main (predicate.buildDefinition.externalParameters.workflow.ref)'],
    });
  });

  test('every mismatch is listed, whatever heads the message', () => {
    const finding = judge(wants({ builder: exact('https://b'), source: { uri: exact('https://s/x') }, level: 3 }), provenance());
    expect(finding.code).toBe('POLICY_PROVENANCE_BUILDER');
    expect(finding.evidence?.map((note) => note.code)).toEqual(['POLICY_PROVENANCE_BUILDER', 'POLICY_PROVENANCE_LEVEL', 'POLICY_PROVENANCE_SOURCE']);
  });

  test('A01 A02 other types do not count, and are named; nothing at all is told otherwise', () => {
    const others = [attested(spdxDocument({ at: NOW })), attested(vulnScan({ at: NOW }))];
    expect(judge(wants(), ...others)).toMatchObject({ code: 'POLICY_TYPE_MISSING', expected: [expect.stringMatching(/^slsa-provenance by builder: key /), expect.stringMatching(/^slsa-provenance by builder: https/)], found: ['spdx (https://spdx.dev/Document)', 'cosign-vuln (https://cosign.sigstore.dev/attestation/vuln/v1)'] });
    expect(judge(wants()).code).toBe('FETCH_NONE_FOUND');
    expect(judge(wants(), proof(byKey)).code).toBe('POLICY_TYPE_MISSING');
  });

  test('A03 a predicate that cannot be read denies and names the field', () => {
    expect(judge(wants(), attested({ predicateType: 'https://slsa.dev/provenance/v1', predicate: { buildDefinition: { buildType: 1 }, runDetails: { builder: { id: 'x' } } } }))).toMatchObject({ code: 'POLICY_PREDICATE', found: [expect.stringContaining('predicate.buildDefinition.buildType')] });
  });
});

describe('who says it', () => {
  test('a stranger is told as such, and the predicate of a stranger is never read', () => {
    const lazy = { type: 'x', predicateType: 'https://slsa.dev/provenance/v1', subjects: [], get predicate(): unknown { throw new Error('read'); } };
    expect(judge(wants({ by: [builder] }), proof({ kind: 'key', keyId: KEY_B }, { kind: 'attestation', statement: lazy })).code).toBe('VERIFY_SIGNER_UNTRUSTED');
  });

  test('a trusted signer’s attestation of another type is never read either, however large', () => {
    const sbom = { type: 'x', predicateType: 'https://spdx.dev/Document', subjects: [], get predicate(): unknown { throw new Error('read'); } };
    expect(judge(wants(), proof(byKey, { kind: 'attestation', statement: sbom }), provenance()).code).toBe('POLICY_SATISFIED');
  });

  test('A14 a builder id is believed only from the builder itself', () => {
    const wanted = wants({ builder: exact(GENERATOR), source: { uri: exact(SOURCE) } });
    expect(judge(wanted, provenance({ ...GITHUB, builder: GENERATOR }, workflowRun(GENERATOR))).code).toBe('POLICY_SATISFIED');
    expect(judge(wanted, provenance({ ...GITHUB, builder: GENERATOR }, workflowRun(WORKFLOW)))).toMatchObject({ code: 'POLICY_PROVENANCE_SIGNER', found: [`builder id ${GENERATOR} (predicate.runDetails.builder.id)`] });
    expect(judge(wanted, provenance({ ...GITHUB, builder: GENERATOR }, byKey)).code).toBe('POLICY_PROVENANCE_SIGNER');
  });

  test('A10 everything must hold in one attestation: half here and half there is nothing', () => {
    const wanted = wants({ builder: exact('https://b.example'), source: { uri: exact(SOURCE) } });
    const halves = [provenance({ builder: 'https://b.example', source: 'git+https://github.com/evil/x' }), provenance({ builder: 'https://c.example' })];
    expect(judge(wanted, ...halves).verdict).toBe('violated');
    expect(judge(wanted, ...halves, provenance({ builder: 'https://b.example' })).verdict).toBe('satisfied');
  });

  test('A17 an attestation of another build beside a good one neither helps nor hurts', () => {
    const wanted = wants({ source: { uri: exact(SOURCE) } });
    expect(judge(wanted, provenance({ source: 'git+https://github.com/evil/x' }), provenance()).verdict).toBe('satisfied');
  });

  test('A20 a threshold counts signers whose provenance is as demanded', () => {
    const [a, b] = [signer('a', keyIdentity(KEY_A)), signer('b', keyIdentity(KEY_B))];
    const wanted = wants({ by: [a, b], threshold: 2, source: { uri: exact(SOURCE) } });
    const other = { kind: 'key', keyId: KEY_B } as const;
    expect(judge(wanted, provenance(), provenance({}, other)).verdict).toBe('satisfied');
    expect(judge(wanted, provenance(), provenance()).code).toBe('POLICY_THRESHOLD');
    expect(judge(wanted, provenance(), provenance({ source: 'git+https://github.com/evil/x' }, other)).verdict).toBe('violated');
  });

  test('what could not be looked at keeps the question open', () => {
    const finding = evaluate(wants({ source: { uri: exact('https://s/x') } }), question([provenance()], [{ code: 'FETCH_TIMEOUT', source: 'registry' }]));
    expect(finding.code).toBe('FETCH_TIMEOUT');
  });
});
