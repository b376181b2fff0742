/**
 * npm's registry on loopback, as its documents describe it: `/NAME`, `/NAME/VERSION` (npm/registry docs/REGISTRY-API.md and
 * docs/responses/package-metadata.md), `dist.signatures` (docs.npmjs.com "About registry signatures"), `/-/npm/v1/attestations/NAME@VERSION`
 * with a publish attestation and provenance (npm/attestation specs/publish/v0.1; npm/documentation "Generating provenance statements").
 */
import { createHash } from 'node:crypto';
import { keyBundle, keylessBundle } from '../bundle.ts';
import { asDigest } from '../encode.ts';
import { signWith } from '../keys.ts';
import type { SigningKey } from '../keys.ts';
import { makeStatement } from '../statement.ts';
import type { World } from '../world.ts';
import { startFake } from './fake.ts';
import type { FakeServer } from './fake.ts';

const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
const PROVENANCE = 'https://slsa.dev/provenance/v1';

/** One version as it was published. */
export interface NpmVersion {
  readonly name: string;
  readonly version: string;
  /** The tarball; default: a text that names the version. */
  readonly content?: string;
  /** What is attested; default both. */
  readonly attested?: readonly ('publish' | 'provenance')[];
  /** Name and version that the attestations are about, where these are others. */
  readonly attestedAs?: { readonly name: string; readonly version: string };
  /** What the registry signed; default: name, version and integrity as they are. `false`: nothing. */
  readonly signed?: string | false;
  /** Fulcio claims of the build beside those of its repository. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Published at, RFC 3339. */
  readonly time?: string;
}

/** The registry, its key, and what it has. */
export interface NpmRegistry extends FakeServer {
  readonly key: SigningKey;
  /** Publishes a version and gives its digest. */
  publish(version: NpmVersion): ReturnType<typeof asDigest>;
}

/** The workflow that builds whatever is published here. */
export const NPM_WORKFLOW = 'https://github.com/acme/lib/.github/workflows/publish.yml@refs/tags/v1';
export const NPM_CLAIMS = {
  runnerEnvironment: 'github-hosted', sourceRepositoryURI: 'https://github.com/acme/lib', sourceRepositoryRef: 'refs/tags/v1',
  sourceRepositoryIdentifier: '1001', sourceRepositoryOwnerIdentifier: '2002',
};

/** Starts a registry in which nothing is published. */
export async function startNpm(world: World): Promise<NpmRegistry> {
  const fake = await startFake();
  const key = world.key();
  const documents = new Map<string, { name: string; versions: Record<string, unknown>; time: Record<string, string> }>();
  return {
    ...fake, key,
    publish({ name, version, content = `${name}@${version}`, attested = ['publish', 'provenance'], attestedAs = { name, version }, signed, claims = {}, time = '2026-01-01T00:00:00.000Z' }) {
      const sha512 = createHash('sha512').update(content);
      const hash = sha512.digest();
      const digest = asDigest(`sha512:${hash.toString('hex')}`);
      const integrity = `sha512-${hash.toString('base64')}`;
      const path = name.replace('/', '%2f');
      const subject = { name: `pkg:npm/${attestedAs.name.replace('@', '%40')}@${attestedAs.version}` };
      const bundles = attested.map((what) => what === 'publish'
        ? { predicateType: PUBLISH, bundle: keyBundle(world, { key, log: 'v1', statement: makeStatement(digest, { predicateType: PUBLISH, predicate: { ...attestedAs, registry: 'https://npm.example' } }, subject) }) }
        : { predicateType: PROVENANCE, bundle: keylessBundle(world, {
          identity: { san: NPM_WORKFLOW, issuer: 'https://token.actions.githubusercontent.com', claims: { ...NPM_CLAIMS, ...claims } },
          statement: makeStatement(digest, { predicateType: PROVENANCE, predicate: build() }, subject),
        }) });
      if (bundles.length > 0)
        fake.answers.set(`/-/npm/v1/attestations/${path}@${version}`, {
          body: JSON.stringify({ attestations: bundles.map(({ predicateType, bundle }) => ({ predicateType, bundle: JSON.parse(bundle.toString()) as unknown })) }),
        });
      const sig = signed === false ? undefined : signWith(key, Buffer.from(signed ?? `${name}@${version}:${integrity}`)).toString('base64');
      const provenance = attested.includes('provenance') ? { attestations: { url: 'x', provenance: { predicateType: PROVENANCE } } } : {};
      const manifest = {
        name, version,
        dist: { integrity, tarball: 'x', signatures: sig === undefined ? [] : [{ keyid: `SHA256:${key.hint.replace(/=+$/, '')}`, sig }], ...provenance },
      };
      fake.answers.set(`/${path}/${version}`, { body: JSON.stringify(manifest) });
      const document = documents.get(name) ?? { name, versions: {}, time: {} };
      document.versions[version] = manifest;
      document.time[version] = time;
      documents.set(name, document);
      fake.answers.set(`/${path}`, { body: JSON.stringify(document) });
      return digest;
    },
  };
}

function build(): unknown {
  return {
    buildDefinition: {
      buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      externalParameters: { workflow: { repository: 'https://github.com/acme/lib', ref: 'refs/tags/v1', path: '.github/workflows/publish.yml' } },
      internalParameters: { github: { repository_id: '1001', repository_owner_id: '2002' } },
    },
    runDetails: { builder: { id: 'https://github.com/actions/runner/github-hosted' } },
  };
}
