// The templates of deploy/ are pasted as they are: their steps are run with parameters filled in, against a gate, and judged as definitions.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../support/command-line.ts';
import type { Ran } from '../support/command-line.ts';
import { startGate } from '../support/gate.ts';
import type { GateServer } from '../support/gate.ts';
import { judgedBy, wrong } from '../support/pipelines.ts';

const deployed = (path: string): string => readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), 'utf8');

interface Step { readonly name?: string; readonly args: readonly string[]; readonly script?: string; readonly onError?: string }
const TASK = parse(deployed('tekton/gatehouse-admit.yaml')) as { spec: { params: { name: string; default?: string }[]; results: { name: string }[]; steps: Step[] } };
const STEP = parse(deployed('tekton/gatehouse-admit-step.yaml')) as { spec: { params: { name: string; default?: string }[]; results: { name: string }[] } & Step };
const ARGO = parse(deployed('argo/gatehouse-admit.yaml')) as { spec: { templates: { inputs: { parameters: { name: string; default?: string }[] }; container: Step }[] } };

let gate: GateServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-step-'));
  gate = await startGate({ policies: () => ({}), namespaces: { ci: {} } });
  writeFileSync(join(folder, 'ca.crt'), gate.server.running.developmentCertificate ?? '');
});
afterAll(async () => {
  await gate.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the arguments of a step as its engine would: parameters and paths of results filled in, the volume where it is mounted. */
async function run(args: readonly string[], defaults: readonly { name: string; default?: string }[], params: Readonly<Record<string, string>>): Promise<Ran & { result(name: string): string }> {
  const values = { ...Object.fromEntries(defaults.map((one) => [one.name, one.default ?? ''])), server: `https://localhost:${gate.server.running.gatePort}`, ...params };
  writeFileSync(join(folder, 'token'), gate.pod().token);
  const filled = args.map((text) => text
    .replaceAll(/\$\(params\.(\w+)\)|\{\{inputs\.parameters\.(\w+)\}\}/g, (_, tekton?: string, argo?: string) => values[(tekton ?? argo ?? '') as keyof typeof values] ?? '')
    .replaceAll(/\$\((?:step\.)?results\.(\w+)\.path\)/g, (_, name: string) => join(folder, name))
    .replaceAll('/results/', `${folder}/`)
    .replaceAll('/var/run/gatehouse/', `${folder}/`)
    // A workspace that is not bound has an empty path (Tekton: variables).
    .replaceAll('$(workspaces.source.path)', params['workspace'] ?? ''));
  expect(filled.join(' ')).not.toMatch(/\$\(|\{\{/);
  return { ...(await ranCommandLine(...filled)), result: (name) => readFileSync(join(folder, name), 'utf8') };
}

const step = (name: string): Step => TASK.spec.steps.find((one) => one.name === name) as Step;
const asked = (uri: string): string => JSON.stringify([{ kind: 'image', uri }]);

describe.each<[string, readonly string[], readonly { name: string; default?: string }[]]>([
  ['the Task', step('ask').args, TASK.spec.params],
  ['the StepAction', STEP.spec.args, STEP.spec.params],
  ['the template of Argo', ARGO.spec.templates[0]?.container.args ?? [], ARGO.spec.templates[0]?.inputs.parameters ?? []],
])('%s', (_, args, params) => {
  test('is admitted what is signed, and says so in its results', async () => {
    const ran = await run(args, params, { artifacts: asked(gate.good) });
    expect([ran.code, ran.result('DECISION')], ran.stderr).toEqual([0, 'admit']);
    expect(JSON.parse(ran.result('TEST_OUTPUT'))).toMatchObject({ result: 'SUCCESS', successes: 1, failures: 0 });
  });

  test('is denied what is not, with the results of it and an empty receipt', async () => {
    const ran = await run(args, params, { artifacts: asked(gate.evil) });
    expect([ran.code, ran.result('DECISION'), ran.result('RECEIPT')]).toEqual([1, 'deny', '']);
    expect(JSON.parse(ran.result('TEST_OUTPUT'))).toMatchObject({ result: 'FAILURE', failures: 1 });
    expect(ran.stdout).toContain('FETCH_NONE_FOUND');
  });
});

describe('the Task as a whole', () => {
  test('says undetermined of a gate that is not there', async () => {
    const ran = await run(step('ask').args, TASK.spec.params, { artifacts: asked(gate.good), server: 'https://localhost:1' });
    expect([ran.code, ran.result('DECISION')]).toEqual([3, 'undetermined']);
    expect(JSON.parse(ran.result('TEST_OUTPUT'))).toMatchObject({ result: 'ERROR' });
  });

  test('asks on, and asserts in its last step', async () => {
    expect(step('ask').onError).toBe('continue');
    await run(step('ask').args, TASK.spec.params, { artifacts: asked(gate.evil) });
    expect((await run(step('assert').args, TASK.spec.params, {})).code).toBe(1);
    expect((await run(step('assert').args, TASK.spec.params, { strict: 'false' })).code).toBe(0);
    await run(step('ask').args, TASK.spec.params, { artifacts: asked(gate.good) });
    expect((await run(step('assert').args, TASK.spec.params, {})).code).toBe(0);
  });

  test('part 5: writes the list into its workspace, and nowhere where none is bound', async () => {
    const workspace = mkdtempSync(join(folder, 'workspace-'));
    const artifacts = JSON.stringify(['container', 'baseImage'].map((usedAs) => ({ kind: 'image', uri: gate.good, usedAs })));
    const bound = await run(step('ask').args, TASK.spec.params, { artifacts, workspace });
    expect([bound.code, bound.result('DECISION')], bound.stderr).toEqual([0, 'admit']);
    expect(readFileSync(join(workspace, 'gatehouse-artifacts.txt'), 'utf8').split('\n')).toHaveLength(3);
    // The image's own folder cannot be written to, and no step depends on where it is started.
    const here = readdirSync(process.cwd());
    const unbound = await run(step('ask').args, TASK.spec.params, { artifacts });
    expect([unbound.code, unbound.result('DECISION')], unbound.stderr).toEqual([0, 'admit']);
    expect(readdirSync(process.cwd())).toEqual(here);
    const ofStep = await run(STEP.spec.args, STEP.spec.params, { artifacts, listFolder: workspace });
    expect([ofStep.code, readdirSync(workspace)], ofStep.stderr).toEqual([0, ['gatehouse-artifacts.txt']]);
    const gone = await run(step('ask').args, TASK.spec.params, { artifacts: asked(gate.evil), workspace });
    expect([gone.code, readdirSync(workspace)]).toEqual([1, []]);
  });

  test('asserts nothing good of a step that wrote nothing', async () => {
    rmSync(join(folder, 'DECISION'), { force: true });
    expect((await run(step('assert').args, TASK.spec.params, {})).code).toBe(3);
  });

  test('judges by policies of its workspace where a folder is named', async () => {
    const ran = await run([...step('ask').args, `--plain-http=${gate.registry.host}`], TASK.spec.params, { artifacts: asked(gate.evil), policy: gate.server.policyFolder });
    expect([ran.code, ran.result('DECISION')], ran.stderr).toEqual([1, 'deny']);
  });

  test('takes no parameter for a program: there is no script, and a list that is none is refused with its place', async () => {
    expect(TASK.spec.steps.some(({ script }) => script !== undefined)).toBe(false);
    const ran = await run(step('ask').args, TASK.spec.params, { artifacts: '[{"kind": "image", "uri": "x", "run": "rm"}]' });
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('--artifacts[0]');
  });

  test.each(['tekton/gatehouse-admit.yaml', 'tekton/gatehouse-admit-step.yaml', 'argo/gatehouse-admit.yaml'])('%s passes the restricted hygiene of a factory', async (path) => {
    const policy = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'PipelinePolicy', metadata: { name: 'factory' }, spec: { hygiene: 'restricted', images: { unpinned: 'allow' } } });
    const document = parse(deployed(path)) as Record<string, unknown>;
    const decision = await judgedBy(policy)({ ...document, metadata: { ...(document['metadata'] as object), namespace: 'ci' } });
    expect(wrong(decision)).toEqual([]);
  });
});

describe('GitHub and GitLab', () => {
  test('inputs come as variables and are no text of the program', () => {
    const action = parse(deployed('github/action.yml')) as { runs: { steps: { run: string }[] } };
    for (const { run: text } of action.runs.steps) expect(text).not.toContain('${{');
  });

  test('the job has an ID token for the audience of the gate', () => {
    const job = parse(deployed('gitlab/gatehouse-admit.yml')) as { '.gatehouse-admit': { id_tokens: unknown } };
    expect(job['.gatehouse-admit'].id_tokens).toEqual({ GATEHOUSE_TOKEN: { aud: 'gatehouse' } });
  });
});
