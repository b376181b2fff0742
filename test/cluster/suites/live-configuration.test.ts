import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/patience.ts';
import { startReceiver } from '../../support/receiver.ts';
import type { ReceivedEvent, Receiver } from '../../support/receiver.ts';
import type { KubectlResult } from '../control-plane.ts';
import { dataFolder } from '../processes.ts';
import { startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { pod } from '../workloads.ts';

/** Decisions leave a Gatehouse that a real API server asks, and its configuration changes while it is asked. */

const OTHER = `other.example/app@sha256:${'a'.repeat(64)}`;
const NONE = { 'p.yaml': JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ keyless: { issuer: 'https://a.example', subject: 'a@b.example' } }] } }) };
let scene: Scene;
let receiver: Receiver;
let file: string;

beforeAll(async () => {
  receiver = await startReceiver();
  file = join(dataFolder('events'), 'decisions.jsonl');
  scene = await startScene({ registries: [], policies: NONE, config: { allowNoPolicies: true, decisions: { events: { file, source: '/clusters/test' } } } });
});
afterAll(async () => {
  await scene?.stop();
  await receiver?.close();
});

const apply = (name: string, ...flags: string[]): Promise<KubectlResult> => scene.cluster.kubectl(['apply', ...flags, '-f', '-'], pod(name, OTHER));
const written = (): ReceivedEvent[] => readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as ReceivedEvent);
const about = (events: readonly ReceivedEvent[], name: string): ReceivedEvent | undefined => events.find(({ data }) => data['gatehouse.request.name'] === name);

describe('what kubectl is told leaves as an event', () => {
  test('a denial, with who asked, of what and why', async () => {
    const { code, stderr } = await apply('denied');
    expect(code).toBe(1);
    await until(() => about(written(), 'denied') !== undefined);
    const event = about(written(), 'denied');
    expect(event).toMatchObject({ type: 'dev.gatehouse.decision.v1', subject: `sha256:${'a'.repeat(64)}`, source: expect.stringMatching(/^\/clusters\/test\//) as string });
    expect(event?.data).toMatchObject({
      'gatehouse.decision': 'deny', 'gatehouse.reasons': ['SELECT_NO_POLICY'], 'gatehouse.request.kind': 'Pod', 'gatehouse.request.operation': 'CREATE',
      'k8s.namespace.name': 'default', 'gatehouse.request.dry_run': false, 'user.name': expect.stringMatching(/\w/) as string,
    });
    expect(stderr).toContain(String(event?.data['gatehouse.reference']));
  });

  test('a dry run is marked', async () => {
    await apply('tried', '--dry-run=server');
    await until(() => about(written(), 'tried') !== undefined);
    expect(about(written(), 'tried')?.data['gatehouse.request.dry_run']).toBe(true);
  });

  test('no number is missing', () => {
    const numbers = written().map(({ data }) => Number(data['gatehouse.sequence']));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('the configuration changes', () => {
  test('unmatched: warn, and the same pod comes in with a warning; events go to a collector from then on', async () => {
    scene.gatehouse.setConfig({ unmatched: 'warn', decisions: { events: { url: receiver.url, ca: receiver.ca } } });
    await until(async () => (await apply('admitted', '--dry-run=server')).code === 0);
    const { code, stderr } = await apply('admitted');
    expect([code, stderr]).toEqual([0, expect.stringContaining('[SELECT_NO_POLICY]')]);
    await until(() => receiver.events.some(({ data }) => data['gatehouse.request.name'] === 'admitted' && data['gatehouse.request.dry_run'] === false));
    expect(about(written(), 'admitted')?.data['gatehouse.decision'] ?? 'deny').toBe('deny');
  });

  test('broken, it changes nothing; mended, it does', async () => {
    scene.gatehouse.setConfig({ unmatched: 'deny', unmatchd: 'deny' });
    await until(async () => (await (await fetch(`${scene.gatehouse.opsUrl}/readyz`)).text()).includes('broken'));
    expect((await apply('still', '--dry-run=server')).code).toBe(0);
    scene.gatehouse.setConfig({ unmatched: 'deny' });
    await until(async () => (await apply('no-more', '--dry-run=server')).code === 1);
  });
});
