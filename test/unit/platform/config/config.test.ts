import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { caProblem } from '../../../../src/platform/config/texts/ca-text.ts';
import { readsPullSecrets } from '../../../../src/platform/config/callers.ts';
import { checkConfig, formatConfigProblem, loadConfig } from '../../../../src/platform/config/config.ts';
import { developmentCertificate } from '../../../../src/platform/tls/development.ts';

function problems(text: string, flags = {}) {
  const result = checkConfig(text, 'gatehouse.yaml', flags);
  if (result.ok) throw new Error('expected problems');
  return result.problems;
}

function config(text: string, flags = {}) {
  const result = checkConfig(text, '', flags);
  if (!result.ok) throw new Error(result.problems.map(formatConfigProblem).join('\n'));
  return result.config;
}

describe('configuration', () => {
  it('gives the documented defaults for an empty file', () => {
    const { port, opsPort, unmatched, cache, limits, drain, budget, decisions } = config('');
    expect({ port, opsPort, unmatched, drain }).toEqual({ port: 8443, opsPort: 8080, unmatched: 'deny', drain: 10_000 });
    expect(cache).toEqual({ evidenceTTL: 600_000, absenceTTL: 5000, tagTTL: 0, evidenceBytes: 128 * 1024 ** 2, verificationBytes: 64 * 1024 ** 2, examinationBytes: 16 * 1024 ** 2 });
    expect(limits.bodyBytes).toBe(8 * 1024 ** 2);
    expect(budget).toBe(10_000);
    expect(decisions.keep).toBe(500);
  });

  it('reads durations and sizes with their units', () => {
    const { cache, drain } = config('cache: {evidenceTTL: 1h, tagTTL: 500ms, evidenceBytes: 2GiB}\ndrain: 0\n');
    expect(cache).toMatchObject({ evidenceTTL: 3_600_000, tagTTL: 500, evidenceBytes: 2 * 1024 ** 3 });
    expect(drain).toBe(0);
  });

  it('names line and column of every problem at once', () => {
    const found = problems('port: 8443\ncache:\n  evidenceTTL: 10\nunmatched: maybe\nlimits:\n  bodyByte: 8MiB\n');
    expect(found.map(({ line, column, path }) => ({ line, column, path }))).toEqual([
      { line: 3, column: 3, path: 'cache.evidenceTTL' },
      { line: 4, column: 1, path: 'unmatched' },
      { line: 6, column: 3, path: 'limits.bodyByte' },
    ].sort((a, b) => found.findIndex((p) => p.path === a.path) - found.findIndex((p) => p.path === b.path)));
    expect(found).toHaveLength(3);
  });

  it.each([
    ['an unknown key', 'porst: 1', 'porst'],
    ['a duplicate key', 'port: 1\nport: 2', ''],
    ['a port out of range', 'port: 70000', 'port'],
    ['a list for a mapping', '[1]', ''],
    ['a duration without unit', 'drain: 10', 'drain'],
    ['a duration out of bounds', 'drain: 10h', 'drain'],
    ['a registry with a scheme', 'registries: [{host: "https://ghcr.io"}]', 'registries[0].host'],
    ['half a certificate', 'tls: {cert: a.pem}', 'tls.key'],
    ['text that is not YAML', 'a: [', ''],
    ['a misspelt kubernetes switch', 'kubernetes: {enabled: yes please}', 'kubernetes.enabled'],
  ])('refuses %s', (_name, text, path) => {
    const [problem] = problems(text);
    expect(problem?.path).toBe(path);
    expect(problem?.line).toBeGreaterThan(0);
  });

  it.each([
    ['port: "x"', 'expected a number, found "x"'],
    ['port: 70000', 'expected a number of at most 65535, found 70000'],
    ['workers: 0', 'expected a number of at least 1, found 0'],
    ['policies: p', 'expected a list, found "p"'],
    ['administrators: [" security"]', 'expected a name without white space around it, found " security"'],
    ['breakGlass: "glass\\t"', 'expected a name without white space around it, found "glass\\t"'],
    ['policies: [""]', 'expected a text that is not empty, found ""'],
    ['tls: {cert: a}', 'is missing: expected a text'],
    ['unmatched: no', 'expected one of deny, warn, allow, found "no"'],
    ['trust: {refreshPublicGood: 1}', 'expected true or false, found 1'],
    ['port: 1\nport: 2', 'this key stands here twice; remove one'],
    [`a: ${'['.repeat(5000)}`, 'file is nested too deeply'],
    [['a: &a [x, x, x]', ...'bcdef'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[index]}`).join(', ')}]`)].join('\n'), 'aliases multiply beyond the limit of 16; write the values out'],
  ])('says in words what is wrong with %s', (text, message) => {
    expect(problems(text)[0]?.message).toBe(message);
  });

  it.each([
    ['S7: pull secrets where nobody can show who it is', 'kubernetes: {pullSecrets: true}', 'kubernetes.pullSecrets', 'tls: {cert: a, key: b, clientCA: c}'],
    ['S7: names of certificates that nobody asks for', 'tls: {cert: a, key: b, clientNames: [x]}', 'tls.clientNames', undefined],
    ['S7: trust in a path token that there is not', 'callers: {pullSecretsByPathToken: true}', 'callers.pullSecretsByPathToken', 'callers: {pathTokens: t, pullSecretsByPathToken: true}'],
    ['S8: tokens in plain', 'decisions: {enabled: true, tokenFile: t}', 'decisions.tokenFile', 'operations: {tls: true}\ndecisions: {enabled: true, tokenFile: t}'],
    ['S8: tokens of the cluster in plain', 'decisions: {enabled: true, clusterTokens: true}', 'decisions.clusterTokens', 'operations: {tls: true}\ndecisions: {enabled: true, clusterTokens: true}'],
    ['S8: decisions over TLS that nobody may read', 'operations: {tls: true}\ndecisions: {enabled: true}', 'decisions.enabled', 'decisions: {enabled: true}'],
    ['S8: tokens of a cluster that is not asked', 'kubernetes: {enabled: false}\noperations: {tls: true}\ndecisions: {enabled: true, clusterTokens: true}', 'decisions.clusterTokens', undefined],
  ])('refuses %s, and takes its twin', (_name, text, path, twin) => {
    const [problem] = problems(text);
    expect(problem?.path).toBe(path);
    expect(problem?.line).toBeGreaterThan(0);
    if (twin !== undefined) expect(() => config(twin.includes('clientCA') ? `${text}\n${twin}` : twin)).not.toThrow();
  });

  it.each([
    ['keys that there are not', (n: number) => Array.from({ length: n }, (_, index) => `k${index}: 1`).join('\n')],
    ['the same key', (n: number) => 'port: 1\n'.repeat(n)],
    ['no YAML at all', (n: number) => ': '.repeat(n)],
  ])('of a file with thousands of mistakes (%s) a hundred are told, and how many more there are', (_name, text) => {
    const found = problems(text(8000));
    expect(found).toHaveLength(101);
    expect(found.at(-1)?.message).toMatch(/^\d+ more problems, which are not told$/);
  });

  it('a key that stands twice is found at each depth, and the same key in two maps is not one', () => {
    expect(problems('cache: {tagTTL: 1m, tagTTL: 2m}').map(({ line, column }) => [line, column])).toEqual([[1, 21]]);
    expect(problems('registries:\n- host: a.example\n  host: b.example').map(({ line, column }) => [line, column])).toEqual([[3, 3]]);
    expect(() => config('registries:\n- host: a.example\n- host: b.example')).not.toThrow();
  });

  it('S7: the refusal of pull secrets names both ways', () => {
    const [problem] = problems('kubernetes: {pullSecrets: true}');
    for (const way of ['tls.clientCA', 'callers.pathTokens', 'callers.pullSecretsByPathToken']) expect(problem?.message).toContain(way);
  });

  it.each<[string, string, boolean]>([
    ['nothing', '', false], ['a client CA', 'tls: {cert: a, key: b, clientCA: c}', true], ['bearer tokens', 'callers: {bearerTokens: t}', true],
    ['path tokens', 'callers: {pathTokens: t}', false], ['path tokens that are enough', 'callers: {pathTokens: t, pullSecretsByPathToken: true}', true],
    ['a client CA, and no', 'tls: {cert: a, key: b, clientCA: c}\nkubernetes: {pullSecrets: false}', false], ['path tokens, and yes', 'callers: {pathTokens: t}\nkubernetes: {pullSecrets: true}', true],
  ])('S7: pull secrets are read without a word only where somebody can show enough: %s', (_name, text, reads) => {
    expect(readsPullSecrets(config(text))).toBe(reads);
  });

  it('lists problems in the order of the file', () => {
    expect(problems('log: {level: x}\nporst: 1\ndrain: 10\nport: x').map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  });

  it('blames the command line for what only flags said, with and without a file', () => {
    for (const text of ['', 'port: 1']) expect(problems(text, { 'tls.cert': 'a', plainHttp: ['http://x'] }).map(formatConfigProblem)).toEqual(['command line: tls.key: is missing: expected a text', expect.stringMatching(/^command line: plainHttp\[0\]: expected HOST/)]);
    const bare = checkConfig('', '', { 'tls.cert': 'a' });
    expect(bare.ok ? [] : bare.problems.map(formatConfigProblem)).toEqual(['command line: tls.key: is missing: expected a text']);
  });

  it('L10 takes keys named __proto__ and constructor for unknown keys, not for prototypes', () => {
    expect(problems('__proto__: {port: 1}\nconstructor: {port: 1}\n').map((problem) => problem.path)).toEqual(expect.arrayContaining(['constructor']));
    expect(({} as { port?: number }).port).toBeUndefined();
  });

  it('lets flags win over the file, and blames the command line for its own', () => {
    expect(config('port: 1\ntls: {cert: a, key: b}', { port: 2, 'tls.cert': 'c' })).toMatchObject({ port: 2, tls: { cert: 'c', key: 'b' } });
    expect(problems('port: 1', { port: -1 })[0]).toMatchObject({ file: 'command line', line: 0, path: 'port' });
  });

  it('resolves paths of the file against its folder and reads CA files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
    const { cert } = await developmentCertificate();
    writeFileSync(join(folder, 'ca.pem'), cert);
    writeFileSync(join(folder, 'c.yaml'), 'policies: [p]\nregistries: [{host: r.example, ca: ca.pem}]\ntls: {cert: c.pem, key: /abs/k.pem}\ncallers: {pathTokens: t, bearerTokens: /abs/b}\ndecisions: {tokenFile: d}\n');
    const result = loadConfig(join(folder, 'c.yaml'));
    expect(result).toMatchObject({ ok: true, config: { policies: [join(folder, 'p')], registries: [{ ca: cert }], tls: { cert: join(folder, 'c.pem'), key: '/abs/k.pem' }, callers: { pathTokens: join(folder, 't'), bearerTokens: '/abs/b' }, decisions: { tokenFile: join(folder, 'd') } } });
  });

  it('reports a file that is not UTF-8', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-config-')), 'c.yaml');
    writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    expect(loadConfig(file)).toMatchObject({ ok: false, problems: [{ file, line: 1, message: expect.stringContaining('UTF-8') as string }] });
  });

  it('reports a file that is not there, and a CA that is not', () => {
    expect(loadConfig('/nonexistent/gatehouse.yaml')).toMatchObject({ ok: false, problems: [{ line: 1 }] });
    expect(problems('registries: [{host: r.example, ca: nowhere.pem}]')[0]?.path).toBe('registries[0].ca');
  });

  it('reports a CA file that holds no certificate, or one that cannot be read', async () => {
    const { cert } = await developmentCertificate();
    const cut = cert.replace(/\n.{20}/, '\n');
    expect([caProblem(cert), caProblem(`# ours\n${cert}${cert}`)]).toEqual([undefined, undefined]);
    for (const text of ['{}', '', cert.replaceAll('CERTIFICATE', 'PRIVATE KEY'), '-----BEGIN CERTIFICATE-----\n', cut, cert + cut]) expect(caProblem(text)).toMatch(/^expected certificates in PEM/);
    expect(problems(`registries: [{host: r.example, ca: ${JSON.stringify(cut)}}]`)).toMatchObject([{ path: 'registries[0].ca', message: expect.stringContaining('cannot be read') as string }]);
  });
});
