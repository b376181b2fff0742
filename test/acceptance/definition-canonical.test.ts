// gatehouse definition canonical: what it prints is what has to be signed, and what is signed so is admitted.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/surfaces/cli/index.ts';
import { localRooms } from '../../src/wiring/local/rooms.ts';
import { verifierHere } from '../support/offline.ts';
import { judgedBy, wrong } from '../support/pipelines.ts';
import type { Json } from '../support/pipelines.ts';
import { keyBundle } from '../world/bundle.ts';
import { annotated } from '../world/definition.ts';
import { base64 } from '../world/encode.ts';
import { createWorld } from '../world/world.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const world = createWorld({ now: NOW });
const key = world.key();
const IMAGE = `ghcr.io/acme/tool@sha256:${'a'.repeat(64)}`;

const TASK = `# what compiles
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: compile, namespace: ci, labels: {gatehouse.dev/class: build}, annotations: {tekton.dev/signature: eA==}}
spec:
  steps: [{name: go, image: "${IMAGE}", script: "go build ./...\\n"}]
status: {}
`;
const TEMPLATE = `apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: compile, namespace: ci}
spec:
  entrypoint: main
  templates: [{name: main, container: {image: "${IMAGE}", command: [go]}}]
`;
const POLICY = `
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: platform-team}
spec: {identities: [{key: {data: ${JSON.stringify(key.publicKeyPem)}}}], mayCertify: [{definition: "**"}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: factory}
spec: {definitions: {signedBy: [platform-team]}}
`;

async function canonical(text: string | Uint8Array, file = '-'): Promise<{ code: number; out: string; err: string }> {
  const ran = { out: '', err: '' };
  const code = await runCli(['definition', 'canonical', file], {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')) }, version: '0', now: () => NOW,
    stdout: (more) => { ran.out += more; }, stderr: (more) => { ran.err += more; },
    stdin: async () => (typeof text === 'string' ? new TextEncoder().encode(text) : text),
  });
  return { code, ...ran };
}

describe('gatehouse definition canonical', () => {
  it('prints the definition as it is signed, without a line break', async () => {
    expect(await canonical(TASK)).toEqual({
      code: 0, err: '',
      out: `{"apiVersion":"tekton.dev/v1","kind":"Task","metadata":{"labels":{"gatehouse.dev/class":"build"},"name":"compile","namespace":"ci"},"spec":{"steps":[{"image":"${IMAGE}","name":"go","script":"go build ./...\\n"}]}}`,
    });
  });

  it('prints the same for YAML and for JSON', async () => {
    expect((await canonical(JSON.stringify(parse(TASK), null, 2))).out).toBe((await canonical(TASK)).out);
  });

  it.each([['a Task', TASK], ['an Argo template', TEMPLATE]])('what is signed so is admitted, and nothing else: %s', async (_, text) => {
    const { out } = await canonical(text);
    const { 'tekton.dev/signature': _s, ...annotations } = ((parse(text) as { metadata: { annotations?: Record<string, string> } }).metadata.annotations ?? {});
    const plain = { ...(parse(text) as Json), metadata: { ...((parse(text) as Json)['metadata'] as Json), annotations } };
    const signed = (bytes: string): Json => annotated(plain, { 'gatehouse.dev/signature': base64(keyBundle(world, { artifact: Buffer.from(bytes), key })) });
    const judge = judgedBy(POLICY, { ports: { verifier: verifierHere, clock: { now: () => NOW } } });
    expect(wrong(await judge(signed(out)))).toEqual([]);
    expect(wrong(await judge(signed(`${out}\n`)))).not.toEqual([]);
  });

  it.each([
    ['a boolean for kubectl, a text for others', TASK.replace('class: build', 'class: yes'), 'metadata.labels.gatehouse.dev/class means different things'],
    ['a number in base 8 for kubectl', TEMPLATE.replace('command: [go]', 'command: [go], volumes: [{mode: 0644}]'), 'spec.templates[0].container.volumes[0].mode means different things'],
    ['a number that is rounded', TEMPLATE.replace('command: [go]', 'priority: 9007199254740993'), 'number in the definition is too large to be signed'],
    ['two documents', `${TEMPLATE}---\n${TEMPLATE}`, 'expected one definition, but it holds several documents'],
    ['a key twice', TEMPLATE.replace('spec:', 'spec: {}\nspec:'), 'expected one definition'],
    ['an alias', TEMPLATE.replace('name: compile', 'name: &a compile, x: *a'), 'expected one definition'],
    ['no object of Kubernetes', 'a: b\n', 'expected an object with apiVersion and kind'],
    ['no text', Uint8Array.of(0xff), 'it is no text in UTF-8'],
    ['nothing', '', 'it holds no object'],
  ])('refuses %s, and says why', async (_, text, why) => {
    const { code, out, err } = await canonical(text);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/^gatehouse: standard input: /);
    expect(err).toContain(why);
  });

  it('the same in quotes has one meaning', async () => {
    expect((await canonical(TASK.replace('class: build', 'class: "yes"'))).code).toBe(0);
    expect((await canonical(TEMPLATE.replace('command: [go]', 'command: [go], volumes: [{mode: 420}]'))).code).toBe(0);
  });

  it('a file that is not there is wrong usage', async () => {
    expect(await canonical('', '/nowhere/task.yaml')).toMatchObject({ code: 64, out: '' });
  });
});
