import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { evidenceOfRun } from '../../../src/fetch/index.ts';
import { brokenResult, readSignedResults } from '../../../src/verify/formats/tekton-results.ts';
import { base64 } from '../../world/encode.ts';
import { signWith } from '../../world/keys.ts';
import type { KeyType } from '../../world/keys.ts';
import type { Holder } from '../../world/own-pki.ts';
import { createTrustDomain } from '../../world/spiffe.ts';
import { judge } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { DAY, DIGEST, doc, NOW, OTHER } from '../policy/every-field/world.ts';
import { TEP_0089 } from './fixtures/tep-0089.ts';

/** Results that a TaskRun signed with its SVID, from the run as the cluster has it to the verdict. */
const [prod, dev] = [createTrustDomain('prod.example', NOW), createTrustDomain('dev.example', NOW)];
const PATH = '/ns/ci/taskrun/build-1';
const RUN = prod.svid(PATH);
type Value = string | readonly string[] | Readonly<Record<string, string>>;
type Result = { readonly name: string; readonly value: unknown };
const RESULTS = { IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: DIGEST };

const textOf = (value: Value): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).flat().join(',');

/** What the entrypoint writes. */
function results(values: Readonly<Record<string, Value>> = RESULTS, by: Holder = RUN, manifest = Object.keys(values).join(','), hash: 'sha256' | 'sha512' | null = 'sha256'): Result[] {
  const all: readonly [string, Value][] = [...Object.entries(values), ['RESULT_MANIFEST', manifest]];
  return [
    ...all.flatMap(([name, value]) => [{ name, value }, { name: `${name}.sig`, value: base64(signWith(by.key, Buffer.from(textOf(value)), { hash })) }]),
    { name: 'SVID', value: by.certificate.pem },
  ];
}
const put = (all: readonly Result[], name: string, value: unknown): Result[] => all.map((one) => (one.name === name ? { name, value } : one));
const without = (all: readonly Result[], ...names: string[]): Result[] => all.filter(({ name }) => !names.includes(name));
const swapped = (all: readonly Result[], a: string, b: string): Result[] => all.map(({ name, value }) =>
  ({ name: name.startsWith(a) ? name.replace(a, b) : name.startsWith(b) ? name.replace(b, a) : name, value }));

const run = (status: object, name = 'build-1'): object => ({ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { namespace: 'ci', name }, status });
const found = (document: object): readonly UnverifiedEvidence[] => evidenceOfRun('taskruns build-1', document).evidence;
const ROOTS = [
  doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle() } }),
  doc('TrustRoot', 'pki', { x509: { certificates: prod.root.certificate.pem } }),
];

async function verdict(evidence: readonly UnverifiedEvidence[], identity: object = { spiffe: { idGlob: 'spiffe://prod.example/ns/ci/taskrun/*', trustRoot: 'prod' } }): Promise<string> {
  const scene = demanding({ signature: { by: ['builds'] } }, { evidence });
  return (await judge({ ...scene, documents: [doc('Signer', 'builds', { identities: [identity] }), ...scene.documents, ...ROOTS] })).verdict;
}
const judged = (all: readonly Result[], name?: string): Promise<string> => verdict(found(run({ results: all }, name)));
const [ADMIT, MALFORMED, MISMATCH, INVALID] = ['admit POLICY_SATISFIED', 'deny VERIFY_MALFORMED', 'deny VERIFY_SUBJECT_MISMATCH', 'deny VERIFY_SIGNATURE_INVALID'];

