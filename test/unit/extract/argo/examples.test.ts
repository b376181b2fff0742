import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { extract } from '../../../../src/extract/index.ts';
import { reviewOf } from '../../../support/pipelines.ts';
import type { Json } from '../../../support/pipelines.ts';
import { hasSharedData } from '../../../support/shared.ts';
import { examples, readObject, shown } from './support.ts';

/** Written anew by `UPDATE_GOLDEN=1 npx vitest run test/unit/extract/argo/examples.test.ts`. */
const GOLDEN = fileURLToPath(new URL('../../../fixtures/argo-golden/examples.json', import.meta.url));

const objects = hasSharedData ? examples() : [];

/** What is extracted of one object, in lines. */
function extracted(object: Json): { images: string[]; definitions: string[]; order: string[] } {
  const { request, images } = readObject(object);
  return {
    images: shown(images),
    definitions: request.definitions.map((use) => `${use.form} ${use.kind} ${use.path}${use.form === 'local' ? ` = ${use.resource} ${use.namespace}/${use.name}${use.entry === undefined ? '' : `#${use.entry}`}` : ''}`),
    order: request.order.map(({ name, after, conditional, failureIgnored, isFinally }) => `${name} <- ${after.join(' ')}${conditional ? ' ?' : ''}${failureIgnored ? ' ~' : ''}${isFinally ? ' !' : ''}`),
  };
}

describe.skipIf(!hasSharedData)('examples of Argo Workflows', () => {
  it('are there', () => {
    expect(objects.length).toBeGreaterThan(100);
  });

  it.each(objects.map(({ name, object }) => [name, object] as const))('%s is read without a problem', (_, object) => {
    expect(readObject(object).problems).toEqual([]);
  });

  it('what is extracted is as it was written down', () => {
    const now = Object.fromEntries(objects.map(({ name, object }) => [name, extracted(object)]));
    // One line for each object.
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(GOLDEN, `{\n${Object.entries(now).map(([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`).join(',\n')}\n}\n`);
    expect(now).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });
});

const EVIL = 'registry.test/evil:1';

type Change = (template: Json) => Json;

/** Places in a template at which an image may stand, each with what is planted there. */
const IN_TEMPLATE: Record<string, Change> = {
  container: () => ({ container: { image: EVIL } }),
  script: () => ({ script: { image: EVIL, source: 'x' } }),
  containerSet: () => ({ containerSet: { containers: [{ name: 'x', image: EVIL }] } }),
  initContainers: () => ({ initContainers: [{ name: 'x', image: EVIL }] }),
  sidecars: () => ({ sidecars: [{ name: 'x', image: EVIL }] }),
  volumes: () => ({ volumes: [{ name: 'x', image: { reference: EVIL } }] }),
  podSpecPatch: () => ({ podSpecPatch: JSON.stringify({ containers: [{ name: 'main', image: EVIL }] }) }),
  'podSpecPatch volume': () => ({ podSpecPatch: `volumes:\n- {name: x, image: {reference: ${EVIL}}}` }),
  'resource manifest': () => ({ resource: { action: 'create', manifest: `apiVersion: v1\nkind: Pod\nspec: {containers: [{name: x, image: ${EVIL}}]}` } }),
  'resource manifest of a workflow': () => ({ resource: { action: 'apply', manifest: JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', spec: { templates: [{ name: 'a', container: { image: EVIL } }] } }) } }),
  'inline step': () => ({ steps: [[{ name: 'x', inline: { container: { image: EVIL } } }]] }),
  'inline task': () => ({ dag: { tasks: [{ name: 'x', inline: { dag: { tasks: [{ name: 'y', inline: { script: { image: EVIL } } }] } } }] } }),
  'by parameter': () => ({ inputs: { parameters: [{ name: 'planted', value: EVIL }] }, container: { image: '{{inputs.parameters.planted}}' } }),
};

/** Places in a workflow's spec outside of its templates. */
const IN_SPEC: Record<string, Change> = {
  volumes: () => ({ volumes: [{ name: 'x', image: { reference: EVIL } }] }),
  podSpecPatch: () => ({ podSpecPatch: `initContainers:\n- {name: x, image: ${EVIL}}` }),
  'artifactGC.podSpecPatch': () => ({ artifactGC: { podSpecPatch: `containers: [{name: main, image: ${EVIL}}]` } }),
  executorPlugins: () => ({ executorPlugins: [{ spec: { sidecar: { container: { name: 'x', image: EVIL } } } }] }),
  ...Object.fromEntries(Object.entries(IN_TEMPLATE).map(([name, change]) => [`templateDefaults ${name}`, (spec: Json): Json => ({ templateDefaults: change(spec) })])),
  'another template': (spec) => ({ templates: [...((spec['templates'] as Json[] | undefined) ?? []), { name: 'planted', container: { image: EVIL } }] }),
};

/** Places in the status of a new workflow. */
const IN_STATUS: Record<string, Json> = {
  storedTemplates: { storedTemplates: { a: { name: 'a', container: { image: EVIL } } } },
  storedWorkflowTemplateSpec: { storedWorkflowTemplateSpec: { templates: [{ name: 'a', sidecars: [{ name: 's', image: EVIL }] }] } },
};

/** The object with its workflow's spec changed, wherever its kind has it. */
function withSpec(object: Json, change: Change): Json {
  const spec = object['spec'] as Json;
  if (object['kind'] !== 'CronWorkflow') return { ...object, spec: { ...spec, ...change(spec) } };
  const inner = spec['workflowSpec'] as Json;
  return { ...object, spec: { ...spec, workflowSpec: { ...inner, ...change(inner) } } };
}

/** Whether the planted image is found as an artifact, deferred, or the object refused. */
function isFound(object: Json): boolean {
  const { artifacts, deferred = [], findings } = extract(reviewOf(object));
  return artifacts.some(({ raw }) => raw === EVIL) || deferred.some(({ raw }) => raw.includes(EVIL)) || findings.some(({ code }) => code === 'INPUT_OBJECT_UNREADABLE');
}

const runnable = objects.filter(({ object }) => object['kind'] !== 'WorkflowEventBinding');

describe.skipIf(!hasSharedData)('planting: an image at any place of any example is found', () => {
  it('none is found where none is planted', () => {
    expect(runnable.filter(({ object }) => isFound(object))).toEqual([]);
  });

  it.each(Object.keys(IN_SPEC))('spec: %s', (place) => {
    expect(runnable.filter(({ object }) => !isFound(withSpec(object, (spec) => IN_SPEC[place]?.(spec) ?? {}))).map(({ name }) => name)).toEqual([]);
  });

  it.each(Object.keys(IN_TEMPLATE))('every template: %s', (place) => {
    const missed: string[] = [];
    for (const { name, object } of runnable) {
      const spec = (object['kind'] === 'CronWorkflow' ? (object['spec'] as Json)['workflowSpec'] : object['spec']) as Json;
      const templates = (spec['templates'] as Json[] | undefined) ?? [];
      templates.forEach((template, index) => {
        const changed = withSpec(object, () => ({ templates: templates.map((one, at) => (at === index ? { ...template, ...IN_TEMPLATE[place]?.(template) } : one)) }));
        if (!isFound(changed)) missed.push(`${name} ${index}`);
      });
    }
    expect(missed).toEqual([]);
  });

  it.each(Object.keys(IN_STATUS))('status: %s', (place) => {
    const workflows = runnable.filter(({ object }) => object['kind'] === 'Workflow');
    expect(workflows.filter(({ object }) => !isFound({ ...object, status: IN_STATUS[place] })).map(({ name }) => name)).toEqual([]);
  });
});
