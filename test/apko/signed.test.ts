// An image that apko built is admitted with its signature and its SBOM, index and platforms alike, and not without, nor with another's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attest, sign } from '../cosign/cosign.ts';
import { codes } from '../support/server.ts';
import { buildImage } from './builder.ts';
import type { Part, SpdxDocument } from './builder.ts';
import { helloPackages } from './packages.ts';
import { openScene } from './scene.ts';
import type { Scene, SignerName } from './scene.ts';
import { pinned } from './tools.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const signed = (name: string, { digest }: Part, by: SignerName = 'release'): Promise<void> =>
  sign(scene.reference(name, digest), scene.keys[by]);
const attested = (name: string, { digest }: Part, predicate: SpdxDocument, by: SignerName = 'release'): Promise<void> =>
  attest(scene.reference(name, digest), scene.keys[by], { type: 'spdxjson', predicate });
const said = async (name: string, { digest }: Part): Promise<string[]> => codes(await scene.ask(name, digest));

it('index and platforms, each signed and with its own SBOM, are admitted; unsigned, or without SBOM, they are not', async () => {
  const name = 'released/whole';
  for (const part of await buildImage(scene.supplies, name, helloPackages())) {
    expect(await said(name, part), part.name).toEqual(['FETCH_NONE_FOUND']);
    await signed(name, part);
    expect(await said(name, part), part.name).toEqual(['POLICY_TYPE_MISSING', 'POLICY_SATISFIED']);
    await attested(name, part, part.sbom);
    expect([(await scene.ask(name, part.digest)).allowed, await said(name, part)], part.name).toEqual([true, ['POLICY_SATISFIED']]);
  }
});

it('an SBOM without signature, and either of them by a stranger, are not enough', async () => {
  const name = 'released/halves';
  const [index, amd64, arm64] = (await buildImage(scene.supplies, name, helloPackages())) as [Part, Part, Part];
  await attested(name, index, index.sbom);
  expect(await said(name, index)).toEqual(['FETCH_NONE_FOUND', 'POLICY_SATISFIED']);
  await signed(name, amd64, 'stranger');
  await attested(name, amd64, amd64.sbom);
  expect(await said(name, amd64)).toEqual(['VERIFY_SIGNER_UNTRUSTED', 'POLICY_SATISFIED']);
  await signed(name, arm64);
  await attested(name, arm64, arm64.sbom, 'stranger');
  expect(await said(name, arm64)).toEqual(['VERIFY_SIGNER_UNTRUSTED', 'POLICY_SATISFIED']);
});

describe('the SBOM', () => {
  it('is not that of another image, nor of the index, nor of the other platform', async () => {
    const name = 'released/mixed';
    const mine = (await buildImage(scene.supplies, name, helloPackages())) as [Part, Part, Part];
    const others = await buildImage(scene.supplies, 'released/next', helloPackages({ version: '1.2.4' }));
    const [, amd64, arm64] = mine;
    await signed(name, amd64);
    for (const wrong of [others[1], mine[0], arm64] as Part[]) {
      await attested(name, amd64, wrong.sbom);
      expect(await said(name, amd64), wrong.name).toEqual(['POLICY_SBOM_INCOMPLETE', 'POLICY_SATISFIED']);
    }
    await attested(name, amd64, amd64.sbom);
    expect(await said(name, amd64)).toEqual(['POLICY_SATISFIED']);
  });

  it('is apko\'s own, and names what was installed: a package or licence that is denied is found', async () => {
    for (const [path, version, expected] of [
      ['outdated', '1.2.3', 'POLICY_PACKAGE_DENIED'],
      ['outdated', '1.2.4', 'POLICY_SATISFIED'],
      ['licensed', '1.2.4', 'POLICY_LICENSE_DENIED'],
    ] as const) {
      const name = `${path}/v${version}`;
      const [, amd64] = (await buildImage(scene.supplies, name, helloPackages({ version }))) as [Part, Part, Part];
      const { creationInfo, packages } = amd64.sbom;
      expect(creationInfo.creators).toContain(`Tool: apko (${pinned('chainguard.dev/apko')})`);
      expect(packages).toContainEqual(expect.objectContaining({ name: 'hello', versionInfo: `${version}-r0` }));
      await attested(name, amd64, amd64.sbom);
      expect(await said(name, amd64), name).toEqual([expected]);
    }
  });

  it('has a gap where the image does not say which system it is: apko writes the version "unknown" then', async () => {
    const name = 'released/nameless';
    const [, hello] = helloPackages();
    const bare = hello === undefined ? [] : [{ ...hello, needs: [] }];
    const [, amd64] = (await buildImage(scene.supplies, name, bare)) as [Part, Part, Part];
    await signed(name, amd64);
    await attested(name, amd64, amd64.sbom);
    expect(await said(name, amd64)).toEqual(['POLICY_SBOM_INCOMPLETE', 'POLICY_SATISFIED']);
  });
});
