import { describe, expect, it } from 'vitest';
import { readAdmissionReview } from '../../../src/intake/index.ts';

type Json = Record<string, unknown>;

function reviewOf(change: Json = {}, apiVersion = 'admission.k8s.io/v1'): Json {
  return {
    apiVersion,
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      name: 'web',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['developers'] },
      object: { kind: 'Pod' },
      oldObject: null,
      dryRun: false,
      ...change,
    },
  };
}

function codeOf(body: unknown): string {
  const result = readAdmissionReview(body);
  return result.ok ? 'ok' : result.code;
}

describe('readAdmissionReview', () => {
  it('reads what the API server sends', () => {
    expect(readAdmissionReview(reviewOf())).toEqual({
      ok: true,
      apiVersion: 'admission.k8s.io/v1',
      review: {
        surface: 'webhook',
        caller: { proof: 'none', credentials: 'none' },
        uid: 'u-1',
        operation: 'CREATE',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        subResource: '',
        namespace: 'shop',
        name: 'web',
        user: { username: 'alice', groups: ['developers'] },
        dryRun: false,
        object: { kind: 'Pod' },
        oldObject: null,
      },
    });
  });

  it('H20 keeps the version of the request for the answer, and knows no others', () => {
    expect(readAdmissionReview(reviewOf({}, 'admission.k8s.io/v1beta1'))).toMatchObject({ ok: true, apiVersion: 'admission.k8s.io/v1beta1' });
    for (const version of ['admission.k8s.io/v2', 'v1', '', 'admission.k8s.io/v1 ']) expect(codeOf(reviewOf({}, version))).toBe('INPUT_NOT_A_REVIEW');
    expect(codeOf({ ...reviewOf(), apiVersion: ['admission.k8s.io/v1'] })).toBe('INPUT_NOT_A_REVIEW');
  });

  it('H20 takes any uid of 1 to 1024 characters and echoes it exactly', () => {
    for (const uid of ['x', 'ü-日本-👍', 'a\nb', 'u'.repeat(1024)]) expect(readAdmissionReview(reviewOf({ uid }))).toMatchObject({ ok: true, review: { uid } });
    for (const uid of ['', undefined, null, 7, {}, 'u'.repeat(1025), 'u'.repeat(100_000)]) expect(codeOf(reviewOf({ uid }))).toBe('INPUT_UID_MISSING');
  });

  it('H21 generateName: no name is no problem, nor is no namespace', () => {
    expect(readAdmissionReview(reviewOf({ name: undefined, namespace: undefined }))).toMatchObject({ ok: true, review: { name: '', namespace: '' } });
  });

  it('H13 reads dryRun', () => {
    expect(readAdmissionReview(reviewOf({ dryRun: true }))).toMatchObject({ review: { dryRun: true } });
    expect(readAdmissionReview(reviewOf({ dryRun: undefined }))).toMatchObject({ review: { dryRun: false } });
    expect(codeOf(reviewOf({ dryRun: 'true' }))).toBe('INPUT_NOT_A_REVIEW');
  });

  it.each([null, undefined, 1, 'x', [], {}, { kind: 'AdmissionReview' }, { ...reviewOf(), kind: 'ImageReview' }, { ...reviewOf(), request: null }, { ...reviewOf(), request: [] }])(
    'refuses what is no review (%#)',
    (body) => {
      expect(codeOf(body)).toBe('INPUT_NOT_A_REVIEW');
    },
  );

  it.each([
    ['operation', 'create'], ['operation', null], ['operation', ['CREATE']], ['kind', null], ['kind', { group: '', version: 'v1' }], ['kind', { group: 1, version: 'v1', kind: 'Pod' }],
    ['resource', 'pods'], ['resource', { group: '', version: 'v1', resource: '' }], ['namespace', 3], ['name', {}], ['subResource', []],
    ['userInfo', 'alice'], ['userInfo', { username: 1 }], ['userInfo', { username: 'a', groups: 'system:nodes' }], ['userInfo', { username: 'a', groups: [1] }],
  ])('refuses %s %j', (name, value) => {
    expect(codeOf(reviewOf({ [name]: value }))).toBe('INPUT_NOT_A_REVIEW');
  });

  it('does not take inherited names for fields', () => {
    const body = reviewOf();
    const inherited = Object.create({ uid: 'u-1' }) as Json;
    expect(codeOf({ ...body, request: Object.assign(inherited, { operation: 'CREATE' }) })).toBe('INPUT_UID_MISSING');
  });

  it('hands an object on that nobody could read: that is a denial, not a broken request', () => {
    for (const object of [null, undefined, 'text', 7, [], {}]) expect(readAdmissionReview(reviewOf({ object }))).toMatchObject({ ok: true, review: { object: object ?? null } });
  });

  it('H25 names the field and shows the value escaped', () => {
    const result = readAdmissionReview(reviewOf({ operation: '\u001b[31m\n' }));
    expect(result.ok ? '' : result.message).toMatch(/request\.operation, found "\\u001b\[31m\\u000a"$/);
  });
});
