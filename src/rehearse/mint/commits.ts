/** Commits and tags as a test describes them, signed by the stand-ins of its world: real objects, whose ids follow from their bytes. */
import { parseRevision } from '../../domain/artifact/revision.ts';
import type { Revision } from '../../domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { WorldEvidence } from '../read/evidence-schema.ts';
import { sha256Hex } from '../world/encode.ts';
import { gitsign, smime } from '../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../world/git/object.ts';
import { sshSignature } from '../world/git/ssh.ts';
import type { Issue } from './issuing.ts';
import type { SigningParty } from './signers.ts';

/** A commit, and the id that it has. */
export interface MintedCommit {
  readonly digest: Revision;
  readonly evidence: UnverifiedEvidence;
}

/** The commit of a repository; `undefined` for evidence that is none. `at` is in epoch milliseconds. */
export function mintCommit(
  written: WorldEvidence, party: SigningParty,
  { name, at, issue }: { readonly name: string; readonly at: number; readonly issue: Issue },
): MintedCommit | undefined {
  if (written.commit === undefined) return undefined;
  const moment = written.at ?? at;
  const person = `Somebody <somebody@example.com> ${Math.floor(moment / 1000)} +0000`;
  const payload = commitOf({ author: person, message: `${written.commit.message ?? `A commit of ${name}`}\n` });
  const content = written.broken === undefined ? payload : Buffer.concat([payload, Buffer.from('Another\n')]);
  const object = written.broken === 'unsigned' ? payload : signedCommit(payload, signatureBy(party, content, { at: moment, issue }));
  const digest = parseRevision(gitId('commit', object));
  return digest === undefined ? undefined : { digest, evidence: pieceOf('commit', object) };
}

/** A tag that points to the commit; `undefined` for evidence that is none. */
export function mintTag(
  written: WorldEvidence, party: SigningParty,
  { digest, at, issue }: { readonly digest: string; readonly at: number; readonly issue: Issue },
): UnverifiedEvidence | undefined {
  if (written.tag === undefined) return undefined;
  const moment = written.at ?? at;
  const commit = digest.slice(digest.indexOf(':') + 1);
  const target = written.broken === 'otherArtifact' ? sha256Hex(commit).slice(0, commit.length) : commit;
  const tagger = `Somebody <somebody@example.com> ${Math.floor(moment / 1000)} +0000`;
  const raw = tagOf(target, { name: written.tag.name ?? 'v1.0.0', tagger });
  const content = written.broken === 'tampered' ? Buffer.concat([raw, Buffer.from('Another\n')]) : raw;
  return pieceOf('tag', written.broken === 'unsigned' ? raw : signedTag(raw, signatureBy(party, content, { at: moment, issue })));
}

/** A key signs as SSH does, an identity as gitsign, the holder of a certificate of one's own authority by S/MIME. */
function signatureBy(
  { by, root }: SigningParty, payload: Buffer, { at, issue }: { readonly at: number; readonly issue: Issue },
): string {
  if ('key' in by) return sshSignature({ key: by.key, payload });
  if ('holder' in by) return smime(payload, issue(by, at), at);
  const log = root.hasLogs ? 'v1' : 'none';
  const override = root.hasCtLogs ? {} : { certificate: { ctLogs: [] } };
  return gitsign(root.world, payload, by, { at, log, tsa: root.isStamped || log === 'none', override });
}

function pieceOf(source: string, bytes: Buffer): UnverifiedEvidence {
  return { format: 'git-object', source: `${source} ${gitId(source === 'tag' ? 'tag' : 'commit', bytes)}`, bytes, digest: `sha256:${sha256Hex(bytes)}` };
}
