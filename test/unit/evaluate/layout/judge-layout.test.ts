import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../../src/domain/artifact/digest.ts';
import type { Digest } from '../../../../src/domain/artifact/digest.ts';
import type { LayoutStep, Link, ProvenChain, ProvenLink } from '../../../../src/domain/policy/layout.ts';
import { judgeLayout } from '../../../../src/evaluate/layout/index.ts';
import { readRule } from '../../../../src/verify/intoto/read-rule.ts';
import { party } from '../support.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const digestOf = (text: string): Digest => {
  const digest = parseDigest(`sha256:${Buffer.from(text.repeat(32)).subarray(0, 32).toString('hex')}`);
  if (digest === undefined) throw new Error('not a digest');
  return digest;
};
const set = (versions: Record<string, string>): Map<string, string> => new Map(Object.entries(versions).map(([path, text]) => [path, digestOf(text)]));
const rules = (...texts: string[]) => texts.map((text) => readRule(text.split(' '), 'rule'));
const step = (name: string, further: Partial<LayoutStep> = {}): LayoutStep => ({ name, threshold: 1, expectedMaterials: [], expectedProducts: [], expectedCommand: [], ...further });
const linkOf = (name: string, materials: Record<string, string>, products: Record<string, string>): Link => ({ name, materials: set(materials), products: set(products), command: ['make'] });
const by = (functionary: string, link: Link, further: Partial<ProvenLink> = {}): ProvenLink => ({ source: `${functionary}'s link`, functionary: party(functionary), signer: `key ${functionary}`, validity: {}, content: { kind: 'link', link }, ...further });

function chain(steps: readonly LayoutStep[], links: Record<string, readonly ProvenLink[]>, further: Partial<ProvenChain['layout']> = {}): ProvenChain {
  return {
    source: 'root.layout', owners: [], validity: {}, layout: { expires: NOW + 1, steps, inspections: [], ...further },
    steps: new Map(steps.map(({ name }) => [name, { links: links[name] ?? [], notes: [] }])),
  };
}

const built = linkOf('build', { src: 's' }, { app: '1' });
const good = chain([step('build')], { build: [by('alice', built)] });
const judge = (one: ProvenChain, further: object = {}) => judgeLayout(one, { now: NOW, artifacts: [{ digest: digestOf('1') }], ...further });
const kinds = (result: ReturnType<typeof judge>): string[] => (result.ok ? [] : result.problems.map(({ kind }) => kind));

describe('a proven chain', () => {
  test('that made the artifact holds, and tells who did what', () => {
    expect(judge(good)).toEqual({ ok: true, warnings: [], steps: [{ step: 'build', signers: ['key alice'], sources: ["alice's link"], materials: 1, products: 1 }] });
  });

  test('expires at the very moment', () => {
    expect(judge(good, { now: NOW + 1 })).toMatchObject({ ok: false, problems: [{ kind: 'expired', found: `expired ${new Date(NOW + 1).toISOString()}` }] });
  });

  test('is void when an owner key is not valid now', () => {
    expect(kinds(judge({ ...good, validity: { notAfter: NOW - 1 } }))).toEqual(['expired']);
    expect(kinds(judge({ ...good, validity: { notBefore: NOW + 1 } }))).toEqual(['expired']);
    expect(kinds(judge({ ...good, validity: { notBefore: NOW, notAfter: NOW } }))).toEqual([]);
  });

  test('A08 is good for nothing that it did not make', () => {
    expect(judge(good, { artifacts: [{ digest: digestOf('2') }] })).toMatchObject({ ok: false, problems: [{ kind: 'artifact', artifact: digestOf('2'), found: `app ${digestOf('1')}` }] });
    expect(kinds(judge(good, { artifacts: [{ digest: digestOf('1') }, { digest: digestOf('2') }] }))).toEqual(['artifact']);
    expect(kinds(judge(good, { artifacts: [{ digest: digestOf('1'), path: './app' }] }))).toEqual([]);
    expect(kinds(judge(good, { artifacts: [{ digest: digestOf('1'), path: 'other' }] }))).toEqual(['artifact']);
    expect(kinds(judge(good, { artifacts: [{ digest: digestOf('s') }] }))).toEqual(['artifact']);
  });

  test('A18 without any artifact is not judged as good', () => expect(kinds(judge(good, { artifacts: [] }))).toEqual(['artifact']));

  test('C15 a rule on ./a/../secret is a rule on secret', () => {
    const sneaky = chain([step('build', { expectedProducts: rules('DISALLOW secret') })], { build: [by('alice', linkOf('build', {}, { app: '1', secret: '2' }))] });
    expect(judge(sneaky)).toMatchObject({ ok: false, problems: [{ kind: 'rule', step: 'build', subject: 'products', rule: 'DISALLOW secret', artifact: 'secret' }] });
  });
});

