/** Statements of one predicate type, written in full or as the short name of a family. */
import { z } from 'zod';
import { familyOf } from '../../domain/policy/predicate-types.ts';
import type { PredicateFamily } from '../../domain/policy/predicate-types.ts';
import type { AttestationRequirement } from '../../domain/policy/requirement.ts';
import { compileExamined } from '../compile/examined.ts';
import { isFamily, lintPredicateType, predicateTypes } from '../compile/predicate-type.ts';
import { compileVouched } from '../compile/vouched.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { vouching } from '../schema/common.ts';
import { whereField } from '../schema/content.ts';
import { strict } from '../schema/fields.ts';
import type { Advice, CompiledOf, RequirementPart } from './kind.ts';

const field = strict({
  ...vouching,
  type: z.string().min(1, 'is empty; write the predicate type').max(1024, 'is longer than 1024 characters'),
  where: whereField.optional(),
  newest: z.boolean().optional(),
});

/** `attestation` as written. */
export type AttestationField = z.output<typeof field>;

/** `attestation`: enough signers made a statement of a type; with `where`, one whose content is examined. */
export const attestationPart: RequirementPart<'attestation', AttestationField> = {
  schema: () => field,
  compile(written, site) {
    const types = typesOf(written.type);
    if (written.newest === true && written.where === undefined) {
      site.tools.report.error([...site.path, 'newest'], 'needs where: without conditions every statement of the type is as good as the newest');
      return undefined;
    }
    return written.where === undefined
      ? compileVouched(written, site, (base): AttestationRequirement => ({ kind: 'attestation', ...base, ...types }))
      : compileExamined(written, site, () => ({ written: 'attestation', wanted: types.type, types: types.types ?? [types.type] }));
  },
  demands: vouchedDemands,
  lint(requirement, advice) {
    lintType(requirement, advice);
    if (requirement.kind === 'attestation') lintOutcome(requirement, advice);
    lintVouched(requirement, advice);
  },
};

/** A short name stands for all predicate types of its family. */
function typesOf(type: string): Pick<AttestationRequirement, 'type' | 'types'> {
  return isFamily(type) ? { type, types: predicateTypes(type) } : { type };
}

function lintType(requirement: CompiledOf<'attestation'>, { report, path }: Advice): void {
  const type = exactType(requirement);
  if (type !== undefined) lintPredicateType(type, [...path, 'type'], report);
}

/** The one predicate type that is asked for; `undefined` when it is a family by its short name. */
function exactType(requirement: CompiledOf<'attestation'>): string | undefined {
  if (requirement.kind === 'attestation') return requirement.types === undefined ? requirement.type : undefined;
  return requirement.types.has(requirement.wanted) ? requirement.wanted : undefined;
}

/** Statements that say how something ended, and the requirement that reads them. */
const OUTCOMES: ReadonlyMap<PredicateFamily | undefined, string> = new Map([
  ['vsa', 'vsa'],
  ['test-result', 'testResult'],
  ['human-review', 'codeReview'],
]);

function lintOutcome({ type, types }: AttestationRequirement, { report, path }: Advice): void {
  const written = OUTCOMES.get(familyOf(types?.[0] ?? type));
  if (written !== undefined)
    report.advise('outcome-unread', [...path, 'type'], `accepts the statement whatever it says, a failure too; write ${written}, which reads it, or add where`);
}
