// What leaves never holds words by which an engine takes a refusal for a passing fault, whatever the object says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decision/decision.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import { REASONS } from '../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { reasonText } from '../../../src/explain/index.ts';
import { errorAnswer, toAdmissionResponse, toImageReview } from '../../../src/respond/index.ts';
import { finalText, wireText } from '../../../src/respond/wire-text.ts';
import { decision, finding } from '../explain/decisions.ts';

const SIGNALS = ['exceeded quota', 'violates PodSecurity', 'security context constraint', 'TaskRun validation failed', 'context deadline exceeded', 'etcdserver: leader changed'];
const FAULTS = ['i/o timeout', 'connection reset by peer', 'connect: connection refused', 'connection timed out', 'net/http: TLS handshake timeout', 'etcdserver: request timed out', 'etcdserver: too many requests',
  'Connection closed by foreign host', 'http2: client connection lost', 'http2: server sent GOAWAY and closed the connection', 'invalid connection', 'upper: no more rows in'];
const envelope = { apiVersion: 'admission.k8s.io/v1', uid: 'u' };

/** As whoever flattens lines and folds case would see it. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').toLowerCase();
const holds = (text: string, words: readonly string[]): string[] => words.filter((signal) => flat(text).includes(signal.toLowerCase()));

/** All that the API server hands on of a decision. */
function sent(judged: Decision): string[] {
  const { response } = toAdmissionResponse(judged, envelope);
  return [response.status?.message ?? '', ...(response.warnings ?? []), ...Object.values(response.auditAnnotations), toImageReview(judged, envelope).status.reason ?? ''];
}

describe('wireText', () => {
  it.each(SIGNALS)('breaks "%s", also across lines and in another case, and says what it broke', (signal) => {
    for (const text of [signal, signal.toUpperCase(), signal.replaceAll(' ', '\n  '), signal.replaceAll(' ', ' \t '), `a ${signal} b ${signal}`]) {
      expect(holds(wireText(text), SIGNALS)).toEqual([]);
      expect(wireText(text)).toContain('_');
      expect(Buffer.byteLength(wireText(text))).toBeLessThanOrEqual(Buffer.byteLength(text));
      expect(wireText(wireText(text))).toBe(wireText(text));
    }
  });

  it('breaks both of two groups that share a word', () => {
    expect(wireText('context deadline exceeded quota')).toBe('context deadline_exceeded_quota');
  });

  it.each(['exceeded the quota', 'deadline exceeded', 'leader changed', 'a security context', 'quota exceeded', 'PodSecurity', 'TaskRun validation', 'registry timeout'])('leaves "%s" alone', (text) => {
    expect(wireText(text)).toBe(text);
  });

  it.each(FAULTS)('leaves "%s" to what may be tried again, and takes it out of what is final', (fault) => {
    expect(holds(finalText(`cause ${fault}`), [fault])).toEqual([]);
    expect(wireText('i/o timeout')).toBe('i/o timeout');
  });

  it('is linear in hostile text', () => {
    const hostile = [`exceeded${' '.repeat(200_000)}`, 'context deadline '.repeat(50_000), `${'security \n'.repeat(50_000)}`];
    const before = process.cpuUsage();
    for (const text of hostile) finalText(text);
    const { user } = process.cpuUsage(before);
    expect(user).toBeLessThan(2_000_000);
  });
});

