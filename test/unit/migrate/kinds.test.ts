/** What is read of a file: lists of every form, versions that are not known, names that stand twice; nothing falls out in silence. */
import { describe, expect, test } from 'vitest';
import { importPolicies } from '../../../src/migrate/index.ts';
import { conditionsOfRego } from '../../../src/migrate/conditions/rego.ts';
import { cpuNow } from '../../support/cpu.ts';
import { imported, joined, places } from './support.ts';

const IDENTITIES = [{ issuer: 'https://accounts.google.com', subject: 'a@acme.example' }];
const cip = (more: object = {}, keyless: object = {}): Record<string, unknown> => ({
  apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'own' },
  spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [{ keyless: { identities: IDENTITIES, ...keyless } }] }, ...more,
});
const root = (spec: object, name = 'r'): unknown => ({ apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata: { name }, spec });
const remote = (mirror: string, more: object = {}): object => ({ remote: { mirror, root: Buffer.from('{}').toString('base64') }, ...more });
const of = (...documents: readonly unknown[]): string => documents.map((one) => JSON.stringify(one)).join('\n---\n');

describe('I5: lists', () => {
  const { kind: _, apiVersion: __, ...bare } = cip();
  test.each([
    ['as kubectl prints them', { apiVersion: 'v1', kind: 'List', items: [cip()] }],
    ['of one kind', { apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicyList', items: [cip()] }],
    ['of one kind, whose items leave it to the list', { apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicyList', items: [bare] }],
    ['in lists', { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'List', items: [cip()] }] }],
  ])('%s are opened', (_name, list) => {
    const result = imported(of(list));
    expect(result.documents.map(({ kind }) => kind)).toEqual(['Signer', 'ClusterArtifactPolicy']);
    expect(result.remarks).toEqual([]);
  });

  test('of another kind are passed over, and told', () => {
    expect(places(imported(of({ apiVersion: 'v1', kind: 'PodList', items: [cip()] })), 'skipped')).toEqual(['1 ']);
  });
});

describe('I5: kinds that are read, in versions that are not', () => {
  test.each([
    ['policy.sigstore.dev/v1', 'ClusterImagePolicy'], ['policy.sigstore.dev/v2', 'TrustRoot'], ['policies.kyverno.io/v2', 'ImageValidatingPolicy'], ['kyverno.io/vNext', 'ClusterPolicy'], [undefined, 'ClusterImagePolicy'],
  ])('%s %s: told as what could not be said', (apiVersion, kind) => {
    const result = imported(of(cip(), { apiVersion, kind, metadata: { name: 'x' }, spec: {} }));
    expect(result.remarks.map(({ level }) => level)).toEqual(['unsaid']);
  });

  test.each([['config.openshift.io/v1', 'ClusterImagePolicy'], ['networking.k8s.io/v1', 'Policy'], ['kyverno.io/v2', 'PolicyException']])('%s %s is another kind', (apiVersion, kind) => {
    expect(imported(of(cip(), { apiVersion, kind })).remarks.map(({ level }) => level)).toEqual(['skipped']);
  });
});

describe('I5: trust roots', () => {
  const named = cip({}, { trustRootRef: 'r' });
  test.each([
    ['a field of it', root(remote('https://tuf.example', { validUntil: '2020-01-01T00:00:00Z' }))],
    ['a field of its repository', root({ remote: { ...(remote('https://tuf.example') as { remote: object }).remote, pinned: true } })],
  ])('%s that is not known shuts the policies that name it', (_name, written) => {
    const result = imported(of(named, written));
    expect(result.remarks.filter(({ level }) => level === 'unsaid')).toHaveLength(2);
    expect(result.documents.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Signer nobody', 'ClusterArtifactPolicy own']);
  });

  test('one that is known whole is named', () => {
    expect(joined(imported(of(named, root(remote('https://tuf.example')))))).toMatch(/trustRoot: r\n/);
  });

  test('two of one name, that differ, are refused wherever they stand; the same twice is one', () => {
    const [one, other] = [of(root(remote('https://staging.example'))), of(root(remote('https://tuf.example')))];
    for (const files of [[one, other], [other, one]]) {
      const result = importPolicies([...files, of(named)].map((text, index) => ({ path: `${index}.yaml`, text })));
      expect(result.documents).toEqual([]);
      expect(result.remarks.some(({ level, path }) => level === 'refused' && path === 'metadata.name')).toBe(true);
    }
    expect(imported(of(root(remote('https://tuf.example')), root(remote('https://tuf.example')), named)).documents.map(({ kind }) => kind)).toEqual(['Signer', 'TrustRoot', 'ClusterArtifactPolicy']);
  });
});

test.each([['admission', false, true], ['applyRules', 'One', false]])('I5: Kyverno %s: what makes it weaker there is told', (key, weak, strong) => {
  const rules = [{ name: 'r', verifyImages: [{ imageReferences: ['ghcr.io/*'], attestors: [{ entries: [{ keyless: IDENTITIES[0] }] }] }] }];
  const policy = (value: unknown): string => of({ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'p' }, spec: { [key]: value, rules } });
  expect(places(imported(policy(weak)), 'stricter')).toEqual([`1 spec.${key}`]);
  expect(places(imported(policy(key === 'applyRules' ? 'All' : strong)), 'stricter')).toEqual([]);
});

test('I5: of more remarks than are listed, those that matter are: what is refused or unsaid never falls out', () => {
  const others = Array.from({ length: 5200 }, () => ({ apiVersion: 'v1', kind: 'ConfigMap' }));
  const unsaid = imported(of({ apiVersion: 'v1', kind: 'List', items: [...others, cip({ spec: { ...(cip()['spec'] as object), later: 1 } })] }));
  expect(unsaid.remarks.filter(({ level }) => level === 'unsaid')).toHaveLength(1);
  expect(unsaid.remarks.at(-1)).toMatchObject({ level: 'skipped', what: '201 remarks more' });
  const refused = imported(of({ apiVersion: 'v1', kind: 'List', items: [...others, cip({ spec: {} })] }));
  expect([refused.documents, refused.remarks.some(({ level }) => level === 'refused')]).toEqual([[], true]);
  expect(imported(of(...others.slice(0, 20), cip())).remarks).toHaveLength(20);
});

test('I5: a line of Rego full of marks of comments is read once', () => {
  const before = cpuNow();
  const result = conditionsOfRego(`package sigstore\nisCompliant { input.predicate.a == "${'#'.repeat(60_000)}\n}`, 't');
  expect(result.ok).toBe(false);
  expect(cpuNow() - before).toBeLessThan(1000);
});
