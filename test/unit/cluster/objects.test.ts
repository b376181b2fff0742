import { describe, expect, test } from 'vitest';
import type { KubeAnswer, KubeApi } from '../../../src/cluster/api.ts';
import { listObjects, pagesOf } from '../../../src/cluster/objects.ts';
import type { ServedKind } from '../../../src/cluster/objects.ts';

const PODS: ServedKind = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true };
const signal = new AbortController().signal;

/** An API that gives these answers, one after the other, and keeps what was asked. */
function scripted(...answers: (KubeAnswer | Error)[]): KubeApi & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get(path) {
      asked.push(path);
      const answer = answers.shift() ?? new Error('nothing more');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    watch: () => Promise.reject(new Error('no watch')),
  };
}
const page = (names: readonly string[], next = ''): KubeAnswer => ({ status: 200, body: { metadata: { resourceVersion: '1', ...(next === '' ? {} : { continue: next }) }, items: names.map((name) => ({ metadata: { name } })) } });
const gone = (next?: string): KubeAnswer => ({ status: 410, body: { kind: 'Status', metadata: next === undefined ? {} : { continue: next } } });
async function all(api: KubeApi, more: object = {}): Promise<string[]> {
  const names: string[] = [];
  for await (const objects of pagesOf(api, PODS, { isWanted: () => true, signal, ...more })) names.push(...objects.map(({ object }) => String((object['metadata'] as { name: string }).name)));
  return names;
}

describe('pages of a list', () => {
  test('one after the other, each item with its kind and version', async () => {
    const api = scripted(page(['a'], 'x/1'), page(['b']));
    expect(await all(api, { namespace: 'shop', query: 'fieldSelector=f', pageSize: 7 })).toEqual(['a', 'b']);
    expect(api.asked).toEqual(['/api/v1/namespaces/shop/pods?limit=7&fieldSelector=f', '/api/v1/namespaces/shop/pods?limit=7&continue=x%2F1&fieldSelector=f']);
    for await (const [first] of pagesOf(scripted(page(['a'])), { ...PODS, group: 'g', version: 'v2' }, { isWanted: () => true, signal })) expect(first?.object).toMatchObject({ apiVersion: 'g/v2', kind: 'Pod' });
  });

  test('a list that became too old goes on where it is offered to, and begins again where it is not', async () => {
    const offered = scripted(page(['a'], '1'), gone('2'), page(['b']));
    expect([await all(offered), offered.asked.at(-1)]).toEqual([['a', 'b'], '/api/v1/pods?limit=500&continue=2']);
    expect(await all(scripted(page(['a'], '1'), gone(), page(['a', 'b'])))).toEqual(['a', 'a', 'b']);
  });

  test('is not begun again for ever, and a refusal is none of its ends', async () => {
    const again = [page(['a'], '1'), gone()];
    await expect(all(scripted(...again, ...again, ...again, ...again))).rejects.toThrow('410');
    await expect(all(scripted(page(['a'], '1'), { status: 500, body: undefined }))).rejects.toThrow('500');
    await expect(all(scripted(gone()))).rejects.toThrow('410');
  });
});

describe('many kinds', () => {
  const groups: KubeAnswer = { status: 200, body: { groups: [{ name: 'apps', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1' }, { version: '../x' }] }, { name: 'other.io', versions: [{ version: 'v1' }] }] } };
  const core: KubeAnswer = { status: 200, body: { resources: [{ name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list'] }, { name: 'pods/status', kind: 'Pod' }, { name: 'bindings', kind: 'Binding', verbs: ['create'] }] } };
  const apps: KubeAnswer = { status: 200, body: { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] } };
  const isWanted = (group: string, resource: string): boolean => (group === '' && ['*', 'pods', 'bindings'].includes(resource)) || group === 'apps';

  test('are looked for in wanted groups alone; what cannot be listed is told, and no version becomes a path', async () => {
    const api = scripted(groups, core, apps, page(['p']), { status: 403, body: {} });
    const { objects, problems } = await listObjects(api, { isWanted, signal });
    expect(objects.map(({ kind, resource }) => [kind, resource])).toEqual([['Pod', 'pods']]);
    expect(problems).toEqual(['deployments.apps cannot be listed (the API server answers 403)']);
    expect(api.asked).toEqual(['/apis', '/api/v1', '/apis/apps/v1', '/api/v1/pods?limit=500', '/apis/apps/v1/deployments?limit=500']);
  });

  test('a group that does not answer is told; without groups nothing is known', async () => {
    const { problems } = await listObjects(scripted(groups, core, new Error('cut'), page([])), { isWanted, signal });
    expect(problems).toEqual(['kinds of apps/v1 are not known: the API server does not name them']);
    await expect(listObjects(scripted({ status: 401, body: {} }), { isWanted, signal })).rejects.toThrow('401');
  });
});
