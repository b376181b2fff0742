/** Where definitions come from, who signed them, and which of them every run must have. */
import { z } from 'zod';
import type { DefinitionsRequirement, RequiredTasksRequirement, TaskClasses } from '../../domain/policy/request-policy.ts';
import { parseDuration } from '../../text/duration.ts';
import { compileVouchers } from '../compile/vouched.ts';
import type { Site } from '../kinds/kind.ts';
import type { Path } from '../read/problems.ts';
import { list, names, parsed, strict, word } from '../schema/fields.ts';
import { definitionName, taskClass } from './classes.ts';
import { sourceField } from './sources.ts';

const required = strict({
  task: definitionName,
  before: list(taskClass, 'class', 4).optional(),
  first: z.boolean().optional(),
});

/** `definitions` as written; `sources: []` lets in nothing from outside of the namespace of the run. */
export const definitionsField = strict({
  signedBy: names('signer').optional(),
  threshold: z.int('expected a whole number').min(1, 'must be at least 1: a threshold of 0 would admit unsigned definitions').optional(),
  maxAge: parsed(parseDuration).optional(),
  inline: word('deny', 'allow').optional(),
  sources: z.array(sourceField).max(1000, 'has more than 1000 entries').optional(),
  pinned: z.boolean().optional(),
  require: list(required, 'task', 100).optional(),
});

/** `definitions` as it was read. */
export type DefinitionsField = z.output<typeof definitionsField>;

/** Who must have signed; absent: nobody needs to. */
export type SignedBy = DefinitionsRequirement['signedBy'];

const AT: Path = ['spec', 'definitions'];

/**
 * Looks up who must have signed; `undefined` when nobody has to, or when something was reported. Reports what would mean nothing
 * without signers: names of required tasks are those of verified definitions, and unsigned names are anybody's to take.
 */
export function compileSignedBy(written: DefinitionsField | undefined, site: Pick<Site, 'tools' | 'collected'>): SignedBy {
  const { signedBy, threshold, maxAge, require } = written ?? {};
  if (signedBy !== undefined) return compileVouchers({ by: signedBy, threshold, maxAge }, AT, site, 'signedBy');
  const { report } = site.tools;
  if (threshold !== undefined) report.error([...AT, 'threshold'], 'counts signers, and signedBy names none; write signedBy', 'key');
  if (maxAge !== undefined)
    report.error([...AT, 'maxAge'], 'bounds the age of signatures, and signedBy names no signer; write signedBy', 'key');
  if (require !== undefined)
    report.error(
      [...AT, 'require'],
      'names tasks by their verified definitions, and nothing is verified: anybody could call a task so; write signedBy',
      'key',
    );
  return undefined;
}

/** Where definitions may come from; what is not written is as strict as it can be. */
export function compileDefinitions(
  { inline = 'deny', sources, pinned = true }: DefinitionsField, signedBy: SignedBy, classes: TaskClasses,
): DefinitionsRequirement {
  return {
    kind: 'definitions', name: 'definitions', inline, pinned, classes,
    ...(sources === undefined ? {} : { sources }),
    ...(signedBy === undefined ? {} : { signedBy }),
  };
}

/** Which tasks every run must have, and before what. */
export function compileRequiredTasks(
  require: NonNullable<DefinitionsField['require']>, signedBy: SignedBy, classes: TaskClasses,
): RequiredTasksRequirement {
  return {
    kind: 'requiredTasks', name: 'required tasks', classes,
    require: require.map(({ task, before = [], first = false }) => ({ task, before, first })),
    ...(signedBy === undefined ? {} : { signedBy }),
  };
}
