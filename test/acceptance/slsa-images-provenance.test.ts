import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podReview } from '../world/review.ts';
import { loadOciLayout, startRegistry, type TestRegistry } from '../world/registry.ts';
import { codes, startTestServer, type TestServer } from '../support/server.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml';
const SOURCE = 'git+https://github.com/slsa-framework/example-package';
const API = { apiVersion: 'gatehouse.dev/v1alpha1' };
const SIGNER = JSON.stringify({
  ...API, kind: 'Signer', metadata: { name: 'generator' },
  spec: { identities: [{ keyless: { issuer: 'https://token.actions.githubusercontent.com', subjectGlob: `${GENERATOR}@refs/tags/*` } }] },
});

const GOOD = { by: ['generator'], builder: `${GENERATOR}@refs/tags/v*`, source: { uri: SOURCE, tag: 'v13.*' }, profile: 'slsa-github-generator', level: 3 };

/** One namespace and policy per case; each differs from the first in one thing. */
const CASES: Readonly<Record<string, { readonly provenance: Readonly<Record<string, unknown>>; readonly code: string }>> = {
  right: { provenance: GOOD, code: 'POLICY_SATISFIED' },
  'right-parts': { provenance: { ...GOOD, buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1', entryPoint: '.github/workflows/*' }, code: 'POLICY_SATISFIED' },
  'other-source': { provenance: { ...GOOD, source: { uri: 'git+https://github.com/slsa-framework/example-package-2', tag: 'v13.*' } }, code: 'POLICY_PROVENANCE_SOURCE' },
  'other-branch': { provenance: { ...GOOD, source: { uri: SOURCE, branch: 'main' } }, code: 'POLICY_PROVENANCE_SOURCE' },
  'other-tag': { provenance: { ...GOOD, source: { uri: SOURCE, tag: 'v14.*' } }, code: 'POLICY_PROVENANCE_SOURCE' },
  'other-builder': { provenance: { ...GOOD, builder: `${GENERATOR.replace('container', 'generic')}@refs/tags/v*` }, code: 'POLICY_PROVENANCE_BUILDER' },
  'other-version': { provenance: { ...GOOD, builder: `${GENERATOR}@refs/tags/v0.0.1` }, code: 'POLICY_PROVENANCE_BUILDER' },
  'other-platform': { provenance: { ...GOOD, profile: 'google-cloud-build' }, code: 'POLICY_PROVENANCE_BUILDER' },
  'other-entry': { provenance: { ...GOOD, entryPoint: '.github/workflows/other.yml' }, code: 'POLICY_PROVENANCE_BUILD' },
  complete: { provenance: { ...GOOD, complete: ['parameters'], isolated: true }, code: 'POLICY_SATISFIED' },
  incomplete: { provenance: { ...GOOD, complete: ['parameters', 'dependencies'] }, code: 'POLICY_PROVENANCE_BUILD' },
  hermetic: { provenance: { ...GOOD, hermetic: true }, code: 'POLICY_PROVENANCE_BUILD' },
  old: { provenance: { ...GOOD, maxAge: '1d' }, code: 'POLICY_TOO_OLD' },
};

function policy(name: string): string {
  const require = [{ name: 'built from our source', provenance: CASES[name]?.provenance }];
  const spec = { artifacts: [{ image: 'registry.example/**' }], namespaces: { matchLabels: { 'kubernetes.io/metadata.name': name } }, require };
  return JSON.stringify({ ...API, kind: 'ClusterArtifactPolicy', metadata: { name }, spec });
}

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('real images under typed provenance requirements, through HTTPS, offline', () => {
  let registry: TestRegistry;
  let server: TestServer;
  let digest: string;

  beforeAll(async () => {
    registry = await startRegistry();
    digest = loadOciLayout(registry, 'slsa/app', sharedData('slsa-images/v2.0.0/container_workflow_dispatch'));
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const namespacesFile = `${mkdtempSync(`${tmpdir()}/gatehouse-ns-`)}/namespaces.yaml`;
    writeFileSync(namespacesFile, Object.keys(CASES).map((name) => JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } })).join('\n---\n'));
    const documents = Object.fromEntries(Object.keys(CASES).map((name) => [`${name}.yaml`, policy(name)]));
    server = await startTestServer({ 'signer.yaml': SIGNER, ...documents }, { registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }], namespacesFile });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
  });

  test.each(Object.entries(CASES))('%s', async (namespace, { code }) => {
    const answer = await server.validate(podReview({ images: [`registry.example/slsa/app@${digest}`], namespace }));
    expect(codes(answer)).toEqual([code]);
    expect(answer.allowed).toBe(code === 'POLICY_SATISFIED');
  });

  test('the denial names the claim, its place, what was expected and what was found', async () => {
    const answer = await server.validate(podReview({ images: [`registry.example/slsa/app@${digest}`], namespace: 'other-tag' }));
    expect(answer.status?.message).toContain('expected source ref refs/tags/v14.*');
    expect(answer.status?.message).toContain('found    source ref refs/tags/v13.0.30 (predicate.invocation.configSource.uri)');
  });
});
