import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { evidenceFromFile } from '../../../../src/fetch/index.ts';
import { jsonBytes } from '../../../world/encode.ts';
import type { Subject } from '../../../world/statement.ts';
import { layout, link, person, signed, step } from '../../verify/intoto/support.ts';
import { demanding, rowsAt, whereRows } from './row.ts';
import type { Row } from './row.ts';
import { DIGEST, doc, keyed, says } from './world.ts';

/** Rows of `layout`: a signed in-toto layout with its links, and steps over attestations. */
const KIND = 'ClusterArtifactPolicy';
const [owner, other, worker] = [person('p256'), person('p256'), person('p256')];

const build = { ...link('build', {}, {}), products: { image: { sha256: DIGEST.slice(7) } } };
const LINK: readonly UnverifiedEvidence[] = evidenceFromFile(
  `build.${worker.keyid.slice(0, 8)}.link`,
  jsonBytes(signed(build, [worker])),
).evidence;
/** A signed layout of one step with these rules and further members. */
const written = (rules: readonly (readonly string[])[] = [], more: object = {}, by = owner): string =>
  JSON.stringify(
    signed(layout([step('build', [worker], { expected_products: rules })], [worker], { expires: '2090-01-01T00:00:00Z', ...more }), [by]),
  );
const inspecting = {
  inspect: [
    {
      _type: 'inspection',
      name: 'look',
      run: ['true'],
      expected_materials: [['MATCH', 'image', 'WITH', 'PRODUCTS', 'FROM', 'build']],
      expected_products: [],
    },
  ],
};

const SIGNED = demanding({ layout: { document: written(), owners: ['owner'] } }, { evidence: LINK });
const owners = [
  doc('Signer', 'owner', { identities: [keyed(owner.key, {})] }),
  doc('Signer', 'other', { identities: [keyed(other.key, {})] }),
];
const document = rowsAt(KIND, { ...SIGNED, documents: [...SIGNED.documents, ...owners] }, 'spec.require.0.layout');

const SLSA = 'https://slsa.dev/provenance/v1';
/** A build of this out of that, in a run. */
const made = (by: 'alice' | 'bob', product: Subject, material: object, run: string): UnverifiedEvidence =>
  says(
    SLSA,
    {
      buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: [material] },
      runDetails: { builder: { id: 'b' }, metadata: { invocationId: run } },
    },
    { by, about: [product] },
  );
const [APP, IMAGE] = [
  { name: 'app', digest: { sha256: '22'.repeat(32) } },
  { name: 'image', digest: { sha256: DIGEST.slice(7) } },
];
const SOURCE = { uri: 'git+https://github.com/acme/app', name: 'src', digest: { gitCommit: '1'.repeat(40) } };
const CHAIN = [made('alice', APP, SOURCE, 'run-1'), made('bob', IMAGE, { ...APP, uri: 'file:app' }, 'run-2')];
const APART = [made('alice', IMAGE, SOURCE, 'run-1'), made('bob', IMAGE, SOURCE, 'run-2')];

const STEPS = [
  { name: 'compile', type: SLSA, by: ['alice', 'carol'] },
  { name: 'pack', type: SLSA, by: ['bob'] },
];
const chain = rowsAt(KIND, demanding({ layout: { steps: STEPS } }, { evidence: CHAIN }), 'spec.require.0.layout');
const first = rowsAt(KIND, demanding({ layout: { steps: STEPS } }, { evidence: CHAIN }), 'spec.require.0.layout.steps.0');

export const layoutRows: readonly Row[] = [
  document('document', written([], {}, other), 'POLICY_LAYOUT_UNPROVEN'),
  document('owners', ['owner', 'other'], 'POLICY_LAYOUT_UNPROVEN'),
  document('ownerKeys', [JSON.stringify(other.inToto)], 'POLICY_LAYOUT_UNPROVEN'),
  document('parameters.{FILE}', 'other', 'POLICY_LAYOUT_RULE', {
    base: {
      document: written([
        ['REQUIRE', '{FILE}'],
        ['ALLOW', '*'],
      ]),
      'parameters.{FILE}': 'image',
    },
  }),
  document('dataOnlyInspections', ['look'], 'POLICY_SATISFIED', {
    base: { document: written([], inspecting), product: 'image' },
    from: 'POLICY_LAYOUT_INSPECTION',
  }),
  document('product', 'other', 'POLICY_LAYOUT_ARTIFACT'),
  first('by', ['stranger'], 'POLICY_LAYOUT_STEP'),
  first('threshold', 2, 'POLICY_LAYOUT_STEP'),
  first('maxAge', '1m', 'POLICY_LAYOUT_STEP'),
  first('type', 'https://slsa.dev/provenance/v0.2', 'POLICY_LAYOUT_STEP'),
  first('materials', ['DISALLOW *'], 'POLICY_LAYOUT_RULE'),
  first('products', ['DISALLOW *'], 'POLICY_LAYOUT_RULE'),
  first('name', 'assemble', 'POLICY_LAYOUT_STEP', {
    base: { by: ['stranger'] },
    from: 'POLICY_LAYOUT_STEP',
    says: /step assemble/,
    why: 'a name is for readers, and for rules',
  }),
  chain('steps.1.name', 'compile', { lint: /used twice/ }, { why: 'rules could not tell two steps of one name apart' }),
  ...whereRows(first, 'POLICY_LAYOUT_STEP'),
  chain('chained', false, 'POLICY_SATISFIED', { scene: { evidence: APART }, from: 'POLICY_LAYOUT_STEP' }),
  chain('sameRun', true, 'POLICY_LAYOUT_STEP'),
];
