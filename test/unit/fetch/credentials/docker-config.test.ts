import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDockerConfig } from '../../../../src/fetch/index.ts';

const AUTH = Buffer.from('alice:won:der').toString('base64');

describe('readDockerConfig', () => {
  it('reads auths, helpers and store', () => {
    const read = readDockerConfig(
      JSON.stringify({ auths: { 'ghcr.io': { auth: AUTH }, 'a.example': { username: 'u', password: 'p' }, 'b.example': { auth: AUTH, identitytoken: 't' }, 'c.example': { registrytoken: 'r' }, 'store.example': {} }, credHelpers: { 'x.example': 'ecr-login', 'y.example': '../evil' }, credsStore: 'desktop' }),
    );
    if (!read.ok) throw new Error('refused');
    expect(Object.fromEntries(read.auths.auths)).toEqual({
      'ghcr.io': { username: 'alice', password: 'won:der' },
      'a.example': { username: 'u', password: 'p' },
      'b.example': { username: 'alice', password: 'won:der', identityToken: 't' },
      'c.example': { registryToken: 'r' },
    });
    expect(Object.fromEntries(read.auths.credHelpers)).toEqual({ 'x.example': 'ecr-login' });
    expect(read.auths.credsStore).toBe('desktop');
  });

  it('reads the older dockercfg form', () => {
    const read = readDockerConfig(JSON.stringify({ 'https://index.docker.io/v1/': { auth: AUTH, email: 'x' } }));
    expect(read.ok && [...read.auths.auths.keys()]).toEqual(['https://index.docker.io/v1/']);
  });

  it('keeps hostile keys as ordinary keys', () => {
    const read = readDockerConfig('{"auths":{"toString":{"username":"u","password":"p"},"constructor":{"username":"u","password":"p"}}}');
    expect(read.ok && [...read.auths.auths.keys()]).toEqual(['toString', 'constructor']);
  });

  it.each([
    ['a key __proto__', '{"auths":{"__proto__":{"username":"u","password":"canary"}}}'],
    ['a host twice', '{"auths":{"ghcr.io":{"username":"u","password":"canary"},"ghcr.io":{"username":"u","password":"other"}}}'],
  ])('refuses %s without quoting it', (_, text) => {
    const read = readDockerConfig(text);
    expect(read.ok ? '' : read.problem.code).toBe('FETCH_CREDENTIALS');
    expect(JSON.stringify(read)).not.toContain('canary');
  });

  it('reads two hosts, and base64 without padding', () => {
    const read = readDockerConfig(`{"auths":{"ghcr.io":{"auth":"${AUTH.replaceAll('=', '')}"},"a.example":{"auth":"${AUTH}"}}}`);
    expect(read.ok && [...read.auths.auths.values()]).toEqual([{ username: 'alice', password: 'won:der' }, { username: 'alice', password: 'won:der' }]);
  });

  it.each([
    ['\\n', 'dTE6cDE=\\n'], ['\\r\\n', 'dTE6cDE=\\r\\n'], ['a line end in the middle', 'dTE6\\ncDE='], ['a line end and no padding', 'dTE6cDE\\n'],
  ])('F2: skips line ends in auth as kubelet does: %s', (_, auth) => {
    const read = readDockerConfig(`{"auths":{"ghcr.io":{"auth":"${auth}"}}}`);
    expect(read.ok && [...read.auths.auths.values()]).toEqual([{ username: 'u1', password: 'p1' }]);
  });

  it.each([
    ['text for an entry', '"canary-secret"'],
    ['no base64', '{"auth":"canary-secret!"}'],
    ['a space within', '{"auth":"dTE6 cDE="}'],
    ['no colon', `{"auth":"${Buffer.from('canary').toString('base64')}"}`],
    ['base64 with stray bits', `{"auth":"${Buffer.from('canary:x').toString('base64').replace('Ong=', 'Onh=')}"}`],
  ])('F2: a bad entry (%s) costs only itself, and is not quoted', (_, bad) => {
    const read = readDockerConfig(`{"auths":{"b.example":${bad},"ghcr.io":{"auth":"${AUTH}"}}}`);
    if (!read.ok) throw new Error('refused');
    expect([[...read.auths.auths], [...(read.auths.unreadable ?? [])]]).toEqual([[['ghcr.io', { username: 'alice', password: 'won:der' }]], ['b.example']]);
    expect(JSON.stringify([...read.auths.auths, ...(read.auths.unreadable ?? [])])).not.toContain('canary');
  });

  it.each(['', 'canary-secret', '[]', '{"auths":[]}', ' '.repeat(1024 * 1024 + 1)])('F13 F16 refuses input %# without quoting it', (text) => {
    const read = readDockerConfig(text);
    expect(read.ok).toBe(false);
    expect(read.ok ? '' : read.problem.code).toBe('FETCH_CREDENTIALS');
    expect(JSON.stringify(read)).not.toContain('canary');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof readDockerConfig(text).ok === 'boolean'));
  });
});
