import { describe, expect, it } from 'vitest';
import type { Json } from '../../../support/pipelines.ts';
import { reviewOf } from '../../../support/pipelines.ts';
import { cpuNow } from '../../../support/cpu.ts';
import { extract } from '../../../../src/extract/index.ts';

const meta = { apiVersion: 'argoproj.io/v1alpha1', metadata: { generateName: 'w-', namespace: 'ci' } };
const wf = (spec: Json): Json => ({ ...meta, kind: 'Workflow', spec });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const leaf = (name: string, image = 'r/a:1'): Json => ({ name, container: { image } });
const nest = (depth: number): Json => (depth === 0 ? leaf('x') : { name: `d${depth}`, steps: [[{ name: 's', inline: nest(depth - 1) }]] });
const param = (value: string): Json => ({ parameters: [{ name: 'i', value }] });

/** Objects that somebody could send, each with a code that must be among what is said of it; empty where it may just be read. */
const HOSTILE: Record<string, [() => Json, string]> = {
  '10,000 templates': [() => wf({ templates: many(10_000, (n) => leaf(`t${n}`)) }), 'INPUT_TOO_MANY_TASKS'],
  '10,000 steps': [() => wf({ entrypoint: 'm', templates: [leaf('x'), { name: 'm', steps: many(10_000, (n) => [{ name: `s${n}`, template: 'x' }]) }] }), 'INPUT_TOO_MANY_TASKS'],
  '10,000 tasks in one group': [() => wf({ entrypoint: 'm', templates: [leaf('x'), { name: 'm', steps: [many(10_000, (n) => ({ name: `s${n}`, template: 'x' }))] }] }), 'INPUT_TOO_MANY_TASKS'],
  'two wide groups': [() => wf({ entrypoint: 'm', templates: [leaf('x'), { name: 'm', steps: [many(2000, (n) => ({ name: `s${n}`, template: 'x' })), many(1999, (n) => ({ name: `u${n}`, template: 'x' }))] }] }), ''],
  'templates inside each other': [() => wf({ templates: [nest(60)] }), 'INPUT_TOO_MANY_TASKS'],
  'a tree of calls': [() => wf({ entrypoint: 't0', templates: [...many(30, (n) => ({ name: `t${n}`, steps: [[{ name: 'a', template: `t${n + 1}` }, { name: 'b', template: `t${n + 1}` }]] })), leaf('t30')] }), 'INPUT_TOO_MANY_TASKS'],
  'a long row of calls with parameters': [() => wf({ entrypoint: 't0', templates: [...many(1000, (n) => ({ name: `t${n}`, inputs: { parameters: [{ name: 'i' }] }, steps: [[{ name: 'a', template: `t${n + 1}`, arguments: param('{{inputs.parameters.i}}') }]] })), { name: 't1000', inputs: { parameters: [{ name: 'i' }] }, container: { image: '{{inputs.parameters.i}}' } }] }), 'INPUT_PARAMETER_LIMIT'],
  'a doubling parameter': [() => wf({ entrypoint: 'x', arguments: { parameters: many(60, (n) => ({ name: `p${n}`, value: n === 0 ? 'aaaaaaaa' : `{{workflow.parameters.p${n - 1}}}{{workflow.parameters.p${n - 1}}}` })) }, templates: [leaf('x', '{{workflow.parameters.p59}}')] }), 'INPUT_PARAMETER_LIMIT'],
  'a long row of workflow parameters': [() => wf({ entrypoint: 'x', arguments: { parameters: many(20_000, (n) => ({ name: `p${n}`, value: n === 0 ? 'a' : `{{workflow.parameters.p${n - 1}}}` })) }, templates: [leaf('x', '{{workflow.parameters.p19999}}')] }), 'INPUT_PARAMETER_LIMIT'],
  'fan-outs of fan-outs': [() => wf({ entrypoint: 't0', templates: [...many(6, (n) => ({ name: `t${n}`, inputs: { parameters: [{ name: 'i', value: 'r/a' }] }, steps: [[{ name: 'a', template: `t${n + 1}`, withItems: many(200, (m) => `x${m}`), arguments: param('{{inputs.parameters.i}}{{item}}') }]] })), { name: 't6', inputs: { parameters: [{ name: 'i' }] }, container: { image: '{{inputs.parameters.i}}' } }] }), 'INPUT_PARAMETER_LIMIT'],
  'fan-outs that come to the same': [() => wf({ entrypoint: 't0', templates: [...many(6, (n) => ({ name: `t${n}`, inputs: { parameters: [{ name: 'i', value: 'r/a' }] }, steps: many(300, (k) => [{ name: `a${k}`, template: `t${n + 1}`, withItems: many(300, () => ''), arguments: param('{{inputs.parameters.i}}{{item}}') }]) })), { name: 't6', inputs: { parameters: [{ name: 'i' }] }, container: { image: '{{inputs.parameters.i}}' } }] }), ''],
  '100,000 items': [() => wf({ entrypoint: 'm', templates: [{ name: 'x', inputs: { parameters: [{ name: 'i' }] }, container: { image: '{{inputs.parameters.i}}' } }, { name: 'm', steps: [[{ name: 's', template: 'x', withItems: many(100_000, () => 'r/a:1'), arguments: param('{{item}}') }]] }] }), 'INPUT_PARAMETER_LIMIT'],
  '3 MB of placeholders in an image': [() => wf({ entrypoint: 'x', templates: [leaf('x', '{{a}}'.repeat(600_000))] }), 'INPUT_PARAMETER_LIMIT'],
  '3 MB of braces in an image': [() => wf({ entrypoint: 'x', templates: [leaf('x', '{{'.repeat(1_500_000))] }), 'INPUT_PARAMETER_LIMIT'],
  '3 MB in an image': [() => wf({ entrypoint: 'x', templates: [leaf('x', 'a'.repeat(3_000_000))] }), 'INPUT_IMAGE_INVALID'],
  '3 MB of a script': [() => wf({ entrypoint: 'x', templates: [{ name: 'x', script: { image: 'r/a:1', source: '{{a}}'.repeat(600_000) } }] }), ''],
  '3 MB of depends': [() => wf({ entrypoint: 'm', templates: [leaf('x'), { name: 'm', dag: { tasks: [{ name: 'a', template: 'x', depends: 'a&&'.repeat(1_000_000) }] } }] }), 'INPUT_TOO_MANY_TASKS'],
  'a manifest of 3 MB': [() => wf({ entrypoint: 'x', templates: [{ name: 'x', resource: { action: 'create', manifest: 'a: b\n'.repeat(600_000) } }] }), ''],
  'a manifest of 3 MB of JSON': [() => wf({ entrypoint: 'x', templates: [{ name: 'x', resource: { action: 'create', manifest: JSON.stringify(many(300_000, (n) => n)) } }] }), ''],
  'a manifest of brackets': [() => wf({ entrypoint: 'x', templates: [{ name: 'x', resource: { action: 'create', manifest: '['.repeat(30_000) } }] }), 'INPUT_OBJECT_UNREADABLE'],
  '200 manifests': [() => wf({ entrypoint: 'x', templates: many(200, (n) => ({ name: `x${n}`, resource: { action: 'create', manifest: `kind: Pod\nspec:\n  containers:\n${many(200, (m) => `  - {name: c${m}, image: r/a:${m}}\n`).join('')}` } })) }), ''],
  'a patch for 1,000 templates': [() => wf({ podSpecPatch: JSON.stringify({ containers: many(200, (n) => ({ name: `c${n}`, image: 'r/a:1' })) }), templates: many(1000, (n) => leaf(`t${n}`)) }), 'INPUT_TOO_MANY_TASKS'],
  'defaults for 1,000 templates': [() => wf({ templateDefaults: { sidecars: many(500, (n) => ({ name: `c${n}`, image: 'r/a:1' })) }, templates: many(1000, (n) => ({ ...leaf(`t${n}`), sidecars: [{ name: 'c1', image: 'r/a:2' }] })) }), ''],
  'many hooks': [() => wf({ entrypoint: 'm', templates: [leaf('x'), { name: 'm', steps: [[{ name: 's', template: 'x', hooks: Object.fromEntries(many(10_000, (n) => [`h${n}`, { template: 'x' }])) }]] }] }), 'INPUT_TOO_MANY_TASKS'],
  'many stored templates': [() => ({ ...wf({}), status: { storedTemplates: Object.fromEntries(many(10_000, (n) => [`t${n}`, leaf('x')])) } }), 'INPUT_TOO_MANY_TASKS'],
};

describe('Argo limits', () => {
  it.each(Object.keys(HOSTILE))('%s: answered in time', (name) => {
    const [make, code] = HOSTILE[name] ?? [() => ({}), ''];
    const review = reviewOf(make());
    extract(review);
    let found: readonly string[] = [];
    const spent = Math.min(...[1, 2].map(() => {
      const start = cpuNow();
      found = extract(review).findings.map((finding) => finding.code);
      return cpuNow() - start;
    }));
    if (code !== '') expect(found).toContain(code);
    if (process.env['SHOW'] !== undefined) console.log(name, spent.toFixed(1), [...new Set(found)].join(' '));
    expect(spent).toBeLessThan(100);
  });
});
