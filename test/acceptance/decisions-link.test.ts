// A denial leads to the page of its object, where an administrator has said where that is: the same text for equal requests.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/platform/config/config.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { podReview } from '../world/review.ts';

const POLICY = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ keyless: { issuer: 'https://a.example', subject: 'a@b.example' } }] } })
  + '\n---\n' + JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'p' }, spec: { artifacts: [{ image: 'ghcr.io/acme/*' }], requireDigest: true, require: [{ name: 'r', signature: { by: ['s'] } }] } });
const URL_OF_PAGE = 'https://gatehouse.acme.example/decisions';
let [linked, plain] = [undefined as unknown as TestServer, undefined as unknown as TestServer];
beforeAll(async () => {
  const start = (decisions: object): Promise<TestServer> => startTestServer({ 'p.yaml': POLICY }, { decisions });
  [linked, plain] = await Promise.all([start({ enabled: true, url: URL_OF_PAGE }), start({ enabled: true })]);
});
afterAll(() => Promise.all([linked, plain].map((server) => server?.close())));

const told = async (server: TestServer, name = 'web'): Promise<string> => (await server.validate(podReview({ images: ['UPPER/case:1'], namespace: 'shop', name }))).status?.message ?? '';

test('the link names kind, namespace and name, stands before the last line, and is the same at the second try', async () => {
  const first = await told(linked);
  expect(first.split('\n').at(-2)).toBe(`  see ${URL_OF_PAGE}?kind=Pod&namespace=shop&name=web`);
  expect(await told(linked)).toBe(first);
  expect(await told(plain)).not.toContain('  see ');
});

test('the page behind it shows the decision, and none about another object', async () => {
  await told(linked);
  await told(linked, 'other');
  const { status, text } = await linked.ops('/decisions?kind=Pod&namespace=shop&name=web', { accept: 'application/json' });
  const names = (JSON.parse(text) as { items: { request: { name: string } }[] }).items.map(({ request }) => request.name);
  expect([status, [...new Set(names)]]).toEqual([200, ['web']]);
});

test('a name cannot end the address or begin another', async () => {
  const message = await told(linked, 'a&b=c#d e\n');
  expect(message.split('\n').at(-2)).toBe(`  see ${URL_OF_PAGE}?kind=Pod&namespace=shop&name=a%26b%3Dc%23d%20e%0A`);
});

describe('an address that is none is refused at the start', () => {
  test.each(['javascript:alert(1)', 'gatehouse.acme.example', 'https://user:secret@a.example/', 'https://a.example/?x=1', 'https://a.example/#x', `https://a.example/${'x'.repeat(600)}`, 'https://a.example/ä'])('%s', (url) => {
    expect(loadConfig(undefined, { policies: ['/p'], decisions: { enabled: true, url } }).ok).toBe(false);
  });
  test('and one without pages behind it', () => {
    expect(loadConfig(undefined, { policies: ['/p'], decisions: { enabled: false, url: URL_OF_PAGE } }).ok).toBe(false);
    expect(loadConfig(undefined, { policies: ['/p'], decisions: { enabled: true, url: URL_OF_PAGE } }).ok).toBe(true);
  });
});
