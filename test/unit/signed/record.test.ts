/** The record of versions kept in a Secret: what came into force while nobody could write it is written when somebody can again. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { recordText, createVersions } from '../../../src/signed/index.ts';
import { RECORD_PAYLOAD_TYPE } from '../../../src/signed/record.ts';
import { readSealingKey } from '../../../src/vouch/index.ts';
import { openRecord } from '../../../src/wiring/signed/record.ts';
import { makeKey, read } from './support.ts';

const key = makeKey('record');
const sealer = readSealingKey('record', read(key.file));
const digest = `sha256:${'a'.repeat(64)}`;
const seen = (name: string, version: number): ReadonlyMap<string, { version: number; digest: string }> => new Map([[name, { version, digest }]]);

/** A Secret of an API server that can be down, and that refuses writes. */
function secret() {
  const state = { record: sealer.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText({ serial: 5, documents: seen('A/x', 1) }))), down: false, refuses: false, version: 1, writes: 0 };
  return {
    state,
    get documents(): Record<string, { version: number }> {
      const { payload } = JSON.parse(state.record) as { payload: string };
      return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { documents: Record<string, { version: number }> }).documents;
    },
    api: {
      async get() {
        if (state.down) throw new Error('API server is down');
        return { status: 200, body: { type: 'Opaque', metadata: { resourceVersion: String(state.version) }, data: { 'record.json': Buffer.from(state.record).toString('base64') } } };
      },
      async put(_path: string, body: unknown) {
        if (state.down) throw new Error('API server is down');
        state.writes += 1;
        const { metadata, data } = body as { metadata: { resourceVersion: string }; data: Record<string, string> };
        if (state.refuses) return { status: 403, body: {} };
        if (metadata.resourceVersion !== String(state.version)) return { status: 409, body: {} };
        state.version += 1;
        state.record = Buffer.from(data['record.json'] ?? '', 'base64').toString();
        return { status: 200, body };
      },
    },
  };
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.useRealTimers();
});
async function keeper(made: ReturnType<typeof secret>) {
  const versions = createVersions(true);
  const opened = await openRecord({ secret: 'gatehouse-system/gatehouse-policy-record', key: key.file }, versions, {
    logger: { error: () => undefined } as never, cluster: async () => made.api as never, regained: () => undefined, pollMs: 3_600_000,
  });
  closing.push(() => opened.feed.close());
  return { versions, ...opened };
}

describe('the record', () => {
  test.each<[string, (made: ReturnType<typeof secret>) => void, (made: ReturnType<typeof secret>) => void]>([
    ['the API server is down', ({ state }) => { state.down = true; }, ({ state }) => { state.down = false; }],
    ['somebody has put rubbish there', ({ state }) => { state.record = '{}'; }, ({ state }) => { state.record = secret().state.record; }],
    ['somebody has put an older one there', ({ state }) => { state.record = sealer.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText({ serial: 4, documents: seen('A/x', 1) }))); }, ({ state }) => { state.record = secret().state.record; }],
  ])('a version that came into force while %s is written once the record is back', async (_, breaks, mends) => {
    const made = secret();
    const { versions, write, feed } = await keeper(made);
    breaks(made);
    versions.raise(seen('A/x', 2));
    await write();
    await feed.refresh();
    expect(versions.state().kind).toBe('lost');
    mends(made);
    await feed.refresh();
    expect(versions.state().kind).toBe('held');
    await vi.waitFor(() => expect(made.documents['A/x']?.version).toBe(2));
  });

  test('however much comes into force while writes are refused, it is tried again once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const made = secret();
    const { versions, write } = await keeper(made);
    made.state.refuses = true;
    for (let version = 2; version < 9; version += 1) {
      versions.raise(seen('A/x', version));
      await write();
    }
    const before = made.state.writes;
    await vi.advanceTimersByTimeAsync(10_500);
    expect(made.state.writes - before).toBe(1);
    made.state.refuses = false;
    await vi.advanceTimersByTimeAsync(10_500);
    expect(made.documents['A/x']?.version).toBe(8);
  });

  test('a write that somebody else was before is tried again over what he wrote', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const made = secret();
    const { versions, write } = await keeper(made);
    versions.raise(seen('A/x', 2));
    made.state.refuses = true;
    await write();
    made.state.refuses = false;
    made.state.record = sealer.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText({ serial: 6, documents: seen('A/y', 7) })));
    made.state.version += 1;
    await vi.advanceTimersByTimeAsync(11_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(made.documents).toMatchObject({ 'A/x': { version: 2 }, 'A/y': { version: 7 } }));
  });
});
