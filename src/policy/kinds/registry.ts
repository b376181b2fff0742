/** What the ecosystem itself says of a package: signed by its registry, or by a bare checksum that is accepted in words. */
import { z } from 'zod';
import type { RegistryRequirement } from '../../domain/policy/registry-requirement.ts';
import { compileVouchers } from '../compile/vouched.ts';
import { lintVouchers } from '../lint/vouched.ts';
import { names, strict, word } from '../schema/fields.ts';
import type { Advice, RequirementPart } from './kind.ts';

const field = strict({
  by: names('signer').optional(),
  threshold: z.int('expected a whole number').min(1, 'is less than 1').optional(),
  checksum: z.literal('accepted', { error: 'expected accepted; leave it out where only what is signed counts' }).optional(),
  noDowngrade: z.literal(true, { error: 'expected true; leave it out when it does not matter' }).optional(),
  yanked: word('allow').optional(),
}).check((context) => {
  const { by, threshold, checksum, noDowngrade } = context.value;
  const issue = (path: string[], message: string): void =>
    void context.issues.push({ code: 'custom', path, message, input: context.value });
  if (by !== undefined && checksum !== undefined) issue(['checksum'], 'takes the place of by: what is signed needs no bare checksum; write one of the two');
  if (by === undefined && threshold !== undefined) issue(['threshold'], 'counts the signers of by, and none are named');
  if (by === undefined && checksum === undefined && noDowngrade === undefined)
    issue([], 'demands nothing; write by, checksum: accepted, or noDowngrade: true');
});

/** `registry` as written. */
export type RegistryField = z.output<typeof field>;

/** `registry`: the registry of the ecosystem says that this name and version have these bytes. */
export const registryPart: RequirementPart<'registry', RegistryField> = {
  schema: () => field,
  compile({ by, threshold, checksum, noDowngrade, yanked }, site): RegistryRequirement | undefined {
    const vouchers = by === undefined ? { by: [], threshold: 0 } : compileVouchers({ by, threshold }, site.path, site);
    if (vouchers === undefined || site.name === undefined) return undefined;
    return {
      kind: 'registry', name: site.name, by: vouchers.by, threshold: vouchers.threshold,
      ...(checksum === undefined ? {} : { checksum }),
      ...(noDowngrade === undefined ? {} : { noDowngrade }),
      ...(yanked === undefined ? {} : { yanked }),
    };
  },
  demands: ({ name: _, by, ...demands }) => JSON.stringify([by.map((signer) => signer.name).toSorted(), demands]),
  lint(requirement, advice) {
    const { by, threshold } = requirement;
    if (by.length > 0) lintVouchers({ by, threshold }, { ...advice, path: [...advice.path, 'by'] });
    lintPatterns(advice);
    lintAlone(requirement, advice);
  },
};

function lintPatterns({ path, patterns, report }: Advice): void {
  const other = patterns.find(({ kind }) => kind !== 'package');
  if (other !== undefined)
    report.advise('registry-not-package', path, `is about packages of ecosystems, and ${JSON.stringify(other.source)} (${other.kind}) is none: it can never hold there`, 'key');
}

/** Everybody may publish: that all get the same bytes says nothing of whose they are. */
function lintAlone({ checksum }: RegistryRequirement, { path, beside, report }: Advice): void {
  if (checksum !== undefined && beside.every(({ kind }) => kind === 'registry'))
    report.advise('registry-alone', [...path, 'checksum'], 'accepts what anybody has published, by the unsigned word of the index; add who must have built it', 'key');
}
