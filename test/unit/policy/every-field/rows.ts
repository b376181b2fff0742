import { isReasonCode, reason } from '../../../../src/domain/decision/reasons.ts';
import { certificateRows } from './certificate-rows.ts';
import { documentRows, inNamespace } from './document-rows.ts';
import { encryptionRows } from './encryption-rows.ts';
import { examinedRows } from './examined-rows.ts';
import type { Scene } from './judge.ts';
import { layoutRows } from './layout-rows.ts';
import { ownAuthorityRows } from './own-authority-rows.ts';
import { notationRows } from './notation-rows.ts';
import { provenanceRows } from './provenance-rows.ts';
import { registryRows } from './registry-rows.ts';
import { revocationRows } from './revocation-rows.ts';
import type { Row } from './row.ts';
import { signedRows } from './signed-rows.ts';
import { signerRows } from './signer-rows.ts';
import { spiffeRootRows } from './spiffe-root-rows.ts';
import { sourceRows } from './source-rows.ts';
import { trustRootRows } from './trust-root-rows.ts';

/** Every row there is, in the form in which it is written. */
export const ROWS: readonly Row[] = [
  ...signedRows,
  ...provenanceRows,
  ...examinedRows,
  ...encryptionRows,
  ...layoutRows,
  ...registryRows,
  ...sourceRows,
  ...documentRows,
  ...signerRows,
  ...revocationRows,
  ...trustRootRows,
  ...certificateRows,
  ...spiffeRootRows,
  ...ownAuthorityRows,
  ...notationRows,
];

/** The rows of a cluster's policy in one of a namespace, but for fields that mean something else there and have rows of their own. */
export const NAMESPACED: readonly Row[] = ROWS.filter(
  ({ kind, place }) => kind === 'ClusterArtifactPolicy' && place.startsWith('spec.') && !/^spec\.(?:mode$|namespaces)/.test(place),
).map((row) => ({ ...row, kind: 'ArtifactPolicy', scene: inNamespace(row.scene) }));

const REQUIRED = /^spec\.require\.0\.(?!name$|anyOf)/;

/** The rows of requirements with the requirement as the one alternative of an `anyOf`, where it may do without a name. */
export const ALTERNATIVES: readonly Row[] = ROWS.filter(({ place }) => REQUIRED.test(place)).flatMap((row) => [
  inAnyOf(row, { name: 'inner' }),
  ...(row.place.includes('.where.') ? [inAnyOf(row, {})] : []),
]);

function inAnyOf(row: Row, named: object): Row {
  const { from, to } = row;
  return {
    ...row,
    place: row.place.replace(REQUIRED, 'spec.require.0.anyOf.0.'),
    scene: asAlternative(row.scene, named),
    from: outside(from),
    to: typeof to === 'string' ? outside(to) : to,
    inner: [from, typeof to === 'string' ? to : undefined],
  };
}

/** What is not known of an alternative is not known of the whole, and says so by its own code. */
function outside(code: string): string {
  const isKnown = !isReasonCode(code) || reason(code).verdict === 'violated';
  return isKnown ? 'POLICY_ANY_OF' : code;
}

function asAlternative(scene: Scene, named: object): Scene {
  const documents = scene.documents.map((one) => {
    if (one.kind !== 'ClusterArtifactPolicy') return one;
    const {
      require: [{ name: _, ...requirement }],
      ...spec
    } = one.spec as { readonly require: readonly [{ readonly name: string }] };
    return { ...one, spec: { ...spec, require: [{ name: 'outer', anyOf: [{ ...named, ...requirement }] }] } };
  });
  return { ...scene, documents };
}
