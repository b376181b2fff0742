// Summaries that are signed in the background are pushed when they are signed, once, and given up after a while.
import { describe, expect, test, vi } from 'vitest';
import type { Artifact } from '../../../src/domain/artifact/artifact.ts';
import type { Issued, ReadReceipt, ReceiptOrder } from '../../../src/domain/gate/receipt.ts';
import { createPublishing } from '../../../src/wiring/gate/publishing.ts';
import { lookup, piece, source } from '../engine/support.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Artifact['digest'];
const artifact = (more: Partial<Artifact> = {}): Artifact => ({ kind: 'image', usage: 'publish', path: 'artifact', raw: 'r', name: 'ghcr.io/acme/app', digest: DIGEST, resolvedFromTag: false, ...more });
const ORDER = { id: 'one', run: 'run-1' } as ReceiptOrder;
const signal = new AbortController().signal;

function opened(issued: () => Issued | undefined, texts: readonly string[] = []) {
  const pushed: string[] = [];
  const failed: unknown[] = [];
  const evidence = texts.map((text) => ({ ...piece(text), bytes: Buffer.from(text) }));
  const read = (text: string): ReadReceipt => text.startsWith('run-')
    ? { ok: true, receipt: { ...ORDER, purpose: 'publish', at: 0, subjects: [{ name: 'n', digest: DIGEST }], resource: 'n', usage: 'publish', caller: 'c', run: text, policies: '', levels: [], keyId: 'k', expiresAt: 1 } }
    : { ok: false, code: 'VERIFY_RECEIPT_UNTRUSTED' };
  const ending = new AbortController();
  const publishing = createPublishing({
    source: () => ({
      ...source(() => lookup([{ evidence, problems: [] }])),
      publish: async (_artifact, { text }) => {
        pushed.push(text);
        return text === 'bad' ? { ok: false, problem: { code: 'FETCH_TIMEOUT', source: 's' } } : { ok: true, digest: DIGEST as never };
      },
    }),
    receipts: { read }, issuer: { issued }, clock: Date, failed: (problem) => void failed.push(problem), signal: ending.signal,
  });
  return { publishing, pushed, failed, ending };
}

describe('publish: summaries beside an image', () => {
  test('publish: one of ours of this run is found among others', async () => {
    const { publishing } = opened(() => undefined, ['{}', 'run-2', 'run-1']);
    expect(await publishing.find(artifact(), 'run-1', signal)).toBe('run-1');
    expect(await publishing.find(artifact(), 'run-3', signal)).toBeUndefined();
    expect(await publishing.find(artifact({ digest: `sha256:${'b'.repeat(64)}` as Artifact['digest'] }), 'run-1', signal)).toBeUndefined();
  });

  test('publish: what is no image has no registry', async () => {
    const { publishing, pushed } = opened(() => undefined);
    expect(await publishing.push(artifact({ kind: 'blob' }), 'text', signal)).toMatchObject({ ok: false, problem: { code: 'FETCH_NOT_FOUND' } });
    expect(pushed).toEqual([]);
  });

  test('publish: what is signed later is pushed then', async () => {
    let issued: Issued = { state: 'pending' };
    const { publishing, pushed } = opened(() => issued);
    publishing.pushLater(artifact(), ORDER);
    expect([publishing.signing(artifact(), 'run-1'), publishing.signing(artifact(), 'run-2')]).toEqual([true, false]);
    issued = { state: 'signed', text: 'late', expiresAt: 0 };
    await vi.waitFor(() => expect(publishing.signing(artifact(), 'run-1')).toBe(false), { timeout: 30_000 });
    expect(pushed).toEqual(['late']);
  });

  test.each<[string, Issued | undefined, readonly string[]]>([
    ['what cannot be signed', { state: 'none', why: 'no certificate' }, []],
    ['what nobody knows of', undefined, []],
    ['what could not be pushed', { state: 'signed', text: 'bad', expiresAt: 0 }, ['bad']],
  ])('publish: %s is given up', async (_, issued, texts) => {
    const { publishing, pushed, failed } = opened(() => issued);
    publishing.pushLater(artifact(), ORDER);
    await vi.waitFor(() => expect(publishing.signing(artifact(), 'run-1')).toBe(false), { timeout: 30_000 });
    expect([pushed, failed.length]).toEqual([texts, texts.length]);
  });

  test('publish: with the server ends what is waited for', async () => {
    const { publishing, ending } = opened(() => ({ state: 'pending' }));
    publishing.pushLater(artifact(), ORDER);
    ending.abort();
    await vi.waitFor(() => expect(publishing.signing(artifact(), 'run-1')).toBe(false), { timeout: 30_000 });
  });
});
