/** Whether a statement is about this artifact is decided by the digest; a name can only speak against it. */
import { hash } from 'node:crypto';
import type { Statement, StatementSubject, VerificationJob } from '../../domain/evidence.ts';
import { digestAlgorithm, digestHex } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import { parsePackageUrl } from '../../domain/artifact/package-url.ts';
import { comparableVersion, parsePythonFile } from '../../domain/artifact/python-file.ts';
import { isRevision, namesRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import { clip } from '../problem.ts';
import type { Problem } from '../problem.ts';
import type { MessageDigest } from '../formats/bundle.ts';

/** The artifact as statements are compared with it. */
export type Subject = VerificationJob['artifact'];

/**
 * Checks that some subject of the statement is the artifact, by digest; `undefined` when one is.
 *
 * The value under the artifact's own algorithm must be equal, exactly and in lower case. Digests of other algorithms
 * neither help nor harm: we do not know the artifact's value under them (in-toto/attestation docs/validation.md; security.md
 * A08, A09, A11, A12). Names are never compared, with one exception that only narrows: a subject that names a package
 * (`pkg:…`) is no other package, although its bytes may be the same.
 */
export function statementMismatch(statement: Statement, artifact: Subject): Problem | undefined {
  if (isRevision(artifact.digest)) return revisionMismatch(statement, artifact.digest);
  const algorithm = digestAlgorithm(artifact.digest);
  const hex = digestHex(artifact.digest);
  const found: string[] = [];
  const others: string[] = [];
  for (const subject of statement.subjects) {
    const { digest } = subject;
    const value = Object.hasOwn(digest, algorithm) ? digest[algorithm] : undefined;
    if (value === hex && !namesOtherPackage(subject, artifact)) return undefined;
    if (value === hex) others.push(subject.name ?? '');
    else if (value !== undefined) found.push(`${algorithm}:${value}`);
    else found.push(`no ${algorithm} digest (only ${Object.keys(digest).join(', ')})`);
  }
  const problem = { code: 'VERIFY_SUBJECT_MISMATCH', claimedType: statement.predicateType } as const;
  if (others.length > 0)
    return {
      ...problem,
      found: shortList(others),
      expected: artifact.name,
      cause: 'the bytes are the same, but the statement is about a package of another name',
    };
  return { ...problem, found: shortList(found), expected: artifact.digest };
}

/**
 * True when a mismatching statement shares no digest with the artifact: only then may a layout bind it. One about the same
 * bytes under another name is about the wrong thing, and about commits nothing is bound at all.
 */
export function isAboutSomethingElse({ subjects }: Statement, { digest }: Subject): boolean {
  if (isRevision(digest)) return false;
  const [algorithm, hex] = [digestAlgorithm(digest), digestHex(digest)];
  return !subjects.some((subject) => Object.hasOwn(subject.digest, algorithm) && subject.digest[algorithm] === hex);
}

/** npm publishes under `pkg:npm/%40scope/name@version`; tools that only saw the file give its name, which says nothing. */
function namesOtherPackage({ name }: StatementSubject, artifact: Subject): boolean {
  if (artifact.kind !== 'package' || name === undefined) return false;
  if (artifact.name.startsWith('pkg:pypi/') && !/^pkg:/i.test(name)) return isOtherFile(name, artifact.name);
  if (!/^pkg:/i.test(name)) return false;
  const read = parsePackageUrl(name);
  return !read.ok || read.value.name !== artifact.name;
}

/** Attestations of Python packages name the file, and the file names project and version (PEP 740); another name says nothing. */
function isOtherFile(file: string, artifact: string): boolean {
  const [named, wanted] = [parsePythonFile(file), parsePackageUrl(artifact)];
  if (named === undefined || !wanted.ok) return false;
  return named.project !== wanted.value.path || named.version !== comparableVersion(wanted.value.version);
}

/** The same for a commit: only statements name one, and only whole. */
function revisionMismatch({ subjects, predicateType }: Statement, revision: Revision): Problem | undefined {
  if (subjects.some(({ digest }) => namesRevision(digest, revision))) return undefined;
  const found = subjects.map(({ digest }) => Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`).join(', '));
  return { code: 'VERIFY_SUBJECT_MISMATCH', found: shortList(found), expected: revision, claimedType: predicateType };
}

/** Checks the digest a simple-signing payload names; `undefined` when it is the artifact's. */
export function digestMismatch(claimed: string, artifact: Digest | Revision): Problem | undefined {
  return claimed === artifact ? undefined : { code: 'VERIFY_SUBJECT_MISMATCH', found: clip(claimed), expected: artifact };
}

/**
 * Checks the digest that comes with a message signature; `undefined` when it is the artifact's. A digest of
 * another algorithm can only be compared with the artifact's bytes; without them it is refused.
 */
export function messageMismatch(claimed: MessageDigest, artifact: Digest, message?: Uint8Array): Problem | undefined {
  const algorithm = digestAlgorithm(artifact);
  if (claimed.algorithm !== algorithm && message !== undefined) {
    const own = hash(claimed.algorithm, message);
    return claimed.hex === own
      ? undefined
      : { code: 'VERIFY_SUBJECT_MISMATCH', found: `${claimed.algorithm}:${claimed.hex}`, expected: `${claimed.algorithm}:${own}` };
  }
  if (claimed.algorithm !== algorithm) {
    return {
      code: 'VERIFY_ALGORITHM',
      found: `a signature over a ${claimed.algorithm} digest`,
      expected: `a signature over the ${algorithm} digest of the artifact`,
    };
  }
  return digestMismatch(`${claimed.algorithm}:${claimed.hex}`, artifact);
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 3).map((item) => clip(item, 160)).join(', ');
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}
