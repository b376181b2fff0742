// Receipts from signed bytes to a code: each refusal by its own, with a twin that differs in one thing and counts.
import { describe, expect, test } from 'vitest';
import type { ReceiptPurpose } from '../../../src/domain/gate/receipt.ts';
import { envelopeOf, file, HEX, HOUR, keyPair, NOW, order, resigned, scene, statementOf, textOf } from './support.ts';
import type { EnvelopeJson, StatementJson } from './support.ts';

const KEY = keyPair();
const receipts = scene([file('a.pem', KEY.pem)]);
const good = textOf(receipts);

function codeOf(text: string, { purpose = 'gate', now = NOW + 1000 }: { readonly purpose?: ReceiptPurpose; readonly now?: number } = {}): string {
  const read = receipts.reader.read(text, purpose, now);
  if (read instanceof Promise) throw new Error('read in the background');
  return read.ok ? 'ok' : read.code;
}

function changed(change: (envelope: EnvelopeJson) => void): string {
  const envelope = envelopeOf(good);
  change(envelope);
  return JSON.stringify(envelope);
}

const signed = (change: (statement: StatementJson) => void): string => resigned(good, KEY, change);

test.each(['ed25519', 'p256'] as const)('receipts: what was ordered is read back, with %s', (type) => {
  const own = scene([file('k', keyPair(type).pem)]);
  const wanted = order({ levels: ['SLSA_BUILD_LEVEL_3'] });
  const read = own.reader.read(textOf(own, wanted), 'gate', NOW);
  const { inputs: _inputs, ...rest } = wanted;
  expect(read).toEqual({ ok: true, receipt: { ...rest, keyId: own.issuer.keys().keys[0]?.['kid'], expiresAt: NOW + 6 * HOUR } });
});

test('receipts: the statement is a verification summary that others read, with our fields beside it', () => {
  const statement = statementOf(textOf(receipts, order({ inputs: [{ uri: 'referrer sha256:ab', digest: `sha256:${HEX}` }] })));
  expect(statement).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: HEX } }],
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: 'https://gate.example/verifier/gate', version: { gatehouse: '1.2.3' } },
      timeVerified: '2026-11-30T12:00:00.000Z', resourceUri: 'oci://registry.example/acme/base',
      policy: { uri: 'https://gate.example/verifier/policies', digest: { sha256: 'cd'.repeat(32) } },
      inputAttestations: [{ name: 'referrer sha256:ab', digest: { sha256: HEX } }],
      verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'], slsaVersion: '1.1',
      gatehouse_id: '01JDXYZ0000000000000000000', gatehouse_caller: 'system:serviceaccount:ci:fetcher', gatehouse_usage: 'baseImage',
      gatehouse_run: 'run-uid-1', gatehouse_expires: '2026-11-30T18:00:00.000Z',
    },
  });
});

test.each([[`sha512:${'ab'.repeat(64)}`], [`gitCommit:${'ab'.repeat(20)}`]])('receipts: subject %s is read back', (digest) => {
  const read = receipts.reader.read(textOf(receipts, order({ subjects: [{ name: 'x', digest }] })), 'gate', NOW);
  expect(read).toMatchObject({ ok: true, receipt: { subjects: [{ name: 'x', digest }] } });
});

