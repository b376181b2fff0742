// What cosign signs with a key and a certificate of one's own authority is admitted by whom that authority names, wherever cosign stores it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder } from '../cluster/processes.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { createOwnPki } from '../world/own-pki.ts';
import type { Holder, HolderOptions } from '../world/own-pki.ts';
import { pushImage, startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { attest, importKey, sign } from './cosign.ts';
import type { CosignKey, Layout } from './cosign.ts';

/** cosign asks whether the certificate is valid now, so this world is made around the present. */
const pki = createOwnPki(Date.now());
const stranger = createOwnPki(Date.now());
const TYPE = 'https://acme.example/review/v1';

const document = (kind: string, name: string, spec: unknown): string =>
  JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

function policies(host: string): string {
  const x509 = (trustRoot: string, more: object): unknown => ({ x509: { trustRoot, ...more } });
  const signer = (name: string, identity: unknown): string => document('Signer', name, { identities: [identity] });
  const policy = (path: string, requirement: object): string =>
    document('ClusterArtifactPolicy', path, { artifacts: [{ image: `${host}/${path}/**` }], require: [{ name: 'proven', ...requirement }] });
  return [
    document('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }),
    document('TrustRoot', 'other', { x509: { certificates: stranger.root.certificate.pem } }),
    signer('release', x509('acme', { subject: 'C=DE, O=Acme, CN=release', issuer: 'O=Acme, CN=signing' })),
    signer('build', x509('acme', { san: 'https://acme.example/build' })),
    signer('elsewhere', x509('other', { subject: 'C=DE, O=Acme, CN=release' })),
    ...['release', 'build', 'elsewhere'].map((name) => policy(name, { signature: { by: [name] } })),
    policy('reviewed', { attestation: { type: TYPE, by: ['release'] } }),
  ].join('\n---\n');
}

interface SignerFiles {
  readonly key: CosignKey;
  /** The flags by which cosign is given certificate and chain. */
  readonly extra: readonly string[];
}

/** A key of cosign with a certificate, and its chain in the order in which cosign wants it. */
async function signerFiles(name: string, options: HolderOptions, issuers: readonly Holder[]): Promise<SignerFiles> {
  const key = await importKey(name, 'p256');
  const { certificate } = pki.issue({ ...options, key: key.signing });
  const folder = dataFolder('certificate');
  const [leaf, chain] = [join(folder, `${name}.pem`), join(folder, `${name}-chain.pem`)];
  writeFileSync(leaf, certificate.pem);
  writeFileSync(chain, issuers.map((one) => one.certificate.pem).join(''));
  return { key, extra: ['--certificate', leaf, '--certificate-chain', chain] };
}

let registry: TestRegistry;
let server: TestServer;
let release: SignerFiles;
let build: SignerFiles;
let foreign: SignerFiles;
beforeAll(async () => {
  registry = await startRegistry();
  const registries = [{ host: 'own.example', mirror: registry.host, plainHttp: true }];
  server = await startTestServer({ 'policies.yaml': policies('own.example') }, { registries, 'cache.absenceTTL': '0s', plainHttp: [registry.host] });
  const chain = [pki.intermediate, pki.root];
  release = await signerFiles('release', {}, chain);
  const names = [{ type: 'dns', value: 'build.acme.example' }, { type: 'uri', value: 'https://acme.example/build' }] as const;
  build = await signerFiles('build', { names }, chain);
  foreign = await signerFiles('foreign', { issuer: stranger.intermediate }, [stranger.intermediate, stranger.root]);
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

describe.each(['legacy', 'experimental', 'bundle'] as const satisfies readonly Layout[])('layout %s', (layout) => {
  async function ask(path: string, { key, extra }: SignerFiles, how: 'sign' | 'attest' = 'sign'): Promise<string[]> {
    const repository = `${path}/${layout}-${key.name}-${how}-${extra.length}`;
    const digest = pushImage(registry, repository, 'v1', `${layout} ${repository}`);
    const image = `${registry.host}/${repository}@${digest}`;
    if (how === 'sign') await sign(image, key, { layout, extra });
    else await attest(image, key, { type: TYPE, predicate: { approved: true } }, { layout, extra });
    return codes(await server.validate(podReview({ images: [`own.example/${repository}@${digest}`] })));
  }

  it('a signature counts for the holder whom the certificate names, under the root that issued it', async () => {
    expect(await ask('release', release)).toEqual(['POLICY_SATISFIED']);
    expect(await ask('build', build)).toEqual(['POLICY_SATISFIED']);
  });

  it('and for nobody else', async () => {
    expect(await ask('build', release)).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
    expect(await ask('release', foreign)).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
    expect(await ask('elsewhere', release)).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });

  it('without its certificate the same key signs for nobody', async () => {
    expect(await ask('release', { key: release.key, extra: [] })).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  // cosign attest cannot be told to store referrers of this form.
  if (layout !== 'experimental') it('an attestation likewise', async () => {
    expect(await ask('reviewed', release, 'attest')).toEqual(['POLICY_SATISFIED']);
    expect(await ask('reviewed', foreign, 'attest')).toEqual(['VERIFY_CERTIFICATE_UNTRUSTED']);
  });
});
