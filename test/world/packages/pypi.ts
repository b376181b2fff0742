/**
 * PyPI on loopback, as its documents describe it: `/simple/PROJECT/` in JSON (PEP 691; PEP 700 `upload-time`; PEP 592 `yanked`; PEP 740
 * `provenance`) and `/integrity/PROJECT/VERSION/FILE/provenance` (pypi/warehouse docs/user/api/integrity.md).
 */
import { createHash } from 'node:crypto';
import { keylessBundle } from '../bundle.ts';
import { asDigest } from '../encode.ts';
import { makeStatement } from '../statement.ts';
import type { World } from '../world.ts';
import { startFake } from './fake.ts';
import type { FakeServer } from './fake.ts';

/** Who publishes whatever is published here. */
export const PYPI_WORKFLOW = 'https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1';
export const PYPI_PUBLISH = 'https://docs.pypi.org/attestations/publish/v1';

/** One file as it was published. */
export interface PypiFile {
  readonly project: string;
  readonly version: string;
  readonly filename: string;
  readonly content?: string;
  /** `false`: published without; a text: the file that the attestation names instead. */
  readonly attested?: boolean | string;
  readonly yanked?: boolean | string;
  readonly time?: string;
}

export interface Pypi extends FakeServer {
  publish(file: PypiFile): ReturnType<typeof asDigest>;
}

/** Starts an index in which nothing is published. */
export async function startPypi(world: World): Promise<Pypi> {
  const fake = await startFake();
  const pages = new Map<string, unknown[]>();
  return {
    ...fake,
    publish({ project, version, filename, content = filename, attested = true, yanked = false, time = '2026-01-01T00:00:00.000000Z' }) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const provenance = `${fake.url}/integrity/${project}/${version}/${filename}/provenance`;
      pages.set(project, [...(pages.get(project) ?? []), {
        filename, url: 'x', hashes: { sha256 }, yanked, 'upload-time': time, provenance: attested === false ? null : provenance,
      }]);
      fake.answers.set(`/simple/${project}/`, {
        headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
        body: JSON.stringify({ meta: { 'api-version': '1.3' }, name: project, versions: [], files: pages.get(project) }),
      });
      if (attested !== false) fake.answers.set(new URL(provenance).pathname, { body: JSON.stringify(provenanceOf(world, asDigest(`sha256:${sha256}`), attested === true ? filename : attested)) });
      return asDigest(`sha256:${sha256}`);
    },
  };
}

/** The provenance object of one file: its attestations, each a Sigstore bundle in the words of PEP 740. */
function provenanceOf(world: World, digest: ReturnType<typeof asDigest>, name: string): unknown {
  const statement = makeStatement(digest, { predicateType: PYPI_PUBLISH, predicate: null }, { name });
  const bundle = JSON.parse(keylessBundle(world, {
    identity: { san: PYPI_WORKFLOW, issuer: 'https://token.actions.githubusercontent.com', claims: { sourceRepositoryURI: 'https://github.com/acme/tool' } }, statement,
  }).toString()) as { verificationMaterial: { certificate: { rawBytes: string }; tlogEntries: unknown[] }; dsseEnvelope: { payload: string; signatures: { sig: string }[] } };
  const { verificationMaterial: { certificate, tlogEntries }, dsseEnvelope } = bundle;
  return {
    version: 1,
    attestation_bundles: [{
      publisher: { kind: 'GitHub', repository: 'acme/tool', workflow: 'release.yml', environment: null, claims: null },
      attestations: [{
        version: 1,
        verification_material: { certificate: certificate.rawBytes, transparency_entries: tlogEntries },
        envelope: { statement: dsseEnvelope.payload, signature: dsseEnvelope.signatures[0]?.sig },
      }],
    }],
  };
}
