/** Reasons about supply chains: who is refused, and what becomes of him when he, or the owner of the layout, obeys. */
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { json } from '../../support/layout.ts';
import { layout, link, person, signed, step } from '../../unit/verify/intoto/support.ts';
import type { Person } from '../../unit/verify/intoto/support.ts';
import { slsaProvenanceV1 } from '../../world/statement.ts';
import { sha256Hex } from '../../world/encode.ts';
import { alice, attested, bob, byKey, DIGEST, keySigner, OTHER, policy, SIGNERS } from './support.ts';
import type { Obeyed } from './support.ts';

const [owner, builder, tester] = [person('p256'), person('p256'), person('p256')];
const RULES = { expected_materials: [['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', 'fetch'], ['DISALLOW', '*']], expected_products: [['CREATE', 'image'], ['DISALLOW', '*']] };
const body = (rules: object = RULES, more: object = {}): object => layout([step('fetch', [tester]), step('build', [builder], rules)], [builder, tester], { expires: '2090-01-01T00:00:00Z', ...more });

function chained(document: unknown, more: object = {}): string {
  return keySigner('release', owner.key) + policy({ layout: { document: JSON.stringify(document), owners: ['release'], ...more } });
}

function file(by: Person, name: string, content: object): UnverifiedEvidence {
  const bytes = Buffer.from(json(signed(content, [by])));
  return { format: 'in-toto', source: `${name} link`, bytes, digest: `sha256:${sha256Hex(bytes)}`, annotations: { 'org.opencontainers.image.title': `${name}.${by.keyid.slice(0, 8)}.link` } };
}

/** The links of a run that fetched `src` and built the image, or another, from this. */
function links({ from = 's', of = DIGEST, steps = ['fetch', 'build'] }: { readonly from?: string; readonly of?: string; readonly steps?: readonly string[] } = {}): readonly UnverifiedEvidence[] {
  const built = { ...link('build', { src: from }, {}), products: { image: { sha256: of.slice(7) } } };
  const all = { fetch: file(tester, 'fetch', link('fetch', {}, { src: 's' })), build: file(builder, 'build', built) };
  return Object.entries(all).flatMap(([name, one]) => (steps.includes(name) ? [one] : []));
}

const GOOD = chained(signed(body(), [owner]));
const loose = chained(signed(body({ expected_products: [['CREATE', 'image'], ['DISALLOW', '*']] }), [owner]));
const inspected = signed(body(RULES, { inspect: [{ _type: 'inspection', name: 'look', expected_materials: [], expected_products: [], run: ['true'] }] }), [owner]);
const open = signed(body({ ...RULES, expected_products: [['CREATE', '{NAME}'], ['DISALLOW', '*']] }), [owner]);
const stepsP = SIGNERS + policy({ layout: { steps: [
  { name: 'build', type: 'https://slsa.dev/provenance/v1', by: ['alice'] }, { name: 'test', type: 'https://in-toto.io/attestation/test-result/v0.1', by: ['bob'] },
] } });
const provenance = attested(slsaProvenanceV1(), { key: alice });
const tested = attested({ predicateType: 'https://in-toto.io/attestation/test-result/v0.1', predicate: { result: 'PASSED', configuration: [{ name: 'c', digest: { sha256: 'a'.repeat(64) } }] } }, { key: bob });

/** Each code about layouts. */
export const LAYOUT_FIXES = {
  POLICY_LAYOUT_UNPROVEN: {
    refused: { policies: chained(signed(body(), [builder])), evidence: links() }, fix: /ask the owner of policy p to put in a layout that every owner of it has signed/, owner: /sign the layout with the key of every owner/,
    obeyed: { policies: GOOD, evidence: links() },
  },
  POLICY_LAYOUT_EXPIRED: {
    refused: { policies: chained(signed(body(RULES, { expires: '2026-01-01T00:00:00Z' }), [owner])), evidence: links() }, fix: /ask the owner of policy p for a layout with a later end/, owner: /have its owners sign a layout with a later end/,
    obeyed: { policies: GOOD, evidence: links() },
  },
  POLICY_LAYOUT_STEP: {
    refused: { policies: stepsP, evidence: [provenance] }, fix: /^attach a test result, signed by bob: cosign attest --type https:\/\/in-toto.io\/attestation\/test-result\/v0.1 --predicate result.json --key KEY IMAGE/,
    says: /expected step test: https:\/\/in-toto.io\/attestation\/test-result\/v0.1 by bob/, obeyed: { policies: stepsP, evidence: [provenance, tested] },
  },
  POLICY_LAYOUT_RULE: {
    refused: { policies: GOOD, evidence: links({ from: 'x' }) }, fix: /keep it out of the step, or ask the owner of policy p/, says: /rule DISALLOW \* on materials of step build/, obeyed: { policies: GOOD, evidence: links() },
  },
  POLICY_LAYOUT_INSPECTION: {
    refused: { policies: chained(inspected), evidence: links() }, fix: /ask the owner of policy p to declare the inspection/, owner: /dataOnlyInspections/,
    obeyed: { policies: chained(inspected, { dataOnlyInspections: ['look'], product: 'image' }), evidence: links() },
  },
  POLICY_LAYOUT_PARAMETER: {
    refused: { policies: chained(open), evidence: links() }, fix: /ask the owner of policy p to give the value/, owner: /under parameters/, obeyed: { policies: chained(open, { parameters: { NAME: 'image' } }), evidence: links() },
  },
  POLICY_LAYOUT_ARTIFACT: {
    refused: { policies: GOOD, evidence: links({ of: OTHER }) }, fix: /attach the links of the run that made this very artifact/, obeyed: { policies: GOOD, evidence: links() },
  },
} as const satisfies Record<string, Obeyed>;

/** The same codes, otherwise. */
export const LAYOUT_NEIGHBOURS: Readonly<Record<string, readonly ['POLICY_LAYOUT_STEP' | 'POLICY_LAYOUT_RULE', Obeyed]>> = {
  'a signed layout wants links': ['POLICY_LAYOUT_STEP', {
    refused: { policies: GOOD, evidence: links({ steps: ['fetch'] }) }, fix: /attach the links that its functionaries signed in the run that made this artifact/, obeyed: { policies: GOOD, evidence: links() },
  }],
  'nothing at all is there of two steps': ['POLICY_LAYOUT_STEP', {
    refused: { policies: stepsP, evidence: [byKey()] }, fix: /attach what each step attests: provenance signed by alice, then a test result signed by bob/, obeyed: { policies: stepsP, evidence: [provenance, tested] },
  }],
  'the owners may have the layout allow it': ['POLICY_LAYOUT_RULE', {
    refused: { policies: GOOD, evidence: links({ from: 'x' }) }, fix: /ask the owner of policy p/, owner: /have the owners of the layout sign one that allows it/, obeyed: { policies: loose, evidence: links({ from: 'x' }) },
  }],
};
