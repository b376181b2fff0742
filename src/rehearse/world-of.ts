/** All artifacts of a test with what is attached to them: what the registries of its world would give. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import type { Digest } from '../domain/artifact/digest.ts';
import { isRevision } from '../domain/artifact/revision.ts';
import type { Revision } from '../domain/artifact/revision.ts';
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import type { UnverifiedEvidence } from '../domain/evidence.ts';
import type { PolicyProblem } from '../domain/policy/policy.ts';
import { namedArtifact, registryName } from './artifact.ts';
import type { NamedArtifact } from './artifact.ts';
import { mintCommit, mintTag } from './mint/commits.ts';
import { mintEvidence } from './mint/evidence.ts';
import { createIssuing } from './mint/issuing.ts';
import { isNotary, mintNotation } from './mint/notation.ts';
import type { Casting, SigningParty } from './mint/signers.ts';
import { problemAt, UnusableTest } from './place.ts';
import type { WorldEvidence } from './read/evidence-schema.ts';
import type { PolicyTest } from './read/read.ts';
import type { WorldLayer } from './read/schema.ts';
import type { Path } from '../policy/read/problems.ts';

/** One artifact of the world. */
export interface Held {
  readonly digest: Digest | Revision;
  readonly evidence: readonly UnverifiedEvidence[];
  readonly layers: readonly WorldLayer[];
  /** Manifests that it lists, where it is an index. */
  readonly children: readonly Held[];
}

/** A world as it is looked into. */
export interface TestWorld {
  /** What a name without a digest stands for; `undefined`: there is no such artifact. */
  named(ref: ArtifactRef): Held | undefined;
  held(digest: Digest | Revision): Held | undefined;
  /** The index that this name stands for, where it lists the digest. */
  indexOf(ref: ArtifactRef, digest: Digest | Revision): Held | undefined;
  /** What authorities of one's own say of the certificates that they have issued in it. */
  readonly certificates: CertificateStatuses;
}

/** Unless evidence says when it was made: an hour before the test's present. */
const EARLIER = 3_600_000;

const UNSIGNED = 'unsigned is of commits and tags, which are there without a signature too: leave other evidence out';
const GIT_ALONE = 'signs commits and tags alone, by an OpenPGP key or a security key: name another identity of the Signer';

/** Makes the world of a test: every piece of evidence is signed once. Throws {@link UnusableTest} with all that cannot be made. */
export function worldOf(test: PolicyTest, cast: Casting, now: number): TestWorld {
  const problems: PolicyProblem[] = [];
  const byName = new Map<string, Held>();
  const byDigest = new Map<string, Held>();
  const issuing = createIssuing(now);
  const mint = (
    written: readonly WorldEvidence[], { digest, content }: Omit<NamedArtifact, 'ref'>, path: Path,
  ): readonly UnverifiedEvidence[] =>
    written.flatMap((one, index) => {
      const place: Path = [...path, 'evidence', index];
      const party = cast(one.by);
      if (one.commit !== undefined) return [];
      if (!party.ok) {
        problems.push(problemAt(test, [...place, 'by'], party.problem));
        return [];
      }
      const issue = issuing.for(place.join('.'), one.certificate);
      const about = { digest, content, at: now - EARLIER, source: `referrer ${index + 1}`, issue };
      const senseless = senselessField(one, party.value);
      if (senseless !== undefined) problems.push(problemAt(test, [...place, ...senseless], 'is of nobody who signs so: leave it out'));
      if (one.tag !== undefined) return mintTag(one, party.value, about) ?? [];
      if (one.broken === 'unsigned') problems.push(problemAt(test, [...place, 'broken'], UNSIGNED));
      if (party.value.isGitAlone === true) {
        problems.push(problemAt(test, [...place, 'by'], GIT_ALONE));
        return [];
      }
      if (!isNotary(party.value)) return mintEvidence(one, party.value, about);
      const minted = mintNotation(one, party.value, about);
      if (!minted.ok) problems.push(problemAt(test, [...place, 'by'], minted.problem));
      return minted.ok ? minted.value : [];
    });
  for (const [index, written] of (test.spec.artifacts ?? []).entries()) {
    const path: Path = ['spec', 'artifacts', index];
    const read = namedArtifact(written);
    if (!read.ok) {
      problems.push(problemAt(test, path, read.problem));
      continue;
    }
    const { ref } = read.value;
    const commits = (written.evidence ?? []).flatMap((one, at) => (one.commit === undefined ? [] : [{ one, at }]));
    const [commit] = commits;
    const party = commit === undefined ? undefined : cast(commit.one.by);
    const minted = commit === undefined || party?.ok !== true
      ? undefined : mintCommit(commit.one, party.value, {
        name: ref.name, at: now - EARLIER, issue: issuing.for([...path, 'evidence', commit.at].join('.'), commit.one.certificate),
      });
    const digest = minted?.digest ?? read.value.digest;
    if (commits.length > 1 || (commit !== undefined && (ref.kind !== 'git' || written.digest !== undefined)))
      problems.push(problemAt(test, [...path, 'evidence', commits.at(-1)?.at ?? 0, 'commit'], 'is the one commit of a repository (git), and gives it its id: write no digest, and no second one'));
    if (party?.ok === false) problems.push(problemAt(test, [...path, 'evidence', commit?.at ?? 0, 'by'], party.problem));
    if ((written.layers !== undefined || written.children !== undefined) && (ref.kind !== 'image' || isRevision(digest)))
      problems.push(problemAt(test, path, 'layers and children are of images'));
    const children = (written.children ?? []).map((child, at): Held => ({
      digest: child.digest, layers: child.layers ?? [], children: [],
      evidence: mint(child.evidence ?? [], { digest: child.digest }, [...path, 'children', at]),
    }));
    const evidence = [...(minted === undefined ? [] : [minted.evidence]), ...mint(written.evidence ?? [], { ...read.value, digest }, path)];
    const held: Held = { digest, evidence, layers: written.layers ?? [], children };
    const taken = ref.digest === undefined || ref.tag !== undefined ? byName.has(registryName(ref)) : false;
    if (taken) problems.push(problemAt(test, path, `${ref.raw} stands here twice`));
    byName.set(registryName(ref), held);
    for (const one of [held, ...children]) {
      if (byDigest.has(one.digest)) problems.push(problemAt(test, path, `${one.digest} stands here twice`));
      byDigest.set(one.digest, one);
    }
  }
  if (problems.length > 0) throw new UnusableTest(problems);
  return {
    named: (ref) => byName.get(registryName(ref)),
    held: (digest) => byDigest.get(digest),
    indexOf(ref, digest) {
      const index = byName.get(registryName(ref));
      return index?.children.some((child) => child.digest === digest) === true ? index : undefined;
    },
    certificates: issuing.statuses,
  };
}

/** The field that says nothing where this party signs, below the evidence. */
function senselessField({ certificate, signature = {} }: WorldEvidence, party: SigningParty): Path | undefined {
  if (certificate !== undefined && !('holder' in party.by)) return ['certificate'];
  const notary = (['envelope', 'expiry', 'timestamp'] as const).find((field) => signature[field] !== undefined);
  return notary === undefined || isNotary(party) ? undefined : ['signature', notary];
}
