/** `gatehouse controller` takes the configuration of the server, with all that stands in it, and the folders of its policies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerConfig } from '../../../src/platform/config/config.ts';
import { runCli } from '../../../src/surfaces/cli/index.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';
import { documentsOf, only } from '../deploy/support.ts';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'gatehouse-controller-')); });
afterAll(() => rmSync(folder, { recursive: true }));

/** What the controller is started with, or what is said in its place. */
async function started(args: readonly string[], config = ''): Promise<{ readonly code: number; readonly config: ServerConfig | undefined; readonly err: string }> {
  writeFileSync(join(folder, 'config.yaml'), config);
  let [err, taken]: [string, ServerConfig | undefined] = ['', undefined];
  const code = await runCli(['controller', '--config', join(folder, 'config.yaml'), ...args], {
    rooms: { ...localRooms, serve: () => Promise.reject(new Error('no server')), control: async (given) => { taken = given; } },
    version: '0', now: () => 0, stdout: () => undefined, stderr: (text) => { err += text; }, stdin: async () => new Uint8Array(),
  });
  return { code, config: taken, err };
}

test('the policies of the server are those of the controller', async () => {
  expect((await started(['-p', folder])).config?.policies).toEqual([folder]);
  expect((await started([], `policies: [${folder}]\n`)).config?.policies).toEqual([folder]);
  expect((await started([])).config?.policies).toEqual([]);
});
test('a folder that is not there is named, and nothing is started', async () => {
  const { code, config, err } = await started(['-p', join(folder, 'typo')]);
  expect([code, config]).toEqual([64, undefined]);
  expect(err).toContain(`${join(folder, 'typo')}: there is no such policy folder`);
});
test.each([
  ['a client certificate of the API server', 'tls: {clientCA: /etc/gatehouse/client-ca/client-ca.crt}\n'],
  ['its name as well', 'tls: {clientCA: /etc/gatehouse/client-ca/client-ca.crt, clientNames: [kube-apiserver]}\n'],
  ['tokens in the path', 'callers: {pathTokens: /etc/gatehouse/path-tokens/tokens}\n'],
  ['receipts', 'gate: {port: 8444, receipts: {keys: /etc/gatehouse/receipt-keys}}\n'],
  ['mutation', 'mutate: {enabled: true}\n'],
  ['what the chart adds', 'operations: {tls: true}\ndecisions: {enabled: true, clusterTokens: true}\ncontroller: {ca: /etc/gatehouse/tls/ca.crt, tokenFile: /var/run/secrets/gatehouse/token}\n'],
])('a configuration with %s is none to stop at, though none of its files is here', async (_, text) => {
  expect(await started(['-p', folder], text)).toMatchObject({ code: 0, err: '' });
});
test('its twin, a configuration that is wrong, is one', async () => {
  expect(await started(['-p', folder], 'unmatchd: deny\n')).toMatchObject({ code: 64, config: undefined, err: expect.stringContaining('unmatchd') });
});
test('the shipped controller has the configuration and the policies of the shipped server', () => {
  const argsOf = (file: string, name: string): string[] => only(documentsOf(file), 'Deployment', name).at('spec', 'template', 'spec', 'containers', 0, 'args').value as string[];
  const [server, controller] = [argsOf('deploy/manifests/install.yaml', 'gatehouse'), argsOf('deploy/controller/controller.yaml', 'gatehouse-controller')];
  const policies = (args: readonly string[]): readonly string[] => args.filter((_, index) => args[index - 1] === '-p');
  expect(policies(controller)).toEqual(policies(server));
  expect(policies(controller)).toHaveLength(1);
  expect(controller).toContain(server.find((one) => one.startsWith('--config=')));
});
