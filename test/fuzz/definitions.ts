import { createHash } from 'node:crypto';
import type { SignedDefinition } from '../../src/domain/evidence.ts';
import type { TrustedKey } from '../../src/domain/evidence.ts';
import { runVerificationJob } from '../../src/verify/index.ts';

/** Definitions as their authors write them, one of each kind that has a form of its own. */
export const DEFINITIONS: readonly unknown[] = [
  {
    apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build', namespace: 'ci', labels: { a: 'b' }, annotations: { 'tekton.dev/signature': 'AAAA', 'gatehouse.dev/signature': 'e30=' } },
    spec: {
      params: [{ name: 'p', default: ['a'] }, { name: 'o', properties: { k: {} } }], results: [{ name: 'r' }], stepTemplate: { image: 'a', computeResources: { limits: { cpu: '0.5' } } },
      steps: [{ name: 's', image: 'a', timeout: '1h', env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } }], securityContext: { runAsUser: 0 } }],
      volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '1Gi' } } } } } }], sidecars: [{ name: 'x', readinessProbe: { httpGet: { port: 80 } } }],
    },
  },
  {
    apiVersion: 'tekton.dev/v1beta1', kind: 'Pipeline', metadata: { name: 'p', annotations: { 'tekton.dev/signature': 'MEUC' } },
    spec: { tasks: [{ name: 't', taskRef: { name: 'x' } }, { name: 'u', taskSpec: { apiVersion: 'a/v1', kind: 'B', spec: { z: [1, null], a: {} }, steps: [{ name: 's', resources: {} }] }, matrix: { params: [{ name: 'm', value: ['1'] }] } }] },
  },
  { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name: 'w' }, spec: { templates: [{ name: 'm', container: { image: 'a' } }] } },
];

/** Verifies signatures on whatever stands for a definition: it must be refused or unproven, and never a fault. */
export async function verifyDefinition(text: Uint8Array, key: TrustedKey): Promise<void> {
  const author = Buffer.from(JSON.stringify(DEFINITIONS[0]));
  const shapes: readonly SignedDefinition[] = [{ text }, { text: author, admitted: text }, { text, admitted: author, renamed: true }];
  for (const definition of shapes) {
    const digest = `sha256:${createHash('sha256').update(definition.admitted ?? definition.text).digest('hex')}` as never;
    const piece = { source: 'fuzz', bytes: Buffer.from('MEUC'), digest: 'x', definition };
    const evidence = (['tekton-definition', 'definition-bundle'] as const).map((format) => ({ ...piece, format }));
    const outcomes = await runVerificationJob({ artifact: { kind: 'definition', name: 'fuzz', digest }, evidence, trust: { id: 'fuzz', keys: [key], roots: [] }, now: 0 });
    for (const { proofs, problems } of outcomes) {
      const fault = problems.find(({ code }) => code.startsWith('ENGINE'));
      if (fault !== undefined || proofs.length > 0 || problems.length === 0) throw new Error(`${fault?.code ?? 'proven, or no problem'}: ${fault?.cause}`);
    }
  }
}

/** A layer of a bundle, as tar archives begin. */
export function archive(): Uint8Array {
  const header = Buffer.alloc(512);
  header.write('task');
  header.write('00000000004', 124);
  header.write('        ', 148);
  header.write('0', 156);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\u0000 `, 148);
  return Buffer.concat([header, Buffer.from('a: b'), Buffer.alloc(508)]);
}
