/** `gatehouse explain`: codes, what was probably meant, whatever names codes, and decisions of a server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-explain-'));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const explain = (...args: string[]): ReturnType<typeof ranCommandLine> => ranCommandLine('explain', ...args);
const headsOf = (text: string): string[] => [...text.matchAll(/^([A-Z_]+): /gm)].map(([, code = '']) => code);

const finding = (code: string, verdict: string): object => ({ code, verdict, mode: 'enforce', path: 'spec.containers[0]', artifact: 'a:1', title: 't', fix: 'mend it' });
const DECISION = {
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Decision', id: 'abc', time: '2026-01-01T00:00:00.000Z', outcome: 'deny', verdict: 'violated',
  request: { kind: 'Pod', namespace: 'shop', name: 'web' },
  findings: [finding('POLICY_SATISFIED', 'satisfied'), finding('FETCH_NONE_FOUND', 'violated'), finding('POLICY_TOO_OLD', 'violated'), finding('FETCH_NONE_FOUND', 'violated')],
};

let server: Server;
let asked: { path: string | undefined; token: string | undefined }[] = [];
let url = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({ path: request.url, token: request.headers.authorization });
    if (request.url === '/decisions/busy') return void response.writeHead(503).end();
    if (request.url !== '/decisions/abc') return void response.writeHead(404).end('{"code":"INPUT_NOT_A_REVIEW","message":"no such decision"}');
    response.end(JSON.stringify(DECISION));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('gatehouse explain CODE…', () => {
  test('several codes, each once, in any case and with their brackets', async () => {
    const { code, stdout } = await explain('fetch_none_found', '[POLICY_TOO_OLD]', 'FETCH_NONE_FOUND');
    expect([code, headsOf(stdout)]).toEqual([0, ['FETCH_NONE_FOUND', 'POLICY_TOO_OLD']]);
  });

  test.each([
    ['a typing mistake', 'FETCH_NONE_FUOND', 'FETCH_NONE_FOUND'],
    ['no stage', 'SIGNER_UNTRUSTED', 'VERIFY_SIGNER_UNTRUSTED'],
    ['no stage and a typing mistake', 'SIGNER_UNTRUSTD', 'VERIFY_SIGNER_UNTRUSTED'],
    ['a word too many', 'no such layout expired', 'POLICY_LAYOUT_EXPIRED'],
    ['words of a title', 'layout expired', 'POLICY_LAYOUT_EXPIRED'],
    ['nothing near', 'xyzzyxyzzyxyzzy', undefined],
  ])('64, and what was meant: %s', async (_, given, meant) => {
    const { code, stdout, stderr } = await explain('POLICY_TOO_OLD', given);
    expect([code, stdout]).toEqual([64, '']);
    if (meant === undefined) expect(stderr).not.toContain('did you mean');
    else expect(stderr).toContain(`did you mean ${meant}`);
  });

  test('-o json and yaml: the same documents for programs, of the codes named, of a file, and of all', async () => {
    const { code, stdout } = await explain('POLICY_TOO_OLD', '-o', 'json');
    const document = JSON.parse(stdout) as { kind: string; reasons: { code: string; meaning: string; fix: string }[] };
    expect([code, document.kind, document.reasons]).toEqual([0, 'ReasonList', [expect.objectContaining({ code: 'POLICY_TOO_OLD', verdict: 'violated', stage: 'POLICY' })]]);
    expect(parse((await explain('POLICY_TOO_OLD', '-o', 'yaml')).stdout)).toEqual(document);
    expect((await explain('POLICY_TOO_OLD', '-o', 'table')).stdout).toBe((await explain('POLICY_TOO_OLD')).stdout);
    const codes = (text: string): number => (JSON.parse(text) as typeof document).reasons.length;
    expect(codes((await explain('-f', write('d.json', JSON.stringify(DECISION)), '-o', 'json')).stdout)).toBe(2);
    expect(codes((await explain('-o', 'json')).stdout)).toBeGreaterThan(100);
    expect((await explain('NO_SUCH_CODE', '-o', 'json'))).toMatchObject({ code: 64, stdout: '' });
  });

  test('64: a reference without a server says where it is to be had', async () => {
    expect(await explain('3f9a0c1b2d')).toMatchObject({ code: 64, stderr: expect.stringContaining('--server') });
  });
});

describe('gatehouse explain -f FILE', () => {
  test.each([
    ['a decision', JSON.stringify(DECISION)],
    ['an AdmissionReview', JSON.stringify({ kind: 'AdmissionReview', response: { allowed: false, status: { message: 'x\n  fix: a  [FETCH_NONE_FOUND]\n  fix: b  [POLICY_TOO_OLD]' } } })],
    ['the text of a denial', 'Error from server: denied\n  fix: a  [FETCH_NONE_FOUND]\n  fix: b  [POLICY_TOO_OLD]\n  [POLICY_TOO_OLD]'],
  ])('%s: each code once, without what holds', async (_, text) => {
    const { code, stdout } = await explain('-f', write('given', text));
    expect([code, headsOf(stdout)]).toEqual([0, ['FETCH_NONE_FOUND', 'POLICY_TOO_OLD']]);
  });

  test.each([['no code in it', ['-f', 'EMPTY']], ['no file', ['-f', 'ABSENT']], ['codes besides', ['-f', 'EMPTY', 'POLICY_TOO_OLD']]])('64: %s', async (_, args) => {
    const empty = write('empty', '{}');
    expect((await explain(...args.map((arg) => (arg === 'EMPTY' ? empty : arg)))).code).toBe(64);
  });
});

describe('gatehouse explain ID --server URL', () => {
  test('prints the denial with all findings, those that hold last; asked without a token on this machine', async () => {
    asked = [];
    const { code, stdout } = await explain('abc', '--server', url);
    expect(code).toBe(0);
    expect(stdout).toMatch(/✗ denied: Pod shop\/web, violated[\s\S]*FETCH_NONE_FOUND[\s\S]*POLICY_TOO_OLD[\s\S]*satisfied POLICY_SATISFIED[\s\S]*gatehouse explain FETCH_NONE_FOUND POLICY_TOO_OLD/);
    expect(asked).toEqual([{ path: '/decisions/abc', token: undefined }]);
  });

  test('-o json: the decision as the server has it, several in a list, and nothing where one cannot be asked for', async () => {
    expect(JSON.parse((await explain('abc', '--server', url, '-o', 'json')).stdout)).toEqual(DECISION);
    expect(parse((await explain('abc', 'abc', '--server', url, '-o', 'yaml')).stdout)).toMatchObject({ kind: 'DecisionList', objects: [DECISION, DECISION] });
    expect(await explain('abc', 'busy', '--server', url, '-o', 'json')).toMatchObject({ code: 3, stdout: '' });
  });

  test('3 when it cannot be asked now, 64 when there is no such decision', async () => {
    expect((await explain('busy', '--server', url)).code).toBe(3);
    expect(await explain('0123456789', '--server', url)).toMatchObject({ code: 64, stderr: expect.stringContaining('no such decision') });
  });

  test.each([
    ['plain HTTP to another host', ['abc', '--server', 'http://gatehouse.example:8080']],
    ['plain HTTP to a name, which can lead anywhere', ['abc', '--server', 'http://localhost:8080']],
    ['a token over plain HTTP', ['abc', '--server', 'HERE', '--token-file', 'TOKEN']],
    ['https without a token', ['abc', '--server', 'https://127.0.0.1:1']],
    ['what is no id', ['../metrics', '--server', 'HERE']],
    ['no id', ['--server', 'HERE']],
    ['a token and no server', ['POLICY_TOO_OLD', '--token-file', 'TOKEN']],
  ])('64, and nothing is sent: %s', async (_, args) => {
    asked = [];
    const token = write('token', 'secret');
    const { code } = await explain(...args.map((arg) => (arg === 'HERE' ? url : arg === 'TOKEN' ? token : arg)));
    expect([code, asked]).toEqual([64, []]);
  });
});
