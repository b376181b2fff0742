/** ClusterImagePolicies whose import was looser than they are, each with a twin that is admitted. */
import { expect, test } from 'vitest';
import { keyless, remarks, verdicts } from './support.ts';

const cip = (glob: string, authority: object): unknown => ({
  apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'own' }, spec: { images: [{ glob }], authorities: [authority] },
});
const PASS = { static: { action: 'pass' } };

test.each(['docker.io/acme/*', 'acme/*', 'docker.io/acme/**', 'acme/app:*'])('policy-controller lets nothing through by %s, which is no name of the hub once a tag is a digest', async (glob) => {
  await verdicts(cip(glob, PASS), 'deny', [['docker.io/acme/app:1', [], 'deny'], ['index.docker.io/acme/app:1', [], 'deny']]);
  await verdicts(cip(glob, { static: { action: 'fail' } }), 'allow', [['docker.io/acme/app:1', [], 'deny']]);
});

test.each([
  ['index.docker.io/acme/*', 'acme/app:1'], ['*/*', 'acme/app:1'], ['ghcr.io/acme/*', 'ghcr.io/acme/app:1'], ['localhost/acme/*', 'localhost/acme/app:1'], ['registry:5000/acme/*', 'registry:5000/acme/app:1'],
])('policy-controller lets through by %s', async (glob, image) => {
  await verdicts(cip(glob, PASS), 'deny', [[image, [], 'warn'], ['quay.io/acme/app:1', [], 'deny']]);
});

test.each(['localhost:5000**', 'registry:50**', '*:**'])('policy-controller: %s means a registry', async (glob) => {
  const host = glob.startsWith('registry') ? 'registry' : 'localhost';
  await verdicts(cip(glob, { static: { action: 'fail' } }), 'allow', [[`${host}:5000/acme/app:1`, [], 'deny']]);
});

test.each([
  ['!="root"', { user: 7 }, 'deny'], ['!="root"', { user: true }, 'deny'], ['!="root"', { user: 'root' }, 'deny'], ['!="root"', { user: 'app' }, 'admit'],
  ['!=0', { user: 'app' }, 'deny'], ['!=0', { user: 0 }, 'deny'], ['!=0', { user: 7 }, 'admit'], ['!=0', { user: 7.5 }, 'admit'], ['!=true', { user: 'x' }, 'deny'], ['!=true', { user: false }, 'admit'],
] as const)('policy-controller: CUE %s of %j', async (bound, predicate, verdict) => {
  const source = cip('ghcr.io/acme/*', { name: 'a', keyless: { identities: [keyless('alice').keyless] }, attestations: [{
    name: 'x', predicateType: 'https://acme.example/x', policy: { type: 'cue', data: `predicate: user: ${bound}` } }] });
  await verdicts(source, 'deny', [['ghcr.io/acme/app:1', [{ by: 'own-a', attestation: { predicateType: 'https://acme.example/x', predicate } }], verdict]]);
});

test.each([
  ['cue', 'predicate: user: {}'], ['cue', 'import "time"\npredicate: user: "a"'], ['cue', 'before: time.Parse(time.RFC3339, "2022-01-01T00:00:00Z")\npredicate: user: <before'],
  ['cue', 'import "time"\na: time.Parse(time.RFC3339, "2022-01-01T00:00:00Z")\na: time.Parse(time.RFC3339, "2023-01-01T00:00:00Z")\npredicate: user: <a'], ['cue', ' '], ['cue', 'predicate: user: 1.0'],
  ['rego', 'package sigstore\nisCompliant { }'], ['rego', 'package sigstore\nisCompliant { # nothing\n }'], ['rego', 'isCompliant { input.predicate.user == "a" }'],
  ['rego', 'package other\nisCompliant { input.predicate.user == "a" }'], ['rego', 'package sigstore\nimport rego.v1\nisCompliant { input.predicate.user == "a" }'],
  ['rego', 'package sigstore\nisCompliant if { input.predicate.user == "a" }'], ['rego', 'package sigstore\npackage sigstore\nisCompliant { input.predicate.user == "a" }'],
])('policy-controller: a program that does not run, or says something else, admits nothing: %s %s', async (type, data) => {
  const source = cip('ghcr.io/acme/*', { name: 'a', keyless: { identities: [keyless('alice').keyless] }, attestations: [{
    name: 'x', predicateType: 'https://acme.example/x', policy: { type, data } }] });
  expect(remarks(source)).toContain(`unsaid: a ${type} program`);
  await verdicts(source, 'deny', [['ghcr.io/acme/app:1', [{ by: keyless('alice'), attestation: { predicateType: 'https://acme.example/x', predicate: { user: 'a' } } }], 'deny']]);
});

test.each([
  ['package sigstore\nimport rego.v1\n\nisCompliant if { input.predicate.user == "a#b" } # one\n'], ['# first\npackage sigstore\ndefault isCompliant = false\nisCompliant { input.predicate.user == "a#b" }'],
])('policy-controller: Rego that runs is asked: %s', async (data) => {
  const source = cip('ghcr.io/acme/*', { name: 'a', keyless: { identities: [keyless('alice').keyless] }, attestations: [{
    name: 'x', predicateType: 'https://acme.example/x', policy: { type: 'rego', data } }] });
  const states = (user: string): unknown => ({ by: 'own-a', attestation: { predicateType: 'https://acme.example/x', predicate: { user } } });
  await verdicts(source, 'deny', [['ghcr.io/acme/app:1', [states('a#b')], 'admit'], ['ghcr.io/acme/app:1', [states('a')], 'deny']]);
});
