// Advice about exceptions: each row has a twin that differs in one thing and of which nothing is said.
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { DIGEST, doc, keyed, keys, trust } from '../every-field/world.ts';
import type { Doc } from '../every-field/world.ts';

const RULE = { artifacts: [{ image: 'ghcr.io/acme/**' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] };
const TWO = { ...RULE, require: [...RULE.require, { name: 'scanned', sbom: { by: ['alice'] } }] };
const policy = (name: string, spec: object = RULE, more: object = {}): Doc => doc('ClusterArtifactPolicy', name, spec, more);
const OWN: Doc = { ...policy('own', RULE, { namespace: 'team' }), kind: 'ArtifactPolicy' };
const PIPELINES = doc('PipelinePolicy', 'factory', { requesters: { users: ['alice'] } });

function problems(more: object): readonly string[] {
  const night = doc('AdmissionException', 'night', {
    artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'p' }], namespaces: ['team'], reason: 'r', approvedBy: 'carol',
    notBefore: '2026-06-01T00:00:00Z', expiresAt: '2026-06-02T00:00:00Z', ...more,
  });
  const all = [doc('Signer', 'alice', { identities: [keyed(keys.alice, {})] }), policy('p'), policy('two', TWO), policy('heard', { ...RULE, artifacts: [{ image: 'ghcr.io/x/*' }], mode: 'warn' }), OWN, PIPELINES, night];
  return compilePolicies([{ path: 'p.yaml', text: all.map((one) => stringify(one)).join('---\n') }], { trust }).problems
    .filter(({ path, line }) => path.startsWith('spec.') && line > 60)
    .map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

describe('AdmissionException: advice', () => {
  test.each<[string, object, RegExp, object]>([
    ['whatever is pushed', { artifacts: [{ image: 'ghcr.io/acme/**' }] }, /warning spec\.artifacts\[0\]\.image: lets through whatever/, { artifacts: [{ image: 'ghcr.io/acme/**' }], digests: [DIGEST] }],
    ['a policy that denies nothing', { policies: [{ name: 'heard' }] }, /warning .*in mode warn, which denies nothing/, { policies: [{ name: 'p' }] }],
    ['a policy of another namespace', { policies: [{ name: 'team/own' }], namespaces: ['shop'] }, /warning .*speaks only in team/, { policies: [{ name: 'team/own' }], namespaces: ['shop', 'team'] }],
    ['an image that no policy named speaks about', { artifacts: [{ image: 'ghcr.io/acmee/app' }] }, /warning spec\.artifacts\[0\]\.image: no policy that the exception names/, { artifacts: [{ image: 'ghcr.io/*/app' }] }],
    ['one of two images', { artifacts: [{ image: 'ghcr.io/acme/a' }, { image: 'docker.io/acme/a' }] }, /^warning spec\.artifacts\[1\]\.image: no policy that the exception names[^\n]*$/, { artifacts: [{ image: 'ghcr.io/acme/a' }, { image: 'ghcr.io/acme/b' }] }],
    ['a package for an image', { artifacts: [{ package: 'pkg:npm/app' }], digests: [DIGEST] }, /no policy that the exception names/, { digests: [DIGEST] }],
    ['all requirements', { policies: [{ name: 'two' }] }, /warning .*excepts from all 2 requirements/, { policies: [{ name: 'two', requirement: 'scanned' }] }],
    ['a policy about pipelines', { policies: [{ name: 'factory' }] }, /error spec\.policies\[0\]\.name: factory is a PipelinePolicy/, { policies: [{ name: 'p' }] }],
    ['a policy of a namespace by its name alone', { policies: [{ name: 'own' }] }, /error .*no policy is named "own"/, { policies: [{ name: 'team/own' }] }],
  ])('%s', (_, more, told, twin) => {
    expect(problems(more).join('\n')).toMatch(told);
    expect(problems(twin)).toEqual([]);
  });
});
