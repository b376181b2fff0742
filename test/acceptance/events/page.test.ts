import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decisionEvent } from '../../../src/events/event.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { until } from '../../support/patience.ts';
import { startTestServer } from '../../support/server.ts';
import { eventOf } from '../../unit/events/support.ts';
import { podReview } from '../../world/review.ts';
import { createWorld } from '../../world/world.ts';

/** What docs/operate/decision-events.md shows and promises. */

const page = readFileSync(new URL('../../../docs/operate/decision-events.md', import.meta.url), 'utf8');
const fences = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);
const world = createWorld({ now: Date.now() });
const [shown] = fences('json').map((text) => JSON.parse(text) as { data: Record<string, unknown> } & Record<string, unknown>);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-events-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sourcesOf = (value: unknown): unknown => (value as { source: string }[]).map(({ source, ...rest }) => [source, Object.keys(rest)]);

/** What differs from one event to the next, in a form that does not. */
const steady = (event: typeof shown): unknown => ({
  ...event, id: 'ID', time: 'TIME', source: String(event?.['source']).split('/').length,
  data: { ...event?.data, 'security_rule.version': 'GENERATION', 'gatehouse.reference': 'REFERENCE', 'gatehouse.policy.sources': sourcesOf(event?.data['gatehouse.policy.sources']), 'gatehouse.duration': 0, 'gatehouse.request.uid': 'UID' },
});

describe('the page of decision events', () => {
  test('its event is the one that a server writes for this pod', async () => {
    const key = world.key();
    const policies = [
      { kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: key.publicKeyPem } }] } },
      { kind: 'ClusterArtifactPolicy', metadata: { name: 'p' }, spec: { artifacts: [{ image: 'ghcr.io/acme/*' }], require: [{ name: 'r', signature: { by: ['s'] } }] } },
    ].map((one) => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', ...one })).join('\n---\n');
    const file = join(folder, 'decisions.jsonl');
    const server = await startTestServer({ 'p.yaml': policies }, { decisions: { enabled: true, events: { file, source: '/clusters/prod' } } });
    try {
      await server.validate(podReview({ images: [`other.example/app@sha256:${'c'.repeat(64)}`], name: 'web', namespace: 'shop' }));
      await until(() => readFileSync(file, 'utf8').endsWith('\n'));
      const written = JSON.parse(readFileSync(file, 'utf8')) as NonNullable<typeof shown>;
      expect(steady(written)).toEqual(steady(shown as NonNullable<typeof shown>));
      expect(Object.keys(written.data)).toEqual(Object.keys(shown?.data ?? {}));
    } finally {
      await server.close();
    }
  });

  test.each(fences('yaml'))('its configuration is one: %s', (text) => {
    // Its authorities are a file of the reader's.
    expect(checkConfig(text.replace('    ca: collector-ca.pem\n', ''), 'gatehouse.yaml')).toMatchObject({ ok: true });
  });

  test('its table has every field that an event can have, and no other', () => {
    const artifacts = Array.from({ length: 33 }, () => eventOf().artifacts[0] as never);
    const finding = { ...eventOf().findings[0], exceptions: [{ name: 'night', reason: 'r', approvedBy: 'bob', expires: 1 }] } as never;
    const line = decisionEvent(eventOf({ artifacts, findings: [finding], policySources: [{ source: 's', digest: 'd' }] }), { source: '/g', sequence: 1, dropped: 1, mask: new Set() });
    const fields = Object.keys((JSON.parse(line) as { data: object }).data);
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (?:always|unless|where|on|after)/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(fields.toSorted());
  });
});