describe('thresholds', () => {
  const two = (links: readonly ProvenLink[]) => chain([step('build', { threshold: 2 })], { build: links });

  test('count functionaries, not links', () => {
    expect(kinds(judge(two([by('alice', built), by('bob', built)])))).toEqual([]);
    expect(judge(two([by('alice', built), by('alice', built)]))).toMatchObject({ ok: false, problems: [{ kind: 'threshold', step: 'build', expected: 'links by 2 distinct functionaries', found: '1: key alice' }] });
    expect(kinds(judge(two([])))).toEqual(['link-missing']);
  });

  test('do not count whose key or certificate is not valid now, and say so', () => {
    const result = judge(two([by('alice', built), by('bob', built, { validity: { notAfter: NOW - 1 } })]));
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'threshold', trace: ["bob's link: key bob is not valid now"] }] });
  });

  test('count those who say the same; who says something else neither helps nor harms', () => {
    const other = linkOf('build', { src: 's' }, { app: '2' });
    expect(judge(two([by('alice', built), by('bob', other)]))).toMatchObject({ ok: false, problems: [{ kind: 'disagreement', step: 'build', artifact: 'app', found: "key alice (alice's link) and key bob (bob's link) differ" }] });
    expect(judge(two([by('alice', built), by('bob', other), by('carol', built)]))).toMatchObject({ ok: true, steps: [{ signers: ['key alice', 'key carol'], dissent: ['key bob'] }] });
    expect(kinds(judge(two([by('alice', built), by('bob', other), by('bob', built)])))).toEqual([]);
    expect(judge(chain([step('build')], { build: [by('bob', other), by('alice', built)] }))).toMatchObject({ ok: true, steps: [{ signers: ['key alice'] }] });
  });

  test('of those who agree on different things, a choice that fits the rest of the chain is found', () => {
    const steps = [step('fetch'), step('build', { expectedMaterials: rules('MATCH * WITH PRODUCTS FROM fetch', 'DISALLOW *') })];
    const fetched = [by('bob', linkOf('fetch', {}, { src: 'x' })), by('dave', linkOf('fetch', {}, { src: 's' }))];
    expect(judge(chain(steps, { fetch: fetched, build: [by('alice', built)] }))).toMatchObject({ ok: true, steps: [{ signers: ['key dave'] }, { signers: ['key alice'] }] });
    expect(judge(chain(steps, { fetch: fetched.slice(0, 1), build: [by('alice', built)] }))).toMatchObject({ ok: false, problems: [{ kind: 'rule', step: 'build' }] });
  });

  test('more ways to choose than are tried refuse, and say so; the first way is always tried', () => {
    const steps = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'build'].map((name) => step(name));
    const said = (products: readonly string[]) => Object.fromEntries(steps.map(({ name }) => [name, products.map((product) => by(`by ${product}`, linkOf(name, {}, { app: product })))]));
    expect(kinds(judge(chain(steps, said(['5', '6', '7', '8']))))).toEqual(['limit', 'artifact']);
    expect(kinds(judge(chain(steps, said(['1', '6', '7', '8']))))).toEqual([]);
    expect(kinds(judge(chain(steps, said(['5']))))).toEqual(['artifact']);
  });

  test('another command is only a warning', () => {
    const result = judge(chain([step('build', { expectedCommand: ['make', 'all'] })], { build: [by('alice', built)] }));
    expect(result).toMatchObject({ ok: true, warnings: [expect.stringContaining('expected command make, all, found make')] });
  });
});

describe('several steps', () => {
  const steps = [step('fetch'), step('build', { expectedMaterials: rules('MATCH * WITH PRODUCTS FROM fetch', 'DISALLOW *') })];
  const fetched = linkOf('fetch', {}, { src: 's' });

  test('hand on what they made', () => {
    expect(kinds(judge(chain(steps, { fetch: [by('bob', fetched)], build: [by('alice', built)] })))).toEqual([]);
    expect(judge(chain(steps, { fetch: [by('bob', linkOf('fetch', {}, { src: 'x' }))], build: [by('alice', built)] }))).toMatchObject({ ok: false, problems: [{ kind: 'rule', step: 'build', subject: 'materials', artifact: 'src' }] });
  });

  test('rules are not judged while a step is missing: the missing step is the reason', () => {
    expect(judge(chain(steps, { build: [by('alice', built)] }))).toMatchObject({ ok: false, problems: [{ kind: 'link-missing', step: 'fetch' }] });
  });
});

