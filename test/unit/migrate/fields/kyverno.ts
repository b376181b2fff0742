/** Fields of Kyverno: verifyImages of ClusterPolicy and Policy, and ImageValidatingPolicy. */
import { none, OTHER_ROOT, PEM, ROOT, some } from './table.ts';
import type { SchemaRows } from './table.ts';

const KEYLESS = { issuer: 'https://accounts.google.com', subject: 'a@acme.example' };
const V = 'spec.rules[0].verifyImages[0]';
const E = `${V}.attestors[0].entries[0]`;
const policy = (entry: unknown, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'p' },
  spec: { rules: [{ name: 'r', match: { any: [{ resources: { kinds: ['Pod'] } }] }, verifyImages: [{ ...more, imageReferences: ['ghcr.io/acme/*'], attestors: [{ entries: [entry] }] }] }] },
});
const attestation = { type: 'https://spdx.dev/Document', attestors: [{ entries: [{ keyless: KEYLESS }] }] };
const C = 'spec.attestors[0].cosign';
const validating = (cosign: unknown): Record<string, unknown> => ({
  apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', metadata: { name: 'p' },
  spec: {
    matchImageReferences: [{ glob: 'ghcr.io/acme/*' }], attestors: [{ name: 'a', cosign }],
    validations: [{ expression: '(images.containers + images.initContainers).map(i, verifyImageSignatures(i, [attestors.a])).all(e, e > 0)' }],
  },
});
const PEOPLE = { keyless: { identities: [KEYLESS] } };

