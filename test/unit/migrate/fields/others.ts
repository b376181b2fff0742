/** Fields of trust policies of Notation, and of configurations of Connaisseur. */
import { none, OTHER_ROOT, PEM, ROOT, some } from './table.ts';
import type { SchemaRows } from './table.ts';

const T = 'trustPolicies[0]';
const notation = (level: string, more: object = {}): Record<string, unknown> => ({
  version: '1.0', trustPolicies: [{ name: 'a', registryScopes: ['ghcr.io/acme/app'], signatureVerification: { level }, ...more }],
});
const TRUST = { trustStores: ['ca:acme', 'tsa:acme'], trustedIdentities: ['*'] };
const R = 'validators[1].trustRoots[0]';
const P = 'policy[0].with';

export const OTHERS: readonly SchemaRows[] = [
  { schema: 'trust policy of Notation', base: notation('strict', TRUST), rows: [
    some('version', '2.0'), some(`${T}.name`, 'b'), some(`${T}.registryScopes`, ['*']), some(`${T}.signatureVerification.level`, 'skip'), some(`${T}.trustStores`, ['ca:other']),
    some(`${T}.trustedIdentities`, ['x509.subject: C=DE, ST=BE, O=Acme']), some(`${T}.signatureVerification.override`, { expiry: 'log' }),
    some(`${T}.signatureVerification.override`, { revocation: 'skip' }), some(`${T}.signatureVerification.verifyTimestamp`, 'afterCertExpiry'),
    some(`${T}.globalPolicy`, true), some(`${T}.signatureVerification.level`, 'permissive'), some(`${T}.signatureVerification.level`, 'audit'),
  ] },
  { schema: 'configuration of Connaisseur', base: {
    validators: [{ name: 'allow', type: 'static', approve: true }, { name: 'default', type: 'cosign', trustRoots: [{ name: 'default', key: PEM }] }],
    policy: [{ pattern: 'ghcr.io/acme/*:*' }],
  }, rows: [
    none('alerting', {}), none('logLevel', 'INFO'), some('features', { detectionMode: true }), some('features', { namespacedValidation: { enabled: true, mode: 'validate' } }),
    none('features', { automaticChildApproval: { enabled: true } }), none('features', { automaticUnchangedApproval: { enabled: true } }), none('features', { cache: {} }),
    some('features', { resourceValidationMode: 'pod' }), none('validators[1].auth', { secretName: 'a' }), none('validators[1].cert', 'x'), some('validators[1].host', { rekor: 'https://a.example' }),
    none('validators[1].host', { rekor: 'rekor.sigstore.dev' }), some('validators[1].host', { rekorPubkey: 'x' }), some('validators[1].host', { fulcioCert: 'x' }), some('validators[1].host', { ctLogPubkey: 'x' }),
    some('validators[2]', { name: 'n', type: 'notaryv1', host: 'x', trustRoots: [] }), some('validators[2]', { name: 'n', type: 'notation', trustRoots: [] }), some('policy[0].validator', 'allow'),
    some(`${R}.key`, 'k8s://a/b'), some(R, { name: 'default', cert: 'x' }), some(R, { name: 'default', keyless: { issuer: 'https://a.example', subject: 'b' } }),
    some(R, { name: 'default', keyless: { issuerRegex: 'a', subjectRegex: 'b' } }), some('policy[1]', { pattern: '*:*', validator: 'allow' }), some(P, { trustRoot: 'other' }), none(P, { trustRoot: '*' }),
    none(P, { trustRoot: '*', threshold: 1 }), none(P, { trustRoot: '*', required: ['default'] }), some(P, { verifyInTransparencyLog: false }), some(P, { verifySCT: false }), some(P, { mode: 'insecureValidateOnly' }),
    none(P, { verifyTimestamp: 'always' }), none(P, { delegations: ['a'] }), none(P, { verificationLevel: 'strict' }), some(P, { trustRoot: '*', threshold: 3 }),
  ] },
  { schema: 'configuration of Connaisseur for Notation', base: {
    validators: [{ name: 'default', type: 'notation', trustRoots: [{ name: 'default', cert: ROOT }, { name: 'b', cert: OTHER_ROOT }] }], policy: [{ pattern: 'ghcr.io/acme/*:*' }],
  }, rows: [
    none('validators[0].auth', { secretName: 'a' }), none('validators[0].cert', 'x'), some('validators[0].trustRoots[0].cert', 'x'), some('validators[0].trustRoots[0].tsCert', OTHER_ROOT),
    some('validators[0].trustRoots[0].key', PEM), some('validators[0].trustRoots[0].name', 'c'), some(P, { trustRoot: 'b' }), some(P, { trustRoot: '*' }), none(P, { verificationLevel: 'strict' }),
    some(P, { verificationLevel: 'audit' }), some(P, { verifyTimestamp: 'never' }), some('validators[0].type', 'notaryv2'),
  ] },
  { schema: 'Verifier of Ratify', base: {
    apiVersion: 'v1', kind: 'List', items: [
      { apiVersion: 'config.ratify.deislabs.io/v1beta1', kind: 'KeyManagementProvider', metadata: { name: 'k' }, spec: { type: 'inline', parameters: { contentType: 'certificate', value: ROOT } } },
      { apiVersion: 'config.ratify.deislabs.io/v1beta1', kind: 'Verifier', metadata: { name: 'v' }, spec: {
        name: 'notation', artifactTypes: 'application/vnd.cncf.notary.signature',
        parameters: { verificationCertStores: { ca: { certs: ['k'] } }, trustPolicyDoc: notation('strict', { trustStores: ['ca:certs'], trustedIdentities: ['*'] }) },
      } },
    ],
  }, rows: [
    none('items[0].spec.refreshInterval', '1m'), some('items[0].spec.type', 'azurekeyvault'), some('items[0].spec.parameters.contentType', 'key'), some('items[0].spec.parameters.value', OTHER_ROOT),
    some('items[0].metadata.name', 'other'), none('items[1].spec.version', '1.0.0'), none('items[1].spec.address', '/plugins'), some('items[1].spec.name', 'cosign'), none('items[1].spec.type', 'notation'), some('items[1].spec.type', 'sbom'),
    some('items[1].spec.artifactTypes', 'application/x'), none('items[1].spec.artifactTypes', '*'), none('items[1].spec.parameters.verificationCerts', ['/a']),
    some('items[1].spec.parameters.verificationCertStores', { certs: ['other'] }), none('items[1].spec.parameters.verificationCertStores', { certs: ['k'] }),
    some('items[1].spec.parameters.trustPolicyDoc', notation('permissive', { trustStores: ['ca:certs'], trustedIdentities: ['*'] })), some('items[1].kind', 'NamespacedVerifier'),
    none('items[1].status', {}), none('items[0].status', {}),
  ] },
];
