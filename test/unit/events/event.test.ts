import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import { decisionEvent } from '../../../src/events/event.ts';
import type { EventPlace } from '../../../src/events/event.ts';
import { eventOf } from './support.ts';

const PLACE: EventPlace = { source: '/gatehouse/pod-1/ab', sequence: 7, dropped: 0, mask: new Set() };
const read = (decision: Decision, place: Partial<EventPlace> = {}): Record<string, unknown> & { data: Record<string, unknown> } => {
  const line = decisionEvent(decision, { ...PLACE, ...place });
  expect(line).not.toContain('\n');
  return JSON.parse(line) as never;
};

describe('the envelope', () => {
  test('is a CloudEvent 1.0 in JSON: its subject the digest of the first artifact, its id that of the decision', () => {
    const { data, ...envelope } = read(eventOf());
    expect(envelope).toEqual({
      specversion: '1.0', type: 'dev.gatehouse.decision.v1', source: '/gatehouse/pod-1/ab', id: '01JDECISION', time: '2025-06-15T15:06:40.000Z',
      subject: `sha256:${'a'.repeat(64)}`, datacontenttype: 'application/json', sequence: '0000000000000007',
    });
    expect(data['gatehouse.sequence']).toBe(7);
  });

  test('names and values of its attributes are those that CloudEvents allows', () => {
    const { data: _data, ...attributes } = read(eventOf());
    for (const [name, value] of Object.entries(attributes)) {
      expect(name).toMatch(/^[a-z0-9]{1,20}$/);
      expect(String(value)).toMatch(/^[\x21-\x7e]+$/);
    }
    expect(new Date(String(attributes['time'])).toISOString()).toBe(attributes['time']);
  });

  test('without a digest there is no subject', () => {
    expect(read(eventOf({ artifacts: [{ kind: 'image', usage: 'container', path: 'p', raw: 'a', name: 'ghcr.io/a/b' }] }))['subject']).toBeUndefined();
    expect(read(eventOf({ artifacts: [] }))['subject']).toBeUndefined();
  });

  test('sequences sort as texts as they do as numbers', () => {
    const texts = [2, 10, 9, 123_456].map((sequence) => String(read(eventOf(), { sequence })['sequence']));
    expect(texts.toSorted().map(Number)).toEqual([2, 9, 10, 123_456]);
  });
});