describe('signed results of a run', () => {
  test.each<[string, object]>([
    ['v1 has them', { results: results() }],
    ['v1beta1 has them', { taskResults: results() }],
    ['a step says them at its end', { steps: [{ terminated: { message: JSON.stringify(results().map(({ name, value }) => ({ key: name, value, type: 1 }))) } }] }],
  ])('are found where %s', async (_, status) => expect(await verdict(found(run(status)))).toBe(ADMIT));

  test.each<[string, Readonly<Record<string, Value>>, string]>([
    ['by a prefixed hint', { 'app-IMAGE_DIGEST': DIGEST }, ADMIT],
    ['in a list of images', { IMAGES: `ghcr.io/acme/a@${OTHER}\nghcr.io/acme/app@${DIGEST}` }, ADMIT],
    ['beside an array and an object', { ...RESULTS, list: ['a', 'b'], map: { a: 'b', c: 'd' } }, ADMIT],
    ['another digest', { IMAGE_DIGEST: OTHER }, MISMATCH],
    ['no image', { foo: 'hello' }, MISMATCH],
    ['under another name', { BASE: DIGEST }, MALFORMED],
    ['beside a digest under another name', { ...RESULTS, BASE: OTHER }, MALFORMED],
    ['as an array', { IMAGE_DIGEST: [DIGEST] }, MISMATCH],
    ['beside an item with a comma', { ...RESULTS, list: ['a,b'] }, MALFORMED],
  ])('name the image %s', async (_, values, code) => expect(await judged(results(values))).toBe(code));

  test.each<[string, () => Result[], string]>([
    ['a value is another one', () => put(results(), 'IMAGE_URL', 'ghcr.io/acme/evil'), INVALID],
    ['the digest is another one', () => put(results({ ...RESULTS, IMAGE_DIGEST: OTHER }), 'IMAGE_DIGEST', DIGEST), INVALID],
    ['the manifest is another one', () => put([...results(), { name: 'x', value: '' }, { name: 'x.sig', value: 'AA==' }], 'RESULT_MANIFEST', 'IMAGE_URL,IMAGE_DIGEST,x'), INVALID],
    ['a signature is that of another value', () => put(results(), 'IMAGE_DIGEST.sig', results()[1]?.value), INVALID],
    ['a signature is missing', () => without(results(), 'IMAGE_URL.sig'), MALFORMED],
    ['a signature is not base64', () => put(results(), 'IMAGE_URL.sig', '?'), MALFORMED],
    ['a result is left out', () => without(results(), 'IMAGE_URL', 'IMAGE_URL.sig'), MALFORMED],
    ['a result is added that the manifest does not name', () => results({ ...RESULTS, extra: 'x' }, RUN, 'IMAGE_URL,IMAGE_DIGEST'), MALFORMED],
    ['the manifest names a result twice', () => results(RESULTS, RUN, 'IMAGE_URL,IMAGE_DIGEST,IMAGE_URL'), MALFORMED],
    ['there is no manifest', () => without(results(), 'RESULT_MANIFEST', 'RESULT_MANIFEST.sig'), MALFORMED],
    ['the manifest is not signed', () => without(results(), 'RESULT_MANIFEST.sig'), MALFORMED],
    ['a result is there twice', () => [...results(), { name: 'IMAGE_DIGEST', value: OTHER }], MALFORMED],
    ['a signature has no result', () => [...results(), { name: 'y.sig', value: 'AA==' }], MALFORMED],
    ['two results change places', () => swapped(results({ BASE: DIGEST, IMAGE_DIGEST: OTHER }, RUN, 'IMAGE_DIGEST,BASE'), 'BASE', 'IMAGE_DIGEST'), MALFORMED],
    ['the SVID is none', () => put(results(), 'SVID', 'none'), MALFORMED],
    ['two certificates stand for the SVID', () => put(results(), 'SVID', RUN.certificate.pem + prod.root.certificate.pem), MALFORMED],
    ['the SVID is of another key', () => put(results(), 'SVID', prod.svid(PATH).certificate.pem), INVALID],
    ['the SVID is that of another run', () => results(RESULTS, prod.svid('/ns/ci/taskrun/build-2')), MISMATCH],
    ['the SVID is that of a run elsewhere', () => results(RESULTS, prod.svid('/ns/evil/taskrun/build-1')), MISMATCH],
    ['the SVID is that of the controller', () => results(RESULTS, prod.svid('/tekton/controller')), MISMATCH],
    ['the SVID is of another domain', () => results(RESULTS, dev.svid(PATH)), 'deny VERIFY_CERTIFICATE_UNTRUSTED'],
    ['the SVID is over', () => results(RESULTS, prod.svid(PATH, { notBefore: NOW - DAY, notAfter: NOW - 1000 })), 'deny VERIFY_CERTIFICATE_EXPIRED'],
    ['the SVID may sign certificates', () => results(RESULTS, prod.svid(PATH, { keyUsages: ['digitalSignature', 'keyCertSign'] })), 'deny VERIFY_CERTIFICATE_PROFILE'],
  ])('are not believed where %s', async (_, all, code) => {
    expect(await judged(results())).toBe(ADMIT);
    expect(await judged(all())).toBe(code);
  });

  test.each<[KeyType, 'sha256' | 'sha512' | null, string]>([
    ['p384', 'sha256', ADMIT], ['rsa-2048', 'sha256', ADMIT], ['rsa-2048', 'sha512', INVALID], ['p256', 'sha512', INVALID],
    // Tekton signs the hash with such a key and verifies the value itself, so nobody knows what it means; SPIRE issues none.
    ['ed25519', null, INVALID],
  ])('by a key of type %s over %s: %s', async (keyType, hash, expected) => {
    expect(await judged(results(RESULTS, prod.svid(PATH, { keyType }), undefined, hash))).toBe(expected);
  });

  test('are those of the run that has them', async () => expect(await judged(results(), 'build-2')).toBe(MISMATCH));

  test('count for whom the policy names, by a trust domain alone', async () => {
    const evidence = found(run({ results: results() }));
    expect(await verdict(evidence, { spiffe: { id: `spiffe://prod.example${PATH}`, trustRoot: 'prod' } })).toBe(ADMIT);
    expect(await verdict(evidence, { spiffe: { id: `spiffe://prod.example${PATH}1`, trustRoot: 'prod' } })).toBe('deny VERIFY_SIGNER_UNTRUSTED');
    expect(await verdict(evidence, { x509: { san: `spiffe://prod.example${PATH}`, eku: ['any'], trustRoot: 'pki' } })).toMatch(/^deny VERIFY_/);
  });

  test('are nothing where there are none', () => {
    expect(found(run({}))).toEqual([]);
    expect(found(run({ results: without(results(), 'SVID') }))).toEqual([]);
    expect(found({ ...run({ results: results() }), kind: 'PipelineRun' })).toEqual([]);
    expect(found(run({ steps: [{ terminated: { message: '{' } }, { terminated: { message: 1 } }, {}] }))).toEqual([]);
  });

  test('never throw, whatever is in them', () => {
    const good = results();
    fc.assert(fc.property(fc.integer({ min: 0, max: good.length - 1 }), fc.jsonValue(), fc.jsonValue(), (at, name, value) => {
      const all = good.with(at, { name: typeof name === 'string' ? name : good[at]?.name ?? '', value });
      const read = readSignedResults(Buffer.from(JSON.stringify({ namespace: 'ci', name: 'build-1', results: all })));
      const same = JSON.stringify(all) === JSON.stringify(good);
      expect(read.ok && brokenResult(read.value) === undefined).toBe(same);
    }), { numRuns: 300 });
  });
});

describe('the example of TEP-0089', () => {
  const read = (all: readonly Result[]) => readSignedResults(Buffer.from(JSON.stringify({ namespace: 'default', name: 'non-falsifiable-provenance', results: all })));
  const broken = (all: readonly Result[]): string | undefined => {
    const signed = read(all);
    return signed.ok ? brokenResult(signed.value)?.code : signed.problem.code;
  };

  test('verifies with the SVID in it', () => {
    expect(read(TEP_0089)).toMatchObject({ ok: true, value: { path: '/ns/default/taskrun/non-falsifiable-provenance' } });
    expect(broken(TEP_0089)).toBeUndefined();
  });

  test.each(['foo', 'bar', 'RESULT_MANIFEST'])('does not with another %s', (name) => {
    expect(broken(put(TEP_0089, name, name === 'RESULT_MANIFEST' ? 'bar,foo' : 'hullo'))).toBe('VERIFY_SIGNATURE_INVALID');
  });
});
