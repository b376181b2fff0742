import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProvenanceType, readProvenance } from '../../../../src/evaluate/provenance/read.ts';
import type { Provenance } from '../../../../src/evaluate/provenance/model.ts';
import { slsaProvenanceV02, slsaProvenanceV1 } from '../../../world/statement.ts';
import { COMMIT, REF, SOURCE, statement } from './support.ts';
import { cpuNow } from '../../../support/cpu.ts';

const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';
const V01 = 'https://slsa.dev/provenance/v0.1';

function read(predicateType: string, predicate: unknown): Provenance {
  const reading = readProvenance(statement({ predicateType, predicate }));
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.provenance;
}
function paths(predicateType: string, predicate: unknown): readonly string[] {
  const reading = readProvenance(statement({ predicateType, predicate }));
  return reading.ok ? [] : reading.problems.map((problem) => problem.path);
}
const v1 = (definition: object, details: object = {}): object => ({ buildDefinition: { buildType: 'https://x/t', ...definition }, runDetails: { builder: { id: 'https://x/b' }, ...details } });
const sources = (predicate: object, type = V1): readonly (string | undefined)[][] =>
  read(type, predicate).sources.map(({ repository, ref, digests }) => [repository, ref?.value, digests.get('gitCommit') ?? digests.get('sha1')]);

