/** What a document that cannot be used leaves in its place: a policy without demands, under which everything it speaks about is undetermined. */
import type { CompiledPolicy, LabelMatcher, Mode } from '../domain/policy/policy.ts';
import type { RequestPolicy } from '../domain/policy/request-policy.ts';
import type { ArtifactKind } from '../domain/artifact/artifact.ts';
import type { UnusableDocument } from '../domain/unusable-document.ts';
import type { TrustReader } from '../domain/ports.ts';
import { own, ownList } from '../text/json/fields.ts';
import { readJsonText } from '../text/json/read.ts';
import { parseArtifactPattern } from './match/artifact-pattern.ts';
import type { ArtifactPattern } from './match/artifact-pattern.ts';
import { pipelinePolicySchema } from './pipeline/schema.ts';
import { API_VERSION, artifactPattern, labelSelector } from './schema/common.ts';
import { clusterPolicySchema, namespacedPolicySchema, usages } from './schema/policy.ts';
import type { Steps } from './steps.ts';
import { materialOf } from './compile/material.ts';
import { exceptedNames } from './compile/policy.ts';

/** Stand-ins for policies about artifacts, each with its patterns in full, and for policies about pipelines. */
export interface StandIns {
  readonly policies: readonly { readonly policy: CompiledPolicy; readonly patterns: readonly ArtifactPattern[] }[];
  readonly requestPolicies: readonly RequestPolicy[];
}

const KINDS: readonly ArtifactKind[] = ['image', 'blob', 'package', 'git', 'definition'];

const EVERYTHING: readonly ArtifactPattern[] = KINDS.flatMap((kind) => {
  const pattern = parseArtifactPattern(kind, '**');
  return pattern.ok ? [pattern.value] : [];
});

/**
 * Makes the stand-ins, one a step (ADR 0043). What narrows them is believed only where it is read exactly: all patterns or none, a
 * selector of namespaces, usages, and a mode; `except` and `callers` where nothing is wrong with the fields of the document. A list of
 * revocations may be about whatever there is: it stands over every artifact, and over every build where `hasPipelines`.
 */
export function* standInSteps(
  documents: readonly UnusableDocument[], hasPipelines: boolean, trust: TrustReader,
): Steps<StandIns> {
  const policies: StandIns['policies'][number][] = [];
  const requestPolicies: RequestPolicy[] = [];
  const nothing = materialOf(new Map(), trust, new Map());
  const ofPipelines = hasPipelines || documents.some(({ kind }) => kind === 'PipelinePolicy');
  for (const document of documents) {
    const { kind, name, namespace, text, reason: broken } = document;
    const value = valueOf(text);
    const content = trust.hash({ unusable: [kind, namespace ?? '', name], spec: own(value, 'spec') ?? null });
    if (kind === 'PipelinePolicy') {
      requestPolicies.push({ name, ...ofPipelinePolicy(value), requirements: [], trust: nothing, broken });
    } else {
      const list = kind === 'RevocationList';
      const { patterns, ...narrowing } = list ? NARROWED_BY_NOTHING : ofArtifactPolicy(kind, value);
      const policy: CompiledPolicy = {
        ...(list ? { kind: 'ClusterArtifactPolicy', name: `${kind} ${name}` } : { kind, name }),
        ...(namespace === undefined ? {} : { namespace }),
        patterns: patterns.map(({ kind: of, source }) => ({ kind: of, source })), ...narrowing,
        requireDigest: false, indexCoversChildren: false, requirements: [], trust: nothing, content, broken,
      };
      policies.push({ policy, patterns });
      if (list && ofPipelines) requestPolicies.push({ name: policy.name, mode: 'enforce', requirements: [], trust: nothing, broken });
    }
    yield;
  }
  return { policies, requestPolicies };
}

interface Narrowing extends Pick<CompiledPolicy, 'except' | 'usedAs' | 'callers' | 'namespaces' | 'mode'> {
  readonly patterns: readonly ArtifactPattern[];
}

const NARROWED_BY_NOTHING: Narrowing = { patterns: EVERYTHING, mode: 'enforce' };

function valueOf(text: string): unknown {
  const read = readJsonText(text);
  return read.ok ? read.value : undefined;
}

function ofArtifactPolicy(kind: 'ClusterArtifactPolicy' | 'ArtifactPolicy', value: unknown): Narrowing {
  const whole = kind === 'ArtifactPolicy' ? namespacedPolicySchema.safeParse(value) : clusterPolicySchema.safeParse(value);
  if (whole.success) {
    const { artifacts: patterns, except, usedAs, callers, namespaces, mode = 'enforce' } = whole.data.spec;
    return {
      patterns, mode,
      ...(except === undefined ? {} : { except: exceptedNames(except) }),
      ...(usedAs === undefined ? {} : { usedAs: new Set(usedAs) }),
      ...(callers === undefined ? {} : { callers }),
      ...(namespaces === undefined ? {} : { namespaces }),
    };
  }
  // What another version means by its fields is not known.
  if (own(value, 'apiVersion') !== API_VERSION) return NARROWED_BY_NOTHING;
  const spec = own(value, 'spec');
  const usedAs = usages.safeParse(own(spec, 'usedAs'));
  return {
    patterns: patternsOf(spec), mode: modeOf(spec),
    ...(usedAs.success ? { usedAs: new Set(usedAs.data) } : {}),
    ...(kind === 'ArtifactPolicy' ? {} : namespacesOf(spec)),
  };
}

function ofPipelinePolicy(value: unknown): { readonly mode: Mode; readonly namespaces?: LabelMatcher } {
  const whole = pipelinePolicySchema.safeParse(value);
  if (whole.success) {
    const { mode = 'enforce', namespaces } = whole.data.spec;
    return { mode, ...(namespaces === undefined ? {} : { namespaces }) };
  }
  if (own(value, 'apiVersion') !== API_VERSION) return { mode: 'enforce' };
  const spec = own(value, 'spec');
  return { mode: modeOf(spec), ...namespacesOf(spec) };
}

/** All of its patterns; one that cannot be read may be about anything. */
function patternsOf(spec: unknown): readonly ArtifactPattern[] {
  const written = ownList(spec, 'artifacts') ?? [];
  const read = written.map((entry) => artifactPattern.safeParse(entry));
  const patterns = read.flatMap((one) => (one.success ? [one.data] : []));
  return patterns.length === 0 || patterns.length < read.length ? EVERYTHING : patterns;
}

function modeOf(spec: unknown): Mode {
  const mode = own(spec, 'mode');
  return mode === 'warn' || mode === 'audit' ? mode : 'enforce';
}

function namespacesOf(spec: unknown): { readonly namespaces?: LabelMatcher } {
  const written = own(spec, 'namespaces');
  const read = written === undefined ? undefined : labelSelector.safeParse(written);
  return read?.success === true ? { namespaces: read.data } : {};
}
