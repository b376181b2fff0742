// A change is compiled with what it needs of the resources in force, and compared with what was before.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKnownDocuments } from '../../../src/own/trial/known.ts';
import { neededSteps } from '../../../src/own/trial/needed.ts';
import { tryOutSteps } from '../../../src/own/trial/trial.ts';
import type { Change, Trial } from '../../../src/own/trial/trial.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { finished } from '../../../src/policy/steps.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { document } from '../../support/own.ts';
import type { Document } from '../../support/own.ts';
import { createWorld } from '../../world/world.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const world = createWorld({ now: NOW });
const [alice, bob] = [world.key(), world.key()];
const trust = createTrustReader();
const nameOf = ({ kind, metadata: { name, namespace } }: Document): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
const signer = (name: string, key = alice): Document => document('Signer', name, { identities: [{ key: { data: key.publicKeyPem } }] });
const policy = (name: string, by: readonly string[], more: object = {}): Document =>
  document('ClusterArtifactPolicy', name, { artifacts: [{ image: `ghcr.io/acme/${name}` }], require: [{ name: 'signed', signature: { by } }], ...more });

async function tried(change: Omit<Change, 'kind' | 'name' | 'namespace'> & { readonly of: Document }, ...inForce: readonly Document[]): Promise<Trial> {
  const known = await createKnownDocuments().of(inForce.map((one) => ({ path: nameOf(one), text: JSON.stringify(one) })), new AbortController().signal);
  const { of: { kind, metadata: { name, namespace = '' } }, ...rest } = change;
  return finished(tryOutSteps({ kind, name, namespace, ...rest }, known, { trust, now: NOW }));
}
const loosened = ({ loosened: losses }: Trial): readonly string[] => losses.map(({ policy: name, what }) => `${name} ${what}`);

describe('documents on which others rely', () => {
  const two = document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }, { key: { data: bob.publicKeyPem } }] });
  test('a signer who gets a key loosens what relies on him, and nothing where nobody does', async () => {
    const [one, app] = [signer('alice'), policy('app', ['alice'])];
    expect(loosened(await tried({ of: one, before: one, after: two }, one, app))).toEqual(['Signer alice signer']);
    expect(loosened(await tried({ of: one, before: two, after: one }, two, app))).toEqual([]);
    expect(loosened(await tried({ of: one, before: one, after: two }, one, policy('app', ['bob']), signer('bob', bob)))).toEqual([]);
    expect(loosened(await tried({ of: one, before: one, after: two }, one, policy('app', ['alice'], { mode: 'audit' })))).toEqual([]);
  });
  test('a signer who goes breaks what names him, and that alone', async () => {
    const [one, other] = [signer('alice'), signer('bob', bob)];
    const gone = await tried({ of: one, before: one }, one, other, policy('app', ['alice']), policy('web', ['bob']));
    expect(gone.broken).toEqual([{ document: 'ClusterArtifactPolicy app', message: expect.stringContaining('no Signer is named "alice"') as string }]);
    expect(gone.errors).toEqual([]);
  });
  test('what is broken already is nobody’s fault', async () => {
    const one = signer('alice');
    const trial = await tried({ of: one, before: one, after: two }, one, policy('app', ['alice']), policy('broken', ['alice', 'nobody']));
    expect(trial.broken).toEqual([]);
    expect(loosened(trial)).toEqual(['Signer alice signer']);
  });
  test('a trust root is followed through signers to policies', async () => {
    const root = document('TrustRoot', 'ours', { sigstore: { publicGood: true, require: { transparencyLog: 2 } } });
    const milder = document('TrustRoot', 'ours', { sigstore: { publicGood: true } });
    const keyless = document('Signer', 'ci', { identities: [{ keyless: { issuer: 'https://ci.example', subject: 'https://ci.example/app', trustRoot: 'ours' } }] });
    expect(loosened(await tried({ of: root, before: root, after: milder }, root, keyless, policy('app', ['ci'])))).toEqual(['TrustRoot ours trustRoot']);
    const gone = await tried({ of: root, before: root }, root, keyless, policy('app', ['ci']));
    expect(gone.broken.map(({ document: name }) => name).toSorted()).toEqual(['ClusterArtifactPolicy app', 'Signer ci']);
  });
  test('an entry less in a list of revocations', async () => {
    const entry = (hex: string): object => ({ digest: `sha256:${hex.repeat(32)}`, reason: 'x' });
    const list = (...entries: readonly object[]): Document => document('RevocationList', 'incidents', { revocations: entries });
    const [before, after] = [list(entry('ab'), entry('cd')), list(entry('ab'))];
    expect(loosened(await tried({ of: before, before, after }, before, signer('alice'), policy('app', ['alice'])))).toEqual(['RevocationList incidents revocations']);
    expect(loosened(await tried({ of: before, before: after, after: before }, after, signer('alice'), policy('app', ['alice'])))).toEqual([]);
  });
  test('an exception that comes into force, and not one that waits', async () => {
    const exception = (more: object): Document => document('AdmissionException', 'night', {
      artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'app' }], namespaces: ['shop'], reason: 'x', requestedBy: 'carol',
      notBefore: new Date(NOW).toISOString(), expiresAt: new Date(NOW + DAY).toISOString(), ...more,
    });
    const [waiting, approved] = [exception({}), exception({ approvedBy: 'dave' })];
    const inForce = [signer('alice'), policy('app', ['alice'])];
    expect(loosened(await tried({ of: waiting, after: waiting }, ...inForce))).toEqual([]);
    expect(loosened(await tried({ of: waiting, before: waiting, after: approved }, waiting, ...inForce))).toEqual(['app exception']);
    expect(loosened(await tried({ of: waiting, before: approved }, approved, ...inForce))).toEqual([]);
    // A resource of which the API server knows one person acts on nothing; a file may say who approved it.
    const alone = exception({ requestedBy: undefined, approvedBy: 'dave' });
    expect(loosened(await tried({ of: alone, after: alone }, ...inForce))).toEqual([]);
    const asFile = compilePolicies([{ path: 'p.yaml', text: [...inForce, alone].map((one) => JSON.stringify(one)).join('\n---\n') }], { trust });
    expect([asFile.set?.exceptions?.length, asFile.set?.pending]).toEqual([1, undefined]);
    const asResource = compilePolicies([...inForce, alone].map((one) => ({ path: nameOf(one), text: JSON.stringify(one) })), { trust });
    expect([asResource.set?.exceptions, asResource.set?.pending?.map(({ name }) => name)]).toEqual([undefined, ['night']]);
  });
});