describe('sublayouts', () => {
  const inner = chain([step('compile'), step('join', { expectedProducts: rules('REQUIRE app') })], { compile: [by('carol', linkOf('compile', { src: 's' }, { o: '3' }))], join: [by('dave', linkOf('join', { o: '3' }, { app: '1' }))] });
  const outer = (sub: ProvenChain) => chain([step('build', { expectedMaterials: rules('REQUIRE src'), expectedProducts: rules('CREATE app', 'DISALLOW *') })], { build: [by('alice', built, { content: { kind: 'sublayout', chain: sub } })] });

  test('stand for a link with the materials of their first and the products of their last step', () => {
    expect(judge(outer(inner))).toMatchObject({ ok: true, steps: [{ step: 'build' }, { step: 'build/compile' }, { step: 'build/join' }] });
  });

  test('that fail name their step', () => {
    const broken = { ...inner, steps: new Map([...inner.steps, ['join', { links: [], notes: [{ source: 'x', text: 'broken' }] }]]) };
    expect(judge(outer(broken))).toMatchObject({ ok: false, problems: [{ kind: 'link-missing', step: 'build/join', trace: ['x: broken'] }] });
    expect(judge(outer({ ...inner, layout: { ...inner.layout, expires: NOW } }))).toMatchObject({ ok: false, problems: [{ kind: 'expired', step: 'build' }] });
  });

  test('that fail do not harm a link that holds beside them', () => {
    const broken = { ...inner, layout: { ...inner.layout, expires: NOW } };
    const both = chain([step('build')], { build: [by('erin', built, { content: { kind: 'sublayout', chain: broken } }), by('alice', built)] });
    expect(judge(both)).toMatchObject({ ok: true, steps: [{ step: 'build', signers: ['key alice'] }] });
    expect(kinds(judge({ ...both, layout: { ...both.layout, steps: [step('build', { threshold: 2 })] } }))).toEqual(['expired']);
  });

  test('stand for every way in which they hold', () => {
    const joined = inner.steps.get('join')?.links ?? [];
    const twofold = { ...inner, steps: new Map([...inner.steps, ['join', { links: [by('erin', linkOf('join', { o: '3' }, { app: '7' })), ...joined], notes: [] }]]) };
    expect(judge(outer(twofold))).toMatchObject({ ok: true, steps: [{ step: 'build' }, { step: 'build/compile' }, { step: 'build/join', signers: ['key dave'] }] });
  });

  test('get no parameters, and no inspection of theirs is ever declared', () => {
    const asking = { ...inner, layout: { ...inner.layout, steps: [step('compile', { expectedProducts: rules('DISALLOW {X}') }), step('join')] } };
    expect(kinds(judge(outer(asking), { parameters: new Map([['X', 'x']]) }))).toEqual(['parameter']);
    const inspecting = { ...inner, layout: { ...inner.layout, inspections: [{ name: 'look', expectedMaterials: [], expectedProducts: [], run: ['true'] }] } };
    expect(kinds(judge(outer(inspecting), { dataOnlyInspections: ['look', 'build/look'] }))).toEqual(['inspection']);
  });
});

describe('parameters', () => {
  const asking = chain([step('build', { expectedProducts: rules('REQUIRE {FILE}', 'ALLOW *') })], { build: [by('alice', built)] });

  test('are filled in', () => {
    expect(kinds(judge(asking, { parameters: new Map([['FILE', 'app']]) }))).toEqual([]);
    expect(judge(asking, { parameters: new Map([['FILE', 'other']]) })).toMatchObject({ ok: false, problems: [{ rule: 'REQUIRE other' }] });
  });
  test('that are missing refuse', () => expect(judge(asking)).toMatchObject({ ok: false, problems: [{ kind: 'parameter', step: 'build', expected: 'a value for parameter FILE' }] }));
  test('are filled in once: a value is no template', () => expect(judge(asking, { parameters: new Map([['FILE', '{FILE}']]) })).toMatchObject({ ok: false, problems: [{ rule: 'REQUIRE {FILE}' }] }));
  test('A12 have no values that nobody gave', () => {
    const odd = chain([step('build', { expectedProducts: rules('DISALLOW {constructor}') })], { build: [by('alice', built)] });
    expect(kinds(judge(odd))).toEqual(['parameter']);
  });
});

describe('inspections', () => {
  const look = { name: 'look', expectedMaterials: rules('MATCH app WITH PRODUCTS FROM build', 'DISALLOW *'), expectedProducts: [], run: ['sh', '-c', 'rm -rf /'] };
  const inspecting = { ...good, layout: { ...good.layout, inspections: [look] } };
  const app = [{ path: 'app', digest: digestOf('1') }];

  test('refuse the layout unless they are declared to be data only', () => {
    expect(judge(inspecting, { artifacts: app })).toMatchObject({ ok: false, problems: [{ kind: 'inspection', step: 'look', found: 'an inspection that runs sh, -c, rm -rf /' }] });
    expect(kinds(judge(inspecting, { artifacts: app, dataOnlyInspections: ['look'] }))).toEqual([]);
  });

  test('judge the artifacts by their rules', () => {
    const more = { ...inspecting, layout: { ...inspecting.layout, inspections: [{ ...look, expectedProducts: rules('DISALLOW *') }] } };
    expect(judge(more, { artifacts: app, dataOnlyInspections: ['look'] })).toMatchObject({ ok: false, problems: [{ kind: 'rule', step: 'look', artifact: 'app' }] });
  });

  test('need paths', () => expect(kinds(judge(inspecting, { dataOnlyInspections: ['look'] }))).toEqual(['inspection']));
  test('a step that is declared like one stays a step', () => expect(kinds(judge(inspecting, { artifacts: app, dataOnlyInspections: ['look', 'build'] }))).toEqual([]));
});
