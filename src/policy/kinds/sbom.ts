/** What an SBOM must list, in which formats, and which packages and licences it must not name. */
import { z } from 'zod';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { compileExamined } from '../compile/examined.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { examining, patterns } from '../schema/content.ts';
import { list, strict, word } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

const field = strict({
  ...examining,
  formats: list(word('spdx', 'cyclonedx'), 'format').optional(),
  complete: z.boolean().optional(),
  deny: strict({ packages: patterns('package').optional(), licenses: patterns('licence').optional() }).optional(),
});

/** `sbom` as written. */
export type SbomField = z.output<typeof field>;

/** `sbom`: the list of what is inside the artifact names nothing that is denied. */
export const sbomPart: RequirementPart<'sbom', SbomField> = {
  schema: () => field,
  compile: (written, site) =>
    compileExamined(written, site, () => {
      const { formats = ['spdx', 'cyclonedx'], complete, deny } = written;
      return {
        written: 'sbom',
        wanted: `an SBOM (${formats.join(' or ')})`,
        types: formats.flatMap((format) => PREDICATE_FAMILIES[format]),
        check: { kind: 'sbom', complete: complete ?? false, denyPackages: deny?.packages ?? [], denyLicenses: deny?.licenses ?? [] },
      };
    }),
  demands: vouchedDemands,
  lint: lintVouched,
};
