/** Fields of trust policies of Notation, and of configurations of Connaisseur. */
import { none, PEM, some } from './table.ts';
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
    none(P, { delegations: ['a'] }), none(P, { verificationLevel: 'strict' }), some(P, { trustRoot: '*', threshold: 3 }),
  ] },
];
