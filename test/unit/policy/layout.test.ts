import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { pgpBlock, pgpKey } from '../../world/git/pgp.ts';
import { securityKeyLine } from '../../world/git/security-key.ts';
import { makeKey } from '../../world/keys.ts';

const trust = createTrustReader();
const key = makeKey('p256').publicKeyPem;
const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
const [PGP, SECURITY_KEY] = [pgpBlock({ primary: pgpKey(makeKey('ed25519')) }), securityKeyLine(makeKey('ed25519'))];
const SIGNERS = [
  document('Signer', 'alice', { identities: [{ key: { data: key } }] }),
  document('Signer', 'open-pgp', { identities: [{ key: { data: PGP } }] }),
  document('Signer', 'touching', { identities: [{ key: { data: SECURITY_KEY } }] }),
  document('Signer', 'several', { identities: [{ key: { data: PGP } }, { key: { data: SECURITY_KEY } }, { key: { data: key } }] }),
  document('Signer', 'keyless', { identities: [{ keyless: { issuer: 'https://accounts.google.com', subject: 'a@example.com' } }] }),
];

function compile(layout: unknown): { readonly errors: readonly string[]; readonly set: ReturnType<typeof compilePolicies>['set'] } {
  const text = [...SIGNERS, document('ClusterArtifactPolicy', 'p', { artifacts: [{ image: 'ghcr.io/acme/app' }], require: [{ name: 'chain', layout }] })].join('\n---\n');
  const { problems, set } = compilePolicies([{ path: 'p.yaml', text }], { trust });
  return { errors: problems.filter(({ severity }) => severity === 'error').map(({ message }) => message), set };
}

const LINK = 'https://in-toto.io/attestation/link/v0.3';
const step = (further: object = {}): object => ({ name: 'build', type: LINK, by: ['alice'], ...further });
const SIGNED = JSON.stringify({ signed: {}, signatures: [] });

describe('layout in a policy', () => {
  test('is owned by whoever signs layouts: not by keys that sign commits alone', () => {
    const ownedBy = (owner: string) => {
      const { errors, set } = compile({ document: SIGNED, owners: [owner] });
      return errors.length > 0 ? errors : set?.policies[0]?.trust.layouts?.[0]?.owners?.map(({ keys }) => keys.length);
    };
    expect(ownedBy('alice')).toEqual([1]);
    expect(ownedBy('several')).toEqual([1]);
    for (const owner of ['open-pgp', 'touching']) expect(ownedBy(owner)).toEqual([expect.stringContaining('has no key')]);
  });

  test('with steps compiles', () => {
    const { set, errors } = compile({ steps: [step({ materials: ['ALLOW *'], products: [['CREATE', 'a file'], 'DISALLOW *'] })], sameRun: true });
    expect(errors).toEqual([]);
    expect(set?.policies[0]?.requirements[0]).toMatchObject({
      kind: 'layout', form: 'steps', chained: true, sameRun: true,
      steps: [{ name: 'build', threshold: 1, expectedMaterials: [{ kind: 'allow', pattern: '*' }], expectedProducts: [{ kind: 'create', pattern: 'a file' }, { kind: 'disallow', pattern: '*' }] }],
    });
    expect(set?.policies[0]?.trust.layouts).toBeUndefined();
  });

  test('with a document carries it into the trust material, under an id of its own', () => {
    const one = compile({ document: SIGNED, owners: ['alice'], parameters: { V: '1' } });
    const other = compile({ document: `${SIGNED} `, owners: ['alice'] });
    expect(one.errors).toEqual([]);
    expect(one.set?.policies[0]?.trust.layouts).toMatchObject([{ document: SIGNED, owners: [{ name: 'alice' }] }]);
    expect(one.set?.policies[0]?.trust.id).not.toBe(other.set?.policies[0]?.trust.id);
  });

  test('keeps the conditions of its steps, under a hash of their own', () => {
    const where = (cel: string) => compile({ steps: [step({ where: [{ cel }] })] });
    const stepOf = (one: ReturnType<typeof compile>) => { const [first] = one.set?.policies[0]?.requirements ?? []; return first?.kind === 'layout' && first.form === 'steps' ? first.steps[0] : undefined; };
    expect(stepOf(where('predicate.n == 1'))).toMatchObject({ where: [{ expression: 'predicate.n == 1' }] });
    expect(stepOf(where('predicate.n == 1'))?.id).not.toBe(stepOf(where('predicate.n == 2'))?.id);
  });

  test('A08 has statements about something else proven only for its own types, and only when it is chained', () => {
    const review = step({ name: 'review', type: 'https://x/review' });
    expect(compile({ steps: [step(), review] }).set?.policies[0]?.trust.relatedTypes).toEqual([LINK, 'https://x/review']);
    expect(compile({ steps: [step(), review], chained: false }).set?.policies[0]?.trust.relatedTypes).toBeUndefined();
    expect(compile({ document: SIGNED, owners: ['alice'] }).set?.policies[0]?.trust.relatedTypes).toBeUndefined();
    expect(compile({ steps: [step()] }).set?.policies[0]?.trust.id).not.toBe(compile({ steps: [step()], chained: false }).set?.policies[0]?.trust.id);
  });

  test.each<[string, unknown, RegExp]>([
    ['is empty', {}, /exactly one of document, steps/],
    ['has both forms', { document: SIGNED, owners: ['alice'], steps: [step()] }, /exactly one of document, steps/],
    ['A18 has no steps', { steps: [] }, /at least/],
    ['A18 has no owner', { document: SIGNED }, /nobody who must have signed/],
    ['A18 has a threshold of 0', { steps: [step({ threshold: 0 })] }, /at least 1/],
    ['has a threshold that nobody can reach', { steps: [step({ threshold: 2 })] }, /only 1 signer is named/],
    ['names an unknown signer', { steps: [step({ by: ['alcie'] })] }, /did you mean "alice"/],
    ['has an owner without key', { document: SIGNED, owners: ['keyless'] }, /has no key/],
    ['has a document that is no JSON', { document: 'layout', owners: ['alice'] }, /is not JSON/],
    ['has a document that is not signed', { document: '{}', owners: ['alice'] }, /neither signed nor payload/],
    ['has an owner key without id', { document: SIGNED, ownerKeys: ['{}'] }, /no keyid/],
    ['has a rule that is none', { steps: [step({ materials: ['PERMIT *'] })] }, /expected CREATE/],
    ['has a rule about a step that there is not', { steps: [step({ materials: ['MATCH * WITH PRODUCTS FROM fetch'] })] }, /no step is named "fetch"/],
    ['has two steps of one name', { steps: [step(), step()] }, /used twice/],
    ['has a condition that is none', { steps: [step({ where: [{ cel: 'predicate.x ==' }] })] }, /./],
    ['has a condition about other attestations', { steps: [step({ where: [{ cel: 'attestations["x"].predicate.n == 1' }] })] }, /no requirement above this one is named "x"/],
    ['has an unknown field', { steps: [step()], inspections: [] }, /unknown field/],
    ['mixes fields of the forms', { steps: [step()], parameters: { A: 'b' } }, /parameters belongs to a layout with document/],
    ['declares inspections without product', { document: SIGNED, owners: ['alice'], dataOnlyInspections: ['x'] }, /write product/],
  ])('is an error when it %s', (_, layout, message) => expect(compile(layout).errors.join('\n')).toMatch(message));
});
