import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { canonicalDefinition, canonicalForms } from '../../../../src/verify/definition/canonical.ts';
import { tektonForms } from '../../../../src/verify/definition/tekton-forms.ts';
import { Refusal } from '../../../../src/verify/problem.ts';
import { sharedData } from '../../../support/shared.ts';

type Json = Record<string, unknown>;
const signed = (name: string): Json => parse(readFileSync(sharedData(`tekton-signed/${name}.yaml`), 'utf8')) as Json;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digests = (object: unknown): Record<string, string> => Object.fromEntries([...tektonForms(object)].map(({ text, form }) => [form, sha256(text)]));
const TASK = signed('task-signed');
const PIPELINE = signed('pipeline-signed');

describe('digests of published signatures (pipelines.md 2.3)', () => {
  test.each<[string, Json, string, string]>([
    ['the task as signed', TASK, 'as it is', 'b34f3cab98e308bd5aa60c250cd2a2a33b91146b09eb3c2bb69975adfd2151bd'],
    ['the pipeline as signed', PIPELINE, 'as it is', 'cfe0019cd29885d54fa30e60c39d0cc93ee21fa400a119b2c42fc5ebb97c211e'],
    ['the pipeline with its defaults, which Tekton looks at', PIPELINE, 'with defaults', '1fc1add6'],
    ['the task in the namespace default', { ...TASK, metadata: { ...(TASK['metadata'] as Json), namespace: 'default' } }, 'as it is', '87812fa4'],
    ['the same without its namespace', { ...TASK, metadata: { ...(TASK['metadata'] as Json), namespace: 'default' } }, 'as it is, without namespace', 'b34f3cab98e308bd5aa60c250cd2a2a33b91146b09eb3c2bb69975adfd2151bd'],
  ])('%s', (_, object, form, expected) => {
    expect(digests(object)[form]).toMatch(new RegExp(`^${expected}`));
  });

  test('a task of v1 has other bytes than the same in v1beta1, and both are tried', () => {
    const { spec } = TASK as { spec: { steps: Json[] } };
    const steps = spec.steps.map(({ resources: _, ...step }) => step);
    const newer = { ...TASK, apiVersion: 'tekton.dev/v1', spec: { ...spec, steps } };
    const forms = digests(newer);
    expect(sha256([...tektonForms(newer)][0]?.text.replace('"tekton.dev/v1"', '"tekton.dev/v1beta1"') ?? '')).toMatch(/^e7183607.*6b98$/);
    expect(forms['as v1beta1, as it is']).toBe(digests(TASK)['as it is']);
    expect(new Set(Object.values(forms)).size).toBe(Object.keys(forms).length);
  });
});

const STEP = { name: 's', image: 'a', computeResources: { requests: { memory: '1024Mi' } } };
const WHOLE: Json = {
  apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name: 'p', namespace: 'ci', labels: { a: 'b' }, annotations: { x: 'y' } },
  spec: {
    params: [{ name: 'a' }, { name: 'b', default: ['x'] }, { name: 'c', properties: { d: {} } }],
    tasks: [{ name: 't', taskRef: { name: 'x' } }, { name: 'u', taskSpec: { params: [{ name: 'e' }], results: [{ name: 'r' }], steps: [STEP] }, timeout: '60m' }],
    results: [{ name: 'r', value: '$(tasks.u.results.r)' }],
  },
};