describe('SLSA provenance', () => {
  test.each([[V1, slsaProvenanceV1], [V02, slsaProvenanceV02]] as const)('%s is read into the same shape', (type, make) => {
    const made = read(type, make({ startedOn: 1000, finishedOn: 2000, parameters: { inputs: { a: 'b' } } }).predicate);
    expect(made).toMatchObject({
      builderId: { value: 'https://tekton.dev/chains/v2' },
      buildType: { value: 'https://tekton.dev/chains/v2/slsa-tekton' },
      entryPoint: { value: '.github/workflows/release.yml' },
      invocationId: { value: 'https://github.com/acme/app/actions/runs/1/attempts/1' },
      startedOn: { value: 1000 },
      finishedOn: { value: 2000 },
      sources: [{ repository: SOURCE, ref: { value: REF } }],
    });
    expect(made.parameters.value['inputs']).toEqual({ a: 'b' });
  });

  test('v0.1 as Cloud Build writes it: source from the material, ref from the trigger', () => {
    const predicate = {
      builder: { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3' },
      recipe: { type: 'https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1', entryPoint: 'cloudbuild.yaml', arguments: { substitutions: { TAG_NAME: 'v39' } } },
      metadata: { buildStartedOn: '2022-09-06T17:54:10.226833361Z' },
      materials: [{ uri: SOURCE, digest: { sha1: COMMIT } }],
    };
    expect(sources(predicate, V01)).toEqual([[SOURCE, 'refs/tags/v39', COMMIT]]);
    expect(read(V01, predicate)).toMatchObject({ entryPoint: { value: 'cloudbuild.yaml' }, startedOn: { path: 'predicate.metadata.buildStartedOn' } });
  });

  test.each<[string, object, string, (string | undefined)[][]]>([
    ['GitHub: the workflow, with the commit of the dependency', v1({ externalParameters: { workflow: { repository: SOURCE, ref: REF } }, resolvedDependencies: [{ uri: `git+${SOURCE}@${REF}`, digest: { gitCommit: COMMIT } }] }), V1, [[SOURCE, REF, COMMIT]]],
    ['two commits of the source: none is taken', v1({ externalParameters: { workflow: { repository: SOURCE, ref: REF } }, resolvedDependencies: [{ uri: `git+${SOURCE}`, digest: { gitCommit: COMMIT } }, { uri: `git+${SOURCE}@${REF}`, digest: { gitCommit: 'b'.repeat(40) } }] }), V1, [[SOURCE, REF, undefined]]],
    ['Cloud Build v1: buildConfigSource', v1({ externalParameters: { buildConfigSource: { repository: SOURCE, ref: REF, path: 'cloudbuild.yaml' } } }), V1, [[SOURCE, REF, undefined]]],
    ['source as a resource descriptor', v1({ externalParameters: { source: { uri: `git+${SOURCE}@${REF}`, digest: { sha1: COMMIT } } } }), V1, [[SOURCE, REF, COMMIT]]],
    ['BuildKit: the config source', v1({ externalParameters: { configSource: { uri: `${SOURCE}.git#${REF}`, digest: { sha1: COMMIT }, path: 'Dockerfile' } }, resolvedDependencies: [{ uri: `${SOURCE}.git#${REF}`, digest: { sha1: COMMIT } }] }), V1, [[SOURCE, REF, COMMIT]]],
    ['BuildKit without a config source: every git dependency', v1({ externalParameters: { configSource: { path: 'Dockerfile' } }, resolvedDependencies: [{ uri: `${SOURCE}.git#${REF}`, digest: { sha1: COMMIT } }] }), V1, [[SOURCE, REF, COMMIT]]],
    ['source as a text', v1({ externalParameters: { source: `git+${SOURCE}@${REF}` } }), V1, [[SOURCE, REF, undefined]]],
    ['Tekton: the input, not the pipeline', v1({ resolvedDependencies: [{ name: 'pipeline', uri: 'git+https://github.com/acme/pipelines', digest: { sha1: COMMIT } }, { name: 'inputs/result', uri: `git+${SOURCE}.git`, digest: { sha1: COMMIT } }] }), V1, [[SOURCE, undefined, COMMIT]]],
    ['an unknown build type: every git dependency', v1({ resolvedDependencies: [{ uri: 'pkg:docker/alpine', digest: { sha256: 'a'.repeat(64) } }, { uri: `git+${SOURCE}@${REF}` }, { uri: 'https://github.com/evil/x', digest: { gitCommit: COMMIT } }] }), V1, [[SOURCE, REF, undefined], ['https://github.com/evil/x', undefined, COMMIT]]],
    ['a source that cannot be read', v1({ externalParameters: { source: 'https://evil.com/?x=https://github.com/acme/app' } }), V1, [[undefined, undefined, undefined]]],
    ['Tekton v0.2: the material, not the config source', { builder: { id: 'b' }, buildType: 'tekton.dev/v1beta1/PipelineRun', invocation: { configSource: { uri: 'git+https://github.com/acme/pipelines' } }, materials: [{ uri: 'git+https://github.com/acme/pipelines' }, { uri: `git+${SOURCE}`, digest: { sha1: COMMIT } }] }, V02, [[SOURCE, undefined, COMMIT]]],
    ['a parameter that the builder did not fetch: what it fetched as well', v1({ externalParameters: { source: `git+${SOURCE}@${REF}` }, resolvedDependencies: [{ uri: 'git+https://github.com/evil/x', digest: { gitCommit: COMMIT } }] }), V1, [[SOURCE, REF, undefined], ['https://github.com/evil/x', undefined, COMMIT]]],
    ['a parameter with another ref than was fetched: both', v1({ externalParameters: { workflow: { repository: SOURCE, ref: REF } }, resolvedDependencies: [{ uri: `git+${SOURCE}@refs/heads/evil`, digest: { gitCommit: COMMIT } }] }), V1, [[SOURCE, REF, undefined], [SOURCE, 'refs/heads/evil', COMMIT]]],
    ['a parameter with another commit than was fetched: both', v1({ externalParameters: { source: { uri: SOURCE, digest: { gitCommit: COMMIT } } }, resolvedDependencies: [{ uri: `git+${SOURCE}`, digest: { gitCommit: 'b'.repeat(40) } }] }), V1, [[SOURCE, undefined, COMMIT], [SOURCE, undefined, 'b'.repeat(40)]]],
    ['nothing', v1({}), V1, []],
  ])('source of %s', (_, predicate, type, expected) => {
    expect(sources(predicate, type)).toEqual(expected);
  });

  test.each<[string, object, string]>([
    ['buildDefinition', { ...v1({}), buildDefinition: [] }, 'predicate.buildDefinition'],
    ['buildType', v1({ buildType: 7 }), 'predicate.buildDefinition.buildType'],
    ['a missing buildType', v1({ buildType: '' }), 'predicate.buildDefinition.buildType'],
    ['builder id', v1({}, { builder: { id: 7 } }), 'predicate.runDetails.builder.id'],
    ['externalParameters', v1({ externalParameters: 'x' }), 'predicate.buildDefinition.externalParameters'],
    ['resolvedDependencies', v1({ resolvedDependencies: {} }), 'predicate.buildDefinition.resolvedDependencies'],
    ['an item of it', v1({ resolvedDependencies: ['git+https://x/y'] }), 'predicate.buildDefinition.resolvedDependencies[0]'],
    ['a digest', v1({ resolvedDependencies: [{ uri: 'x', digest: { sha256: 1 } }] }), 'predicate.buildDefinition.resolvedDependencies[0].digest.sha256'],
    ['a time', v1({}, { metadata: { finishedOn: 'yesterday' } }), 'predicate.runDetails.metadata.finishedOn'],
    ['a day that is none', v1({}, { metadata: { finishedOn: '2026-13-41T00:00:00Z' } }), 'predicate.runDetails.metadata.finishedOn'],
    ['a flag', v1({}, { metadata: { buildkit_hermetic: 'true' } }), 'predicate.runDetails.metadata.buildkit_hermetic'],
    ['a flag of completeness', v1({}, { metadata: { buildkit_completeness: { request: 1 } } }), 'predicate.runDetails.metadata.buildkit_completeness.request'],
  ])('A03 %s of the wrong type is a finding, not a guess', (_, predicate, path) => {
    expect(paths(V1, predicate)).toContain(path);
  });

  test.each([[null], [undefined], [[]], ['x'], [42]])('A03 the predicate %j is no provenance', (predicate) => {
    expect(paths(V1, predicate)).toEqual(['predicate']);
  });

  test('unset, null and empty are the same, and unknown fields are not looked at', () => {
    const bare = read(V1, v1({}));
    expect(read(V1, v1({ externalParameters: null, resolvedDependencies: null, future: { a: 1 } }, { metadata: { invocationId: '', startedOn: null } }))).toEqual(bare);
  });

  test.each(['https://slsa.dev/provenance/v1evil', 'https://slsa.dev/provenance/v1 ', 'HTTPS://SLSA.dev/provenance/v1', 'https://slsa.dev/provenance', ''])('A04 %j is no provenance type', (type) => {
    expect(isProvenanceType(type)).toBe(false);
  });

  test('a hundred thousand repositories are read in time that grows with their number only', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({ uri: `git+https://github.com/acme/r${index}` }));
    const start = cpuNow();
    expect(read(V1, v1({ externalParameters: { source: SOURCE }, resolvedDependencies: many })).sources).toHaveLength(100_001);
    expect(cpuNow() - start).toBeLessThan(5000);
  });

  test('hostile predicates never throw', () => {
    const json = fc.jsonValue();
    fc.assert(fc.property(fc.constantFrom(V1, V02, V01), json, json, json, (type, a, b, c) => {
      const predicate = { buildDefinition: { buildType: a, externalParameters: b, resolvedDependencies: [c, { uri: a, digest: b }] }, runDetails: { builder: { id: c }, metadata: a }, builder: { id: a }, buildType: b, invocation: { configSource: c, parameters: a }, materials: [b], recipe: { type: a, arguments: c, definedInMaterial: b }, metadata: c };
      expect(() => readProvenance(statement({ predicateType: type, predicate }))).not.toThrow();
      expect(() => readProvenance(statement({ predicateType: type, predicate: a }))).not.toThrow();
    }), { numRuns: 1000 });
  });
});
