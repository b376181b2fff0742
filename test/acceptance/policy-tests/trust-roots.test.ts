/** Trust roots of the policies have stand-ins of their own, with no more than they list. */
import { describe, expect, test } from 'vitest';
import { TufRepo } from '../../world/tuf.ts';
import { createWorld } from '../../world/world.ts';
import type { Part } from '../../../src/rehearse/world/trusted-root.ts';
import { decidedAbout, POLICY, REAL_KEY, signer } from './support.ts';
import type { Json } from './support.ts';

const WHERE = { issuer: 'https://issuer.example', subject: 'release@acme.example' };
const real = createWorld({ now: Date.UTC(2026, 0, 1) });
const root = (name: string, without: readonly Part[] = [], more: Json = {}): Json => ({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec: { sigstore: { trustedRoot: real.trustedRoot({ without }), ...more } },
});
const under = (trustRoot: string, ...roots: readonly Json[]): Json => ({ policies: [...roots, signer('release', [{ keyless: { ...WHERE, trustRoot } }]), POLICY] });
const signed = (more: Json = {}): Json => ({ by: 'release', signature: {}, ...more });
const ADMIT = 'admit POLICY_SATISFIED';

describe('a trust root of one\'s own', () => {
  test('proves what is signed under it, and nothing that is signed under another one of the same policies', async () => {
    const spec = under('ours', root('ours'), root('theirs'));
    expect(await decidedAbout([signed()], spec)).toBe(ADMIT);
    expect(await decidedAbout([signed({ by: { keyless: { ...WHERE, trustRoot: 'theirs' } } })], spec)).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
    expect(await decidedAbout([signed({ by: { keyless: WHERE } })], spec)).toBe('deny VERIFY_CERTIFICATE_UNTRUSTED');
  });

  test.each<[string, Part[], Json]>([
    ['no log: a timestamp is enough', ['rekor', 'rekor2'], {}],
    ['no CT log: no promise of one is wanted', ['ctLog'], {}],
    ['no timestamp authority', ['tsa'], {}],
    ['a timestamp is demanded', [], { require: { timestamps: 1 } }],
  ])('lists what it lists: %s', async (_, without, more) => {
    expect(await decidedAbout([signed()], under('ours', root('ours', without, more)))).toBe(ADMIT);
  });

  test('without a log no entry of one proves anything', async () => {
    expect(await decidedAbout([signed({ log: 'none' })], under('ours', root('ours')))).toMatch(/^deny VERIFY_/);
    const keyed = signer('release', [{ key: { data: REAL_KEY, transparencyLog: 'required', trustRoot: 'ours' } }]);
    expect(await decidedAbout([signed()], { policies: [root('ours'), keyed, POLICY] })).toBe(ADMIT);
    expect(await decidedAbout([signed({ log: 'none' })], { policies: [root('ours'), keyed, POLICY] })).toBe('deny POLICY_LOG_REQUIRED');
  });

  test('in plain lists and by TUF, whose content nobody asks for', async () => {
    const lists = { transparencyLogs: [{ publicKey: real.rekor.key.publicKeyPem, baseUrl: 'https://log.example', validFor: { start: '2020-01-01T00:00:00Z' } }], certificateAuthorities: [{ validFor: { start: '2020-01-01T00:00:00Z' }, chain: real.ca.chain.map(({ pem }) => pem).join('') }] };
    const plain = { ...root('ours'), spec: { sigstore: lists } };
    expect(await decidedAbout([signed()], under('ours', plain))).toBe(ADMIT);
    const pinned: unknown = JSON.parse(Buffer.from(new TufRepo({ now: Date.UTC(2026, 0, 1) }).publishRoot()).toString('utf8'));
    const followed = { ...root('ours'), spec: { sigstore: { tuf: { mirror: 'https://tuf.example', root: pinned } } } };
    expect(await decidedAbout([signed()], under('ours', followed))).toBe(ADMIT);
  });

  test('of which two logs are demanded is more than one piece of evidence has here', async () => {
    expect(await decidedAbout([signed()], under('ours', root('ours', [], { require: { transparencyLog: 2 } })))).toMatch(/^deny /);
  });
});
