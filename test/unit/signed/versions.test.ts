/** No older version comes back: not by editing, not by deleting and creating anew, not by a restart, and not when the record is lost. */
import { describe, expect, test } from 'vitest';
import { createVersions, readRecord, recordText } from '../../../src/signed/index.ts';
import { look, makeKey, policyText, signed, signerDocument, signersOf } from './support.ts';

const alice = makeKey('alice');
const signers = signersOf([signerDocument('alice', alice)]);
const [one, two, three] = await Promise.all([1, 2, 3].map((version) => signed(policyText('acme-images', version, `ghcr.io/acme/v${version}`), alice)));
const [v1 = '', v2 = '', v3 = ''] = [one, two, three];
const others = await signed(policyText('acme-other', 1), alice);

describe('while the server runs', () => {
  test('versions rise, and may stand still', () => {
    const versions = createVersions(false);
    expect([v1, v2, v2, v3].map((text) => look(text, signers, versions).because[0])).toEqual(['used', 'used', 'used', 'used']);
  });

  test('an older one is refused, deleted in between or not, and other documents go on', () => {
    const versions = createVersions(false);
    expect(look(v2, signers, versions).because).toEqual(['used']);
    expect(look(v1, signers, versions).because).toEqual(['older']);
    expect(look(others, signers, versions).because).toEqual(['used']);
    expect(look(`${v1}---\n${others}`, signers, versions).because).toEqual(['older', 'used']);
    expect(look(v2, signers, versions).because).toEqual(['used']);
  });

  test('another content under the same version is refused', async () => {
    const versions = createVersions(false);
    look(v2, signers, versions);
    expect(look(await signed(policyText('acme-images', 2, 'ghcr.io/**'), alice), signers, versions).because).toEqual(['again']);
  });

  test('what never came into force is no reason to refuse what is older', () => {
    const versions = createVersions(false);
    look(v1, signers, versions);
    expect(look(`${v3}---\n${policyText('unsigned')}`, signers, versions).because).toEqual(['used', 'unsigned']);
    expect(look(v2, signers, versions).because).toEqual(['used']);
  });
});

describe('the record', () => {
  const recordOf = (...texts: string[]): ReturnType<typeof readRecord> => {
    const versions = createVersions(false);
    for (const text of texts) look(text, signers, versions);
    return readRecord(Buffer.from(recordText({ serial: 7, documents: versions.seen().documents })));
  };

  test('outlives a restart', () => {
    const versions = createVersions(true);
    versions.take(recordOf(v2));
    expect([v1, v2, v3].map((text) => look(text, signers, versions).because[0])).toEqual(['older', 'used', 'used']);
  });

  test('not there at the start: nothing is used, and what was used is no proof that it may be', () => {
    expect(look(v2, signers, createVersions(true)).because).toEqual(['recordLost']);
  });

  test('lost meanwhile: what is in force stays, nothing new comes', () => {
    const versions = createVersions(true);
    versions.take(recordOf(v2));
    look(v2, signers, versions);
    versions.lose('gone');
    expect([v1, v2, v3, others].map((text) => look(text, signers, versions).because[0])).toEqual(['older', 'used', 'recordLost', 'recordLost']);
    versions.take({ ...recordOf(v1), serial: 8 });
    expect([v1, v3].map((text) => look(text, signers, versions).because[0])).toEqual(['older', 'used']);
  });

  test('an older record is refused', () => {
    const versions = createVersions(true);
    versions.take(recordOf(v2));
    expect(() => versions.take({ ...recordOf(v1), serial: 6 })).toThrow(/older/);
    expect(look(v1, signers, versions).because).toEqual(['older']);
  });

  test.each(['', '{}', '{"kind":"PolicyVersions","serial":0,"documents":{}}', '{"kind":"PolicyVersions","serial":1,"documents":{"a/b":{"version":1.5,"digest":"x"}}}'])(
    'what is no record is none: %s', (text) => expect(() => readRecord(Buffer.from(text))).toThrow());
});
