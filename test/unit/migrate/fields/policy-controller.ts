/** Fields of policy-controller: ClusterImagePolicy v1alpha1 and v1beta1 (the same), TrustRoot v1alpha1. */
import { none, PEM, some } from './table.ts';
import type { SchemaRows } from './table.ts';

const KEYLESS = { identities: [{ issuer: 'https://accounts.google.com', subject: 'a@acme.example' }] };
const policy = (authority: unknown, spec: object = {}): Record<string, unknown> => ({
  apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'p' },
  spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [authority], ...spec },
});
const CUE = { type: 'cue', data: 'predicate: {a: "b"}' };
const A = 'spec.authorities[0]';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const POLICY_CONTROLLER: readonly SchemaRows[] = [
  { schema: 'ClusterImagePolicy with a key', base: policy({ key: { data: PEM } }), rows: [
    none('metadata.labels', { a: 'b' }), none('metadata.annotations', { a: 'b' }), none('status', { conditions: [] }),
    some('spec.images[1]', { glob: 'ghcr.io/other/**' }), some('spec.images[0].glob', 'ghcr.io/acme/app:v1'), some('spec.mode', 'warn'),
    some('spec.match', [{ resource: 'pods', version: 'v1', group: '' }]), some('spec.match', [{ resource: 'pods', version: 'v1', selector: { matchLabels: { a: 'b' } } }]),
    some('spec.policy', { type: 'cue', data: 'config: {}' }), some('spec.policy', { type: 'rego', configMapRef: { name: 'a' }, fetchConfigFile: true }),
    some('spec.policy', { type: 'cue', remote: { url: 'https://a.example', sha256sum: 'x' }, includeSpec: true, includeObjectMeta: true, includeTypeMeta: true }),
    some(`${A}.name`, 'release'), some(`${A}.key.hashAlgorithm`, 'sha512'), some(`${A}.key`, { kms: 'gcpkms://a' }), some(`${A}.key`, { secretRef: { name: 'a', namespace: 'b' } }),
    some(`${A}.ctlog`, { url: 'https://rekor.sigstore.dev' }), some(`${A}.ctlog`, { url: 'https://rekor.acme.example' }), some(`${A}.ctlog`, { trustRootRef: 'r' }),
    some(`${A}.rfc3161timestamp`, { trustRootRef: 'r' }), some(`${A}.source`, [{ oci: 'ghcr.io/acme/signatures' }]),
    some(`${A}.source`, [{ tagPrefix: 'x' }]), some(`${A}.source`, [{ signaturePullSecrets: [{ name: 's' }] }]), some(`${A}.signatureFormat`, 'legacy'),
    some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom' }]), some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom', policy: CUE }]),
    some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom', policy: { type: 'rego', data: 'package sigstore\nx = 1' } }]),
    some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom', policy: { type: 'cue', remote: { url: 'https://a.example', sha256sum: 'x' } } }]),
    some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom', policy: { type: 'cue', configMapRef: { name: 'a', key: 'b' } } }]),
    some('spec.authorities[1]', { static: { action: 'pass' } }),
  ] },
  { schema: 'ClusterImagePolicy without keys', base: policy({ keyless: KEYLESS }), rows: [
    some(`${A}.keyless.url`, 'https://fulcio.acme.example'), none(`${A}.keyless.url`, 'https://fulcio.sigstore.dev'), some(`${A}.keyless.ca-cert`, { data: 'x' }),
    some(`${A}.keyless.trustRootRef`, 'r'), some(`${A}.keyless.insecureIgnoreSCT`, true), some(`${A}.keyless.identities[1]`, { issuer: 'https://b.example', subject: 'b@b.example' }),
    some(`${A}.keyless.identities[0]`, { issuerRegExp: '.*', subjectRegExp: '.*' }), none(`${A}.ctlog`, { url: 'https://rekor.sigstore.dev' }),
    some(`${A}.ctlog`, { url: 'https://rekor.acme.example' }), some(`${A}.ctlog`, { trustRootRef: 'r' }), some(`${A}.rfc3161timestamp`, { trustRootRef: 'r' }),
  ] },
  { schema: 'ClusterImagePolicy that answers itself', base: policy({ static: { action: 'fail' } }), rows: [
    some(`${A}.static.action`, 'pass'), none(`${A}.static.message`, 'no'), some(`${A}.ctlog`, { url: 'https://rekor.sigstore.dev' }), some(`${A}.source`, [{ oci: 'x' }]),
    some(`${A}.attestations`, [{ name: 'a', predicateType: 'custom' }]),
  ] },
  { schema: 'TrustRoot', base: { apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'r' }, spec: { remote: { root: base64('{}'), mirror: 'https://tuf.acme.example' } } }, rows: [
    some('spec.remote.targets', 'elsewhere'), some('spec.remote.trustedRootTarget', 'other.json'), some('spec', { repository: { root: 'x', mirrorFS: 'y', targets: 'z', trustedRootTarget: 't' } }),
    some('spec', { sigstoreKeys: { tLogs: [{ baseURL: 'https://a.example', hashAlgorithm: 'sha-256', publicKey: base64(PEM) }] } }),
    some('spec', { sigstoreKeys: { ctLogs: [{ baseURL: 'https://a.example', hashAlgorithm: 'sha-512', publicKey: base64(PEM) }] } }),
    some('spec', { sigstoreKeys: { certificateAuthorities: [{ subject: { organization: 'a', commonName: 'b' }, uri: 'https://a.example', certChain: base64(PEM) }] } }),
    some('spec', { sigstoreKeys: { timestampAuthorities: [{ subject: { organization: 'a', commonName: 'b' }, uri: 'https://a.example', certChain: base64(PEM) }] } }),
  ] },
];
