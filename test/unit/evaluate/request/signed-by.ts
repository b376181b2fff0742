// Stands in for `engine/facts/definition.ts`, so that rules are tested apart from canonical forms: an annotation names whose key has signed.
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { DefinitionUse } from '../../../../src/domain/build/definition.ts';
import type { FactAnswer, QuestionOf } from '../../../../src/domain/build/facts.ts';
import type { EvidenceProblem } from '../../../../src/domain/evidence.ts';
import type { Context } from '../../../../src/engine/context.ts';
import type { Ways } from '../../../../src/engine/facts/ways.ts';
import { readBuild } from '../../../../src/engine/facts/reading.ts';
import type { Json } from '../../../support/pipelines.ts';
import { makeKey } from '../../../world/keys.ts';
import { keyProof } from '../support.ts';

export const KEYS = { 'platform-team': makeKey(), 'other-team': makeKey(), stranger: makeKey() } as const;
export type SignerName = keyof typeof KEYS;

/** Signers as documents; `more` is put into the spec of the platform team. */
export function signers(more: object = {}): string {
  return (['platform-team', 'other-team'] as const).map((name) => JSON.stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name },
    spec: { identities: [{ key: { data: KEYS[name].publicKeyPem } }], ...(name === 'platform-team' ? more : {}) },
  })).join('\n---\n');
}

const KINDS = { Task: 'task', Pipeline: 'pipeline', StepAction: 'stepAction', WorkflowTemplate: 'template', Build: 'pipeline', BuildStrategy: 'strategy' } as const;
const SIGNED = 'test/signed-by';

/** Content by its place: objects of the cluster, and what resolvers have brought. */
export async function findDefinition({ use, namespace }: QuestionOf<'definition'>, { context: { ports, review } }: Ways): Promise<FactAnswer<'definition'>> {
  const facts = ports.facts;
  if (facts === undefined) return { known: false, cause: 'no API server is connected' };
  const signal = new AbortController().signal;
  if (use.form === 'self') return review.dryRun ? resolved(use.object as Json, namespace, facts) : found(use.object as Json, namespace);
  const place = placeOf(use);
  if (place !== undefined) {
    const answer = await facts.object({ kind: 'object', ...place }, signal);
    if (!answer.known) return answer;
    return answer.value === null ? { known: true, value: { found: false, why: 'there is none' } } : found(answer.value, namespace);
  }
  const all = await facts.resolutions(namespace, signal);
  if (!all.known) return all;
  const uri = use.form === 'remote' && use.source.from === 'git' ? use.source.url : use.form === 'remote' && use.source.from === 'bundle' ? use.source.reference : '';
  const one = all.value.find((resolution) => resolution.uri === uri);
  return one === undefined ? { known: true, value: { found: false, why: 'not resolved' } } : found(parse(Buffer.from(one.content).toString()) as Json, namespace);
}

function placeOf(use: DefinitionUse): { group: string; resource: string; namespace: string; name: string } | undefined {
  if (use.form === 'local') return { group: use.group, resource: use.resource, namespace: use.namespace, name: use.name };
  if (use.form !== 'remote' || use.source.from !== 'cluster') return undefined;
  return { group: 'tekton.dev', resource: use.source.resource, namespace: use.source.namespace, name: use.source.name };
}

async function resolved(it: Json, namespace: string, facts: NonNullable<Context['ports']['facts']>): Promise<FactAnswer<'definition'>> {
  const all = await facts.resolutions(namespace, new AbortController().signal);
  if (!all.known) return all;
  const same = all.value.map(({ content }) => parse(Buffer.from(content).toString()) as Json).find((raw) => JSON.stringify(raw['spec']) === JSON.stringify(it['spec']));
  return same === undefined ? { known: true, value: { found: false, why: 'nothing that was resolved says the same' } } : found(same, namespace);
}

function found(content: Json, namespace: string): FactAnswer<'definition'> {
  const metadata = (content['metadata'] ?? {}) as { name?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  const { [SIGNED]: by = '', ...rest } = metadata.annotations ?? {};
  const hex = createHash('sha256').update(JSON.stringify({ ...content, metadata: { ...metadata, annotations: rest } })).digest('hex');
  const names = by.split(',').filter((name) => name !== '');
  const problems: EvidenceProblem[] = names.includes('broken') ? [{ code: 'VERIFY_SIGNATURE_INVALID', source: 'annotation' }] : [];
  const reading = readBuild(content, namespace);
  const kind = KINDS[content['kind'] as keyof typeof KINDS];
  const digest = `sha256:${hex}` as never;
  return {
    known: true,
    value: {
      found: true, digest, problems,
      proofs: names.filter((name) => name in KEYS).map((name) => keyProof(KEYS[name as SignerName].keyId, { artifactDigest: digest })),
      definition: {
        name: metadata.name ?? '', kind, labels: metadata.labels ?? {}, digest: hex, content, source: `${String(content['kind'])} ${metadata.name ?? ''}`,
        ...(reading === undefined ? {} : { reading }),
      },
    },
  };
}
