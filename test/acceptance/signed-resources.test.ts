/** Signed policies as objects of the cluster: who loses his word, or an annotation, takes nothing out of force that was in force. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../support/command-line.ts';
import { until } from '../support/patience.ts';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { codes } from '../support/server.ts';
import { folder, makeKey, signed, signerDocument, written } from '../unit/signed/support.ts';
import { podReview } from '../world/review.ts';

const [alice, bob] = [makeKey('alice'), makeKey('bob')];
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of ending.splice(0).toReversed()) await end(); });

const IMAGE = (path: string): string => `127.0.0.1:1/${path}/app@sha256:${'ab'.repeat(32)}`;
const text = (kind: string, name: string, version: number, spec: object): string =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, annotations: { 'gatehouse.dev/version': String(version) } }, spec });
const release = (version = 1): string => text('Signer', 'release', version, { identities: [{ key: { data: alice.publicPem } }] });
const policy = (name: string, version: number, mode: string): string =>
  text('ClusterArtifactPolicy', name, version, { artifacts: [{ image: `127.0.0.1:1/${name}/**` }], mode, require: [{ name: 'signed', signature: { by: ['release'] } }] });

async function start(files: Record<string, string> | undefined, objects: readonly string[], more: object = {}) {
  const api = new PolicyApiServer();
  await api.start();
  ending.push(() => api.stop());
  api.put('/api/v1/namespaces', { metadata: { name: 'default', labels: { 'kubernetes.io/metadata.name': 'default' } } });
  const put = (one: string, change: (object: { metadata: { annotations: Record<string, string> } }) => void = () => undefined): void => {
    const object = parse(one) as { kind: string; spec: object; metadata: { name: string; annotations: Record<string, string> } };
    change(object);
    api.apply(object.kind, object.metadata.name, object.spec, { metadata: object.metadata });
  };
  for (const one of objects) put(one);
  const signers = written([signerDocument('alice', alice), signerDocument('bob', bob)].join('\n---\n'));
  const server = await startWithResources(api, { unmatched: 'allow', plainHttp: ['127.0.0.1:1'], policySignatures: { signers: [signers] }, ...more }, files);
  ending.push(() => server.close());
  const says = async (path: string): Promise<string> => {
    const answer = await server.validate(podReview({ images: [IMAGE(path)] }));
    return answer.allowed ? 'admitted' : codes(answer).join();
  };
  return {
    api, server, put, says,
    told: (part: string): number => server.log.filter((line) => JSON.stringify(line).includes(part)).length,
    file: (name: string, content: string): void => writeFileSync(join(server.policyFolder, name), content),
    remove: (name: string): void => rmSync(join(server.policyFolder, name)),
    sign: (...documents: string[]): void => writeFileSync(signers, documents.join('\n---\n')),
    refusals: async (because: string) => Number(new RegExp(`^gatehouse_policy_signature_refusals_total\\{because="${because}"\\} (\\S+)$`, 'm').exec((await server.ops('/metrics')).text)?.[1] ?? -1),
  };
}

describe('a record that is ahead', () => {
  test('takes nothing out of force: who does not know the newer version yet goes on with what he has, and never back to it', async () => {
    const recordKey = makeKey('record');
    const file = join(folder, 'ahead.json');
    const recordOf = async (...documents: string[]): Promise<void> => {
      expect((await ranCommandLine('policy', 'record', ...documents.map((one) => written(one)), '--key', recordKey.file, '-o', file)).code).toBe(0);
    };
    const [first, second] = [await signed(policy('objects', 1, 'audit'), alice), await signed(policy('objects', 2, 'enforce'), alice)];
    const signer = await signed(release(), alice);
    const other = await signed(policy('others', 1, 'audit'), alice);
    const files = await signed(policy('files', 1, 'audit'), alice);
    await recordOf(signer, first, other, files);
    const { says, put, told } = await start({ 'files.json': files, 'release.json': signer }, [first, other], {
      policySignatures: { signers: [written(signerDocument('alice', alice))], record: { file, publicKey: written(recordKey.publicPem) } },
    });
    expect([await says('objects'), await says('others')]).toEqual(['admitted', 'admitted']);
    // Another replica has seen newer ones; what comes next is compiled with that knowledge.
    await recordOf(signer, second, other, await signed(policy('files', 2, 'enforce'), alice));
    await until(() => told('"record of versions') === 0 && told('policies loaded') > 0);
    await new Promise((done) => setTimeout(done, 500));
    put(await signed(policy('others', 2, 'enforce'), alice));
    await until(async () => (await says('others')) !== 'admitted');
    expect([await says('objects'), await says('files'), told('what it speaks about is undetermined')]).toEqual(['admitted', 'admitted', 0]);
    expect(told('stays in force until')).toBe(2);
    put(second);
    await until(async () => (await says('objects')) !== 'admitted');
    put(first);
    await until(() => told('object refused, its last good form stays in force') > 0);
    expect(await says('objects')).not.toBe('admitted');
  });
});

describe('a signer who is taken out', () => {
  test('takes nothing out of force that he has signed, of objects and of files, and holds up nobody else', async () => {
    const { says, sign, put, file, refusals, api, told } = await start(
      { 'one.json': await signed(release(), alice), 'two.json': await signed(policy('files', 1, 'audit'), alice) },
      [await signed(policy('objects', 1, 'audit'), alice), await signed(policy('others', 1, 'audit'), bob)],
    );
    expect([await says('files'), await says('objects'), await says('others')]).toEqual(['admitted', 'admitted', 'admitted']);
    sign(signerDocument('bob', bob));
    await until(async () => (await refusals('untrusted')) === 3);
    expect([await says('files'), await says('objects')]).toEqual(['admitted', 'admitted']);
    expect(told('stays in force until')).toBe(3);
    // Others go on.
    put(await signed(policy('others', 2, 'enforce'), bob));
    await until(async () => (await says('others')) !== 'admitted');
    file('three.json', await signed(policy('more', 1, 'enforce'), bob));
    await until(async () => (await says('more')) !== 'admitted');
    expect([await says('files'), await says('objects')]).toEqual(['admitted', 'admitted']);
    // What he signs now counts no more, and neither does what was deleted and comes back.
    put(await signed(policy('objects', 2, 'enforce'), alice));
    await until(() => told('object refused, its last good form stays in force') > 0);
    expect(await says('objects')).toBe('admitted');
    const loaded = told('"policies loaded"');
    api.delete('ClusterArtifactPolicy', 'objects');
    await until(() => told('"policies loaded"') > loaded);
    put(await signed(policy('objects', 1, 'audit'), alice));
    await until(() => told('what it speaks about is undetermined') > 0);
  });
});
