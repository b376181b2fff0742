/** Mistakes in files of policies, as `policy lint` tells them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import { until } from '../patience.ts';
import { OF_FILE } from './mistake.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const SIGNER = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: release}
spec:
  identities:
    - keyless: {issuer: "https://accounts.google.com", subject: release@acme.example}
`;
const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata:
  name: acme
spec:
  artifacts:
    - image: "ghcr.io/acme/*"
  require:
    - name: signed
      signature: {by: [release]}
`;
const CONDITION = POLICY.replace('signature: {by: [release]}', 'attestation: {type: "https://acme.example/x", by: [release], where: [{cel: "predicate.a =="}]}');

/** A file with one thing changed, and what lint says of it. */
function linted(row: string, mistake: string, marks: Pick<Mistake, 'expected' | 'found' | 'fixMust' | 'fixMustNot'>, from: string, to: string, text = POLICY): Mistake {
  return {
    row, mistake, ...OF_FILE, path: /acme\.yaml:\d+:\d+/, ...marks,
    async says(world) {
      if (!text.includes(from)) throw new Error(`${row}: nothing to change`);
      const file = world.file('acme.yaml', `${SIGNER}---\n${text.replace(from, to)}`);
      const said = await world.command('policy', 'lint', file);
      return told(said.text, world);
    },
  };
}

const told = (text: string, { folder }: FixWorld): string => text.replaceAll(`${folder}/`, '');

export const POLICIES: MistakeGroup = {
  title: 'Policy files',
  rows: [
    linted('19', 'an unknown field', { found: /unknown field "signatur"/, expected: /did you mean "signature"/, fixMust: /did you mean "signature"/ }, 'signature:', 'signatur:'),
    linted('20', 'a line is indented too little', { found: /this line stands between/, expected: /as the keys of its item/, fixMust: /indent it by spaces/ }, '      signature', '     signature'),
    linted('20b', 'a key is indented otherwise than those around it', { found: /indented otherwise/, expected: /by the same number of spaces/, fixMust: /indent all keys/ }, '  artifacts:', ' artifacts:'),
    linted('21', 'a signer that nobody has defined', { found: /no Signer is named "relaese"/, expected: /known are release/, fixMust: /did you mean "release"/ }, '[release]', '[relaese]'),
    linted('22', 'a threshold of more signers than there are', { found: /is 2/, expected: /only 1 signer is named in by/, fixMust: /lower it, or name more/ }, '{by: [release]}', '{by: [release], threshold: 2}'),
    linted('23', 'a pattern with a tag and braces', { found: /contains a tag/, expected: /match names without tags/, fixMust: /write "ghcr.io\/acme\/a" and "ghcr.io\/acme\/b"/ }, 'ghcr.io/acme/*', 'ghcr.io/acme/{a,b}:latest'),
    linted('23b', 'a pattern whose host is open at its beginning', { found: /"\*\*" is not allowed/, expected: /"\*" stands for characters of one label/, fixMust: /write "\*\.io\/acme\/\*"/ }, 'ghcr.io/acme/*', '**.io/acme/*'),
    linted('24', 'a condition that does not parse', { found: /"==" cannot stand there/, expected: /is missing at its end/, fixMust: /something is missing/ }, 'name: acme', 'name: acme', CONDITION),
    linted('24b', 'a condition about a name that does not exist', { found: /unknown variable predicat\b/, expected: /known are predicate/, fixMust: /known are predicate/ }, 'predicate.a ==', 'predicat.a == 1', CONDITION),
    linted('25', 'two policies of one name', { found: /is already defined at acme\.yaml:\d+/, expected: /names are unique per kind/, fixMust: /rename one of them/ }, 'name: acme', 'name: acme', `${POLICY}---\n${POLICY}`),
    linted('26', 'another apiVersion', { fixMust: /expected "gatehouse\.dev\/v1alpha1"/ }, 'v1alpha1', 'v1'),
    linted('27', 'a kind of Kyverno', { found: /ClusterPolicy is a kind of Kyverno/, expected: { none: 'there are many kinds of ours, and none of them is meant' }, fixMust: /gatehouse policy import FILE/ }, 'gatehouse.dev/v1alpha1\nkind: ClusterArtifactPolicy', 'kyverno.io/v1\nkind: ClusterPolicy'),
    linted('27b', 'a kind of ours, misspelt', { found: /unknown kind/, expected: /did you mean "ClusterArtifactPolicy"/, fixMust: /did you mean "ClusterArtifactPolicy"/ }, 'ClusterArtifactPolicy', 'ClusterArtefactPolicy'),
    linted('28', 'a tab', { found: /a tab stands here/, expected: /use spaces/, fixMust: /use spaces/ }, '      signature', '\tsignature'),
    {
      row: '48', mistake: 'an empty folder of policies', artifact: { none: 'no artifact is judged' }, path: 'empty', policy: { none: 'there is none, which is what is told' }, fixMust: /gatehouse policy init/,
      async says(world) {
        mkdirSync(join(world.folder, 'empty'), { recursive: true });
        return told((await world.command('policy', 'lint', join(world.folder, 'empty'))).text, world);
      },
    },
    {
      row: '48b', mistake: 'serve on an empty folder of policies, in its log', artifact: { none: 'no artifact is judged' }, path: 'FOLDER', policy: { none: 'there is none, which is what is told' },
      found: /no file holds a policy/, expected: /a ClusterArtifactPolicy/, fixMust: /write a ClusterArtifactPolicy/,
      async says(world) {
        const server = await world.serve({}, '# none\n');
        const line = (): unknown => server.log.find(({ msg }) => typeof msg === 'string' && msg.includes('no policy in'))?.['msg'];
        await until(async () => line() !== undefined);
        return String(line()).replaceAll(server.policyFolder, 'FOLDER');
      },
    },
    {
      row: '47', mistake: 'a folder of policies that is not there', artifact: { none: 'no artifact is judged' }, path: 'policy-typo', policy: { none: 'there is none, which is what is told' },
      found: /there is no such/, expected: /policy folder or file/, fixMust: /check the path/,
      async says(world) {
        return told((await world.command('verify', 'ghcr.io/acme/app:1', '-p', join(world.folder, 'policy-typo'))).text, world);
      },
    },
  ],
};
