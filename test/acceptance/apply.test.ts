import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/surfaces/cli/index.ts';
import { localRooms } from '../../src/wiring/local/rooms.ts';

const POLICIES = `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {namespaces: {matchLabels: {factory: "true"}}, mode: enforce, requesters: {serviceAccounts: [ci/triggers], groups: [releasers], users: []}, images: {deferred: deny, unpinned: allow}}
`;
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: ci, labels: {factory: "true"}}\n';
const run = (namespace = 'ci'): string => `apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {generateName: run-, namespace: ${namespace}}\nspec: {pipelineRef: {name: release}}\n`;
const pod = (image: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: ci}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-apply-'));
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  mkdirSync(at('objects/deep'), { recursive: true });
  writeFileSync(at('policy.yaml'), POLICIES);
  writeFileSync(at('config.yaml'), 'unmatched: allow\n');
  writeFileSync(at('deny.yaml'), 'unmatched: deny\nextractors: [{group: widgets.example, resource: widgets, images: [spec.image]}]\n');
  writeFileSync(at('run.yaml'), `${NAMESPACE}---\n${run()}`);
  writeFileSync(at('other.yaml'), run('other'));
  writeFileSync(at('objects/a.yaml'), NAMESPACE);
  writeFileSync(at('objects/deep/b.yml'), run());
  writeFileSync(at('objects/deep/c.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }] }));
  writeFileSync(at('objects/notes.txt'), 'no manifest');
  writeFileSync(at('broken.yaml'), 'apiVersion: v1\nkind: Pod\nkind: Pod\n');
  writeFileSync(at('none.yaml'), 'a: b\n');
  writeFileSync(at('empty.yaml'), '\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran { readonly code: number; readonly out: string; readonly err: string }

async function apply(args: readonly string[], stdin = ''): Promise<Ran> {
  const ran = { out: '', err: '' };
  const code = await runCli(['apply', '-p', at('policy.yaml'), '--offline', ...args], {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: Date.now,
    stdout: (text) => { ran.out += text; }, stderr: (text) => { ran.err += text; }, stdin: async () => new TextEncoder().encode(stdin),
  });
  return { code, ...ran };
}

describe('gatehouse apply', () => {
  it('judges every object of a file, with the labels of the namespaces in it', async () => {
    const { code, out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'bob']);
    expect([code, out]).toEqual([1, expect.stringContaining('POLICY_REQUESTER')]);
    expect(out).toMatch(/✗ PipelineRun ci\/run-….*run\.yaml:5/);
    expect((await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'bob', '--as-group', 'releasers'])).code).toBe(0);
    expect((await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '--as', 'system:serviceaccount:ci:triggers'])).code).toBe(0);
  });

  it('without a user, rules about who asks are not judged, which is told and not refused', async () => {
    const { code, out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml')]);
    expect([code, out]).toEqual([0, expect.stringContaining('note: not judged: rules about who starts a run')]);
    expect(out).not.toContain('POLICY_REQUESTER');
  });

  it('a namespace whose labels are not known is undetermined', async () => {
    const { code, out } = await apply(['-f', at('other.yaml'), '--config', at('config.yaml'), '--as', 'bob']);
    expect([code, out]).toEqual([3, expect.stringContaining('SELECT_LABELS_UNKNOWN')]);
  });

  it('reads folders, lists and standard input', async () => {
    const { out } = await apply(['-f', at('objects'), '--config', at('config.yaml'), '-o', 'json']);
    const report = JSON.parse(out) as { objects: { at: string; request: { kind: string } }[] };
    expect(report.objects.map(({ at: place, request }) => [place.slice(folder.length), request.kind])).toEqual([['/objects/a.yaml:1', 'Namespace'], ['/objects/deep/b.yml:1', 'PipelineRun'], ['/objects/deep/c.json:1', 'ConfigMap']]);
    const piped = await apply(['-f', '-', '--config', at('config.yaml')], `${NAMESPACE}---\n${pod('nginx')}---\n`);
    expect([piped.code, piped.out]).toEqual([0, expect.stringContaining('standard input:5')]);
  });

  it('what no policy speaks about is denied unless the configuration says otherwise, and its rows of kinds count', async () => {
    expect((await apply(['-f', '-'], pod('nginx'))).code).toBe(1);
    const widget = 'apiVersion: widgets.example/v1\nkind: Widget\nmetadata: {name: w, namespace: ci}\nspec: {image: "ghcr.io/a/b:1"}\n';
    expect((await apply(['-f', '-', '--config', at('deny.yaml')], widget)).out).toContain('SELECT_NO_POLICY');
    expect((await apply(['-f', '-'], widget)).out).toContain('INPUT_IMAGE_UNPLACED');
  });

  it('tells ahead of time which images of Tekton no policy speaks about', async () => {
    const { out } = await apply(['-f', at('run.yaml'), '--config', at('config.yaml')]);
    expect(out.match(/note: no policy speaks about /g)).toHaveLength(5);
    const enforced = 'apiVersion: gatehouse.dev/v1alpha1\nkind: ClusterArtifactPolicy\nmetadata: {name: all}\nspec: {mode: warn, artifacts: [{image: "**"}], require: [{name: x, encryption: {}}]}\n';
    writeFileSync(at('all.yaml'), enforced);
    const covered = await apply(['-f', at('run.yaml'), '--config', at('config.yaml'), '-p', at('all.yaml')]);
    expect(covered.out).not.toContain('no policy speaks about');
  });

  it.each<[string, string, RegExp]>([
    ['a key twice', 'broken.yaml', /broken\.yaml:3: /],
    ['no object of Kubernetes', 'none.yaml', /none\.yaml:1: expected an object with apiVersion and kind, found \{"a":"b"\}/],
    ['nothing', 'empty.yaml', /no objects found/],
    ['no file', 'missing.yaml', /missing\.yaml: cannot be read \(ENOENT\)/],
  ])('%s is wrong usage, with its place', async (_, file, message) => {
    const { code, err } = await apply(['-f', at(file)]);
    expect([code, err]).toEqual([64, expect.stringMatching(message)]);
  });
});
