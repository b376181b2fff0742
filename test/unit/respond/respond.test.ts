import { describe, expect, it } from 'vitest';
import { errorAnswer, exitCode, toAdmissionResponse, toImageReview } from '../../../src/respond/index.ts';
import { decision, DIGEST, finding } from '../explain/decisions.ts';

const envelope = { apiVersion: 'admission.k8s.io/v1', uid: 'u-1' };
const violated = finding('FETCH_NONE_FOUND');
const undetermined = finding('FETCH_TIMEOUT', {}, 1);
const satisfied = finding('POLICY_SATISFIED', {}, 2);

describe('toAdmissionResponse', () => {
  it('admits: allowed, no status, no warnings, annotations', () => {
    expect(toAdmissionResponse(decision([satisfied]), envelope)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u-1',
        allowed: true,
        auditAnnotations: {
          decision: 'admit',
          verdict: 'satisfied',
          reasons: 'POLICY_SATISFIED',
          policies: 'acme-images',
          artifacts: [0, 1, 2].map((index) => `spec.containers[${index}].image=ghcr.io/acme/app${index}@${DIGEST}`).join(','),
          'decision-id': '01JD9Q6X0V0000000000000000',
        },
      },
    });
  });

  it('H20 repeats uid and version exactly', () => {
    for (const uid of ['ü-日本', 'u'.repeat(1024)]) {
      expect(toAdmissionResponse(decision([violated]), { apiVersion: 'admission.k8s.io/v1beta1', uid })).toMatchObject({ apiVersion: 'admission.k8s.io/v1beta1', response: { uid, allowed: false } });
    }
  });

  it.each([
    ['violated', [violated], '', 403, 'Forbidden'],
    ['violated beside undetermined', [undetermined, violated], '', 403, 'Forbidden'],
    ['only undetermined', [undetermined, satisfied], '', 503, 'ServiceUnavailable'],
    ['violated, tekton.dev', [violated], 'tekton.dev', 400, 'BadRequest'],
    ['violated, resolution.tekton.dev', [violated], 'resolution.tekton.dev', 400, 'BadRequest'],
    ['violated, a group that only looks like it', [violated], 'evil-tekton.dev', 403, 'Forbidden'],
    ['violated, argoproj.io', [violated], 'argoproj.io', 403, 'Forbidden'],
    ['violated beside undetermined, tekton.dev', [undetermined, violated], 'tekton.dev', 400, 'BadRequest'],
    ['only undetermined, argoproj.io', [undetermined], 'argoproj.io', 503, 'ServiceUnavailable'],
    ['only undetermined, resolution.tekton.dev', [undetermined], 'resolution.tekton.dev', 503, 'ServiceUnavailable'],
    ['only undetermined, tekton.dev', [undetermined], 'tekton.dev', 503, 'ServiceUnavailable'],
    ['undetermined denies, violated only warns', [undetermined, finding('VERIFY_SCT', { mode: 'warn' })], '', 503, 'ServiceUnavailable'],
    ['undetermined denies, violated is only recorded', [undetermined, finding('VERIFY_SCT', { mode: 'audit' })], '', 503, 'ServiceUnavailable'],
  ] as const)('%s', (_name, findings, group, code, reason) => {
    const base = decision(findings);
    const { response } = toAdmissionResponse({ ...base, request: { ...base.request, group } }, envelope);
    expect(response).toMatchObject({ allowed: false, status: { code, reason } });
    expect(response.status?.message).toContain('not admitted');
  });

  it('warns: allowed, with warnings and the strict verdict in the annotations', () => {
    const { response } = toAdmissionResponse(decision([finding('FETCH_NONE_FOUND', { mode: 'warn' })]), envelope);
    expect(response).toMatchObject({ allowed: true, warnings: [expect.stringContaining('FETCH_NONE_FOUND')], auditAnnotations: { decision: 'warn', verdict: 'violated' } });
    expect(response.status).toBeUndefined();
  });

  it('H20 H25 stays small and clean, whatever comes in', () => {
    const findings = Array.from({ length: 2000 }, (_, index) => finding('VERIFY_SIGNER_UNTRUSTED', { policy: `p${index}\n`, artifact: '\u001b[31m', path: `spec.containers[${index}].image` }));
    const base = decision(findings);
    const artifacts = base.artifacts.flatMap((artifact) => Array.from({ length: 700 }, () => ({ ...artifact, name: 'a\u202e\nb' })));
    const { response } = toAdmissionResponse({ ...base, artifacts }, envelope);
    expect(JSON.stringify(response).length).toBeLessThan(32_768);
    expect(response.auditAnnotations.policies).toMatch(/^p0\\u000a,.*…\+\d+$/);
    expect(response.auditAnnotations.artifacts).toMatch(/^spec\.containers\[0\]\.image=a\\u202e\\u000ab@sha256:[0-9a-f]{64},.*…\+\d+$/);
    for (const value of Object.values(response.auditAnnotations)) expect(value).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('names an artifact without a digest by its tag', () => {
    const base = decision([undetermined]);
    const artifacts = base.artifacts.slice(0, 1).map(({ kind, usage, path, raw, name, tag }) => ({ kind, usage, path, raw, name, ...(tag === undefined ? {} : { tag }) }));
    expect(toAdmissionResponse({ ...base, artifacts }, envelope).response.auditAnnotations.artifacts).toBe('spec.containers[0].image=ghcr.io/acme/app0:1.4');
  });
});

describe('toImageReview', () => {
  it('admits and denies', () => {
    const api = { apiVersion: 'imagepolicy.k8s.io/v1alpha1' };
    expect(toImageReview(decision([satisfied]), api)).toMatchObject({ ...api, kind: 'ImageReview', status: { allowed: true, auditAnnotations: { decision: 'admit' } } });
    expect(toImageReview(decision([satisfied]), api).status).not.toHaveProperty('reason');
    const denied = toImageReview(decision(Array.from({ length: 100 }, (_, index) => finding('FETCH_NONE_FOUND', {}, index))), api);
    expect(denied.status).toMatchObject({ allowed: false, reason: expect.stringContaining('artifacts not admitted') });
    expect(Buffer.byteLength(denied.status.reason ?? '')).toBeLessThanOrEqual(2048);
  });
});

describe('exitCode', () => {
  const warned = finding('FETCH_NONE_FOUND', { mode: 'warn' });
  it.each([
    ['admitted', [satisfied], false, 0],
    ['denied', [violated], false, 1],
    ['denied and undetermined', [undetermined, violated], true, 1],
    ['undetermined', [undetermined], false, 3],
    ['undetermined, with violated that only warns', [undetermined, warned], true, 3],
    ['warned', [warned], false, 0],
    ['warned, with --fail-on-warn', [warned], true, 2],
    ['admitted, with --fail-on-warn', [satisfied], true, 0],
    ['recorded only', [finding('FETCH_TIMEOUT', { mode: 'audit' })], true, 0],
  ] as const)('%s', (_name, findings, failOnWarn, code) => {
    expect(exitCode(decision(findings), { failOnWarn })).toBe(code);
  });
});

describe('errorAnswer', () => {
  it('H25 carries code and escaped message', () => {
    expect(errorAnswer('INPUT_JSON_INVALID', 'bad\n\u001b[31m')).toEqual({ code: 'INPUT_JSON_INVALID', message: 'bad\\u000a\\u001b[31m' });
    expect(errorAnswer('INPUT_JSON_INVALID', 'x'.repeat(10_000)).message).toHaveLength(1024);
  });
});