describe('denials', () => {
  it('no title, fix or meaning of any reason holds a signal', () => {
    for (const code of Object.keys(REASONS) as ReasonCode[]) {
      const text = reasonText(code);
      expect(holds(text, [...SIGNALS, ...FAULTS]), code).toEqual([]);
      for (const verdict of [finding(code), finding(code, { mode: 'warn' })]) for (const one of sent(decision([verdict]))) expect(holds(one, SIGNALS), code).toEqual([]);
    }
  });

  const FIELDS: Readonly<Record<string, (text: string) => Partial<Finding>>> = {
    path: (path) => ({ path }), artifact: (artifact) => ({ artifact }), policy: (policy) => ({ policy }), requirement: (requirement) => ({ requirement }),
    expected: (text) => ({ expected: [text, 'b'] }), found: (text) => ({ found: ['a', text] }), cause: (cause) => ({ cause }), fix: (fix) => ({ fix }),
    holder: (holder) => ({ holder }), task: (task) => ({ task }), digest: (digest) => ({ digest }),
  };
  it.each(Object.entries(FIELDS))('nothing is smuggled in by %s', (_field, change) => {
    for (const signal of [...SIGNALS, ...FAULTS]) {
      for (const text of [signal, signal.toUpperCase(), `${signal}\n${signal}`, signal.replace(' ', '\u00a0')]) {
        for (const mode of ['enforce', 'warn'] as const) {
          for (const one of sent(decision([finding('VERIFY_SIGNER_UNTRUSTED', { ...change(text), mode }), finding('VERIFY_SCT')]))) expect(holds(one, SIGNALS), text).toEqual([]);
        }
        expect(holds(sent(decision([finding('VERIFY_SIGNER_UNTRUSTED', change(text))]))[0] ?? '', FAULTS), text).toEqual([]);
      }
    }
  });

  it.each(['kind', 'namespace', 'name', 'group', 'user', 'uid'] as const)('nothing is smuggled in by the %s of the request', (field) => {
    for (const signal of SIGNALS) {
      const base = decision([finding('ENGINE_FAULT', { path: '', artifact: '' })]);
      for (const one of sent({ ...base, request: { ...base.request, [field]: signal } })) expect(holds(one, SIGNALS)).toEqual([]);
    }
  });

  it('nothing is smuggled in by two values that come to stand side by side', () => {
    for (const signal of SIGNALS) {
      const [first = '', ...rest] = signal.split(' ');
      const last = rest.join(' ');
      const pairs: Partial<Finding>[] = [{ path: first, artifact: last }, { found: [first, last] }, { requirement: first, cause: last }, { path: `a ${first}`, holder: last }, { artifact: first, digest: last }];
      for (const change of pairs) for (const one of sent(decision([finding('VERIFY_SIGNER_UNTRUSTED', change)]))) expect(holds(one, SIGNALS), JSON.stringify(change)).toEqual([]);
    }
  });

  it('nothing is smuggled in by what is no review', () => {
    for (const signal of SIGNALS) expect(holds(errorAnswer('INPUT_JSON_INVALID', `key "${signal}"`).message, SIGNALS)).toEqual([]);
  });

  it('property: whatever the object says', () => {
    const word = fc.constantFrom(...new Set([...SIGNALS, ...FAULTS].flatMap((signal) => signal.split(' '))));
    const gap = fc.constantFrom(' ', '  ', '\n', '\t', '\u00a0', '\u2028', '\u200b', '', 'x');
    const text = fc.array(fc.tuple(fc.oneof(word, fc.string({ maxLength: 6 })), gap), { maxLength: 8 }).map((parts) => parts.flat().join(''));
    const any = fc.record({
      path: text, artifact: text, policy: text, requirement: text, cause: text, fix: text, found: fc.array(text, { maxLength: 5 }), expected: fc.array(text, { maxLength: 5 }), task: text, holder: text,
      mode: fc.constantFrom('enforce' as const, 'warn' as const),
    });
    fc.assert(fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), fc.constantFrom<ReasonCode>('VERIFY_SIGNER_UNTRUSTED', 'FETCH_TIMEOUT'), text, (changes, code, name) => {
      const base = decision(changes.map((change, index) => finding(code, change, index)));
      for (const one of sent({ ...base, request: { ...base.request, name } })) expect(holds(one, SIGNALS)).toEqual([]);
    }), { numRuns: 400 });
  });
});