describe('documents that cannot be used stand there all the same', () => {
  const broken = signer('alice', { ...alice, publicKeyPem: 'no key' });
  const typo = policy('app', ['alice'], { mode: 'enforced' });
  const exception = document('AdmissionException', 'night', {
    artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'app' }], namespaces: ['shop'], reason: 'x', requestedBy: 'carol',
    notBefore: new Date(NOW).toISOString(), expiresAt: new Date(NOW + DAY).toISOString(),
  });
  const said = ({ errors, unresolved }: Trial): readonly string[] => [...errors.map(({ message }) => `error ${message}`), ...unresolved.map(({ message }) => message)];

  test('a signer that is broken is not said to be missing', async () => {
    const one = policy('app', ['alice']);
    expect(said(await tried({ of: one, after: one }, broken))).toEqual([expect.stringMatching(/^Signer alice cannot be used until it is mended: /)]);
    expect(said(await tried({ of: one, after: one }))).toEqual([expect.stringMatching(/^no Signer is named "alice"/)]);
    const rooted = document('Signer', 'ci', { identities: [{ keyless: { issuer: 'https://ci.example', subject: 'https://ci.example/app', trustRoot: 'ours' } }] });
    expect(said(await tried({ of: rooted, after: rooted }, document('TrustRoot', 'ours', { sigstore: {} })))).toEqual([expect.stringMatching(/^TrustRoot ours cannot be used until it is mended: /)]);
  });
  test('an exception may name a policy that is broken, or whose signer is', async () => {
    for (const inForce of [[signer('alice'), typo], [broken, policy('app', ['alice'])], [policy('app', ['alice'])]]) expect(said(await tried({ of: exception, after: exception }, ...inForce))).toEqual([]);
    expect(said(await tried({ of: exception, after: exception }, signer('alice')))).toEqual([expect.stringMatching(/^no policy is named "app"/)]);
  });
  test('whoever deletes one, or makes it milder, lets through what it stopped', async () => {
    const [app, missing] = [policy('app', ['alice']), policy('app', ['nobody'])];
    expect(loosened(await tried({ of: typo, before: typo }, signer('alice'), typo))).toEqual(['app deleted']);
    expect(loosened(await tried({ of: missing, before: missing }, missing))).toEqual(['app deleted']);
    expect(loosened(await tried({ of: app, before: app, after: policy('app', ['alice'], { mode: 'audit' }) }, app))).toEqual(['app mode']);
    expect(loosened(await tried({ of: missing, before: missing, after: policy('app', ['alice'], { mode: 'warn' }) }, signer('alice'), missing))).toEqual(['app mode']);
    // Mended it demands what it says.
    expect(loosened(await tried({ of: typo, before: typo, after: app }, signer('alice'), typo))).toEqual([]);
    const mild = policy('app', ['nobody'], { mode: 'audit' });
    expect(loosened(await tried({ of: mild, before: mild }, mild))).toEqual([]);
    const flow = document('PipelinePolicy', 'factory', { requesters: { users: ['alice'] }, hygiene: 'loose' });
    expect(loosened(await tried({ of: flow, before: flow }, flow))).toEqual(['factory deleted']);
  });
  test('what was good of it before is in force, and what it is held against', async () => {
    const both = policy('app', ['alice', 'bob'], { require: [{ name: 'signed', signature: { by: ['alice', 'bob'], threshold: 2 } }] });
    const [wrong, one] = [{ ...both, spec: { ...both.spec, mode: 'enforced' } }, policy('app', ['alice', 'bob'])];
    expect(loosened(await tried({ of: both, before: wrong, after: one }, signer('alice'), signer('bob', bob), both))).toEqual(['app demands']);
    expect(loosened(await tried({ of: both, before: wrong, after: both }, signer('alice'), signer('bob', bob), both))).toEqual([]);
    expect(loosened(await tried({ of: both, before: wrong, after: one }, signer('alice'), signer('bob', bob), wrong))).toEqual([]);
  });
  test('whoever deletes a signer that is broken breaks nothing that is not', async () => {
    const app = policy('app', ['alice']);
    expect((await tried({ of: broken, before: broken }, broken, app)).broken).toEqual([]);
    expect((await tried({ of: broken, before: broken }, signer('alice'), app)).broken.map(({ document: name }) => name)).toEqual(['ClusterArtifactPolicy app']);
  });
  test('what is nested deeper than it is read is an error', async () => {
    const nested = (depth: number): Document => policy('app', [], { require: [JSON.parse(`${'{"name":"a","anyOf":['.repeat(depth)}{"name":"signed","signature":{"by":["alice"]}}${']}'.repeat(depth)}`)] });
    for (const [depth, errors] of [[1, 0], [40, 1], [400, 1]] as const) {
      const one = nested(depth);
      const compiled = compilePolicies([signer('alice'), one].map((each) => ({ path: nameOf(each), text: JSON.stringify(each), resource: true as const })), { trust });
      expect([compiled.problems.filter(({ severity }) => severity === 'error').length > 0, (await tried({ of: one, after: one }, signer('alice'))).errors.length > 0]).toEqual([errors > 0, errors > 0]);
    }
  });
});