export const KYVERNO: readonly SchemaRows[] = [
  { schema: 'ClusterPolicy', base: policy({ keyless: KEYLESS }), rows: [
    none('spec.background', true), none('spec.webhookTimeoutSeconds', 30), none('spec.webhookConfiguration', { timeoutSeconds: 3 }), none('spec.failurePolicy', 'Ignore'),
    none('spec.schemaValidation', false), none('spec.mutateExistingOnPolicyUpdate', true), none('spec.generateExisting', true), none('spec.generateExistingOnPolicyUpdate', true),
    none('spec.useServerSideApply', true), none('spec.emitWarning', true), none('spec.admission', true), none('spec.applyRules', 'All'),
    some('spec.validationFailureAction', 'Enforce'), some('spec.validationFailureActionOverrides', [{ action: 'Enforce', namespaces: ['a'] }]),
    some('spec.rules[0].exclude', { any: [{ resources: { namespaces: ['legacy'] } }] }), some('spec.rules[0].exclude', { any: [{ subjects: [{ kind: 'User', name: 'a' }] }] }),
    some('spec.rules[0].match', { any: [{ resources: { kinds: ['Pod'], namespaces: ['prod'] } }] }), some('spec.rules[0].match', { any: [{ resources: { kinds: ['Pod'], namespaces: ['prod-*'] } }] }),
    some('spec.rules[0].match', { all: [{ resources: { kinds: ['Pod'], namespaceSelector: { matchLabels: { a: 'b' } } } }] }),
    ...['names', 'annotations', 'selector'].map((key) => some(`spec.rules[0].match.any[0].resources.${key}`, key === 'names' ? ['a'] : { a: 'b' })),
    some('spec.rules[0].match.any[0].resources.name', 'a'), none('spec.rules[0].match.any[0].resources.operations', ['CREATE']), some('spec.rules[0].match.any[0].resources.kinds', ['Deployment']),
    ...['roles', 'clusterRoles'].map((key) => some(`spec.rules[0].match.any[0].${key}`, ['a'])), some('spec.rules[0].match.any[0].subjects', [{ kind: 'User', name: 'a' }]),
    none('spec.rules[0].context', [{ name: 'a' }]), some('spec.rules[0].preconditions', { all: [] }), some('spec.rules[0].celPreconditions', [{ expression: 'true' }]),
    some('spec.rules[0].imageExtractors', { Task: [{ path: '/spec' }] }), none('spec.rules[0].skipBackgroundRequests', true), none('spec.rules[0].reportProperties', { a: 'b' }),
    some(`${V}.type`, 'Notary'), none(`${V}.type`, 'SigstoreBundle'), some(`${V}.imageReferences`, ['ghcr.io/other/*']), some(`${V}.skipImageReferences`, ['ghcr.io/acme/test*']),
    some(`${V}.image`, 'ghcr.io/old/*'), some(`${V}.key`, PEM), some(`${V}.roots`, 'x'), some(`${V}.subject`, 'x'), some(`${V}.issuer`, 'x'), some(`${V}.annotations`, { a: 'b' }),
    some(`${V}.additionalExtensions`, { a: 'b' }), some(`${V}.repository`, 'ghcr.io/acme/sigs'), none(`${V}.cosignOCI11`, true), some(`${V}.mutateDigest`, false),
    none(`${V}.verifyDigest`, true), some(`${V}.validate`, { deny: {} }), some(`${V}.required`, false), none(`${V}.imageRegistryCredentials`, { secrets: ['a'] }), none(`${V}.useCache`, false),
    some(`${V}.failureAction`, 'Enforce'), some(`${V}.attestors[0].count`, 2), some(`${V}.attestors[0].entries[1]`, { keyless: { ...KEYLESS, subject: 'b@acme.example' } }),
    some(`${V}.attestors[1]`, { entries: [{ keyless: { ...KEYLESS, subject: 'b@acme.example' } }] }),
    some(`${E}`, { certificates: { cert: 'x', certChain: 'y' } }), some(`${E}`, { attestor: { count: 1, entries: [{ keyless: KEYLESS }] } }), some(`${E}.annotations`, { env: 'prod' }),
    some(`${E}.repository`, 'x'), none(`${E}.signatureAlgorithm`, 'sha256'), some(`${E}.keyless.roots`, 'x'), some(`${E}.keyless.additionalExtensions`, { githubWorkflowTrigger: 'push' }),
    some(`${E}.keyless.issuerRegExp`, '.*'), some(`${E}.keyless.subjectRegExp`, '.*'), none(`${E}.keyless.rekor`, { url: 'https://rekor.sigstore.dev' }),
    some(`${E}.keyless.rekor`, { url: 'https://rekor.acme.example' }), some(`${E}.keyless.rekor`, { pubkey: 'x' }), some(`${E}.keyless.rekor`, { ignoreTlog: true }),
    some(`${E}.keyless.ctlog`, { ignoreSCT: true }), some(`${E}.keyless.ctlog`, { pubkey: 'x' }), some(`${E}.keyless.ctlog`, { tsaCertChain: 'x' }),
    some(`${V}.attestations`, [attestation]), some(`${V}.attestations`, [{ ...attestation, name: 'n', conditions: [{ all: [] }] }]), some(`${V}.attestations`, [{ predicateType: 'https://a.example', name: 'x' }]),
  ] },
  { schema: 'ClusterPolicy of type Notary', base: policy({ certificates: { cert: ROOT } }, { type: 'Notary' }), rows: [
    some(`${E}.certificates.cert`, 'x'), some(`${E}.certificates.certChain`, OTHER_ROOT), some(`${E}.certificates.rekor`, { url: 'https://rekor.sigstore.dev' }), some(`${E}.certificates.ctlog`, { ignoreSCT: true }),
    some(`${E}`, { keys: { publicKeys: PEM } }), some(`${V}.attestations`, [attestation]), some(`${V}.attestors[0].entries[1]`, { certificates: { cert: OTHER_ROOT } }), some(`${V}.type`, 'Cosign'),
  ] },
  { schema: 'ClusterPolicy with a key', base: policy({ keys: { publicKeys: PEM } }), rows: [
    some(`${E}.keys.kms`, 'gcpkms://a'), some(`${E}.keys.secret`, { name: 'a', namespace: 'b' }), some(`${E}.keys.signatureAlgorithm`, 'sha512'), some(`${E}.signatureAlgorithm`, 'sha384'),
    some(`${E}.keys.publicKeys`, 'k8s://a/b'), some(`${E}.keys.rekor`, { ignoreTlog: true }), some(`${E}.keys.rekor`, { pubkey: 'x' }), some(`${E}.keys.rekor`, { url: 'https://a.example' }),
    some(`${E}.keys.ctlog`, { tsaCertChain: 'x' }), none(`${E}.keys.ctlog`, { ignoreSCT: true }), some(`${E}.keys.ctlog`, { pubkey: 'x' }),
  ] },
  { schema: 'ImageValidatingPolicy', base: validating(PEOPLE), rows: [
    none('spec.auditAnnotations', [{ key: 'a' }]), none('spec.autogen', { podControllers: {} }), none('spec.failurePolicy', 'Ignore'), none('spec.webhookConfiguration', {}), none('spec.variables', [{ name: 'a' }]),
    some('spec.credentials', { secrets: ['a'] }), some('spec.images', [{ name: 'a', expression: 'b' }]), some('spec.matchConditions', [{ name: 'a', expression: 'true' }]),
    none('spec.matchConstraints', { resourceRules: [], matchPolicy: 'Equivalent' }), some('spec.matchConstraints', { namespaceSelector: { matchLabels: { a: 'b' } } }),
    some('spec.matchConstraints', { objectSelector: { matchLabels: { a: 'b' } } }), some('spec.matchConstraints', { excludeResourceRules: [{}] }),
    some('spec.matchImageReferences[1]', { glob: 'ghcr.io/other/*' }), some('spec.matchImageReferences[1]', { expression: 'true' }), some('spec.validationActions', ['Warn']), some('spec.validationActions', ['Audit']),
    some('spec.validationConfigurations', { mutateDigest: false }), none('spec.validationConfigurations', { verifyDigest: true }), some('spec.validationConfigurations', { required: false }),
    none('spec.evaluation', { background: { enabled: false } }), some('spec.evaluation', { admission: { enabled: false } }), some('spec.evaluation', { mode: 'JSON' }),
    some('spec.attestors[0].cosign', { key: { data: PEM } }), some('spec.attestors[0].cosign', { key: { kms: 'x' } }), some('spec.attestors[0].cosign', { key: { expression: 'x' } }), some('spec.attestors[0].cosign', { certificate: { cert: { value: 'x' } } }),
    some('spec.attestors[0]', { name: 'a', notary: { certs: { value: 'x' }, tsaCerts: { value: 'x' } } }),
    none('spec.attestations', [{ name: 'b', referrer: { type: 'y' } }]),
    some(`${C}.keyless.identities[0].issuerRegExp`, 'x'), some(`${C}.keyless.identities[0]`, { issuerRegExp: 'a', subjectRegExp: 'b' }), some(`${C}.keyless.identities[0].subjectExpression`, 'x'),
    some(`${C}.keyless.roots`, 'x'), some(`${C}.keyless.additionalExtensions`, { a: 'b' }), none(`${C}.ctlog`, { url: 'https://rekor.sigstore.dev' }), some(`${C}.ctlog`, { url: 'https://a.example' }),
    some(`${C}.ctlog`, { rekorPubKey: 'x' }), some(`${C}.ctlog`, { ctLogPubKey: 'x' }), some(`${C}.ctlog`, { tsaCertChain: 'x' }), some(`${C}.ctlog`, { insecureIgnoreTlog: true }), some(`${C}.ctlog`, { insecureIgnoreSCT: true }),
    some(`${C}.source`, { repository: 'x' }), some(`${C}.source`, { PullSecrets: [{ name: 'a' }], tagPrefix: 'b' }), some(`${C}.trustedRoot`, { value: '{}' }), some(`${C}.trustedRoot`, { expression: 'x' }),
    some(`${C}.tuf`, { mirror: 'https://a.example', root: { data: 'x' } }), some(`${C}.annotations`, { env: 'prod' }),
    none('spec.validations[0].message', 'm'), none('spec.validations[0].messageExpression', 'm'), none('spec.validations[0].reason', 'm'), some('spec.validations[0].expression', 'true'),
  ] },
  { schema: 'ImageValidatingPolicy with Notation', base: { ...validating(PEOPLE), spec: { ...validating(PEOPLE)['spec'] as object, attestors: [{ name: 'a', notary: { certs: { value: ROOT } } }] } }, rows: [
    some('spec.attestors[0].notary.certs', { value: OTHER_ROOT }), some('spec.attestors[0].notary.certs', { expression: 'x' }), some('spec.attestors[0].notary.tsaCerts', { value: OTHER_ROOT }),
    some('spec.attestors[0].notary.tsaCerts', { expression: 'x' }),
  ] },
  { schema: 'ImageValidatingPolicy with a key', base: validating({ key: { data: PEM } }), rows: [some(`${C}.key.hashAlgorithm`, 'sha512'), some(`${C}.ctlog`, { insecureIgnoreTlog: true })] },
];
