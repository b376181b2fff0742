import { describe, expect, test } from 'vitest';
import type { PublishedRoot, SpiffeBundleSpec } from '../../../src/domain/policy/trust-root.ts';
import { layerEvidence } from '../../world/domain.ts';
import { createTrustDomain } from '../../world/spiffe.ts';
import { judge } from './every-field/judge.ts';
import type { Answer } from './every-field/judge.ts';
import { trusting } from './every-field/signer-rows.ts';
import { DIGEST, doc, NOW } from './every-field/world.ts';

/** Trust roots whose authorities are in a bundle, from YAML to the verdict: what is written must be in order, what is published need not be. */
const [prod, dev] = [createTrustDomain('prod.example', NOW), createTrustDomain('prod.example', NOW)];
const PATH = '/ns/ci/sa/builder';
const asked: [string, SpiffeBundleSpec][] = [];

async function ask(spiffe: object, published: PublishedRoot = { usable: false, cause: 'not there' }): Promise<Answer> {
  asked.length = 0;
  const scene = trusting({ spiffe: { id: `spiffe://prod.example${PATH}`, trustRoot: 'prod' } }, {
    evidence: [layerEvidence(prod.signed(DIGEST, PATH))],
    spiffeBundle: (...question) => { asked.push(question); return published; },
  });
  return judge({ ...scene, documents: [doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', ...spiffe } }), ...scene.documents] });
}
const told = ({ problems }: Answer): string[] => problems.filter(({ severity }) => severity !== 'error').map(({ rule = '', path }) => `${rule} ${path}`);
const errors = ({ problems }: Answer): string => problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`).join('\n');
const [ADMIT, UNTRUSTED, STALE] = ['admit POLICY_SATISFIED', 'deny VERIFY_CERTIFICATE_UNTRUSTED', 'deny VERIFY_TRUST_ROOT_STALE'];
const WEB = { bundleEndpoint: { url: 'https://spire.example/bundle', profile: 'https_web' } };
const SPIFFE = { ...WEB.bundleEndpoint, profile: 'https_spiffe', endpointSpiffeId: 'spiffe://prod.example/spire/server', certificates: prod.root.certificate.pem };

describe('a bundle in the document', () => {
  test.each<[string, object, string]>([
    ['as a map', { bundle: prod.bundle() }, ADMIT],
    ['as the text of its file', { bundle: JSON.stringify(prod.bundle()) }, ADMIT],
    ['of other authorities', { bundle: dev.bundle() }, UNTRUSTED],
    ['without keys', { bundle: { keys: [] } }, UNTRUSTED],
  ])('%s', async (_, spiffe, verdict) => expect((await ask(spiffe)).verdict).toBe(verdict));

  test('without keys is told, and the denial says so', async () => {
    const answer = await ask({ bundle: { keys: [] } });
    expect(told(answer)).toContain('bundle-empty spec.spiffe.bundle');
    expect(answer.message).toMatch(/everything is revoked/);
    expect(told(await ask({ bundle: prod.bundle() }))).not.toContain('bundle-empty spec.spiffe.bundle');
  });

  test.each<[string, object, RegExp]>([
    ['that is none', { bundle: {} }, /^spec\.spiffe\.bundle: expected a SPIFFE bundle/],
    ['with a key twice in its text', { bundle: '{"keys":[],"keys":[]}' }, /^spec\.spiffe\.bundle: .*key twice/],
    ['with a kid', { bundle: prod.bundle({ keys: [{ ...(prod.bundle()['keys'] as object[])[0], kid: 'a' }] }) }, /expected no kid/],
    ['beside certificates', { bundle: prod.bundle(), certificates: prod.root.certificate.pem }, /exactly one of certificates, bundle, file, bundleEndpoint/],
    ['and nowhere else', {}, /exactly one of .*found none/],
  ])('%s is refused', async (_, spiffe, message) => expect(errors(await ask(spiffe))).toMatch(message));
});

describe('a bundle that is published', () => {
  test.each<[string, object, object]>([
    ['as a file', { file: '/etc/prod.json' }, { from: { file: '/etc/prod.json' }, refresh: 5_000, maxStale: 86_400_000 }],
    ['by https_web', WEB, { from: WEB.bundleEndpoint, refresh: 300_000, maxStale: 86_400_000 }],
    ['by https_spiffe', { bundleEndpoint: { ...SPIFFE, maxStale: '2h' } }, {
      from: { url: SPIFFE.url, profile: 'https_spiffe', endpointSpiffeId: SPIFFE.endpointSpiffeId, anchors: [prod.root.certificate.der.toString('base64')] },
      maxStale: 7_200_000,
    }],
  ])('%s is asked for, and judged like one that is written', async (_, spiffe, spec) => {
    expect((await ask(spiffe, { usable: true, content: prod.bundle() })).verdict).toBe(ADMIT);
    expect(asked).toEqual([['prod', expect.objectContaining({ trustDomain: 'prod.example', ...spec })]]);
    expect((await ask(spiffe, { usable: true, content: dev.bundle() })).verdict).toBe(UNTRUSTED);
    const empty = await ask(spiffe, { usable: true, content: { keys: [] } });
    expect(empty.verdict).toBe(UNTRUSTED);
    expect(told(empty).join()).toMatch(/bundle-empty/);
    const none = await ask(spiffe);
    expect(none.verdict).toBe(STALE);
    expect(none.message).toMatch(/not there/);
  });

  test('that is none leaves the root unusable, and the set stands', async () => {
    const answer = await ask(WEB, { usable: true, content: {} });
    expect(answer.verdict).toBe(STALE);
    expect(told(answer)).toContain('bundle-unusable spec.spiffe.bundleEndpoint');
  });

  test('that nobody has read is noted', async () => {
    const answer = await ask(WEB, { usable: false, cause: 'nobody', unasked: true });
    expect(answer.verdict).toBe(STALE);
    expect(told(answer)).toContain('bundle-unasked spec.spiffe.bundleEndpoint');
  });

  test.each<[string, object, RegExp]>([
    ['a relative file', { file: 'prod.json' }, /absolute path/],
    ['a file with dots', { file: '/etc/../prod.json' }, /absolute path/],
    ['a URL with user info', { bundleEndpoint: { ...SPIFFE, url: 'https://me@spire.example' } }, /expected a URL/],
    ['another scheme', { bundleEndpoint: { ...SPIFFE, url: 'file:///etc/prod.json' } }, /expected a URL/],
    ['https_spiffe over plain HTTP', { bundleEndpoint: { ...SPIFFE, url: 'http://spire.example' } }, /bundleEndpoint\.url: expected an https URL/],
    ['https_spiffe without an ID', { bundleEndpoint: { ...SPIFFE, endpointSpiffeId: undefined } }, /endpointSpiffeId: is missing/],
    ['https_spiffe with the ID of a domain', { bundleEndpoint: { ...SPIFFE, endpointSpiffeId: 'spiffe://prod.example' } }, /TRUST-DOMAIN\/PATH/],
    ['https_spiffe with nothing to begin with', { bundleEndpoint: { ...SPIFFE, certificates: undefined } }, /expected certificates or bundle/],
    ['https_spiffe with an empty bundle', { bundleEndpoint: { ...SPIFFE, certificates: undefined, bundle: { keys: [] } } }, /could never prove itself/],
    ['https_web with an ID', { bundleEndpoint: { ...WEB.bundleEndpoint, endpointSpiffeId: SPIFFE.endpointSpiffeId } }, /is for profile https_spiffe/],
    ['https_web with authorities', { bundleEndpoint: { ...WEB.bundleEndpoint, certificates: SPIFFE.certificates } }, /is for profile https_spiffe/],
    ['another profile', { bundleEndpoint: { ...SPIFFE, profile: 'http_web' } }, /expected one of https_web, https_spiffe/],
    ['a time that is too short', { bundleEndpoint: { ...SPIFFE, maxStale: '4m' } }, /is shorter than 5m/],
    ['a trust domain in capitals', { trustDomain: 'Prod.example', bundle: prod.bundle() }, /expected a trust domain/],
  ])('%s is refused', async (_, spiffe, message) => expect(errors(await ask(spiffe))).toMatch(message));

  test('plain HTTP is advised against', async () => {
    expect(told(await ask({ bundleEndpoint: { ...WEB.bundleEndpoint, url: 'http://spire.example/bundle' } }))).toContain('bundle-plain-http spec.spiffe.bundleEndpoint.url');
    expect(told(await ask(WEB)).join()).not.toMatch(/bundle-plain-http/);
  });
});
