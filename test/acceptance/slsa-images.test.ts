import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podReview } from '../world/review.ts';
import { loadOciLayout, startRegistry, type TestRegistry } from '../world/registry.ts';
import { codes, startTestServer, type TestServer } from '../support/server.ts';
import { hasSharedData, sharedData } from '../support/shared.ts';

const BUILDER = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/*';
const GITHUB = 'https://token.actions.githubusercontent.com';
const SLSA_V02 = 'https://slsa.dev/provenance/v0.2';

function policy(name: string, identity: Record<string, unknown>): string {
  return JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ keyless: identity }] } })
    + '\n---\n'
    + JSON.stringify({
      apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name },
      spec: {
        artifacts: [{ image: 'registry.example/**' }],
        namespaces: { matchLabels: { 'kubernetes.io/metadata.name': name } },
        require: [{ name: 'built by the generator', attestation: { type: SLSA_V02, by: [name] } }],
      },
    });
}

const NAMESPACES = ['right', 'workflow', 'issuer'].map((name) => JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } })).join('\n---\n');

// The shared data lies beside a development checkout; a checkout without it has nothing to test here.
describe.skipIf(!hasSharedData)('real images with keyless SLSA provenance, through HTTPS, offline', () => {
  let registry: TestRegistry;
  let server: TestServer;
  const digests = new Map<string, string>();

  beforeAll(async () => {
    registry = await startRegistry();
    for (const version of ['v1.4.0', 'v1.6.0', 'v1.8.0', 'v2.0.0']) {
      digests.set(version, loadOciLayout(registry, `slsa/${version}`, sharedData(`slsa-images/${version}/container_workflow_dispatch`)));
    }
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const namespaces = `${mkdtempSync(`${tmpdir()}/gatehouse-ns-`)}/namespaces.yaml`;
    writeFileSync(namespaces, NAMESPACES);
    server = await startTestServer({
      'right.yaml': policy('right', { issuer: GITHUB, subjectGlob: BUILDER }),
      'workflow.yaml': policy('workflow', { issuer: GITHUB, subjectGlob: BUILDER.replace('generator_container', 'generator_generic') }),
      'issuer.yaml': policy('issuer', { issuer: 'https://accounts.google.com', subjectGlob: BUILDER }),
    }, { registries: [{ host: 'registry.example', mirror: registry.host, plainHttp: true }], namespacesFile: namespaces });
  });
  afterAll(async () => {
    await server.close();
    await registry.close();
  });

  const ask = (version: string, namespace: string) =>
    server.validate(podReview({ images: [`registry.example/slsa/${version}@${digests.get(version)}`], namespace }));

  // v1.4.0 to v1.8.0 are logged as intoto 0.0.1, v2.0.0 as dsse 0.0.1.
  describe.each(['v1.4.0', 'v1.6.0', 'v1.8.0', 'v2.0.0'])('%s', (version) => {
    test('is admitted under the policy that names its builder', async () => {
      const answer = await ask(version, 'right');
      expect(codes(answer)).toEqual(['POLICY_SATISFIED']);
      expect(answer.allowed).toBe(true);
    });

    test.each(['workflow', 'issuer'])('is denied under a policy with another %s', async (namespace) => {
      const answer = await ask(version, namespace);
      expect(answer.allowed).toBe(false);
      expect(codes(answer)).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
      expect(answer.status?.message).toContain('generator_container_slsa3.yml');
    });
  });

  test('nothing but the registry is asked', () => {
    expect(registry.requests().every((request) => request.path.startsWith('/v2/slsa/'))).toBe(true);
  });
});
