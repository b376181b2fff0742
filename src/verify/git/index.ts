/** A raw commit or tag is compared with what is admitted first; then whoever signed it is proven, by whatever sort of signature. */
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { isRevision } from '../../domain/artifact/revision.ts';
import { GIT_COMMIT_TYPE } from '../../domain/policy/predicate-types.ts';
import { gitId } from '../../text/names/git-id.ts';
import { clip, refuse, Refusal } from '../problem.ts';
import type { Problem } from '../problem.ts';
import { disproved } from '../proof.ts';
import type { Proofs, ProofTools } from '../proof.ts';
import type { Attempt } from '../provers/keys.ts';
import { problemOf } from '../provers/settled.ts';
import { proofsOf } from '../statement/bound.ts';
import type { Binding } from '../statement/bound.ts';
import { unarmour } from './armour.ts';
import { proveCms } from './cms.ts';
import type { GitObject } from './object.ts';
import { readGitObject } from './object.ts';
import { refuseCollisions } from './collisions.ts';
import { provePgp } from './pgp.ts';
import { proveSsh } from './ssh.ts';

/**
 * Verifies a raw git object: a commit that is the artifact, or an annotated tag that points to it. Its id is computed over the bytes and
 * compared before any signature is looked at. Where policies ask for the history (`relatedTypes`), other commits are proven as well and
 * leave as related evidence, with their parents; whether they are the artifact's ancestors is not known here.
 */
export function verifyObject(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  try {
    return verified(evidence, job, tools);
  } catch (thrown) {
    const problem = thrown instanceof Refusal ? thrown.toProblem('VERIFY_MALFORMED') : problemOf(thrown);
    const other = wantsHistory(job) ? otherCommit(evidence.bytes, job) : undefined;
    return disproved(other === undefined ? problem : { ...ofCommit(problem, other), claimedType: GIT_COMMIT_TYPE });
  }
}

function wantsHistory({ trust: { relatedTypes = [] } }: VerificationJob): boolean {
  return relatedTypes.includes(GIT_COMMIT_TYPE);
}

/** The id of what could not be read, where it is a commit before the artifact. */
function otherCommit(bytes: Uint8Array, { artifact: { digest } }: VerificationJob): string | undefined {
  if (!isRevision(digest) || Buffer.from(bytes.subarray(0, 5)).toString('latin1') !== 'tree ') return undefined;
  const asked = digest.slice(digest.indexOf(':') + 1);
  const id = gitId('commit', bytes, asked.length === 40 ? 40 : 64);
  return id === asked ? undefined : id;
}

function verified(evidence: UnverifiedEvidence, job: VerificationJob, tools: ProofTools): Proofs {
  const { artifact: { digest } } = job;
  if (!isRevision(digest)) refuse('VERIFY_SUBJECT_MISMATCH', { found: 'a git object', expected: digest });
  const asked = digest.slice(digest.indexOf(':') + 1);
  const digits = asked.length === 40 ? 40 : 64;
  const bytes = Buffer.from(evidence.bytes.buffer, evidence.bytes.byteOffset, evidence.bytes.length);
  const object = readGitObject(bytes, digits);
  if (digits === 40) refuseCollisions(bytes);
  const id = gitId(object.type, bytes, digits);
  const isArtifact = object.type === 'commit' ? id === asked : object.target?.id === asked && object.target.type === 'commit';
  const isHistory = wantsHistory(job);
  if (!isArtifact && (object.type === 'tag' || !isHistory)) return disproved(mismatch(object, id, asked));
  const form = object.tag === undefined ? {} : { form: `tag ${object.tag}` };
  const binding: Binding = { evidence, artifact: digest, gitObject: object.type, ...form };
  const attempt = prove(object, id, job, tools);
  const signed = proofsOf(binding, [attempt]);
  if (object.type === 'tag' || !isHistory) return signed;
  // Problems of other commits are told as theirs, by the type.
  const said = proofsOf({ ...binding, statement: statementOf(object, id) }, [attempt]);
  return isArtifact
    ? { ...signed, proofs: [...signed.proofs, ...said.proofs] }
    : { ...said, proofs: [], related: said.proofs, problems: said.problems.map((one) => ofCommit(one, id)) };
}

/** Which of many commits it is. */
function ofCommit(problem: Problem, id: string): Problem {
  const named = `commit ${id}`;
  const { cause } = problem;
  return cause?.includes(id) === true ? problem : { ...problem, cause: cause === undefined ? named : `${named}: ${cause}` };
}

function prove({ signature, payload, type }: GitObject, id: string, { trust }: VerificationJob, tools: ProofTools): Attempt {
  if (signature === undefined) return { proven: [], problems: [unsigned(type, id)], partial: false };
  const { kind, bytes } = unarmour(signature);
  switch (kind) {
    case 'ssh':
      return proveSsh(bytes, payload, trust, tools);
    case 'cms':
      return proveCms(bytes, payload, trust, tools);
    case 'pgp':
      return provePgp(bytes, payload, trust, tools);
  }
}

function unsigned(type: GitObject['type'], id: string): Problem {
  const how = type === 'commit' ? 'git commit -S, or git rebase --exec "git commit --amend -S --no-edit"' : 'git tag -s';
  return { code: 'FETCH_NONE_FOUND', cause: `the ${type} ${id} carries no signature`, fix: `sign it: ${how}` };
}

/** What the bytes are instead; a tag has an id of its own, which is no commit's. */
function mismatch({ type, target, tag }: GitObject, id: string, asked: string): Problem {
  const code = 'VERIFY_SUBJECT_MISMATCH';
  const expected = `the commit ${asked}, or a tag that points to it`;
  if (type === 'commit') return { code, found: `the commit ${id}`, expected };
  if (id === asked)
    return { code, found: `the tag object ${clip(tag ?? '')}`, expected, cause: `this is the id of a tag and not of a commit; admit what it points to, ${target?.type ?? ''} ${target?.id ?? ''}`, fix: 'ask for the commit (git rev-parse TAG^{commit}), and hand its tag over with it' };
  return { code, found: `the tag ${clip(tag ?? '')}, which points to ${target?.type ?? ''} ${target?.id ?? ''}`, expected };
}

/** What a signed commit says of itself, as other attestations say it. */
function statementOf({ tree, parents }: GitObject, id: string): NonNullable<Binding['statement']> {
  return {
    type: 'https://in-toto.io/Statement/v1', predicateType: GIT_COMMIT_TYPE, subjects: [{ digest: { gitCommit: id } }],
    predicate: { tree, parents },
  };
}
