/** Rules of other projects, images with evidence, what the projects say of them by their documentation, and what is said after an import. */
import { readFileSync } from 'node:fs';
import { sharedData } from '../../support/shared.ts';

/** A verdict; ours may be stricter: admit, then warn, then deny. */
export type Verdict = 'admit' | 'warn' | 'deny';

export interface ImportRow {
  readonly evidence: string;
  readonly image: string;
  readonly namespace?: string;
  /** As a policy test writes it; names of Signers are those that the import gives. */
  readonly with: readonly unknown[];
  readonly theirs: Verdict;
  readonly ours: Verdict;
}

export interface ImportSuite {
  readonly project: string;
  /** A file of the project, or what the rule is about. */
  readonly rule: string;
  readonly source: string;
  /** What becomes of an image that no policy speaks about, by the project's default. */
  readonly unmatched: 'deny' | 'allow';
  readonly rows: readonly ImportRow[];
}

const cip = (path: string): string => readFileSync(sharedData(`cluster-image-policies/${path}`), 'utf8');
const own = (name: string): string => readFileSync(new URL(`../../fixtures/import/${name}`, import.meta.url), 'utf8');
const signed = (by: unknown): unknown => ({ by, signature: {} });
const states = (by: unknown, predicateType: string, predicate: unknown): unknown => ({ by, attestation: { predicateType, predicate } });
const person = (issuer: string, subject: string): unknown => ({ keyless: { issuer, subject } });

const CUSTOM = 'https://cosign.sigstore.dev/attestation/v1';
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const GOOGLE = 'https://accounts.google.com';
const scan = (started: string): unknown => ({
  invocation: { uri: 'invocation.example.com/cosign-testing' }, scanner: { uri: 'fakescanner.example.com/cosign-testing' },
  metadata: { scanStartedOn: started, scanFinishedOn: started },
});
const PEOPLE = 'image-policy-keyless-signatures';
const KEY = 'image-policy-key-with-attestations-verify-custom-attestation';
const policyController = (authorities: string, more = ''): string =>
  `apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: own}\nspec:\n  images: [{glob: "ghcr.io/acme/**"}]\n  authorities: ${authorities}\n${more}`;
const ALICE = `{keyless: {identities: [{issuer: "${GOOGLE}", subject: alice@acme.example}]}, name: alice}`;
const BOB = `{keyless: {identities: [{issuer: "${GOOGLE}", subject: bob@acme.example}]}, name: bob}`;
const notation = (level: string, trust: string): string =>
  `{"version": "1.0", "trustPolicies": [{"name": "acme", "registryScopes": ["ghcr.io/acme/app"], "signatureVerification": {"level": "${level}"}${trust}}]}`;
/** A signer below the trust root with this name, which the import gives it. */
const RELEASE = (trustRoot: string, who = 'release', organisation = 'Acme'): unknown => ({ x509: { subject: `C=US, ST=WA, O=${organisation}, CN=${who}`, trustRoot } });
const ended = (by: unknown): unknown => ({ by, signature: { expiry: '2026-11-01T11:30:00Z' } });
const APP = 'ghcr.io/acme/app:1.0';
const row = (evidence: string, image: string, attached: readonly unknown[], theirs: Verdict, ours: Verdict = theirs, namespace?: string): ImportRow =>
  ({ evidence, image, with: attached, theirs, ours, ...(namespace === undefined ? {} : { namespace }) });