describe('the data', () => {
  test('says what came out and why', () => {
    expect(read(eventOf()).data).toEqual({
      'gatehouse.sequence': 7, 'gatehouse.decision': 'deny', 'gatehouse.verdict': 'violated', 'gatehouse.mode': 'enforce',
      'gatehouse.reasons': ['FETCH_NONE_FOUND', 'POLICY_SATISFIED'], 'gatehouse.policies': ['acme', 'other'], 'security_rule.name': 'acme',
      'security_rule.version': 'g1', 'gatehouse.reference': expect.stringMatching(/^[0-9a-z]+$/), 'gatehouse.duration': 0.012,
      'gatehouse.surface': 'webhook', 'gatehouse.proof': 'certificate', 'gatehouse.request.uid': 'u-1', 'gatehouse.request.operation': 'CREATE',
      'gatehouse.request.group': 'apps', 'gatehouse.request.kind': 'Deployment', 'k8s.namespace.name': 'shop', 'gatehouse.request.name': 'web',
      'user.name': 'alice', 'gatehouse.request.dry_run': false,
      'gatehouse.artifacts': [{ name: 'ghcr.io/a/b', digest: `sha256:${'a'.repeat(64)}` }],
    });
  });

  test('an admission has no mode and no reference; one in which a policy only warned says so', () => {
    const held = { ...eventOf().findings[0], verdict: 'satisfied', code: 'POLICY_SATISFIED' } as never;
    const admitted = read(eventOf({ outcome: 'admit', verdict: 'satisfied', findings: [held] })).data;
    expect([admitted['gatehouse.mode'], admitted['gatehouse.reference'], admitted['gatehouse.decision']]).toEqual([undefined, undefined, 'admit']);
    const warned = (['audit', 'warn'] as const).map((mode) => ({ ...eventOf().findings[0], mode }) as never);
    expect(read(eventOf({ outcome: 'warn', findings: warned })).data['gatehouse.mode']).toBe('warn');
  });

  test('exceptions are named, and events that were dropped are counted', () => {
    const finding = { ...eventOf().findings[0], exceptions: [{ name: 'night', reason: 'r', approvedBy: 'bob', expires: 1 }] } as never;
    expect(read(eventOf({ findings: [finding] })).data['gatehouse.exceptions']).toEqual(['night']);
    expect(read(eventOf()).data['gatehouse.exceptions']).toBeUndefined();
    expect(read(eventOf(), { dropped: 3 }).data['gatehouse.dropped']).toBe(3);
    expect(read(eventOf()).data['gatehouse.dropped']).toBeUndefined();
  });

  test.each([
    ['user', ['user.name']],
    ['name', ['gatehouse.request.name']],
    ['namespace', ['k8s.namespace.name']],
    ['artifacts', ['gatehouse.artifacts']],
  ] as const)('mask %s leaves out %j, and nothing else', (masked, keys) => {
    const [whole, left] = [read(eventOf()), read(eventOf(), { mask: new Set([masked]) })];
    expect(Object.keys(whole.data).filter((key) => !Object.hasOwn(left.data, key))).toEqual(keys);
    expect(left['subject']).toBe(masked === 'artifacts' ? undefined : whole['subject']);
  });

  test.each(['\u0001', '"', '\\', '界', '\u{1f600}', '\ud800', '\n'])('stays below 64 KiB, also where each character is %j', (character) => {
    const long = character.repeat(4096);
    const artifacts = Array.from({ length: 40 }, (_, index) => ({ kind: 'blob', usage: 'dependency', path: `a[${index}]`, raw: 'b', name: long, digest: `sha256:${'b'.repeat(64)}` }) as never);
    const policies = Array.from({ length: 40 }, (_, index) => ({ verdict: 'violated', code: 'FETCH_NONE_FOUND', path: 'p', artifact: 'a', mode: 'enforce', policy: `${'p'.repeat(249)}-${index}`, exceptions: [{ name: `${'e'.repeat(249)}-${index}` }] }) as never);
    const line = decisionEvent(eventOf({ artifacts, findings: policies }, { user: long, name: long, namespace: long, uid: long, kind: long, group: long }), PLACE);
    expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024);
    const { data } = JSON.parse(line) as { data: Record<string, unknown[]> };
    expect(data['gatehouse.artifacts']?.length).toBeGreaterThan(4);
    expect(data['gatehouse.artifacts.count']).toBe(40);
  });

  test('stays below 64 KiB, whatever names a decision has, and says how many artifacts there were', () => {
    const artifacts = Array.from({ length: 5000 }, (_, index) => ({ kind: 'blob', usage: 'dependency', path: `a[${index}]`, raw: 'b', name: `${'ö'.repeat(2000)}${index}`, digest: `sha256:${'b'.repeat(64)}` }) as never);
    const findings = Array.from({ length: 5000 }, (_, index) => ({ ...eventOf().findings[0], policy: `${'ü'.repeat(300)}${index}` }) as never);
    const policySources = Array.from({ length: 17 }, (_, index) => ({ source: `policies tuf ${'m'.repeat(2000)}${index}`, digest: `sha256:${'d'.repeat(64)}`, version: 'v'.repeat(500) }));
    const line = decisionEvent(eventOf({ artifacts, findings, policySources }, { user: '\u0001'.repeat(9000), name: 'n'.repeat(9000) }), PLACE);
    expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024);
    const { data } = JSON.parse(line) as { data: Record<string, unknown[]> };
    expect([data['gatehouse.artifacts.count'], data['gatehouse.policies']?.length]).toEqual([5000, 32]);
    expect(data['gatehouse.artifacts']?.length).toBeGreaterThan(16);
  });

  test('a name with quotes, ends of lines and control characters stays inside of its text', () => {
    const name = 'a"},{"x":1}\n\u2028\u0000\\';
    expect(read(eventOf({}, { name, user: name, namespace: name })).data).toMatchObject({ 'gatehouse.request.name': name, 'user.name': name, 'k8s.namespace.name': name });
  });
});

describe('half a character', () => {
  const HALVES = ['\ud800', 'a\udc00b', `${'a'.repeat(510)}\u{1f600}${'b'.repeat(10)}`, '\udfff\ud83d', '\u{1f600}'];
  test.each(HALVES)('%j leaves as none, in no field', (text) => {
    const event = read(
      eventOf({ artifacts: [{ kind: 'image', usage: 'container', path: 'p', raw: 'a', name: text }], policyGeneration: text },
        { user: text, name: text, namespace: text, uid: text, kind: text, group: text }),
      { source: text },
    );
    // JSON shows half a character as an escape, at which strict readers give up.
    expect(JSON.stringify(event)).not.toMatch(/\\ud[89a-f]/);
    expect(event.data['user.name']).toBe((text.length > 512 ? `${text.slice(0, 511)}…` : text).toWellFormed());
  });
});
