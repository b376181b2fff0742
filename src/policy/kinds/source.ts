/** A commit and, where that is asked, its history: signed by whom the policy names. */
import { z } from 'zod';
import type { SourceRequirement } from '../../domain/policy/build-requirement.ts';
import { GIT_COMMIT_TYPE } from '../../domain/policy/predicate-types.ts';
import { findSigners } from '../compile/vouched.ts';
import { lintVouchers } from '../lint/vouched.ts';
import { list, names, parsed, strict } from '../schema/fields.ts';
import { bad, good } from '../../text/result.ts';
import type { Advice, RequirementPart } from './kind.ts';

const commit = parsed((text) =>
  /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? good(text) : bad('expected a whole commit id: 40 or 64 hexadecimal digits in lower case'));

const field = strict({
  by: names('signer'),
  approvedBy: names('signer').optional(),
  since: list(commit, 'commit id', 64).optional(),
});

/** `source` as written. */
export type SourceField = z.output<typeof field>;

/** `source`: the commit is signed, approved by another person, and so is what it stands on. */
export const sourcePart: RequirementPart<'source', SourceField> = {
  schema: () => field,
  compile({ by, approvedBy, since }, site): SourceRequirement | undefined {
    const signers = findSigners(by, [...site.path, 'by'], site);
    const approving = approvedBy === undefined ? undefined : findSigners(approvedBy, [...site.path, 'approvedBy'], site);
    if (signers === undefined || site.name === undefined || (approvedBy !== undefined && approving === undefined)) return undefined;
    if (since !== undefined) site.collected.relatedTypes.add(GIT_COMMIT_TYPE);
    return {
      kind: 'source', name: site.name, by: signers,
      ...(approving === undefined ? {} : { approvedBy: approving }),
      ...(since === undefined ? {} : { since }),
    };
  },
  demands: ({ name: _, by, approvedBy, ...demands }) =>
    JSON.stringify([by.map((signer) => signer.name).toSorted(), approvedBy?.map((signer) => signer.name).toSorted(), demands]),
  lint(requirement, advice) {
    const { by, approvedBy = [] } = requirement;
    lintVouchers({ by, threshold: 1 }, { ...advice, path: [...advice.path, 'by'] });
    if (approvedBy.length > 0) lintVouchers({ by: approvedBy, threshold: 1 }, { ...advice, path: [...advice.path, 'approvedBy'] });
    lintPatterns(advice);
    lintNobody(requirement, advice);
  },
};

function lintPatterns({ path, patterns, report }: Advice): void {
  const other = patterns.find(({ kind }) => kind !== 'git');
  if (other !== undefined)
    report.advise('source-not-git', path, `is about commits, and ${JSON.stringify(other.source)} (${other.kind}) is none: it can never hold there; for what was built of a commit write provenance.source`, 'key');
}

/** Who alone may sign cannot be told from who alone may approve. */
function lintNobody({ by, approvedBy }: SourceRequirement, { path, report }: Advice): void {
  const [signer] = by;
  if (by.length === 1 && approvedBy?.length === 1 && approvedBy[0]?.name === signer?.name)
    report.error([...path, 'approvedBy'], `names nobody but ${signer?.name ?? ''}, who signs the commit: nobody approves his own work; name another signer`);
}
