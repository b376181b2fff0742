import { describe, expect, test } from 'vitest';
import type { KubeAnswer } from '../../../src/cluster/api.ts';
import { createSecretValue } from '../../../src/cluster/secret-value.ts';

const PLACE = { namespace: 'ns', name: 'record', key: 'record.json' };
const NEVER = new AbortController().signal;
const secret = (data: object): KubeAnswer => ({ status: 200, body: { kind: 'Secret', type: 'Opaque', metadata: { name: 'record', namespace: 'ns', resourceVersion: '7' }, data } });

/** An API server that answers these. */
function standing(get: KubeAnswer, put: number = 200) {
  const sent: unknown[] = [];
  const value = createSecretValue({
    get: async (path) => (expect(path).toBe('/api/v1/namespaces/ns/secrets/record'), get),
    put: async (_path, body) => (sent.push(body), { status: put, body: undefined }),
  }, PLACE);
  return { value, sent };
}

describe('one value of a Secret', () => {
  test('is read, and written with the version that was read; others beside it stay', async () => {
    const { value, sent } = standing(secret({ 'record.json': Buffer.from('old').toString('base64'), other: 'eA==' }));
    expect(Buffer.from(await value.read(NEVER)).toString()).toBe('old');
    await value.write('new', Buffer.from('old'), NEVER);
    expect(sent).toEqual([{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 'record', namespace: 'ns', resourceVersion: '7' }, data: { 'record.json': Buffer.from('new').toString('base64'), other: 'eA==' } }]);
  });

  test.each<[string, KubeAnswer, RegExp]>([
    ['is not there', { status: 404, body: {} }, /is not there/],
    ['may not be read', { status: 403, body: {} }, /answers 403/],
    ['has no such key', secret({}), /has no record\.json/],
    ['holds no base64', secret({ 'record.json': '!' }), /has no record\.json/],
  ])('%s: told without its content, and never made', async (_, answer, message) => {
    const { value, sent } = standing(answer);
    await expect(value.read(NEVER)).rejects.toThrow(message);
    if (answer.status !== 200) await expect(value.write('new', Buffer.from('old'), NEVER)).rejects.toThrow(message);
    if (answer.status !== 200) expect(sent).toEqual([]);
  });

  test('what somebody else wrote meanwhile is not written over', async () => {
    const old = secret({ 'record.json': Buffer.from('old').toString('base64') });
    await expect(standing(old, 409).value.write('new', Buffer.from('old'), NEVER)).rejects.toThrow(/meanwhile/);
    await expect(standing(old, 403).value.write('new', Buffer.from('old'), NEVER)).rejects.toThrow(/answers 403/);
    for (const other of [old, secret({}), secret({ 'record.json': '!' })]) {
      const { value, sent } = standing(other);
      await expect(value.write('new', Buffer.from('older'), NEVER)).rejects.toThrow(/meanwhile/);
      expect(sent).toEqual([]);
    }
  });
});
