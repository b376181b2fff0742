import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/platform/config/config.ts';
import { developmentCertificate } from '../../../../src/platform/tls/development.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-events-config-'));
let pem: string;
beforeAll(async () => {
  pem = (await developmentCertificate()).cert;
  writeFileSync(join(folder, 'ca.pem'), pem);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (events: unknown): ReturnType<typeof checkConfig> => checkConfig(JSON.stringify({ decisions: { events } }), join(folder, 'gatehouse.yaml'));
const URL = 'https://collector.acme.example/events';

describe('decisions.events', () => {
  test('absent, there are none', () => {
    const result = checkConfig('{}', 'g.yaml');
    expect(result.ok && result.config.decisions.events).toBeUndefined();
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ['standard output', { stdout: true }, { stdout: true, gzip: false, source: '/gatehouse', mask: [] }],
    ['a file beside the configuration', { file: 'events.jsonl' }, { file: join(folder, 'events.jsonl') }],
    ['an address', { url: URL, tokenFile: 'token', gzip: true, mask: ['user'] }, { url: URL, tokenFile: join(folder, 'token'), gzip: true, mask: ['user'] }],
    ['a name of its own', { stdout: true, source: 'https://gatehouse.acme.example/prod' }, { source: 'https://gatehouse.acme.example/prod' }],
  ])('%s', (_, events, expected) => {
    const result = read(events);
    expect(result.ok ? result.config.decisions.events : result.problems).toMatchObject(expected);
  });

  test('authorities come from a file, which is named so that it can be followed', () => {
    const result = read({ url: URL, ca: 'ca.pem' });
    expect(result).toMatchObject({ ok: true, files: [join(folder, 'ca.pem')], config: { decisions: { events: { ca: pem } } } });
    expect(read({ url: URL, ca: pem })).toMatchObject({ ok: true, files: [] });
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no place', {}, 'decisions.events', /expected exactly one of stdout, file, url, found none/],
    ['two places', { stdout: true, url: URL }, 'decisions.events', /found stdout and url/],
    ['standard output switched off', { stdout: false }, 'decisions.events.stdout', /true/],
    ['plain HTTP', { url: 'http://collector.acme.example' }, 'decisions.events.url', /expected an https URL/],
    ['a password in the address', { url: 'https://me:secret@collector.acme.example' }, 'decisions.events.url', /without user and password/],
    ['a secret in the query', { url: `${URL}?key=secret` }, 'decisions.events.url', /tokenFile/],
    ['a token without anybody to show it to', { stdout: true, tokenFile: 't' }, 'decisions.events.tokenFile', /without decisions\.events\.url/],
    ['authorities without a connection', { file: 'f', ca: 'ca.pem' }, 'decisions.events.ca', /without decisions\.events\.url/],
    ['compression without batches', { file: 'f', gzip: true }, 'decisions.events.gzip', /without decisions\.events\.url/],
    ['a mask that there is not', { stdout: true, mask: ['users'] }, 'decisions.events.mask[0]', /user, name, namespace, artifacts/],
    ['a source with a blank', { stdout: true, source: '/a b' }, 'decisions.events.source', /expected an https URI or a path/],
    ['authorities that are not there', { url: URL, ca: 'gone.pem' }, 'decisions.events.ca', /PEM text or a readable file/],
    ['a key that there is not', { stdout: true, urls: [] }, 'decisions.events.urls', /does not exist/],
  ])('%s is refused', (_, events, path, message) => {
    const result = read(events);
    expect(result.ok).toBe(false);
    const problem = result.ok ? undefined : result.problems.find((one) => one.path === path);
    expect(problem?.message, JSON.stringify(result)).toMatch(message);
    expect(JSON.stringify(result)).not.toContain('secret@');
  });
});
