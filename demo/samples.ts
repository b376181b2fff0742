import type { Digest } from '../src/domain/artifact/digest.ts';
import { keyBundle, keylessBundle } from '../test/world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../test/world/cosign.ts';
import { makeImage, type Pushable } from '../test/world/image.ts';
import type { SigningKey } from '../test/world/keys.ts';
import { push, pushReferrer, type RegistryTarget } from '../test/world/push.ts';
import { cosignSignStatement, makeStatement, vulnScan } from '../test/world/statement.ts';
import { createWorld, type World } from '../test/world/world.ts';

/** The registry host that the samples' names carry; the demo maps it to its in-process registry. */
export const HOST = 'registry.shop.example';

const ISSUER = 'https://token.actions.githubusercontent.com';
const RELEASE = 'https://github.com/shop/web/.github/workflows/release.yml@refs/tags/v1.4.0';
const PULL_REQUEST = 'https://github.com/shop/web/.github/workflows/test.yml@refs/heads/pr-7';

/** One stop of the tour: an image, and what is special about it. */
export interface Sample {
  readonly title: string;
  readonly image: string;
}

/** Everything minted for one start. */
export interface Samples {
  readonly tour: readonly Sample[];
  /** Policy documents that name the freshly made signers. */
  readonly signers: string;
}

interface Mint {
  readonly world: World;
  readonly scanner: SigningKey;
  readonly target: RegistryTarget;
}

/** Mints images with real signatures and attestations into a registry. */
export async function mintSamples(target: RegistryTarget, now: number): Promise<Samples> {
  const world = createWorld({ now });
  const mint: Mint = { world, scanner: world.key(), target };
  const good = await pushScanned(mint, 'shop/web', '1.4');
  await signKeyless(mint, 'shop/web', good, RELEASE);
  await pushScanned(mint, 'shop/cart', '2.0');
  const byPullRequest = await pushScanned(mint, 'shop/api', '0.9-rc1');
  await signKeyless(mint, 'shop/api', byPullRequest, PULL_REQUEST);
  const swapped = await pushScanned(mint, 'shop/pay', '3.1');
  await signForOther(mint, 'shop/pay', swapped, good.digest);
  await push(target, 'vendor/metrics', makeImage(), ['7']);
  return {
    tour: [
      { title: 'signed by the release workflow, and scanned', image: `${HOST}/shop/web:1.4` },
      { title: 'not signed at all', image: `${HOST}/shop/cart:2.0` },
      { title: 'signed, but by the workflow of a pull request', image: `${HOST}/shop/api:0.9-rc1` },
      { title: 'the signature beside it is for another digest', image: `${HOST}/shop/pay:3.1` },
      { title: 'no policy speaks about it', image: `${HOST}/vendor/metrics:7` },
    ],
    signers: signerDocuments(world, mint.scanner),
  };
}

async function pushScanned(mint: Mint, repository: string, tag: string): Promise<Pushable> {
  const image = makeImage();
  await push(mint.target, repository, image, [tag]);
  const scan = keyBundle(mint.world, { statement: makeStatement(image.digest, vulnScan({ at: mint.world.now })), key: mint.scanner, log: 'none' });
  await pushReferrer(mint.target, repository, bundleReferrer(image, scan, { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1', at: mint.world.now }));
  return image;
}

async function signKeyless(mint: Mint, repository: string, image: Pushable, workflow: string): Promise<void> {
  const bundle = keylessBundle(mint.world, { statement: cosignSignStatement(image.digest), identity: { san: workflow, issuer: ISSUER, claims: { runnerEnvironment: 'github-hosted' } } });
  await pushReferrer(mint.target, repository, bundleReferrer(image, bundle, { at: mint.world.now }));
}

/** Puts a real signature of another image beside this one, as somebody who can push might try. */
async function signForOther(mint: Mint, repository: string, image: Pushable, other: Digest): Promise<void> {
  const identity = { san: RELEASE, issuer: ISSUER };
  const layer = simpleSigningLayer(mint.world, { digest: other, reference: `${HOST}/${repository}` }, { identity });
  await push(mint.target, repository, legacySignatures(image.digest, [layer]));
}

function signerDocuments(world: World, scanner: SigningKey): string {
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec }, null, 2);
  return [
    document('TrustRoot', 'shop-sigstore', { sigstore: { trustedRoot: world.trustedRoot() } }),
    document('Signer', 'shop-release', { identities: [{ keyless: { issuer: ISSUER, subjectGlob: 'https://github.com/shop/*/.github/workflows/release.yml@refs/tags/*', trustRoot: 'shop-sigstore' } }] }),
    document('Signer', 'shop-scanner', { identities: [{ key: { data: scanner.publicKeyPem } }] }),
  ].join('\n---\n');
}
