// Two builders come to one digest from the same packages, and `reproducible` holds; whatever differs in the image, it does not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attest } from '../cosign/cosign.ts';
import { codes } from '../support/server.ts';
import { buildImage } from './builder.ts';
import type { Part } from './builder.ts';
import { COMMIT, helloPackages, makePackageKey } from './packages.ts';
import { openScene } from './scene.ts';
import type { Scene } from './scene.ts';
import { startPackageRepository } from './repository.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

type Builder = 'north' | 'south';

/** What a builder says of its build of the image's configuration at this commit. */
function provenance(builder: Builder, commit: string): object {
  return {
    buildDefinition: {
      buildType: 'https://acme.example/apko/v1',
      externalParameters: { source: { uri: 'git+https://git.acme.example/images', digest: { gitCommit: commit } }, config: 'image.yaml' },
    },
    runDetails: { builder: { id: `https://${builder}.acme.example/builder` } },
  };
}

/** Provenance of an image by a builder, with its key or another's. */
function attested(name: string, { digest }: Part, builder: Builder, { commit = COMMIT, key = builder as Builder } = {}): Promise<void> {
  return attest(scene.reference(name, digest), scene.keys[key], { type: 'slsaprovenance1', predicate: provenance(builder, commit) });
}

const said = async (name: string, { digest }: Part): Promise<string[]> => codes(await scene.ask(name, digest));
const digests = (parts: readonly Part[]): string[] => parts.map(({ digest }) => digest);

it('two builders, each in a folder of its own, come to the same digests, and both say so', async () => {
  const name = 'rebuilt/same';
  const north = await buildImage(scene.supplies, name, helloPackages());
  const south = await buildImage(scene.supplies, name, helloPackages().toReversed());
  expect(digests(south)).toEqual(digests(north));
  expect(new Set(digests(north)).size).toBe(3);
  for (const part of north) {
    expect(await said(name, part)).toEqual(['FETCH_NONE_FOUND']);
    await attested(name, part, 'north');
    expect(await said(name, part)).toEqual(['POLICY_REPRODUCIBLE']);
    await attested(name, part, 'south');
    expect(await said(name, part)).toEqual(['POLICY_SATISFIED']);
  }
});

it('one builder under two names, and two commits, are no agreement', async () => {
  const name = 'rebuilt/alone';
  const [index, amd64] = (await buildImage(scene.supplies, name, helloPackages())) as [Part, Part];
  await attested(name, index, 'north');
  await attested(name, index, 'south', { key: 'north' });
  expect(await said(name, index)).toEqual(['POLICY_REPRODUCIBLE']);
  await attested(name, amd64, 'north');
  await attested(name, amd64, 'south', { commit: '762941318ee16e59dabbacb1b4049eec22f0d303' });
  expect(await said(name, amd64)).toEqual(['POLICY_REPRODUCIBLE']);
});

describe('what differs in the image makes it another one, on which the builders do not agree', () => {
  const name = 'rebuilt/differs';
  let north: readonly Part[];
  beforeAll(async () => {
    north = await buildImage(scene.supplies, name, helloPackages());
    await attested(name, north[0] as Part, 'north');
  });

  it.each([
    ['one byte of a file', () => buildImage(scene.supplies, name, helloPackages({ greeting: 'hellO' }))],
    ['the mode of a file', () => buildImage(scene.supplies, name, helloPackages({ mode: 0o775 }))],
    ['the release of a package', () => buildImage(scene.supplies, name, helloPackages({ version: '1.2.4' }))],
    ['the key of the packages', () => buildImage({ ...scene.supplies, key: makePackageKey() }, name, helloPackages())],
    [
      // apko writes it into the image, as it does the key.
      'the address that packages come from',
      async () => {
        await using mirror = await startPackageRepository();
        return await buildImage({ ...scene.supplies, packages: mirror }, name, helloPackages());
      },
    ],
  ])('%s', async (_what, rebuild) => {
    const south = await rebuild();
    for (const [index, digest] of digests(north).entries()) expect(digests(south)[index]).not.toBe(digest);
    const [mine, other] = [north[0], south[0]] as [Part, Part];
    await attested(name, other, 'south');
    expect([await said(name, mine), await said(name, other)]).toEqual([['POLICY_REPRODUCIBLE'], ['POLICY_REPRODUCIBLE']]);
  });

  it('nothing: the same builder as above, and now they agree', async () => {
    const south = await buildImage(scene.supplies, name, helloPackages());
    await attested(name, south[0] as Part, 'south');
    expect(await said(name, north[0] as Part)).toEqual(['POLICY_SATISFIED']);
  });
});

describe('apko takes packages by the key that it is told', () => {
  it('an index by another key of that name is refused, and nothing is published', async () => {
    const { supplies } = scene;
    await expect(buildImage(supplies, 'rebuilt/forged', helloPackages(), makePackageKey())).rejects.toThrow(/signature|verif/i);
    expect(scene.registry.store.getManifest('rebuilt/forged', 'built')).toBeUndefined();
  });
});