test('patterns of tenants are compared as far as there is time, those of the cluster all of them', async () => {
  const images = (count: number, end: string): object[] => Array.from({ length: count }, (_, n) => ({ image: `g.io/a${n}/${end}` }));
  const told = async (kind: string, namespace: string | undefined, from: readonly object[], to: readonly object[]): Promise<readonly string[]> => {
    const of = (artifacts: readonly object[]): Document => document(kind, 'app', { artifacts, require: [{ name: 'signed', signature: { by: ['alice'] } }] }, namespace);
    return (await tried({ of: of(from), before: of(from), after: of(to) }, signer('alice'), of(from))).loosened.map(({ detail }) => detail);
  };
  // Each is taken in by another.
  expect(await told('ArtifactPolicy', 'shop', images(100, 'x'), images(100, '*'))).toEqual([]);
  expect(await told('ArtifactPolicy', 'shop', images(3, '*'), images(3, 'x'))).toEqual(['no longer over g.io/a0/*, g.io/a1/*, g.io/a2/*']);
  expect(await told('ClusterArtifactPolicy', undefined, images(400, 'x'), images(400, '*'))).toEqual([]);
  expect(await told('ArtifactPolicy', 'shop', images(400, 'x'), images(400, '*'))).toEqual([expect.stringMatching(/^no longer for certain over g\.io\/a\d+\/x, .* and \d+ more$/)]);
});

