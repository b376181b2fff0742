/** The registry's own word about a package: signed, or by an index that nobody signs where the policy accepts that in words. */
import { ecosystemOf } from '../domain/artifact/ecosystem.ts';
import { bytesDigest } from '../domain/artifact/revision.ts';
import type { IndexEntry, IndexQuestion } from '../domain/artifact/package-index.ts';
import { wordsOf } from '../domain/decision/finding.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { familyOf } from '../domain/policy/predicate-types.ts';
import { isRegistryWord, REGISTRY_WORD } from '../domain/policy/registry-requirement.ts';
import type { RegistryRequirement } from '../domain/policy/registry-requirement.ts';
import type { SingleRequirement } from '../domain/policy/requirement.ts';
import { findingOf } from './finding.ts';
import type { Outcome } from './finding.ts';
import type { Question } from './question.ts';
import { judgeVouched } from './vouched/vouched.ts';

/**
 * Judges a `registry` requirement: the signers have signed that this name and version have these bytes, or the index lists the digest
 * and the policy accepts that nobody has signed it; what was yanked, and with `noDowngrade` what lost its provenance, is refused.
 * What an ecosystem cannot prove is told as such.
 */
export function judgeRegistry(requirement: RegistryRequirement, question: Question): Finding {
  const { artifact } = question;
  const ecosystem = artifact.kind === 'package' ? ecosystemOf(artifact.name) : undefined;
  if (ecosystem === undefined)
    return silent(requirement, question, artifact.kind === 'package' ? 'a package of an ecosystem that is not known' : `a ${artifact.kind}`);
  if (requirement.by.length > 0) {
    if (!ecosystem.signsNames)
      return silent(requirement, question, `${ecosystem.type}, whose index is signed by nobody`);
    const signed = judgeSigned(requirement, question);
    if (signed.verdict !== 'satisfied' || requirement.noDowngrade === undefined) return signed;
  }
  return judgeIndexed(requirement, question);
}

/** What has to be asked of the index for a requirement; `undefined` when it looks at none. */
export function indexQuestion(requirement: SingleRequirement): IndexQuestion | undefined {
  if (requirement.kind !== 'registry') return undefined;
  const { by, noDowngrade } = requirement;
  return by.length > 0 && noDowngrade === undefined ? undefined : { history: noDowngrade === true };
}

function judgeSigned(requirement: RegistryRequirement, question: Question): Finding {
  const { name, by, threshold } = requirement;
  return judgeVouched(
    { kind: 'signature', name, by, threshold, bindRepository: false },
    {
      relevant: question.proofs.filter(isRegistryWord),
      // That an ecosystem attests no builds is nothing against what it does sign.
      problems: question.problems.filter(({ code, claimedType }) =>
        claimedType === REGISTRY_WORD || (claimedType === undefined && code !== 'VERIFY_ECOSYSTEM_SILENT')),
      none: { code: 'FETCH_NONE_FOUND', found: ['nothing that the registry has signed'] },
    },
    question,
  );
}

function judgeIndexed(requirement: RegistryRequirement, question: Question): Finding {
  const { index, artifact } = question;
  if (index === undefined)
    return findingOf(requirement, question, {
      code: 'FETCH_NOT_CONFIGURED', found: [artifact.name], cause: 'no index of packages is asked here',
    });
  if (!index.ok) return findingOf(requirement, question, { code: index.problem.code, ...wordsOf(index.problem) });
  return findingOf(requirement, question, objection(requirement, index.entry, question) ?? {
    code: 'POLICY_SATISFIED', found: [`the index lists ${artifact.digest}, unsigned`],
  });
}

function objection(requirement: RegistryRequirement, entry: IndexEntry, question: Question): Outcome | undefined {
  const { artifact } = question;
  const digest = bytesDigest(artifact.digest);
  if (digest === undefined || !entry.digests.includes(digest))
    return {
      code: 'POLICY_CHECKSUM', found: [artifact.digest],
      expected: entry.digests.length === 0 ? ['a digest in the index'] : entry.digests.slice(0, 10),
    };
  if (entry.yanked !== undefined && requirement.yanked === undefined)
    return { code: 'POLICY_YANKED', expected: ['a version that is not yanked'], found: [entry.yanked === '' ? artifact.name : `${artifact.name}: ${entry.yanked}`] };
  if (requirement.noDowngrade === undefined || entry.earlier === undefined || entry.provenance || isProvenBuild(question)) return undefined;
  return { code: 'POLICY_DOWNGRADE', found: [`${artifact.name} without provenance`], expected: [`provenance, as version ${entry.earlier} has it`] };
}

/** Provenance that was proven, by whomever: who must have made it is for other requirements to say. */
function isProvenBuild({ proofs }: Question): boolean {
  return proofs.some(({ statement }) => statement !== undefined && familyOf(statement.predicateType) === 'slsa-provenance');
}

/** What can be demanded where an index is signed by nobody. */
const BARE_CHECKSUM =
  'have the owner of the policy accept the bare checksum of its index in words (checksum: accepted), or demand who must have built it';

function silent(requirement: RegistryRequirement, question: Question, found: string): Finding {
  return findingOf(requirement, question, {
    code: 'VERIFY_ECOSYSTEM_SILENT', found: [found], expected: ['an ecosystem whose registry signs the names of what it serves'],
    ...(requirement.by.length === 0 ? {} : { fix: BARE_CHECKSUM }),
  });
}
