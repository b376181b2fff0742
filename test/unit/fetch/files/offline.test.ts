import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceFromFile, offlineSource } from '../../../../src/fetch/index.ts';
import { SCOPE, artifact, codes, drain, ref, text, within } from '../support.ts';

const BUNDLE = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{}}';
const ENVELOPE = '{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":""}]}';
const bytes = (content: string): Uint8Array => Buffer.from(content);

describe('evidenceFromFile', () => {
  it.each([
    ['a bundle', BUNDLE, ['sigstore-bundle']],
    ['a bundle over several lines', JSON.stringify(JSON.parse(BUNDLE), null, 2), ['sigstore-bundle']],
    ['an envelope', ENVELOPE, ['dsse']],
    ['lines of both', `${BUNDLE}\n\n${ENVELOPE}\r\n`, ['sigstore-bundle', 'dsse']],
    ['attestations as a registry lists them', `{"attestations":[{"predicateType":"p","bundle":${BUNDLE}},{"bundle":${BUNDLE.replace('{}', '{"tlogEntries":[]}')},"repository_id":1}]}`, ['sigstore-bundle', 'sigstore-bundle']],
    ['lines of lists', `{"attestations":[{"bundle":${BUNDLE}}]}\n${ENVELOPE}`, ['sigstore-bundle', 'dsse']],
    ['what gcloud prints', '{"image_summary":{},"provenance_summary":{"provenance":[]}}', ['gcloud-provenance']],
    ['the same line twice', `${BUNDLE}\n${BUNDLE}\n`, ['sigstore-bundle']],
  ])('reads %s', (_, content, formats) => {
    const batch = evidenceFromFile('app.sigstore.json', bytes(content));
    expect(batch.problems).toEqual([]);
    expect(batch.evidence.map(({ format }) => format)).toEqual(formats);
  });

  it('names the line of a problem and keeps the others', () => {
    const batch = evidenceFromFile('all.jsonl', bytes(`${BUNDLE}\nnot json\n{"a":1}\n${ENVELOPE}\n`));
    expect(batch.evidence.map(({ source }) => source)).toEqual(['all.jsonl line 1', 'all.jsonl line 4']);
    expect(batch.problems.map(({ code, source }) => [code, source])).toEqual([['VERIFY_MALFORMED', 'all.jsonl line 2'], ['VERIFY_FORMAT', 'all.jsonl line 3']]);
  });

  it.each([
    ['nothing', '', 'VERIFY_MALFORMED'],
    ['blank lines', '\n \n', 'VERIFY_MALFORMED'],
    ['text', 'hello', 'VERIFY_MALFORMED'],
    ['JSON of another kind', '{"a":1}', 'VERIFY_FORMAT'],
    ['a list', '[]', 'VERIFY_FORMAT'],
    ['an empty list of attestations', '{"attestations":[]}', 'VERIFY_MALFORMED'],
    ['an attestation without bundle', '{"attestations":[{"predicateType":"p"}]}', 'VERIFY_FORMAT'],
    ['an attestation that is none', '{"attestations":[1]}', 'VERIFY_FORMAT'],
    ['a key twice', BUNDLE.replace('{', '{"mediaType":"x",'), 'VERIFY_MALFORMED'],
    ['a key twice, over several lines', JSON.stringify(JSON.parse(BUNDLE), null, 2).replace('{', '{\n"mediaType":"x",'), 'VERIFY_MALFORMED'],
    ['a byte order mark', `\ufeff${BUNDLE}`, 'VERIFY_MALFORMED'],
    ['nesting', `{"a":${'['.repeat(600)}${']'.repeat(600)}}`, 'VERIFY_LIMIT'],
    ['a million items', `{"a":[${'0,'.repeat(1_000_000)}0]}`, 'VERIFY_LIMIT'],
    ['too many attestations', JSON.stringify({ attestations: Array.from({ length: 1001 }, () => ({ bundle: {} })) }), 'FETCH_TOO_MANY'],
    ['too many lines', '{}\n'.repeat(1001), 'FETCH_TOO_MANY'],
    ['too many bytes', ' '.repeat(16 * 1024 * 1024 + 1), 'FETCH_TOO_LARGE'],
  ])('refuses %s', (_, content, code) => {
    const batch = evidenceFromFile('x', bytes(content));
    expect(batch.evidence).toEqual([]);
    expect(codes(batch.problems)).toEqual([code]);
  });

  it('names the attestation of a list that is a problem and keeps the others', () => {
    const batch = evidenceFromFile('npm.json', bytes(`{"attestations":[{"bundle":${BUNDLE}},{}]}`));
    expect(batch.evidence.map(({ source }) => source)).toEqual(['npm.json attestation 1']);
    expect(batch.problems.map(({ source }) => source)).toEqual(['npm.json attestation 2']);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (content) => Array.isArray(evidenceFromFile('x', content).problems)));
  });
});

describe('offlineSource', () => {
  it('serves its evidence for every artifact and resolves nothing', async () => {
    const batch = evidenceFromFile('x', bytes(BUNDLE));
    const s = offlineSource(batch);
    const image = artifact('ghcr.io/acme/app', `sha256:${'a'.repeat(64)}`);
    const found = await drain(await s.open(image, SCOPE));
    expect(found.evidence.map(text)).toEqual([BUNDLE]);
    expect(await s.resolve(image, SCOPE, within(100))).toEqual({ ok: true, digest: image.digest });
    expect(await s.resolve(ref('ghcr.io/acme/app', 'v1'), SCOPE, within(100))).toMatchObject({ ok: false, problem: { code: 'FETCH_UNREACHABLE' } });
    expect(await s.diagnose(image, SCOPE, within(100))).toEqual([]);
  });
});
