import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { makeKey } from '../../world/keys.ts';

const trust = createTrustReader();
const signer = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 's' }, spec: { identities: [{ key: { data: makeKey().publicKeyPem } }] } });
const GOOD = `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: p}
spec:
  mode: enforce
  artifacts: [{image: "**"}]
  require: [{name: signed, signature: {by: [s]}}]
`;
const errors = (text: string): readonly string[] =>
  compilePolicies([{ path: 'p.yaml', text: `${signer}\n---\n${text}` }], { trust }).problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);

describe('D20 what YAML lets authors write', () => {
  test('the good policy compiles', () => expect(errors(GOOD)).toEqual([]));

  test.each([
    ['mode: no', GOOD.replace('mode: enforce', 'mode: no')],
    ['mode: off', GOOD.replace('mode: enforce', 'mode: off')],
    ['a merge key', GOOD.replace('  mode: enforce', '  <<: {mode: audit}')],
    ['a tag for code', GOOD.replace('mode: enforce', 'mode: !!js/function "x"')],
    ['a tag of its own', GOOD.replace('mode: enforce', 'mode: !enforce audit')],
    ['a duplicate key', GOOD.replace('mode: enforce', 'mode: enforce\n  mode: audit')],
    ['aliases that multiply', `${GOOD}  usedAs: [&a [x,x,x,x,x,x,x,x], *a]\n`],
  ])('%s is refused', (_, text) => expect(errors(text).length).toBeGreaterThan(0));
});

describe('A18 requirements that anything would satisfy', () => {
  const requiring = (require: string): string => GOOD.replace(/require: .*/, `require: ${require}`);
  test.each([
    ['no requirement', '[]'],
    ['no signer', '[{name: x, signature: {by: []}}]'],
    ['a threshold of none', '[{name: x, signature: {by: [s], threshold: 0}}]'],
    ['a threshold above the signers', '[{name: x, signature: {by: [s], threshold: 2}}]'],
    ['one signer named twice for a threshold of two', '[{name: x, signature: {by: [s, s], threshold: 2}}]'],
    ['no alternative', '[{name: x, anyOf: []}]'],
  ])('%s does not compile', (_, require) => expect(errors(requiring(require)).length).toBeGreaterThan(0));
});
