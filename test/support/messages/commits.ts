/** Mistakes about commits: what is signed, by whom, and what is handed over. */
import type { Revision } from '../../../src/domain/artifact/revision.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { document, policy, root, world } from '../../acceptance/fixes/support.ts';
import { gitsign } from '../../world/git/cms.ts';
import { commitOf, gitId, signedCommit, signedTag, tagOf } from '../../world/git/object.ts';
import { sshLine, sshSignature } from '../../world/git/ssh.ts';
import { keyFromPem } from '../../world/keys.ts';
import { denial } from './mistake.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const NAME = 'https://github.com/acme/app';
/** Keys that stay the same, so that the page does. */
const key = (seed: string) => keyFromPem('ed25519', `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]).toString('base64')}\n-----END PRIVATE KEY-----\n`);
const [alice, stranger] = [key('alice'), key('stranger')];
const IDENTITY = { san: 'bob@acme.example', issuer: 'https://accounts.google.com' };
const POLICIES = (source: object): string => root() + document('Signer', 'alice', { identities: [{ key: { data: sshLine(alice) } }] })
  + document('Signer', 'bob', { identities: [{ keyless: { issuer: IDENTITY.issuer, subject: IDENTITY.san, trustRoot: 'world' } }] })
  + policy({ source }, { artifacts: [{ git: 'https://github.com/acme/*' }] });
const payload = commitOf();
const commitBy = (one: typeof alice): Buffer => signedCommit(payload, sshSignature({ key: one, payload }));
const tagBy = (one: typeof alice, id: string): Buffer => signedTag(tagOf(id), sshSignature({ key: one, payload: tagOf(id) }));

function asked(row: string, mistake: string, marks: Pick<Mistake, 'fixMust' | 'fixMustNot'>, objects: readonly Buffer[], { id = gitId('commit', objects[0] ?? payload), source = { by: ['alice', 'bob'] } }: { readonly id?: string; readonly source?: object } = {}): Mistake {
  const pieces = objects.map((bytes, index): UnverifiedEvidence => ({ format: 'git-object', source: `object ${index + 1}`, bytes, digest: `sha256:${gitId('commit', bytes, 'sha256')}` }));
  const digest = `gitCommit:${id}` as Revision;
  return {
    row, mistake, artifact: NAME, path: 'artifacts[0]', policy: 'policy p / r', ...marks,
    says: denial({ policies: POLICIES(source), evidence: [], others: { [digest]: pieces }, artifact: { kind: 'git', usage: 'source', path: 'artifacts[0]', name: NAME, raw: `git+${NAME}`, digest } }),
  };
}

const signed = commitBy(alice);
const at = gitId('commit', signed);
const tag = tagBy(alice, at);

export const COMMITS: MistakeGroup = {
  title: 'Commits',
  rows: [
    asked('c1', 'the commit is not signed', { fixMust: /git commit -S/, fixMustNot: /cosign/ }, [payload]),
    asked('c2', 'the commit is signed by somebody else, in the name of alice', { fixMust: /git commit -S|sign it/, fixMustNot: /cosign/ }, [commitBy(stranger)]),
    asked('c3', 'the tag is signed, and not the commit', { fixMust: /git commit -S/, fixMustNot: /cosign/ }, [payload, tagBy(alice, gitId('commit', payload))]),
    asked('c4', 'gitsign has kept no entry of the log', { fixMust: /gitsign\.rekorMode offline/ }, [signedCommit(payload, gitsign(world, payload, { identity: IDENTITY }, { log: 'none' }))]),
    asked('c5', 'who signed the commit has tagged it himself', { fixMust: /another person sign a tag.*bob/ }, [signed, tag], { source: { by: ['alice'], approvedBy: ['alice', 'bob'] } }),
    asked('c6', 'the id of the tag is asked about', { fixMust: /ask for the commit/ }, [tag], { id: gitId('tag', tag) }),
    asked('c7', 'the history is not handed over', { fixMust: /--repo DIR --since COMMIT/ }, [signedCommit(commitOf({ parents: ['b'.repeat(40)] }), sshSignature({ key: alice, payload: commitOf({ parents: ['b'.repeat(40)] }) }))], { source: { by: ['alice'], since: ['c'.repeat(40)] } }),
    asked('c8', 'the commit is not handed over', { fixMust: /git cat-file commit ID \| base64 -w0/, fixMustNot: /cosign|git commit -S/ }, [], { id: at }),
    asked('c9', 'the tag is handed over, and not the commit', { fixMust: /git cat-file commit ID \| base64 -w0/, fixMustNot: /cosign|git tag -s/ }, [tag], { id: at }),
    asked('c10', 'another commit is handed over', { fixMust: /hand over the commit that is asked about/, fixMustNot: /cosign/ }, [signed], { id: 'b'.repeat(40) }),
  ],
};
