import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCredentialHelpers } from '../../../src/fetch/credentials/credential-helper.ts';
import { helperEnvironment } from '../../../src/fetch/index.ts';
import { manualClock } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'helpers-'));
  const program = (name: string, script: string): void => {
    writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, `docker-credential-${name}`), 0o755);
  };
  const answer = 'echo \'{"Username":"u","Secret":"canary"}\'';
  program('record', `read server; { echo "args=$*"; echo "server=$server"; echo "pwd=$(pwd)"; env; } > ${folder}/seen; ${answer}`);
  program('count', `echo x >> ${folder}/counted; ${answer}`);
  program('failing', `echo x >> ${folder}/failed; exit 1`);
  program('flood', 'yes canary-output');
  program('token', 'echo \'{"Username":"<token>","Secret":"canary-refresh"}\'');
  program('crowd', `echo + >> ${folder}/crowd; sleep 0.3; echo - >> ${folder}/crowd; ${answer}`);
  program('stuck', 'sleep 60 & sleep 60');
  for (const [name, output] of Object.entries({ text: 'canary', list: '[]', nothing: '{}', numbers: '{"Username":1,"Secret":2}', empty: '{"Username":"u","Secret":""}' })) program(`bad-${name}`, `echo '${output}'`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
const helpers = (environment: Record<string, string> = { PATH: '/usr/bin:/bin' }, clock = manualClock(), where: string | undefined = folder) => createCredentialHelpers({ folder: where, environment }, clock);

describe('credential helpers', () => {
  it('are given the server on standard input, `get` as the only argument, and nothing else', async () => {
    await helpers({ PATH: '/usr/bin:/bin', AWS_REGION: 'eu-central-1' })('record', '123.dkr.ecr.eu-central-1.amazonaws.com');
    const seen = lines('seen');
    expect(seen.slice(0, 3)).toEqual(['args=get', 'server=123.dkr.ecr.eu-central-1.amazonaws.com', 'pwd=/']);
    const names = seen.slice(3).map((line) => line.split('=')[0]).filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''));
    expect(names.sort()).toEqual(['AWS_REGION', 'PATH']);
  });

  it.each(['$(touch pwned)', 'r.example; touch pwned', '-h', 'r.example\nget', '--help', 'https://r.example/', 'r.example/path', '', 'R.example', `${'a'.repeat(262)}`])('F06 never hear of the server %j', async (server) => {
    rmSync(join(folder, 'seen'), { force: true });
    await expect(helpers()('record', server)).rejects.toThrow('FETCH_CREDENTIALS');
    expect(existsSync(join(folder, 'seen'))).toBe(false);
  });

  it.each(['../docker-credential-record', 'record;ls', 'Record', '/bin/sh', '', 'a'.repeat(65)])('are not run under the name %j', async (name) => {
    await expect(helpers()(name, 'r.example')).rejects.toThrow('FETCH_CREDENTIALS');
  });

  it('are not run when no folder is configured, nor from one that is not given absolutely', async () => {
    // Without its first slash the folder would be found from `/`, where helpers run.
    for (const where of [undefined, '', folder.slice(1)]) {
      await expect(createCredentialHelpers({ folder: where, environment: {} }, manualClock())('record', 'r.example')).rejects.toThrow('FETCH_CREDENTIALS');
    }
  });

  it('F06 are asked once per server for five minutes, and a server never gets what another was given', async () => {
    const clock = manualClock();
    const ask = helpers(undefined, clock);
    await Promise.all([ask('count', 'x.azurecr.io'), ask('count', 'x.azurecr.io')]);
    expect(lines('counted')).toHaveLength(1);
    await ask('count', 'x.azurecr.io.evil.example');
    expect(lines('counted')).toHaveLength(2);
    clock.tick(299_999);
    await ask('count', 'x.azurecr.io');
    expect(lines('counted')).toHaveLength(2);
    clock.tick(1);
    await ask('count', 'x.azurecr.io');
    expect(lines('counted')).toHaveLength(3);
  });

  it('that fail are not run again for every request', async () => {
    const clock = manualClock();
    const ask = helpers(undefined, clock);
    for (let n = 0; n < 3; n += 1) await expect(ask('failing', 'r.example')).rejects.toThrow('FETCH_CREDENTIALS');
    expect(lines('failed')).toHaveLength(1);
    clock.tick(5_000);
    await expect(ask('failing', 'r.example')).rejects.toThrow('FETCH_CREDENTIALS');
    expect(lines('failed')).toHaveLength(2);
  });

  it('run at most four at a time, however many registries there are', async () => {
    const ask = helpers();
    await Promise.all(Array.from({ length: 10 }, (_, n) => ask('crowd', `r${n}.example`)));
    let running = 0;
    const most = Math.max(...lines('crowd').map((mark) => (running += mark === '+' ? 1 : -1)));
    expect(lines('crowd')).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('that never stop talking, or never start, are ended', async () => {
    const ask = helpers();
    const [flood, stuck] = await Promise.allSettled([ask('flood', 'r.example'), ask('stuck', 'r.example')]);
    expect([flood?.status, stuck?.status]).toEqual(['rejected', 'rejected']);
    expect(JSON.stringify([flood, stuck])).not.toContain('canary');
  });

  it('give an identity token under the name <token>', async () => {
    expect(await helpers()('token', 'r.example')).toEqual({ identityToken: 'canary-refresh' });
  });

  it.each(['text', 'list', 'nothing', 'numbers', 'empty'])('F16 that answer with %s are not understood, and not quoted', async (kind) => {
    const asked = helpers()(`bad-${kind}`, 'r.example').catch((error: unknown) => error);
    const told = await asked;
    expect(String(told)).toContain('FETCH_CREDENTIALS');
    expect(JSON.stringify(told)).not.toContain('canary');
  });
});

describe('F10 the environment of helpers', () => {
  it('has what finds the pod\'s own identity in a cloud, and nothing else', () => {
    const environment = { PATH: '/bin', HOME: '/', AWS_ROLE_ARN: 'r', AWS_WEB_IDENTITY_TOKEN_FILE: 'f', AZURE_CLIENT_ID: 'c', AZURE_FEDERATED_TOKEN_FILE: 't', GOOGLE_APPLICATION_CREDENTIALS: 'g', HTTPS_PROXY: 'p', DATABASE_PASSWORD: 'canary', KUBERNETES_SERVICE_HOST: 'k', NODE_OPTIONS: '--inspect', LD_PRELOAD: 'x', AWS: 'x', MY_AWS_KEY: 'x', GATEHOUSE_X: undefined };
    expect(Object.keys(helperEnvironment(environment)).sort()).toEqual(['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE', 'GOOGLE_APPLICATION_CREDENTIALS', 'HOME', 'HTTPS_PROXY', 'PATH']);
  });
});
