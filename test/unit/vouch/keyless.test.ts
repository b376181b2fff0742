// Signing in the background: bounded, tried again, given up, and never waited for.
import { expect, test } from 'vitest';
import type { Issued } from '../../../src/domain/gate/receipt.ts';
import { createKeylessIssuer } from '../../../src/vouch/keyless/queue.ts';
import type { KeylessIssuer } from '../../../src/vouch/keyless/queue.ts';
import { HOUR, NOW, order, VERIFIER } from './support.ts';

interface Scene {
  readonly issuer: KeylessIssuer;
  /** Ends the oldest signature under way. */
  end(result: string | Error): Promise<void>;
  readonly underWay: () => number;
  /** Pauses that wait, milliseconds; `pass` ends the first. */
  readonly pauses: number[];
  pass(): void;
  readonly told: string[];
}

function begin(): Scene {
  const running: { readonly resolve: (text: string) => void; readonly reject: (cause: Error) => void }[] = [];
  const waiting: (() => void)[] = [];
  const [pauses, told]: [number[], string[]] = [[], []];
  const issuer = createKeylessIssuer({
    verifier: VERIFIER, version: '1', lastsMs: HOUR,
    sign: () => new Promise((resolve, reject) => { running.push({ resolve, reject }); }),
    after: (ms, run) => { pauses.push(ms); waiting.push(run); },
    signed: () => void told.push('signed'),
    failed: (problem, again) => void told.push(`${problem} ${again ? 'again' : 'given up'}`),
  });
  return {
    issuer, pauses, told, underWay: () => running.length,
    async end(result) {
      const one = running.shift();
      if (typeof result === 'string') one?.resolve(result);
      else one?.reject(result);
      await new Promise((done) => { setImmediate(done); });
    },
    pass: () => waiting.shift()?.(),
  };
}

const of = (id: number): ReturnType<typeof order> => order({ id: `id-${id}` });

test('receipts without a key: pending, then signed', async () => {
  const { issuer, end, told } = begin();
  expect(issuer.issue(of(1))).toEqual({ state: 'pending' });
  expect(issuer.issued('id-1')).toEqual({ state: 'pending' });
  await end('bundle');
  expect(issuer.issued('id-1')).toEqual({ state: 'signed', text: 'bundle', expiresAt: NOW + HOUR });
  expect(issuer.issued('id-2')).toBeUndefined();
  expect([issuer.pending(), told]).toEqual([0, ['signed']]);
});

test('receipts without a key: what fails is tried again, less and less often, and given up in the end', async () => {
  const { issuer, end, pauses, pass, told } = begin();
  issuer.issue(of(1));
  for (let tries = 0; tries < 5; tries += 1) {
    await end(new Error('busy'));
    expect(issuer.issued('id-1')).toEqual({ state: 'pending' });
    pass();
  }
  await end(new Error('busy'));
  expect(issuer.issued('id-1')).toEqual({ state: 'none', why: 'it could not be signed: busy' } satisfies Issued);
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(told).toEqual([...Array.from({ length: 5 }, () => 'busy again'), 'busy given up']);
  expect(issuer.pending()).toBe(0);
});

test('receipts without a key: four at a time, a thousand wait, three quarters of one namespace, and the next has none until there is room', async () => {
  const { issuer, end, underWay } = begin();
  const by = (namespace: string, id: number): Issued['state'] => issuer.issue(order({ id: `${namespace}-${id}`, caller: `system:serviceaccount:${namespace}:account-${id}` })).state;
  // However many accounts it makes for itself.
  for (let id = 0; id < 750; id += 1) expect(by('flood', id)).toBe('pending');
  expect(by('flood', 750)).toBe('none');
  for (let id = 0; id < 250; id += 1) expect(by('build', id)).toBe('pending');
  expect([underWay(), issuer.pending()]).toEqual([4, 1000]);
  expect(issuer.issue(of(1000))).toMatchObject({ state: 'none', why: expect.stringContaining('too many') as string });
  await end('bundle');
  expect(underWay()).toBe(4);
  expect(issuer.issue(of(1000)).state).toBe('pending');
});

test('receipts without a key: namespaces are signed for in turn, and nobody waits behind all of another', async () => {
  const { issuer, end } = begin();
  for (let id = 0; id < 100; id += 1) issuer.issue(order({ id: `flood-${id}`, caller: 'system:serviceaccount:flood:a' }));
  issuer.issue(order({ id: 'late', caller: 'system:serviceaccount:build:a' }));
  issuer.issue(order({ id: 'job', caller: 'https://ci.example job' }));
  for (let signed = 0; signed < 8; signed += 1) await end('bundle');
  expect([issuer.issued('late')?.state, issuer.issued('job')?.state, issuer.issued('flood-50')?.state]).toEqual(['signed', 'signed', 'pending']);
});

test('receipts without a key: one a question, and none after the end', async () => {
  const { issuer, end, underWay } = begin();
  issuer.issue(of(1));
  expect(issuer.issue(of(1))).toMatchObject({ state: 'none', why: expect.stringContaining('as one') as string });
  for (let id = 2; id < 9; id += 1) issuer.issue(of(id));
  issuer.close();
  await end(new Error('closed'));
  expect(underWay()).toBe(3);
  expect(issuer.issued('id-1')).toMatchObject({ state: 'none' });
});