describe('forms', () => {
  test('are few, each once, and no two are the same bytes', () => {
    const forms = [...tektonForms(WHOLE)];
    expect(forms.length).toBeLessThanOrEqual(36);
    expect(new Set(forms.map(({ text }) => text)).size).toBe(forms.length);
    expect([...tektonForms(TASK)].map(({ form }) => form)).toEqual(['as it is', 'as it is, creationTimestamp null', 'without defaults', 'without defaults, creationTimestamp null']);
  });

  test('the bytes of a pipeline', () => {
    const [first] = tektonForms(WHOLE);
    expect(first?.text).toBe('{"kind":"Pipeline","apiVersion":"tekton.dev/v1","metadata":{"name":"p","namespace":"ci","labels":{"a":"b"},"annotations":{"x":"y"}},"spec":{'
      + '"tasks":[{"name":"t","taskRef":{"name":"x"}},{"name":"u","taskSpec":{"spec":null,"metadata":{},"params":[{"name":"e"}],"steps":[{"name":"s","image":"a","computeResources":{"requests":{"memory":"1Gi"}}}],"results":[{"name":"r"}]},"timeout":"1h0m0s"}],'
      + '"params":[{"name":"a"},{"name":"b","default":["x"]},{"name":"c","properties":{"d":{}}}],"results":[{"name":"r","description":"","value":"$(tasks.u.results.r)"}]}}');
  });

  test('defaults are those of Tekton', () => {
    const text = [...tektonForms(WHOLE)].find(({ form }) => form === 'with defaults')?.text ?? '';
    const { spec } = JSON.parse(text) as { spec: { params: Json[]; tasks: Json[] } };
    expect(spec.params.map(({ type }) => type)).toEqual(['string', 'array', 'object']);
    expect(spec.params[2]).toMatchObject({ properties: { d: { type: 'string' } } });
    expect(spec.tasks).toMatchObject([{ taskRef: { name: 'x', kind: 'Task' } }, { taskSpec: { params: [{ type: 'string' }], results: [{ type: 'string' }] } }]);
    expect([...tektonForms(JSON.parse(text.replace('"metadata":{"name"', '"metadata":{"uid":"u","name"')))].some((one) => one.text === [...tektonForms(WHOLE)][0]?.text)).toBe(true);
  });

  test('what a cluster adds is not looked at', () => {
    const added = { ...WHOLE, metadata: { ...(WHOLE['metadata'] as Json), uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z', managedFields: [], ownerReferences: [], finalizers: ['x'] } };
    expect(digests(added)).toEqual(digests(WHOLE));
    expect(canonicalDefinition(added)).toBe(canonicalDefinition(WHOLE));
  });

  test.each<[string, Json]>([
    ['beside the specification', { ...WHOLE, extra: 1 }],
    ['a status', { ...WHOLE, status: {} }],
    ['in the metadata', { ...WHOLE, metadata: { name: 'p', extra: 'x' } }],
    ['in the specification', { ...WHOLE, spec: { ...(WHOLE['spec'] as Json), extra: 1 } }],
    ['deep in it', { ...WHOLE, spec: { tasks: [{ name: 'u', taskSpec: { steps: [{ ...STEP, securityContext: { privilged: true } }] } }] } }],
    ['where the version belongs, an object that has no text of its own', { ...WHOLE, apiVersion: { toString: 1 } }],
    ['of v1 in v1beta1', { ...WHOLE, apiVersion: 'tekton.dev/v1beta1' }],
  ])('a field that Tekton would drop unsigned is refused: %s', (_, object) => {
    expect(() => [...tektonForms(object)]).toThrow(Refusal);
  });

  test.each([['tekton.dev/v1', 'TaskRun'], ['tekton.dev/v1', 'StepAction'], ['tekton.dev/v2', 'Task'], ['tekton.dev', 'Task'], ['argoproj.io/v1alpha1', 'Workflow']])('%s %s is of no kind that Tekton signs', (apiVersion, kind) => {
    expect(() => [...tektonForms({ apiVersion, kind, metadata: { name: 'a' }, spec: {} })]).toThrow(Refusal);
  });
});

/** A definition with as many sorts of fields as fit. */
const definition = fc.record({
  name: fc.stringMatching(/^[a-z]{1,8}$/), script: fc.string({ unit: 'grapheme' }), optional: fc.boolean(), user: fc.integer({ min: 0, max: 65_535 }),
  labels: fc.dictionary(fc.stringMatching(/^[a-z/.]{1,12}$/), fc.string(), { maxKeys: 4 }), args: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
  options: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { maxKeys: 4 }),
}).map(({ name, script, optional, user, labels, args, options }): Json => ({
  apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name, labels },
  spec: {
    params: [{ name: 'p', type: 'object', default: options }], workspaces: [{ name: 'w', optional }],
    steps: [{ name: 's', image: 'a', script, args, securityContext: { runAsUser: user } }],
  },
}));

/** The same value with the members of every object in another order. */
function shuffled(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, turn + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const at = entries.length === 0 ? 0 : turn % entries.length;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].reverse().map(([key, item]) => [key, shuffled(item, turn + 3)]));
}

/** Every value that is neither list nor object, by its path. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function withLeaf(value: unknown, [step, ...rest]: readonly (string | number)[], change: (leaf: unknown) => unknown): unknown {
  if (step === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Json) }) as Record<string | number, unknown>;
  copy[step] = withLeaf(copy[step], rest, change);
  return copy;
}

const otherLeaf = (leaf: unknown): unknown => (typeof leaf === 'boolean' ? !leaf : typeof leaf === 'number' ? leaf + 1 : `${String(leaf)}x`);
const ownDigests = (object: unknown): string[] => [...canonicalForms(object)].map(({ text }) => sha256(text));

describe('properties', () => {
  test('the order of members in the input does not matter', () => {
    fc.assert(fc.property(definition, fc.nat(50), (object, turn) => {
      expect(digests(shuffled(object, turn))).toEqual(digests(object));
      expect(ownDigests(shuffled(object, turn))).toEqual(ownDigests(object));
    }));
  });

  test('whatever is changed, no form of the one is a form of the other', () => {
    fc.assert(fc.property(definition, fc.nat(100), (object, index) => {
      const all = leaves(object).filter(([first]) => first !== 'apiVersion' && first !== 'kind');
      const path = all[index % all.length] ?? [];
      const other = withLeaf(object, path, otherLeaf);
      const before = new Set(Object.values(digests(object)));
      expect(Object.values(digests(other)).filter((digest) => before.has(digest))).toEqual([]);
      expect(ownDigests(other).filter((digest) => ownDigests(object).includes(digest))).toEqual([]);
    }));
  });
});

describe('canonical JSON of any kind', () => {
  const TEMPLATE: Json = { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', metadata: { name: 'w', namespace: 'ci', uid: 'u', annotations: { 'gatehouse.dev/signature': 's', 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'tekton.dev/signature': 't' } }, spec: { templates: [{ name: 'é<', container: { image: 'a' } }] }, status: {} };

  test('is what an author wrote, members sorted, without white space', () => {
    expect(canonicalDefinition(TEMPLATE)).toBe('{"apiVersion":"argoproj.io/v1alpha1","kind":"WorkflowTemplate","metadata":{"name":"w","namespace":"ci"},"spec":{"templates":[{"container":{"image":"a"},"name":"é<"}]}}');
    expect([...canonicalForms(TEMPLATE)].map(({ form }) => form)).toEqual(['canonical', 'canonical, without namespace']);
  });

  test.each([['a number that was rounded', 9007199254740993], ['half of a character', '\ud800']])('%s has no canonical form', (_, value) => {
    expect(() => canonicalDefinition({ ...TEMPLATE, spec: { value } })).toThrow(Refusal);
  });
});
