/**
 * The tutorial from its first key to the last denial in a cluster, and the way "Into a cluster" of README: every command as it stands on
 * the page, by a shell, with the real kubectl, kube-apiserver, cosign, crane and a registry. What is otherwise than at a reader's:
 *
 * - The registry has another name and speaks plain HTTP, so settings.yaml is edited as the page demands it, in a copy of the checkout.
 * - There is no internet: the images that are copied come from the same registry. And nobody types a password.
 * - No node runs pods: Gatehouse runs beside the API server, with what its Deployment would mount, from the moment when all of that is
 *   there; `kubectl rollout status` waits for it. The API server connects to it by the way of the Service: test/cluster/node.ts.
 * - Nothing waits a minute for a kubelet: after every command the node is asked whether it has what the API server holds.
 */
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandsOf as steps, inlineCommands, sitDown } from '../../support/tutorial.ts';
import type { Command, Desk, Step } from '../../support/tutorial.ts';
import { until } from '../../support/patience.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { commandsOf, ROOT } from '../installed.ts';
import { startNode } from '../node.ts';
import type { GatehouseNode } from '../node.ts';
import { dataFolder } from '../processes.ts';
import { gateIsShut } from '../scene.ts';
import { pushImage, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { toolPaths } from '../tools.ts';

const [installation, ...cluster] = steps('cluster');
const INSTALL = ['## 1. The server', '## 2. The gate'].flatMap((heading) => commandsOf('docs/operate/install.md', heading));
const README = commandsOf('README.md', '## Into a cluster');
const PAGE = readFileSync(join(ROOT, 'docs/operate/install.md'), 'utf8');

let registry: Registry;
let node: GatehouseNode;
let plane: ControlPlane;
let desk: Desk;

beforeAll(async () => {
  [registry, node] = await Promise.all([startRegistry(true), startNode()]);
  plane = await startControlPlane({ flags: node.flags });
  node.join(plane);
  const { cosign, crane, kubectl } = toolPaths();
  // Where Gatehouse does not start, nothing is left waiting for it.
  const patience = `case "$*" in *"rollout status"*) set -- "$@" --timeout=90s;; esac`;
  const programs = { cosign: `exec '${cosign}' "$@"`, crane: `exec '${crane}' "$@"`, kubectl: `${patience}\nexec '${kubectl}' "$@"` };
  desk = sitDown(registry.host, programs, { KUBECONFIG: plane.kubeconfig, checkout: checkout(registry) });
});
afterAll(async () => {
  desk?.close();
  await node?.stop();
  await plane?.stop();
  await registry?.program.stop();
});

/** A checkout whose settings name a registry without TLS, in the words of the page. */
function checkout({ host }: Registry): string {
  const folder = dataFolder('checkout');
  for (const name of readdirSync(ROOT)) if (name !== 'deploy') symlinkSync(join(ROOT, name), join(folder, name));
  cpSync(join(ROOT, 'deploy'), join(folder, 'deploy'), { recursive: true });
  const [words = ''] = /plainHttp: \[[^\]]*\]/.exec(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8')) ?? [];
  const file = join(folder, 'deploy/manifests/settings.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^( +)registries: \[\]$/m, `$&\n$1${words.replace('HOST:PORT', host)}`));
  return folder;
}

/** Runs a command of the page, and holds it to what the page says. */
async function follow(command: Command): Promise<void> {
  const step = await desk.run(command);
  expect([step.command, step.code], step.output).toEqual([command.command, command.expected]);
  for (const line of command.shown) expect(step.output).toContain(line);
}

/** A command that is not on the page, where the reader is by now. */
const ask = (command: string): Promise<Step> => desk.run({ command, expected: 0, shown: [] });
const image = (tag: string): string => `registry.acme.example/shop/app:${tag}`;
/** What would become of a pod of this image. */
const trial = (tag: string): Promise<Step> => ask(`kubectl run trial --dry-run=server --image=${image(tag)}`);

test.each(steps('images'))('for who has no images: $command', async (command) => {
  const busybox = /\bbusybox:\S+/g;
  // As the real ones are: an index of platforms, which is what the tag names and what is signed.
  for (const [name] of command.command.matchAll(busybox)) {
    const at = `${registry.host}/library/${name}`;
    await pushImage(at);
    expect(await ask(`crane index append --manifest ${at} --tag ${at}`)).toMatchObject({ code: 0 });
  }
  await follow({ ...command, command: command.command.replaceAll(busybox, (name) => `${registry.host}/library/${name}`) });
});

test.each(steps('desk'))('at the desk: $command', follow);

describe('in a cluster', () => {
  test('README, the tutorial and the installation page install by the same commands', () => {
    expect(installation?.command.trim().split('\n').slice(1)).toEqual(INSTALL);
    expect(README.slice(0, -1)).toEqual(INSTALL);
  });

  test('installed', async () => {
    if (installation !== undefined) await follow(installation);
    await node.settled();
    await gateIsShut(plane);
  }, 120_000);

  test('docs/operate/install.md: nothing is denied, and the warning is what the page shows', async () => {
    const [, command = '', shown = ''] = /^```\n\$ (kubectl run .*)\n([\s\S]*?)^```/m.exec(PAGE) ?? [];
    const { code, output } = await ask(command);
    expect([code, output.trim().split('\n').sort()]).toEqual([0, shown.trim().split('\n').sort()]);
  });

  test('before the policy an image that nobody signed is admitted like one that is signed', async () => {
    const warned = { code: 0, output: expect.stringContaining('[SELECT_NO_POLICY]') };
    for (const tag of ['1.1', '1.2']) expect(await trial(tag)).toMatchObject(warned);
  });

  test.each(cluster)('$command', async (command) => {
    // "An absence is believed for five seconds": the reader waits, and so does this.
    if (command.expected === 0 && command.command.includes('kubectl run new')) {
      await until(async () => (await ask(`sleep 0.5; ${command.command.trim()} --dry-run=server`)).code === 0);
    }
    await follow(command);
    await node.settled();
  });

  test.each(inlineCommands())('in a sentence: %s', async (command) => {
    expect(await ask(command)).toMatchObject({ code: 0 });
  });
});

describe('another policy, another answer', () => {
  /** Gives the policy to the cluster by the command of the page. */
  const give = async (edit: (policy: string) => string): Promise<void> => {
    const [replace] = cluster.filter(({ command }) => command.includes('create configmap'));
    const file = join(desk.first, 'policies/shop.yaml');
    const policy = readFileSync(file, 'utf8');
    writeFileSync(file, edit(policy));
    if (replace !== undefined) await follow(replace);
    await node.settled();
    writeFileSync(file, policy);
  };

  test('in mode warn what is not signed is admitted, with the finding as a warning', async () => {
    await pushImage(`${registry.host}/shop/app:1.3`);
    expect(await trial('1.3')).toMatchObject({ code: 1, output: expect.stringContaining('[FETCH_NONE_FOUND]') });
    await give((policy) => policy.replace('mode: enforce', 'mode: warn'));
    expect(await trial('1.3')).toMatchObject({ code: 0, output: expect.stringContaining('[FETCH_NONE_FOUND]') });
  });

  test('with the key of somebody else what is signed is denied', async () => {
    await give((policy) => policy);
    expect(await trial('1.1')).toMatchObject({ code: 0 });
    const other = dataFolder('other');
    expect(await ask(`cd ${other} && cosign generate-key-pair && cd -`)).toMatchObject({ code: 0 });
    const pem = readFileSync(join(other, 'cosign.pub'), 'utf8').trim();
    const lines = (held: string): string => pem.replaceAll('\n', /\n */.exec(held)?.[0] ?? '\n');
    await give((policy) => policy.replace(/-----BEGIN PUBLIC KEY-----[\s\S]*-----END PUBLIC KEY-----/, lines));
    expect(await trial('1.1')).toMatchObject({ code: 1, output: expect.stringContaining('[VERIFY_SIGNER_UNTRUSTED]') });
  });

  test('README: the way out: without the gate everything is admitted at once', async () => {
    expect(await trial('1.3')).toMatchObject({ code: 1 });
    expect(await ask(README.at(-1) ?? '')).toMatchObject({ code: 0 });
    await until(async () => (await trial('1.3')).code === 0);
  });
});
