/** A collection of Witness is read as a whole, and each of its attestors as a statement of its own type about the same subjects. */
import type { Statement } from '../../domain/evidence.ts';
import { familyOf } from '../../domain/policy/predicate-types.ts';
import { WITNESS_ATTESTOR, WITNESS_COLLECTION } from '../../domain/witness.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import { itemTexts, memberText } from './member-text.ts';

/** Attestors of one collection that are read as statements; a collection with more is only read as a whole. */
const MOST_ATTESTORS = 64;

/**
 * Names of subjects that are content somebody could use: files, images, the commit itself. Others describe it: the parent of a commit, the
 * hash of an e-mail address, of a branch or of the address of a run. What a build says of its own commit it does not say of the one before.
 */
const CONTENT =
  /^https:\/\/witness\.dev\/attestations\/(?!material\/)[a-z0-9-]+\/v[0-9.]+\/(?:file|manifestdigest|tardigest|imagedigest|commithash):/;

/** The statement about the subjects that name content; every other statement as it is. */
export function ofContent(statement: Statement): Statement {
  if (statement.predicateType !== WITNESS_COLLECTION) return statement;
  const subjects = statement.subjects.filter(({ name = '' }) => !name.startsWith(WITNESS_ATTESTOR) || CONTENT.test(name));
  return { ...statement, subjects };
}

/** Families that may stand in a collection beside its attestors: they say themselves what they are about. */
const FAMILIES: ReadonlySet<string | undefined> = new Set(['spdx', 'cyclonedx', 'openvex']);

/**
 * The attestors of a collection as statements, each with its predicate as it was written. A type that occurs twice is left out: Witness
 * demands that every attestor of a type holds, and a requirement is content with one. Provenance, links and summaries are left out as
 * well: the subjects of a collection are more than what was made.
 */
export function attestorsOf(statement: Statement): readonly Statement[] {
  if (statement.predicateType !== WITNESS_COLLECTION || statement.predicateText === undefined) return [];
  const attestors = isObject(statement.predicate) ? (ownList(statement.predicate, 'attestations') ?? []) : [];
  if (attestors.length === 0 || attestors.length > MOST_ATTESTORS) return [];
  const texts = itemTexts(memberText(statement.predicateText, 'attestations') ?? '[]');
  const types = attestors.map((attestor) => ownText(attestor, 'type') ?? '');
  return attestors.flatMap((attestor, index): readonly Statement[] => {
    const type = types[index] ?? '';
    const isRead = type.startsWith(WITNESS_ATTESTOR) || FAMILIES.has(familyOf(type));
    const text = texts[index];
    if (!isRead || text === undefined || types.indexOf(type) !== types.lastIndexOf(type)) return [];
    const predicateText = memberText(text, 'attestation');
    if (predicateText === undefined) return [];
    const { type: version, subjects } = statement;
    return [{ type: version, subjects, predicateType: type, predicate: own(attestor, 'attestation'), predicateText }];
  });
}
