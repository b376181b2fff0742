/** Mistakes at the command line, and of programs that ask the server. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { podObject, podReview } from '../../world/review.ts';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import { BEFORE_POLICY } from './mistake.ts';
import type { MistakeGroup } from './mistake.ts';

const NO_ARTIFACT = { artifact: { none: 'no artifact is named' }, ...BEFORE_POLICY } as const;
const told = async (world: FixWorld, ...args: readonly string[]): Promise<string> => (await world.command(...args)).text.replaceAll(`${world.folder}/`, '');

/** What the server answers to something that is no review: code, message and fix. */
async function posted(world: FixWorld, path: string, method: 'GET' | 'POST', headers: Readonly<Record<string, string>>): Promise<string> {
  const body = JSON.stringify(podReview({ images: ['a'] }));
  const answer = method === 'GET' ? await world.server.get(path, headers) : await world.server.post(path, body, headers);
  return JSON.stringify(JSON.parse(answer.text), null, 2);
}

const JSON_TYPE = { 'content-type': 'application/json' };

export const COMMAND_LINE: MistakeGroup = {
  title: 'Command line and server',
  rows: [
    { row: '44', mistake: 'a review sent as text', ...NO_ARTIFACT, path: { none: 'the header is the place, and is named' }, fixMust: /send Content-Type: application\/json/, says: (world) => posted(world, '/validate', 'POST', { 'content-type': 'text/plain' }) },
    { row: '44b', mistake: 'a path that does not exist', ...NO_ARTIFACT, path: '/validateX', expected: /there are POST \/validate/, fixMust: /one of the paths that are named/, says: (world) => posted(world, '/validateX', 'POST', JSON_TYPE) },
    { row: '44c', mistake: 'GET in place of POST', ...NO_ARTIFACT, path: { none: 'the method is the place, and is named' }, fixMust: /reviews are sent with POST/, says: (world) => posted(world, '/validate', 'GET', {}) },
    { row: '45', mistake: 'serve with a certificate and no key', ...NO_ARTIFACT, path: '--tls-key', found: /is missing/, expected: /the file that goes with --tls-cert/, fixMust: /give the file/, says: (world) => told(world, 'serve', '-p', world.policies, '--tls-cert', 'tls.crt') },
    { row: '47b', mistake: 'serve with a folder of policies that is not there', ...NO_ARTIFACT, path: 'typo', found: /there is no such/, expected: /policy folder/, fixMust: /correct the path, or make it/, says: (world) => told(world, 'serve', '--dev-cert', '-p', `${world.folder}/typo`) },
    { row: '49', mistake: 'verify of a file that is not there', artifact: 'nofile.tar', path: 'nofile.tar', ...BEFORE_POLICY, found: /there is no such file/, expected: /the full image name/, fixMust: /give a path with \/ for a file/, says: (world) => told(world, 'verify', 'nofile.tar', '-p', world.policies) },
    {
      row: '50', mistake: 'a public key given as evidence', artifact: { none: 'the file is what is wrong' }, path: 'cosign.pub', ...BEFORE_POLICY, fixMust: /--key|Signer|bundle/, fixMustNot: /sign again/,
      says: (world) => told(world, 'verify', `${world.registry.host}/acme/app@sha256:${'a'.repeat(64)}`, '-p', world.policies, '--offline', '--evidence', world.file('cosign.pub', world.alice.publicKeyPem)),
    },
    {
      row: '51', mistake: 'admit of a manifest', artifact: { none: 'no artifact is read yet' }, path: 'pod.yaml', ...BEFORE_POLICY, found: /is a Pod in YAML/, expected: /reads an AdmissionReview in JSON/, fixMust: /gatehouse (?:apply|verify) -f/,
      says: (world) => told(world, 'admit', '-p', world.policies, '-f', world.file('pod.yaml', `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: ${JSON.stringify(podObject({ images: ['a'] })['spec'])}\n`)),
    },
    {
      row: '52', mistake: 'a package of somebody else, without evidence', artifact: 'pkg:npm/@acme/lib@1.2.0', path: 'arguments[0]', policy: 'policy packages', fixMust: /--evidence|--packages/, fixMustNot: /sign the artifact/,
      async says(world) {
        const policy = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'packages' }, spec: { artifacts: [{ package: 'pkg:npm/@acme/*' }], require: [{ name: 'built', provenance: { by: ['alice'] } }] } };
        const signer = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, spec: { identities: [{ key: { data: world.alice.publicKeyPem } }] } };
        const policies = world.file('packages.yaml', `${JSON.stringify(signer)}\n---\n${JSON.stringify(policy)}\n`);
        return told(world, 'verify', 'pkg:npm/@acme/lib@1.2.0', '--digest', `sha256:${'a'.repeat(64)}`, '-p', policies, '--offline');
      },
    },
    { row: '61', mistake: 'an unknown flag', ...NO_ARTIFACT, path: '--evidenc', found: /unknown option/, expected: /Did you mean --evidence/, fixMust: /Did you mean --evidence/, says: (world) => told(world, 'verify', 'ghcr.io/acme/app:1', '-p', world.policies, '--evidenc', 'x') },
    { row: '62', mistake: 'an unknown command', ...NO_ARTIFACT, path: 'veryfy', found: /unknown command/, expected: /Did you mean verify/, fixMust: /Did you mean verify/, says: (world) => told(world, 'veryfy') },
    { row: '63', mistake: 'verify without policies', artifact: { none: 'no artifact is judged' }, path: '--policy', ...BEFORE_POLICY, found: /not specified/, expected: /required option/, fixMust: /-p, --policy <dir>/, says: (world) => told(world, 'verify', 'ghcr.io/acme/app:1') },
    { row: '64', mistake: 'a digest that is cut short', artifact: 'sha256:abc', path: 'sha256:abc', ...BEFORE_POLICY, found: /is no digest/, fixMust: /sha256: with 64 or sha512: with 128/, says: (world) => told(world, 'verify', 'sha256:abc', '-p', world.policies) },
    { row: '65', mistake: 'a code that does not exist', ...NO_ARTIFACT, path: 'FETCH_NON_FOUND', found: /no such reason code/, expected: /did you mean FETCH_NONE_FOUND/, fixMust: /did you mean FETCH_NONE_FOUND/, says: (world) => told(world, 'explain', 'FETCH_NON_FOUND') },
    { row: '66', mistake: 'a file of a review that is not there', ...NO_ARTIFACT, path: 'review.json', found: /there is no such file/, expected: { none: 'a file is all that is expected' }, fixMust: /check the path/, says: (world) => told(world, 'admit', '-p', world.policies, '-f', `${world.folder}/review.json`) },
    {
      row: '46', mistake: 'the port is in use', ...NO_ARTIFACT, path: /port \d+ of 127\.0\.0\.1/, found: /is in use/, expected: { none: 'a free one is all that is expected' }, fixMust: /choose another with --port/,
      async says(world) {
        const held = createServer().listen(0, '127.0.0.1');
        await once(held, 'listening');
        const { port } = held.address() as AddressInfo;
        try {
          await world.serve({ port });
          return 'it was started';
        } catch (error) {
          return error instanceof Error ? error.message : String(error);
        } finally {
          held.close();
        }
      },
    },
  ],
};
