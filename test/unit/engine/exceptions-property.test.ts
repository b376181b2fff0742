// Over findings and exceptions at random: never more than an oracle of a few lines admits, and never more by taking one away.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AdmissionException } from '../../../src/domain/decision/exception.ts';
import type { Finding } from '../../../src/domain/decision/finding.ts';
import { reason } from '../../../src/domain/decision/reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { withExceptions } from '../../../src/engine/answer/exceptions.ts';
import { ARTIFACT, DIGEST } from '../evaluate/support.ts';
import { OTHER_DIGEST, policySet } from './support.ts';

const NOW = 1000;
const CODES: readonly ReasonCode[] = [
  'POLICY_SATISFIED', 'FETCH_NONE_FOUND', 'VERIFY_SIGNER_UNTRUSTED', 'POLICY_THRESHOLD', 'FETCH_UNREACHABLE', 'VERIFY_TRUST_ROOT_STALE',
  'POLICY_REVOKED', 'VERIFY_RECEIPT_REVOKED', 'POLICY_UNAVAILABLE', 'POLICY_DIGEST_REQUIRED', 'FETCH_DIGEST_MISMATCH', 'SELECT_LABELS_UNKNOWN',
  'SELECT_NO_POLICY', 'ENGINE_DEADLINE', 'ENGINE_OVERLOADED', 'ENGINE_FAULT', 'INPUT_IMAGE_INVALID', 'INPUT_DIGEST_MISSING',
];
const [code, name, requirement] = [fc.constantFrom(...CODES), fc.constantFrom('p', 'q', 'ns/p'), fc.constantFrom('signed', 'scanned')];
const finding = fc.record({
  code, policy: fc.option(name, { nil: undefined }), requirement: fc.option(requirement, { nil: undefined }), note: fc.option(code, { nil: undefined }),
  mode: fc.constantFrom('enforce', 'warn', 'audit'), final: fc.boolean(), ofRequest: fc.boolean(),
}).map(({ code: is, policy, requirement: of, note, mode, final, ofRequest }): Finding => ({
  verdict: reason(is).verdict, code: is, path: ARTIFACT.path, artifact: ARTIFACT.raw, mode,
  ...(policy === undefined ? {} : { policy }), ...(of === undefined ? {} : { requirement: of }), ...(final && reason(is).verdict !== 'satisfied' ? { final } : {}),
  ...(ofRequest ? { ofRequest } : {}), ...(note === undefined ? {} : { evidence: [{ source: 's', code: note, text: '' }] }),
}));
const exception = fc.record({
  byName: fc.boolean(), byDigest: fc.boolean(), digest: fc.constantFrom<string>(DIGEST, OTHER_DIGEST), matches: fc.boolean(), uses: fc.constantFrom(undefined, 'container', 'baseImage'),
  policy: name, of: fc.option(requirement, { nil: undefined }), namespace: fc.constantFrom('team', 'other'), from: fc.constantFrom(NOW - 1, NOW, NOW + 1), to: fc.constantFrom(NOW - 1, NOW, NOW + 1),
}).map(({ byName, byDigest, digest, matches, uses, policy, of, namespace, from, to }): AdmissionException => ({
  name: 'e', reason: 'r', approvedBy: 'a', notBefore: from, expiresAt: to, namespaces: [namespace],
  artifacts: byName || !byDigest ? [{ kind: 'image', source: 'x', test: () => matches }] : [], digests: byDigest ? [digest] : [],
  demands: [{ policy, ...(of === undefined ? {} : { requirement: of }) }], ...(uses === undefined ? {} : { usedAs: new Set([uses] as const) }) as object,
}));
const scene = fc.record({
  findings: fc.array(finding, { maxLength: 4 }), exceptions: fc.array(exception, { maxLength: 4 }),
  digest: fc.constantFrom(DIGEST, OTHER_DIGEST, undefined), disowned: fc.constantFrom<readonly string[]>([], [DIGEST]),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function told({ findings, exceptions, digest, disowned }: Scene, some: readonly AdmissionException[] | 'none' = exceptions): readonly Finding[] {
  const policies = { ...policySet(), ...(some === 'none' ? {} : { exceptions: some, disowned: new Set(disowned) }) };
  const { digest: _, ...ref } = ARTIFACT;
  const context = { policies, review: { namespace: 'team' }, startedAt: NOW } as unknown as Parameters<typeof withExceptions>[2];
  return withExceptions({ ...ref, ...(digest === undefined ? {} : { digest }) }, findings, context);
}
const denying = (findings: readonly Finding[]): number => findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce').length;

/** Written from what the page says, beside the engine. */
function mayPass(one: Finding, { exceptions, digest, disowned }: Scene): boolean {
  const codes = [one.code, ...(one.evidence ?? []).map((note) => note.code)];
  if (digest === undefined || disowned.includes(digest) || one.final === true || one.policy === undefined || one.ofRequest === true) return false;
  if (codes.some((is) => /^(ENGINE|INPUT|SELECT)_|REVOKED$|^POLICY_UNAVAILABLE$/.test(is)) || /DIGEST_/.test(one.code)) return false;
  return exceptions.some((it) => it.namespaces.includes('team') && it.notBefore <= NOW && NOW <= it.expiresAt
    && it.demands.some(({ policy, requirement: of }) => policy === one.policy && (of ?? one.requirement) === one.requirement)
    && (it.usedAs?.has('container') ?? true) && it.artifacts.every((pattern) => pattern.test(ARTIFACT))
    && (it.digests.length === 0 ? one.verdict === 'violated' && codes.every((is) => reason(is).verdict !== 'undetermined') : it.digests.includes(digest)));
}

test('AdmissionException: exactly what the oracle lets pass warns, with its verdict; everything else stays as it is', () => fc.assert(fc.property(scene, (it) => {
  const after = told(it);
  expect(denying(after)).toBe(it.findings.filter((one) => denying([one]) === 1 && !mayPass(one, it)).length);
  expect(after.map(({ verdict, code: is }) => [verdict, is])).toEqual(it.findings.map(({ verdict, code: is }) => [verdict, is]));
  for (const one of after) if (one.exceptions !== undefined) expect([one.mode, one.verdict === 'satisfied', one.exceptions.length > 0]).toEqual(['warn', false, true]);
}), { numRuns: 2000 }));

test('AdmissionException: one less never admits more, and none at all changes no byte', () => fc.assert(fc.property(scene, fc.nat(3), (it, which) => {
  expect(denying(told(it, it.exceptions.filter((_, index) => index !== which)))).toBeGreaterThanOrEqual(denying(told(it)));
  expect(told(it, 'none')).toBe(it.findings);
  expect(JSON.stringify(told(it, []))).toBe(JSON.stringify(it.findings.map(({ final: _, ...rest }) => rest)));
}), { numRuns: 1000 }));

test.each([[NOW - 1, false], [NOW, true], [NOW + 1, true]])('AdmissionException: the end belongs to it, and no millisecond after it (%i)', (expiresAt, passes) => {
  const one: Finding = { verdict: 'violated', code: 'FETCH_NONE_FOUND', path: 'p', artifact: 'a', mode: 'enforce', policy: 'p', requirement: 'signed' };
  const it: AdmissionException = { name: 'e', reason: 'r', approvedBy: 'a', notBefore: 0, expiresAt, namespaces: ['team'], artifacts: [], digests: [DIGEST], demands: [{ policy: 'p' }] };
  expect(denying(told({ findings: [one], exceptions: [it], digest: DIGEST, disowned: [] }))).toBe(passes ? 0 : 1);
});