export const SUITES: readonly ImportSuite[] = [
  { project: 'policy-controller', rule: 'valid/v1beta1-valid-policy.yaml', source: cip('valid/v1beta1-valid-policy.yaml'), unmatched: 'deny', rows: [
    row('nothing', 'image-a:1', [], 'deny'),
    row('signature without key, by the second authority', 'image-a:1', [signed(PEOPLE)], 'admit'),
    row('signature with the key of the sixth', 'image-a:1', [signed('image-policy-authority-5')], 'admit'),
    row('signature by a stranger', 'image-a:1', [signed(person('issue-details', 'someone-else'))], 'deny'),
    row('signature with another key', 'image-a:1', [signed({ key: 'other' })], 'deny'),
    row('signature by somebody in whose name the expression is found', 'image-a:1', [signed(person('issue-details1', 'the-subject-itself'))], 'admit'),
    row('the same from another issuer', 'image-a:1', [signed(person('other', 'the-subject-itself'))], 'deny'),
    row('one of the two attestations of the third', 'image-a:1', [states(PEOPLE, CUSTOM, { Timestamp: '2026-01-01T00:00:00Z' })], 'deny'),
    row('both', 'image-a:1', [states(PEOPLE, CUSTOM, { Timestamp: '2026-01-01T00:00:00Z' }), states(PEOPLE, VULN, scan('2022-04-01T00:00:00Z'))], 'admit'),
    row('both, one too late', 'image-a:1', [states(PEOPLE, CUSTOM, { Timestamp: '2026-01-01T00:00:00Z' }), states(PEOPLE, VULN, scan('2022-05-01T00:00:00Z'))], 'deny'),
    row('signature, but for an image that no glob matches', 'ghcr.io/acme/other:1', [signed(PEOPLE)], 'deny'),
  ] },
  { project: 'policy-controller', rule: 'e2e/cip-key-with-attestations-no-rekor.yaml', source: cip('e2e/cip-key-with-attestations-no-rekor.yaml'), unmatched: 'deny', rows: [
    row('the attestation', 'ghcr.io/acme/demo:1', [states(KEY, CUSTOM, { Data: 'foobar key e2e test' })], 'admit'),
    row('one that says something else', 'ghcr.io/acme/demo:1', [states(KEY, CUSTOM, { Data: 'foobar' })], 'deny'),
    row('one that says nothing of it (CUE fills it in)', 'ghcr.io/acme/demo:1', [states(KEY, CUSTOM, { Other: 1 })], 'admit', 'deny'),
    row('of another type', 'ghcr.io/acme/demo:1', [states(KEY, VULN, { Data: 'foobar key e2e test' })], 'deny'),
    row('a signature in its place', 'ghcr.io/acme/demo:1', [signed(KEY)], 'deny'),
  ] },
  { project: 'policy-controller', rule: 'e2e/cip-key-with-attestations-rego.yaml: a log of its own', source: cip('e2e/cip-key-with-attestations-rego.yaml'), unmatched: 'deny', rows: [
    row('the attestation', 'ghcr.io/acme/demo:1', [states({ key: 'theirs' }, CUSTOM, { Data: 'foobar key e2e test' })], 'admit', 'deny'),
  ] },
  { project: 'policy-controller', rule: 'e2e/cip-static-pass.yaml: a pattern over tags too', source: `${cip('e2e/cip-static-pass.yaml')}---\n${policyController('[{static: {action: fail}}]')}`, unmatched: 'deny', rows: [
    row('nothing', 'ghcr.io/other/demo:1', [], 'admit', 'deny'),
  ] },
  { project: 'policy-controller', rule: 'tester/cip-public-keyless.yaml: a pattern with a tag', source: cip('tester/cip-public-keyless.yaml'), unmatched: 'deny', rows: [
    row('signature', 'ghcr.io/sigstore/cosign/cosign:v1.12.1', [signed(person(GOOGLE, 'keyless@projectsigstore.iam.gserviceaccount.com'))], 'admit'),
    row('signature by a look-alike that the expression lets in', 'ghcr.io/sigstore/cosign/cosign:v1.12.1', [signed(person('https://accounts.google.com.evil.example', 'keyless@projectsigstore.iam.gserviceaccount.com.evil.example'))], 'admit'),
    row('signature by a workflow', 'ghcr.io/sigstore/cosign/cosign:v1.12.1', [signed(person('https://token.actions.githubusercontent.com', 'https://github.com/a/b/.github/workflows/c.yml@refs/heads/main'))], 'deny'),
  ] },
  { project: 'policy-controller', rule: 'two authorities, of which one will do', source: policyController(`[${ALICE}, ${BOB}]`), unmatched: 'deny', rows: [
    row('signature by alice', APP, [signed('own-alice')], 'admit'), row('signature by bob', APP, [signed('own-bob')], 'admit'), row('nothing', APP, [], 'deny'),
  ] },
  { project: 'policy-controller', rule: 'two policies, of which both have to hold', source: `${policyController(`[${ALICE}]`)}---\n${policyController(`[${BOB}]`).replace('name: own', 'name: other')}`, unmatched: 'deny', rows: [
    row('signature by alice', APP, [signed('own-alice')], 'deny'), row('by both', APP, [signed('own-alice'), signed('other-bob')], 'admit'),
  ] },
  { project: 'policy-controller', rule: 'mode: warn', source: policyController(`[${ALICE}]`, '  mode: warn\n'), unmatched: 'deny', rows: [
    row('nothing', APP, [], 'warn'), row('signature by alice', APP, [signed('own-alice')], 'admit'),
  ] },
  { project: 'policy-controller', rule: 'static: {action: pass}', source: policyController('[{static: {action: pass}}]'), unmatched: 'deny', rows: [row('nothing', APP, [], 'admit', 'warn')] },
  { project: 'policy-controller', rule: 'static: {action: fail}', source: policyController('[{static: {action: fail}}]'), unmatched: 'deny', rows: [row('nothing', APP, [], 'deny')] },
  { project: 'policy-controller', rule: 'pass, with a policy over the configuration of the image', source: cip('e2e/cip-config-file-policy.yaml'), unmatched: 'deny', rows: [
    row('the configuration that is asked for', 'ghcr.io/sigstore/timestamp-server:1', [], 'admit', 'deny'),
  ] },
  { project: 'Kyverno', rule: 'two of three attestors', source: own('kyverno-rules.yaml'), unmatched: 'allow', rows: [
    row('two', `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`, [signed('check-images-two-of-three-1-1'), signed('check-images-two-of-three-1-3')], 'admit', 'admit', 'prod'),
    row('one', `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`, [signed('check-images-two-of-three-1-3')], 'deny', 'deny', 'prod'),
    row('two by one of them', `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`, [signed('check-images-two-of-three-1-3'), signed('check-images-two-of-three-1-3')], 'deny', 'deny', 'prod'),
    row('a workflow of a repository with a slash more', `ghcr.io/acme/app@sha256:${'ab'.repeat(32)}`, [signed('check-images-two-of-three-1-1'), signed(person('https://token.actions.githubusercontent.com', 'https://github.com/acme/a/b/.github/workflows/release.yml@refs/tags/v1'))], 'admit', 'admit', 'prod'),
    row('two, named by tag (mutateDigest: false)', APP, [signed('check-images-two-of-three-1-1'), signed('check-images-two-of-three-1-3')], 'deny', 'deny', 'prod'),
    row('nothing, in another namespace', APP, [], 'admit', 'admit', 'dev'),
    row('nothing, under skipImageReferences', 'ghcr.io/acme/test-app:1', [], 'admit', 'admit', 'prod'),
  ] },
  { project: 'Kyverno', rule: 'an attestation with conditions', source: own('kyverno-conditions.yaml'), unmatched: 'allow', rows: [
    row('one that meets them', APP, [states(person(GOOGLE, 'scanner@acme.example'), VULN, { scanner: { uri: 'pkg:trivy' } })], 'admit', 'deny'),
    row('nothing', APP, [], 'deny'),
  ] },
  { project: 'Kyverno', rule: 'failureAction: Audit', source: own('kyverno-conditions.yaml').replace('Enforce', 'Audit'), unmatched: 'allow', rows: [row('nothing', APP, [], 'admit')] },
  { project: 'Kyverno', rule: 'ImageValidatingPolicy with a signature and an SBOM', source: own('kyverno-validating.yaml'), unmatched: 'allow', rows: [
    row('both', APP, [signed(person(GOOGLE, 'release@acme.example')), states(person(GOOGLE, 'release@acme.example'), 'https://spdx.dev/Document', {})], 'admit'),
    row('the signature', APP, [signed(person(GOOGLE, 'release@acme.example'))], 'deny'),
    row('the SBOM', APP, [states(person(GOOGLE, 'release@acme.example'), 'https://spdx.dev/Document', {})], 'deny'),
    row('both by a stranger', APP, [signed(person(GOOGLE, 'release@evil.example')), states(person(GOOGLE, 'release@evil.example'), 'https://spdx.dev/Document', {})], 'deny'),
  ] },
  { project: 'Kyverno', rule: 'ImageValidatingPolicy with an expression of its own', source: own('kyverno-validating.yaml').replace(/e > 0\)"/, "e > 0) && extractPayload(images.containers[0], attestations.sbom).name == 'x'\""), unmatched: 'allow', rows: [
    row('what it asks for', APP, [signed(person(GOOGLE, 'release@acme.example')), states(person(GOOGLE, 'release@acme.example'), 'https://spdx.dev/Document', { name: 'x' })], 'admit', 'deny'),
  ] },
  { project: 'Kyverno', rule: 'type: Notary', source: own('kyverno-notary.yaml'), unmatched: 'allow', rows: [
    row('a signature below the root', APP, [signed(RELEASE('check-notary-notary-1-1'))], 'admit'),
    row('the same, by anybody', APP, [signed(RELEASE('check-notary-notary-1-1', 'anybody'))], 'admit'),
    row('the same, of another image', APP, [{ by: RELEASE('check-notary-notary-1-1'), signature: {}, broken: 'otherArtifact' }], 'deny'),
    row('the same, at its end', APP, [ended(RELEASE('check-notary-notary-1-1'))], 'deny'),
    row('the same, whose certificate is revoked', APP, [{ by: RELEASE('check-notary-notary-1-1'), signature: {}, certificate: 'revoked' }], 'deny'),
    row('nothing', APP, [], 'deny'),
    row('a signature with a key', APP, [signed({ key: 'other' })], 'deny'),
    row('nothing, of an image without policy', 'ghcr.io/other/app:1', [], 'admit'),
  ] },
  { project: 'Notation', rule: 'level: strict', source: notation('strict', ', "trustStores": ["ca:acme"], "trustedIdentities": ["x509.subject: C=US, ST=WA, O=Acme"]'), unmatched: 'deny', rows: [
    row('a signature by whom it trusts', APP, [signed(RELEASE('acme'))], 'admit'), row('by another organisation', APP, [signed(RELEASE('acme', 'release', 'Other'))], 'deny'),
    row('nothing', APP, [], 'deny'), row('nothing, of an image without policy', 'ghcr.io/acme/other:1', [], 'deny'),
  ] },
  { project: 'Notation', rule: 'level: permissive', source: notation('permissive', ', "trustStores": ["ca:acme"], "trustedIdentities": ["*"]'), unmatched: 'deny', rows: [
    row('a signature', APP, [signed(RELEASE('acme'))], 'admit'), row('a signature at its end', APP, [ended(RELEASE('acme'))], 'admit', 'deny'),
    row('a signature of which nobody knows whether its certificate is revoked', APP, [{ by: RELEASE('acme'), signature: {}, certificate: 'unknown' }], 'admit'),
    row('nothing', APP, [], 'deny'),
  ] },
  { project: 'Notation', rule: 'level: skip', source: notation('skip', ''), unmatched: 'deny', rows: [row('nothing', APP, [], 'admit', 'warn')] },
  { project: 'Connaisseur', rule: 'the most specific pattern decides', source: own('connaisseur.yaml'), unmatched: 'deny', rows: [
    row('nothing, of another registry', 'quay.io/x/app:1', [], 'deny'), row('nothing', APP, [], 'deny'), row('signature by the default key', APP, [signed('default-default')], 'admit'),
    row('signature by alice, who is not asked', APP, [signed('default-alice')], 'deny'),
    row('nothing, under a static validator', 'ghcr.io/acme/base/os:1', [], 'admit', 'warn'),
    row('alice and bob', 'ghcr.io/acme/pay/app:1', [signed('default-alice'), signed(person(GOOGLE, 'bob@acme.example'))], 'admit'),
    row('two without alice, who is required', 'ghcr.io/acme/pay/app:1', [signed('default-default'), signed(person(GOOGLE, 'bob@acme.example'))], 'deny'),
    row('alice alone', 'ghcr.io/acme/pay/app:1', [signed('default-alice')], 'deny'),
  ] },
  { project: 'Connaisseur', rule: 'type: notation', source: own('connaisseur-notation.yaml'), unmatched: 'deny', rows: [
    row('a signature below the default root', APP, [signed(RELEASE('notation-default'))], 'admit'), row('nothing', APP, [], 'deny'),
    row('a signature at its end', APP, [ended(RELEASE('notation-default'))], 'deny'),
    row('a signature below another root', APP, [signed(RELEASE('notation-partner'))], 'deny'),
    row('the same, where a rule names that', 'ghcr.io/acme/partner/app:1', [signed(RELEASE('notation-partner'))], 'admit'),
    row('the first, where a rule names another', 'ghcr.io/acme/partner/app:1', [signed(RELEASE('notation-default'))], 'deny'),
    row('at its end, where the level is audit', 'ghcr.io/acme/partner/app:1', [ended(RELEASE('notation-partner'))], 'admit', 'deny'),
  ] },
  { project: 'Ratify', rule: 'a verifier of Notation', source: own('ratify.yaml'), unmatched: 'deny', rows: [
    row('a signature by whom it trusts', APP, [signed(RELEASE('acme'))], 'admit'), row('by somebody else below the root', APP, [signed(RELEASE('acme', 'other'))], 'deny'),
    row('at its end', APP, [ended(RELEASE('acme'))], 'deny'), row('nothing', APP, [], 'deny'),
    row('nothing, where the level is skip', 'ghcr.io/acme/tools:1', [], 'admit', 'warn'), row('nothing, of an image without policy', 'ghcr.io/other/app:1', [], 'deny'),
  ] },
];
