import { describe, expect, it } from 'vitest';
import { decisionJson, decisionTable, findingLine, warningLines } from '../../../src/explain/index.ts';
import { decision, DIGEST, finding } from './decisions.ts';

describe('warningLines', () => {
  it('tells findings in warn mode with code, artifact and policy', () => {
    expect(warningLines(decision([finding('FETCH_NONE_FOUND', { mode: 'warn' }), finding('POLICY_SATISFIED', { mode: 'warn' }, 1), finding('VERIFY_SCT', { mode: 'audit' }, 2)]))).toEqual([
      'ghcr.io/acme/app0:1.4: unsigned (policy acme-images / signed by release) [FETCH_NONE_FOUND]',
    ]);
  });

  it('tells unmatched artifacts and notes', () => {
    const unmatched = finding('SELECT_NO_POLICY', { mode: 'warn', policy: undefined as never, requirement: undefined as never });
    const note = `spec.containers[0].image: tag of ghcr.io/acme/app0:1.4 can move after this check; pin ${DIGEST}`;
    expect(warningLines(decision([unmatched], { notes: [note] }))).toEqual([
      'ghcr.io/acme/app0:1.4: no policy speaks about this artifact [SELECT_NO_POLICY]',
      'spec.containers[0].image: tag of ghcr.io/acme/app0:1.4 can move after this check; pin sha256:9f2c…e1',
    ]);
  });

  it('gives none for a denial, and none when all is well', () => {
    expect(warningLines(decision([finding('FETCH_NONE_FOUND'), finding('POLICY_TOO_OLD', { mode: 'warn' })], { notes: ['n'] }))).toEqual([]);
    expect(warningLines(decision([finding('POLICY_SATISFIED')]))).toEqual([]);
  });

  it('tells at most 20, each once and at most 120 characters long', () => {
    const findings = Array.from({ length: 50 }, (_, index) => finding('VERIFY_CERTIFICATE_UNTRUSTED', { mode: 'warn', artifact: `${'a'.repeat(300)}/${index}:tag`, policy: 'p'.repeat(300) }));
    const lines = warningLines(decision([...findings, ...findings]));
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('and 30 more');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
    expect(lines[7]).toMatch(/^a+…a*\/7:tag: signing .*\(poli.*\) \[VERIFY_CERTIFICATE_UNTRUSTED\]$/);
  });

  it('every code fits', () => {
    for (const code of ['SELECT_LABELS_UNKNOWN', 'FETCH_RESPONSE_INVALID', 'VERIFY_CERTIFICATE_PROFILE'] as const) {
      const line = warningLines(decision([finding(code, { mode: 'warn', verdict: 'violated', artifact: 'x'.repeat(400), policy: undefined as never })]))[0] ?? '';
      expect(line.length).toBeLessThanOrEqual(120);
      expect(line).toMatch(/^x+…x+: \w/);
    }
  });

  it('H25 one line each, escaped', () => {
    const lines = warningLines(decision([finding('FETCH_NONE_FOUND', { mode: 'warn', artifact: 'a\nb\u001b[31m', policy: 'p\r\n' })], { notes: ['n\u202e\n'] }));
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines).toHaveLength(2);
  });
});

describe('findingLine', () => {
  it('says everything in one line', () => {
    expect(findingLine(finding('VERIFY_SIGNER_UNTRUSTED', { expected: ['a', 'b'], found: ['c\n'], cause: 'd' }))).toBe(
      'violated VERIFY_SIGNER_UNTRUSTED spec.containers[0].image ghcr.io/acme/app0:1.4 policy acme-images / signed by release: signed, but not by a trusted signer; expected a and 1 more; found c\\u000a; d',
    );
  });
});

describe('decisionJson', () => {
  it('is a stable document', () => {
    const document = decisionJson(decision([finding('FETCH_NONE_FOUND', { found: ['nothing'] })]));
    expect(Object.keys(document)).toEqual(['apiVersion', 'kind', 'id', 'time', 'durationMs', 'outcome', 'verdict', 'policyGeneration', 'request', 'artifacts', 'findings', 'notes']);
    expect(document).toMatchObject({
      apiVersion: 'gatehouse.dev/v1alpha1',
      kind: 'Decision',
      time: '2026-01-02T03:04:05.000Z',
      outcome: 'deny',
      artifacts: [{ path: 'spec.containers[0].image', reference: 'ghcr.io/acme/app0:1.4', name: 'ghcr.io/acme/app0', tag: '1.4', digest: DIGEST, resolvedFromTag: true }, {}, {}],
      findings: [{ code: 'FETCH_NONE_FOUND', title: 'unsigned: no evidence of the required kind was found', fix: 'sign the artifact and push the signature beside it', found: ['nothing'] }],
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

describe('decisionTable', () => {
  it('has one escaped line for each finding and the outcome below', () => {
    const table = decisionTable(decision([finding('FETCH_NONE_FOUND', { found: ['x\u001b[0m'] }), finding('POLICY_TOO_OLD', { mode: 'warn' }, 1), finding('POLICY_SATISFIED', {}, 2)]));
    expect(table.split('\n')).toEqual([
      'ARTIFACT               POLICY / REQUIREMENT             VERDICT          CODE              FOUND',
      'ghcr.io/acme/app0:1.4  acme-images / signed by release  violated         FETCH_NONE_FOUND  x\\u001b[0m',
      'ghcr.io/acme/app1:1.4  acme-images / signed by release  violated (warn)  POLICY_TOO_OLD    -',
      'ghcr.io/acme/app2:1.4  acme-images / signed by release  satisfied        POLICY_SATISFIED  -',
      '',
      'deny: violated (decision 01JD9Q6X0V0000000000000000, 12 ms)',
    ]);
  });

  it('shortens long cells in the middle', () => {
    const table = decisionTable(decision([finding('FETCH_NONE_FOUND', { artifact: 'a'.repeat(500) })]));
    for (const line of table.split('\n')) expect(line.length).toBeLessThan(260);
  });
});