describe('receipts: bytes that are not ours are refused unread', () => {
  test.each<[string, string, string]>([
    ['no JSON', 'receipt', 'VERIFY_RECEIPT_MALFORMED'],
    ['too large', `${good}${' '.repeat(20_000)}`, 'VERIFY_RECEIPT_MALFORMED'],
    ['a member twice', good.replace('{"payload"', '{"payload":"","payload"'), 'VERIFY_RECEIPT_MALFORMED'],
    ['a member more', changed((it) => Object.assign(it, { extra: 1 })), 'VERIFY_RECEIPT_MALFORMED'],
    ['no signature', changed((it) => { it.signatures = []; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['two signatures', changed((it) => { it.signatures = [...it.signatures, ...it.signatures]; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['another payload type', changed((it) => { it.payloadType = 'application/vnd.in-toto+json '; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['base64 of URLs', changed((it) => { it.payload = Buffer.from('{"a":"??>>~~"}').toString('base64url'); }), 'VERIFY_RECEIPT_MALFORMED'],
    ['spaces in base64', changed((it) => { it.payload = ` ${it.payload}`; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['no keyid', changed((it) => { it.signatures = [{ sig: it.signatures[0]?.sig ?? '' } as never]; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['a keyid of nobody', changed((it) => { it.signatures = [{ keyid: `sha256:${HEX}`, sig: it.signatures[0]?.sig ?? '' }]; }), 'VERIFY_RECEIPT_UNTRUSTED'],
    ['the signature of another key under our keyid', resigned(good, keyPair(), () => undefined), 'VERIFY_RECEIPT_INVALID'],
    ['a payload that was changed', changed((it) => { it.payload = Buffer.from(JSON.stringify({ ...statementOf(good), subject: [] })).toString('base64'); }), 'VERIFY_RECEIPT_INVALID'],
    ['an empty signature', changed((it) => { it.signatures = [{ keyid: it.signatures[0]?.keyid ?? '', sig: '' }]; }), 'VERIFY_RECEIPT_INVALID'],
    ['the twin that is as it was', good, 'ok'],
  ])('%s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});

describe('receipts: what our key has signed is held against purpose, form and time', () => {
  test.each<[string, string, string]>([
    ['signed again as it was', signed(() => undefined), 'ok'],
    ['fields of others', signed(({ predicate }) => { predicate['acme_note'] = 'x'; }), 'ok'],
    ['another predicate type', signed((it) => { it['predicateType'] = 'https://slsa.dev/provenance/v1'; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['statement v0.1', signed((it) => { it['_type'] = 'https://in-toto.io/Statement/v0.1'; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['no subject', signed((it) => { it.subject = []; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['a subject with two digests', signed((it) => { it.subject = [{ digest: { sha256: HEX, sha512: HEX + HEX } }]; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['a digest in upper case', signed((it) => { it.subject = [{ digest: { sha256: HEX.toUpperCase() } }]; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['result FAILED', signed(({ predicate }) => { predicate['verificationResult'] = 'FAILED'; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['no usage', signed(({ predicate }) => { delete predicate['gatehouse_usage']; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['a run that is a number', signed(({ predicate }) => { predicate['gatehouse_run'] = 1; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['builds that are no list of texts', signed(({ predicate }) => { predicate['gatehouse_invocations'] = ['a', 1]; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['builds of a run', signed(({ predicate }) => { predicate['gatehouse_invocations'] = ['a', 'b']; }), 'ok'],
    ['an end in other words', signed(({ predicate }) => { predicate['gatehouse_expires'] = '2027-01-01'; }), 'VERIFY_RECEIPT_MALFORMED'],
    ['the verifier of publications', signed(({ predicate }) => { predicate['verifier'] = { id: 'https://gate.example/verifier/publish' }; }), 'POLICY_RECEIPT_PURPOSE'],
    ['a verifier that only begins as ours', signed(({ predicate }) => { predicate['verifier'] = { id: 'https://gate.example/verifier/gate/' }; }), 'POLICY_RECEIPT_PURPOSE'],
    ['a verifier in another case', signed(({ predicate }) => { predicate['verifier'] = { id: 'https://GATE.example/verifier/gate' }; }), 'POLICY_RECEIPT_PURPOSE'],
    ['given two minutes from now', signed(({ predicate }) => { predicate['timeVerified'] = '2026-11-30T12:02:00.000Z'; }), 'POLICY_RECEIPT_EARLY'],
    ['given half a minute from now, as clocks differ', signed(({ predicate }) => { predicate['timeVerified'] = '2026-11-30T12:00:30.000Z'; }), 'ok'],
    ['an end that has passed', signed(({ predicate }) => { predicate['gatehouse_expires'] = '2026-11-30T12:00:01.000Z'; }), 'POLICY_RECEIPT_EXPIRED'],
    ['an end that has just not passed', signed(({ predicate }) => { predicate['gatehouse_expires'] = '2026-11-30T12:00:01.001Z'; }), 'ok'],
  ])('%s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test('a receipt without an end, or with a late one, ends when those of today do', () => {
    const late = signed(({ predicate }) => { predicate['gatehouse_expires'] = '2036-11-30T12:00:00.000Z'; });
    const endless = signed(({ predicate }) => { delete predicate['gatehouse_expires']; });
    for (const text of [good, late, endless]) {
      expect(codeOf(text, { now: NOW + 6 * HOUR - 1 })).toBe('ok');
      expect(codeOf(text, { now: NOW + 6 * HOUR })).toBe('POLICY_RECEIPT_EXPIRED');
    }
  });

  test('K10 receipts: a receipt and a publish summary are never taken for each other, and the summary does not end', () => {
    const summary = textOf(receipts, order({ purpose: 'publish' }));
    expect(codeOf(summary)).toBe('POLICY_RECEIPT_PURPOSE');
    expect(codeOf(good, { purpose: 'publish' })).toBe('POLICY_RECEIPT_PURPOSE');
    expect(codeOf(summary, { purpose: 'publish', now: NOW + 9999 * HOUR })).toBe('ok');
  });
});

describe('receipts: what is revoked counts no more', () => {
  test.each([
    ['its id', { id: order().id }], ['its key', { keyId: receipts.issuer.keys().keys[0]?.['kid'] as string }], ['its subject', { digest: `sha256:${HEX}` }],
  ])('by %s', (_what, bad: { readonly id?: string; readonly keyId?: string; readonly digest?: string }) => {
    const today: { revoked: boolean } = { revoked: false };
    const own = scene([file('a.pem', KEY.pem)], {
      revoked: ({ id, keyId, digests }) => (today.revoked && (id === bad.id || keyId === bad.keyId || digests.includes(bad.digest ?? '')) ? 'incident 7' : undefined),
    });
    const text = textOf(own);
    expect(own.reader.read(text, 'gate', NOW)).toMatchObject({ ok: true });
    today.revoked = true;
    expect(own.reader.read(text, 'gate', NOW)).toEqual({ ok: false, code: 'VERIFY_RECEIPT_REVOKED', cause: 'incident 7' });
  });
});
