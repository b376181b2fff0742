/** What is told of a set that demands less, field by field; and that the same change the other way round is no loss. */
import { describe, expect, test } from 'vitest';
import { lostPolicies } from '../../../src/policy/index.ts';
import { compileSet, KEYS, policy, signer } from './support.ts';

const told = (before: readonly string[], after: readonly string[]): string[] =>
  lostPolicies(compileSet(...before), compileSet(...after)).map(({ policy: name, what, detail }) => `${name} ${what}: ${detail}`);
const WHO = [signer('alice'), signer('bob')];
const demand = (requirement: object): readonly string[] => [...WHO, policy({ require: [{ name: 'd', ...requirement }] }, { name: 'p' })];

describe('a requirement that is milder', () => {
  const by = ['alice', 'bob'];
  test.each<[string, object, object, string]>([
    ['threshold', { signature: { by, threshold: 2 } }, { signature: { by } }, 'threshold is 1, was 2'],
    ['signers', { signature: { by: ['alice'] } }, { signature: { by } }, 'by has besides bob'],
    ['maxAge', { signature: { by, maxAge: '1h' } }, { signature: { by, maxAge: '3d' } }, 'maxAge is 3d, was 1h'],
    ['no maxAge', { attestation: { by, type: 'spdx', maxAge: '90m' } }, { attestation: { by, type: 'spdx' } }, 'maxAge is without bound, was 90m'],
    ['bindRepository', { signature: { by, bindRepository: true } }, { signature: { by } }, 'bindRepository is off'],
    ['an annotation', { signature: { by, annotations: { env: 'prod', a: 'b' } } }, { signature: { by, annotations: { env: 'prod' } } }, 'annotations has no more a'],
    ['a wider annotation', { signature: { by, annotations: { env: 'prod' } } }, { signature: { by, annotations: { env: { glob: 'p*' } } } }, 'annotations env is p*, was prod'],
    ['newest', { vulnerability: { by, deny: 'high', maxAge: '7d', newest: true } }, { vulnerability: { by, deny: 'high', maxAge: '7d' } }, 'maxAge is without bound, was 7d, "d" newest is off'],
    ['severity', { vulnerability: { by, deny: 'medium', maxAge: '7d' } }, { vulnerability: { by, deny: 'critical', maxAge: '7d' } }, 'deny is critical, was medium'],
    ['ignored', { vulnerability: { by, deny: 'high', maxAge: '7d' } }, { vulnerability: { by, deny: 'high', maxAge: '7d', ignore: ['CVE-1'] } }, 'ignore has besides CVE-1'],
    ['packages', { sbom: { by, deny: { packages: ['log4j*', 'x'] } } }, { sbom: { by, deny: { packages: ['x'] } } }, 'denyPackages has no more log4j*'],
    ['formats', { sbom: { by, formats: ['spdx'] } }, { sbom: { by } }, 'types has besides https://cyclonedx.org/bom'],
    ['a condition', { attestation: { by, type: 'spdx', where: [{ cel: 'predicate.a == 1' }] } }, { attestation: { by, type: 'spdx' } }, 'where has no more predicate.a == 1'],
    ['what is examined', { sbom: { by, formats: ['spdx'] } }, { attestation: { by, type: 'spdx' } }, 'content is not examined any more'],
    ['a network', { runtimeTrace: { by, singleUse: true, network: ['a:443'] } }, { runtimeTrace: { by, singleUse: true } }, 'network is not there any more'],
    ['a monitor', { runtimeTrace: { by, monitors: ['https://m.example'], network: [] } }, { runtimeTrace: { by, network: [] } }, 'monitors is not there any more'],
    ['level', { provenance: { by, profile: 'tekton-chains', level: 2 } }, { provenance: { by, profile: 'tekton-chains', level: 1 } }, 'level is 1, was 2'],
    ['source', { provenance: { by, source: { uri: 'https://github.com/acme/app' } } }, { provenance: { by, source: { uri: 'https://github.com/acme/*' } } }, 'source : uri is https://github.com/acme/*, was https://github.com/acme/app'],
    ['branch', { provenance: { by, source: { uri: 'https://github.com/acme/app', branch: 'main' } } }, { provenance: { by, source: { uri: 'https://github.com/acme/app' } } }, 'source : ref is not compared any more, was refs/heads/main'],
    ['no dependencies', { provenance: { by, dependencies: { pinned: true } } }, { provenance: { by } }, 'dependencies is not there any more'],
    ['rebuilders', { reproducible: { by, threshold: 2, maxAge: '1h' } }, { reproducible: { by, threshold: 2, maxAge: '2h' } }, 'maxAge is 2h, was 1h'],
    ['kind', { provenance: { by } }, { signature: { by } }, 'is signature, was provenance'],
    ['a way in', { anyOf: [{ signature: { by, threshold: 2 } }, { name: 'x', attestation: { by, type: 'spdx' } }] }, { anyOf: [{ signature: { by } }, { name: 'x', attestation: { by, type: 'spdx' } }] }, 'is fulfilled by "alternative 1", which is milder than what was demanded'],
    ['alternatives instead', { signature: { by, threshold: 2 } }, { anyOf: [{ signature: { by, threshold: 2 } }, { sbom: { by } }] }, 'is fulfilled by "alternative 2", which is milder than what was demanded'],
    ['a step', { layout: { steps: [{ name: 'a', type: 'link', by }, { name: 'b', type: 'link', by }] } }, { layout: { steps: [{ name: 'a', type: 'link', by }] } }, 'steps has no more b'],
    ['a step by more', { layout: { steps: [{ name: 'a', type: 'link', by, threshold: 2 }] } }, { layout: { steps: [{ name: 'a', type: 'link', by }] } }, 'steps : a: threshold is 1, was 2'],
  ])('%s', (_, strict, mild, text) => {
    expect(told(demand(strict), demand(mild)).join('\n')).toContain(`p demands: "d" ${text}`);
    if (text.startsWith('is signature')) return;
    expect(told(demand(mild), demand(strict))).toEqual([]);
  });
});

