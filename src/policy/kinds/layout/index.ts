/** A layout is a signed document with its owners, or steps that the policy itself lists. */
import type { TrustedKey } from '../../../domain/evidence.ts';
import type { LayoutRequirement, SignedLayoutRequirement } from '../../../domain/policy/layout-requirement.ts';
import type { Signer } from '../../../domain/policy/requirement.ts';
import { findSigners } from '../../compile/vouched.ts';
import { lintLayoutDocument } from '../../lint/layouts.ts';
import type { Path } from '../../read/problems.ts';
import type { Advice, RequirementPart, Site } from '../kind.ts';
import { layoutField } from './schema.ts';
import type { LayoutField } from './schema.ts';
import { compileSteps } from './steps.ts';

/** `layout`: the artifact came out of a supply chain that is as a signed layout, or as a list of steps, describes it. */
export const layoutPart: RequirementPart<'layout', LayoutField> = {
  schema: () => layoutField,
  compile(written, site) {
    const { name } = site;
    if (name === undefined) return undefined;
    const { document } = written;
    return document === undefined ? compileSteps(name, written, site) : compileSigned(name, { ...written, document }, site);
  },
  demands: (requirement) =>
    JSON.stringify(
      requirement.form === 'signed'
        ? [requirement.layoutId, [...requirement.parameters], requirement.product]
        : requirement.steps.map(({ by, ...step }) => [by.map((signer) => signer.name), step]),
    ),
  lint: lintLayout,
};

function compileSigned(
  name: string,
  field: LayoutField & { readonly document: string },
  site: Site,
): SignedLayoutRequirement | undefined {
  const { document, owners: ownerNames = [], ownerKeys = [] } = field;
  const path = [...site.path, 'owners'];
  const owners = findSigners(ownerNames, path, site);
  if (owners === undefined) return undefined;
  const keyed = owners.map((owner, index) => ({ name: owner.name, keys: ownerKeysOf(owner, [...path, index], site) }));
  if (keyed.some(({ keys }) => keys.length === 0)) return undefined;
  const id = site.tools.hash({ document, owners: keyed, ownerKeys });
  site.collected.layouts.set(id, { id, document, owners: keyed, ownerKeys });
  return {
    kind: 'layout', form: 'signed', name, layoutId: id, owners,
    revocations: site.tools.lists === undefined ? [] : [site.tools.lists],
    parameters: new Map(Object.entries(field.parameters ?? {})), dataOnlyInspections: field.dataOnlyInspections ?? [],
    ...(field.product === undefined ? {} : { product: field.product }),
  };
}

/** A layout is a file with signatures by keys; nothing in it could prove a keyless identity. */
function ownerKeysOf(owner: Signer, path: Path, { tools: { signers, report } }: Site): readonly TrustedKey[] {
  // OpenPGP blocks and security keys in a Signer sign commits and tags alone; whoever signs layouts with OpenPGP stands in ownerKeys.
  const keys = (signers.get(owner.name)?.keys ?? [])
    .filter(({ openPgp, securityKey }) => openPgp === undefined && securityKey === undefined);
  if (keys.length === 0)
    report.error(path, `${owner.name} has no key; a layout is signed with keys, so its owners need identities of type key`);
  else if (owner.identities.some((identity) => identity.kind === 'key' && identity.transparencyLog === 'required')) {
    report.error(path, `${owner.name} demands a transparency log, and no log holds the signature on a layout`);
    return [];
  } else if (keys.some(({ hashAlgorithm }) => hashAlgorithm !== undefined)) {
    report.error(path, `${owner.name} has a key with hashAlgorithm; a layout itself names how it is signed: write the key without it`);
    return [];
  }
  return keys;
}

/** Without rules and hand-over, steps are only several attestations. */
function lintLayout(requirement: LayoutRequirement, { path, report, layout, now }: Advice): void {
  if (requirement.form === 'signed') {
    const signed = layout(requirement.layoutId);
    if (signed !== undefined) lintLayoutDocument(signed, { path: [...path, 'document'], report, now });
    return;
  }
  const bound =
    requirement.chained ||
    requirement.sameRun ||
    requirement.steps.some((step) => step.expectedMaterials.length + step.expectedProducts.length > 0);
  if (!bound) report.advise('steps-unbound', path, 'has steps that nothing holds together; write rules, or leave out chained: false', 'key');
}