test('I01 an exception in the reach of a tenant is left out with a warning; in a file a namespace is a mistake', () => {
  const spec = { artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'app' }], namespaces: ['shop'], reason: 'x', requestedBy: 'eve', approvedBy: 'mallory', notBefore: new Date(NOW).toISOString(), expiresAt: new Date(NOW + DAY).toISOString() };
  const compiled = (namespace?: string) => compilePolicies(
    [signer('alice'), policy('app', ['alice']), document('AdmissionException', 'night', spec, namespace)].map((one) => ({ path: nameOf(one), text: JSON.stringify(one) })), { trust },
  );
  expect(compiled().set?.exceptions?.map(({ name }) => name)).toEqual(['night']);
  expect([compiled('shop').set?.exceptions, compiled('shop').problems.map(({ severity, message }) => [severity, message])]).toEqual([undefined, [['warning', expect.stringContaining('is ignored') as string]]]);
  const file = compilePolicies([{ path: 'p.yaml', text: JSON.stringify(document('AdmissionException', 'night', spec, 'shop')) }], { trust });
  expect(file.set).toBeUndefined();
});

test('of ten thousand documents few are needed', async () => {
  const many = Array.from({ length: 10_000 }, (_, n) => policy(`app-${n}`, ['alice']));
  const known = await createKnownDocuments().of([signer('alice'), signer('bob'), ...many].map((one) => ({ path: nameOf(one), text: JSON.stringify(one) })), new AbortController().signal);
  const subject = { kind: 'ClusterArtifactPolicy', namespace: '', name: 'app-7', texts: [JSON.stringify(policy('app-7', ['alice']))] };
  expect(finished(neededSteps(subject, known)).map(({ file }) => file)).toEqual(['Signer alice']);
  expect(finished(neededSteps({ kind: 'Signer', namespace: '', name: 'bob', texts: ['{}'] }, known))).toEqual([]);
});

test('files are read once, and again when they change', async () => {
  const known = createKnownDocuments();
  const { signal } = new AbortController();
  const file = { path: 'p.yaml', text: `${JSON.stringify(signer('alice'))}\n---\nkind: Signer\nmetadata: {name: bob}\n---\n- no document\n` };
  const first = await known.of([file], signal);
  expect(first.map(({ kind, name, file: at }) => [kind, name, at])).toEqual([['Signer', 'alice', 'p.yaml'], ['Signer', 'bob', 'p.yaml']]);
  expect((await known.of([{ ...file }], signal))[0]).toBe(first[0]);
  expect((await known.of([{ ...file, text: '' }], signal))).toEqual([]);
});

test('whatever stands there, a trial says the same as compiling everything together', async () => {
  const names = fc.constantFrom('alice', 'bob', 'carol');
  const documents = fc.record({ signers: fc.uniqueArray(names), policies: fc.array(fc.uniqueArray(names, { minLength: 1 }), { maxLength: 5 }), changed: fc.uniqueArray(names, { minLength: 1 }) });
  await fc.assert(fc.asyncProperty(documents, async ({ signers, policies, changed }) => {
    const inForce = [...signers.map((name) => signer(name, name === 'bob' ? bob : alice)), ...policies.map((by, index) => policy(`app-${index}`, by))];
    const one = policy('subject', changed);
    const { errors, unresolved } = await tried({ of: one, after: one }, ...inForce);
    const { problems } = compilePolicies([...inForce, one].map((each) => ({ path: nameOf(each), text: JSON.stringify(each) })), { trust });
    const own = problems.filter(({ severity, file }) => severity === 'error' && file === nameOf(one));
    expect([...errors, ...unresolved].map(({ path }) => path)).toEqual(own.map(({ path }) => path));
    expect(errors).toEqual([]);
  }), { numRuns: 100 });
});
