// Item 8: the update by which Tekton stops sidecars is judged by the policy that names that use, and by no other.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { VerificationOutcome } from '../../src/domain/evidence.ts';
import { batch, lookup, piece, source } from '../unit/engine/support.ts';
import { keyProof } from '../unit/evaluate/support.ts';
import { CONTROLLER, judgedBy } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString().trim();
const keyId = `sha256:${createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex')}`;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const NOP = `ghcr.io/tektoncd/pipeline/nop@${DIGEST}`;

const policies = (stop: string): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: tekton}
spec: {identities: [{key: {data: ${JSON.stringify(pem)}}}], mayCertify: [{image: "ghcr.io/tektoncd/**"}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: everything-scanned}
spec: {artifacts: [{image: "**"}], require: [{name: scanned, attestation: {type: "https://example.com/scan/v1", by: [tekton]}}]}
---
${stop}`;
const STOP = (more = ''): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: stops-sidecars}
spec: {usedAs: [sidecarStop], ${more} artifacts: [{image: "ghcr.io/tektoncd/pipeline/nop"}], require: [{name: signed, signature: {by: [tekton]}}]}
`;

const pod = (sidecar: string, more: Json = {}): Json => ({
  apiVersion: 'v1', kind: 'Pod',
  metadata: { name: 'run-pod', namespace: 'ci', labels: { 'tekton.dev/taskRun': 'run' }, ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'run', uid: 'u', controller: true }] },
  spec: { containers: [{ name: 'step-build', image: 'ghcr.io/acme/build:1' }, { name: 'sidecar-docker', image: sidecar }], ...more },
});

type Edit = (object: Json, old: Json) => readonly [Json, Json];

function admit(text: string, image: string, more: Json = {}, edit: Edit = (object, old) => [object, old]) {
  const verify = async ({ evidence, artifact }: { evidence: readonly { source: string; digest: string }[]; artifact: { digest: unknown } }): Promise<VerificationOutcome[]> =>
    evidence.map((one) => ({ evidenceDigest: one.digest, source: one.source, verified: [keyProof(keyId, { source: one.source, artifactDigest: artifact.digest as never })], problems: [] }));
  const judge = judgedBy(text, { ports: { unmatched: 'deny', source: source(() => lookup([batch(piece('good'))])), verifier: { known: () => undefined, verify: verify as never } } });
  const [object, old] = edit(pod(image, more), pod('docker:dind'));
  return judge(object, { operation: 'UPDATE', old, user: CONTROLLER });
}

describe('stopping sidecars', () => {
  it('is judged by the policy for it alone: what others demand of the image is not asked', async () => {
    const { outcome, findings, artifacts } = await admit(policies(STOP()), NOP);
    expect([outcome, findings.flatMap(({ policy }) => policy ?? []), artifacts.map(({ usage }) => usage)]).toEqual(['admit', ['stops-sidecars'], ['sidecarStop']]);
  });

  it('part 7: with the label of verified pods, or while /mutate takes it away, it is the same update', async () => {
    const labels = { 'tekton.dev/taskRun': 'run' };
    const ofLabel = (object: Json, label: boolean): Json => ({ ...object, metadata: { ...(object['metadata'] as Json), labels: { ...labels, ...(label ? { 'gatehouse.dev/verified': 'true' } : {}) }, ...(label ? { annotations: { 'gatehouse.dev/policy-generation': 'g' } } : {}) } });
    const stop = async (kept: boolean, more: Json = {}) => {
      const { outcome, artifacts } = await admit(policies(STOP()), NOP, more, (object, old) => [ofLabel(object, kept), ofLabel(old, true)]);
      return [outcome, artifacts.map(({ usage }) => usage)];
    };
    expect(await stop(false)).toEqual(['admit', ['sidecarStop']]);
    // With the label every image of the pod counts: the step has no policy that is satisfied.
    expect((await stop(true))[0]).toBe('deny');
    expect(await stop(false, { terminationGracePeriodSeconds: 1 })).toEqual(['deny', ['container']]);
  });

  it.each<[string, string, string, Json]>([
    ['another image', STOP(), `ghcr.io/acme/nop@${DIGEST}`, {}],
    ['a tag', STOP(), 'ghcr.io/tektoncd/pipeline/nop:1', {}],
    ['an update that changes something else too', STOP(), NOP, { terminationGracePeriodSeconds: 1 }],
    ['no policy for it', '', NOP, {}],
    ['one on trial', STOP('mode: audit,'), NOP, {}],
    ['one for other namespaces', STOP('namespaces: {matchLabels: {other: "true"}},'), NOP, {}],
  ])('%s is judged like any other', async (_, stop, image, more) => {
    const { outcome, findings } = await admit(policies(stop), image, more);
    expect([outcome, findings.flatMap(({ policy }) => policy ?? [])]).toEqual(['deny', expect.arrayContaining(['everything-scanned'])]);
  });

  it('a policy without usedAs does not speak of it', async () => {
    const { outcome } = await admit(policies(STOP().replace('usedAs: [sidecarStop], ', '')), NOP);
    expect(outcome).toBe('deny');
  });
});