describe('what policies rely on, and lets through more', () => {
  const relying = policy({ require: [{ name: 'd', signature: { by: ['alice'] } }] }, { name: 'p' });
  const alice = (spec: Record<string, unknown>): readonly string[] => [signer('alice', spec), relying];
  const key = (index: number, more: object = {}): object => ({ key: { data: KEYS[index], ...more } });
  const one = { identities: [key(0)] };
  const keyless = (fields: object): Record<string, unknown> => ({ identities: [{ keyless: { issuer: 'https://issuer.example', ...fields } }] });
  test.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    ['another key', one, { identities: [key(0), key(1)] }, /identities have besides key /],
    ['a key for longer', { identities: [key(0, { notAfter: '2026-01-01T00:00:00Z' })] }, { identities: [key(0, { notAfter: '2027-01-01T00:00:00Z' })] },
      /identities : notAfter is 2027-01-01T00:00:00Z, was 2026-01-01T00:00:00Z/],
    ['a pattern', keyless({ subject: 'a@acme.example' }), keyless({ subjectGlob: '*@acme.example' }), /identities have besides \*@acme\.example \(issuer https:\/\/issuer\.example\)/],
    ['a claim', keyless({ subject: 'a@acme.example', claims: { runnerEnvironment: 'github-hosted' } }), keyless({ subject: 'a@acme.example' }), /identities have besides a@acme\.example/],
    ['what he may certify', { ...one, mayCertify: [{ image: 'ghcr.io/acme/*' }] }, { ...one, mayCertify: [{ image: 'ghcr.io/**' }] }, /mayCertify has besides ghcr\.io\/\*\*/],
    ['no bound', { ...one, mayCertify: [{ image: 'ghcr.io/acme/*' }] }, one, /mayCertify is without bound/],
    ['validity', { ...one, validity: { notAfter: '2027-01-01T00:00:00Z' } }, one, /validity notAfter is without bound/],
    ['a revocation', { ...one, revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'r' }] }, one, /revocations has no more artifact sha256:ab/],
    ['a later date', { ...one, revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'r' }] },
      { ...one, revocations: [{ digest: `sha256:${'ab'.repeat(32)}`, reason: 'r', compromisedAt: '2026-01-01T00:00:00Z' }] }, /revocations spares what is older than 2026-01-01/],
  ])('a signer: %s', (_, strict, mild, text) => {
    expect(told(alice(strict), alice(mild))).toEqual([expect.stringMatching(new RegExp(`^Signer alice signer: ${text.source}`))]);
    expect(told(alice(mild), alice(strict))).toEqual([]);
  });

  test('a signer on whom only audited policies rely, or none, is not told', () => {
    const [was, is] = [signer('alice', one), signer('alice', { identities: [key(0), key(1)] })];
    const [audited, other] = [policy({ mode: 'audit', require: [{ name: 'd', signature: { by: ['alice'] } }] }, { name: 'q' }), policy({ require: [{ name: 'd', signature: { by: ['bob'] } }] }, { name: 'p' })];
    expect(told([was, signer('bob'), audited, other], [is, signer('bob'), audited, other])).toEqual([]);
    expect(told([was, signer('bob'), relying], [is, signer('bob'), relying])).toHaveLength(1);
  });

  test('a list of revocations, once, however many rely on it', () => {
    const list = (...digits: string[]): string => JSON.stringify({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'incidents' },
      spec: { revocations: digits.map((digit) => ({ digest: `sha256:${digit.repeat(64)}`, reason: 'r' })) },
    });
    const rest = [...WHO, relying, policy({ require: [{ name: 'd', signature: { by: ['bob'] } }] }, { name: 'q' })];
    expect(told([list('a', 'b'), ...rest], [list('a'), ...rest])).toEqual([`RevocationList incidents revocations: has no more artifact sha256:${'b'.repeat(64)}`]);
    expect(told([list('a', 'b'), ...rest], rest)).toHaveLength(1);
    expect(told([list('a'), ...rest], [list('a', 'b'), ...rest])).toEqual([]);
  });
});
