/** What somebody who may write in the namespace team-a tries against the gate of others: each of it is refused. */
import type { Document } from '../support/own.ts';
import { ownPath } from './crds/own.ts';

/** A request that must fail. */
export interface Way {
  readonly what: string;
  /** Default: terry, who has the role edit in team-a; tina has admin there. */
  readonly user?: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly says?: RegExp;
}

const MERGE = 'application/merge-patch+json';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** All of them, against documents called `theirs` in team-b, `of-all` of the cluster, and an exception `waiting`. */
export function tenantWays({ ours, signer, policy, exception }: Readonly<Record<'ours' | 'signer' | 'policy' | 'exception', Document>>): readonly Way[] {
  const named = (one: Document, name: string, namespace?: string): Document => ({ ...one, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
  const patch = (what: string, path: string, body: object, more: Partial<Way> = {}): Way => ({ what, method: 'PATCH', path, body, contentType: MERGE, ...more });
  const create = (what: string, path: string, body: object, more: Partial<Way> = {}): Way => ({ what, method: 'POST', path, body, ...more });
  const remove = (what: string, path: string): Way => ({ what, method: 'DELETE', path });
  const exempt = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'exempt' }, rules: [{ apiGroups: ['gatehouse.dev'], resources: ['artifactpolicies'], verbs: ['exempt'] }] };
  return [
    create('a policy in another namespace', ownPath('ArtifactPolicy', '', 'team-b'), named(ours, 'mine', 'team-b')),
    create('a policy that calls itself of another namespace', ownPath('ArtifactPolicy', '', 'team-a'), named(ours, 'mine', 'team-b')),
    patch('change a policy of another namespace', ownPath('ArtifactPolicy', 'theirs', 'team-b'), { spec: { mode: 'audit' } }),
    remove('delete a policy of another namespace', ownPath('ArtifactPolicy', 'theirs', 'team-b')),
    remove('delete all policies of another namespace', ownPath('ArtifactPolicy', '', 'team-b')),
    create('a policy of the cluster', ownPath('ClusterArtifactPolicy'), named(policy, 'mine')),
    patch('lower the mode of a policy of the cluster', ownPath('ClusterArtifactPolicy', 'of-all'), { spec: { mode: 'audit' } }),
    patch('except something from a policy of the cluster', ownPath('ClusterArtifactPolicy', 'of-all'), { spec: { except: [{ image: 'ghcr.io/acme/app' }] } }),
    remove('delete a policy of the cluster', ownPath('ClusterArtifactPolicy', 'of-all')),
    patch('call a policy fine in its status', `${ownPath('ClusterArtifactPolicy', 'of-all')}/status`, { status: { conditions: [] } }),
    patch('write the status of one’s own policy', `${ownPath('ArtifactPolicy', 'ours', 'team-a')}/status`, { status: { conditions: [] } }),
    create('a signer', ownPath('Signer'), named(signer, 'mine')),
    patch('another key for a signer', ownPath('Signer', 'of-all'), { spec: { identities: [] } }),
    create('a trust root', ownPath('TrustRoot'), { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'mine' }, spec: { sigstore: { publicGood: true } } }),
    remove('delete a list of revocations', ownPath('RevocationList', 'of-all')),
    patch('open a policy about pipelines', ownPath('PipelinePolicy', 'of-all'), { spec: { requesters: { users: ['terry'] } } }),
    create('an exception', ownPath('AdmissionException'), { ...named(exception, 'mine'), spec: { ...exception.spec, requestedBy: 'terry' } }),
    create('an exception, with the right to write some and to except from nothing', ownPath('AdmissionException'), { ...named(exception, 'mine'), spec: { ...exception.spec, requestedBy: 'mallory' } }, { user: 'mallory', says: /may not exempt/ }),
    create('an exception in the name of another', ownPath('AdmissionException'), { ...named(exception, 'mine'), spec: { ...exception.spec, requestedBy: 'carol' } }, { user: 'mallory' }),
    create('an exception from nothing, which needs no right', ownPath('AdmissionException'), { ...named(exception, 'mine'), spec: { ...exception.spec, requestedBy: 'mallory', policies: [] } }, { user: 'mallory' }),
    patch('approve an exception without the right', ownPath('AdmissionException', 'waiting'), { spec: { approvedBy: 'mallory' } }, { user: 'mallory', says: /may not exempt/ }),
    patch('approve an exception in the name of another', ownPath('AdmissionException', 'waiting'), { spec: { approvedBy: 'dave' } }, { user: 'mallory' }),
    patch('approve one’s own exception', ownPath('AdmissionException', 'waiting'), { spec: { approvedBy: 'carol' } }, { user: 'carol' }),
    patch('widen an exception while it is approved', ownPath('AdmissionException', 'waiting'), { spec: { approvedBy: 'dave', digests: [`sha256:${'ef'.repeat(32)}`] } }, { user: 'dave' }),
    create('a role that may except, by the admin of the namespace', `${RBAC}/namespaces/team-a/roles`, exempt, { user: 'tina', says: /attempting to grant RBAC permissions not currently held/ }),
    patch('leave what is judged by a label of the namespace', '/api/v1/namespaces/team-a', { metadata: { labels: { env: 'dev' } } }),
    remove('delete the webhook', `${ADMISSION}/validatingwebhookconfigurations/gatehouse-resources`),
    remove('delete the guard of exceptions', `${ADMISSION}/validatingadmissionpolicybindings/gatehouse-four-eyes`),
    patch('become an administrator', '/api/v1/namespaces/gatehouse-system/configmaps/gatehouse-administrators', { data: { groups: 'system:authenticated' } }),
    remove('delete the definition of a kind', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/signers.gatehouse.dev'),
    create('a field that nobody knows, which would be dropped', ownPath('ArtifactPolicy', '', 'team-a'), { ...named(ours, 'mine', 'team-a'), spec: { ...ours.spec, requireDigests: true } }, { says: /INPUT_POLICY_INVALID/ }),
  ];
}
