/** npm: attestations of publication and build, and the registry's signature over name, version and content. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { FetchFailure } from '../../net/failure.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { readAttestationList } from '../files/attestation-list.ts';
import { makeEvidence } from '../oci/content.ts';
import { batchOf, gathered, objectIn, odd } from './answer.ts';
import type { AskEcosystem, Ecosystem } from './ecosystem.ts';

const MiB = 1024 * 1024;
/** Two or three bundles of some 10 KiB each. */
const MOST_ATTESTATIONS = 8 * MiB;
const MOST_VERSION = 4 * MiB;
/** Packages with thousands of versions have documents of some megabytes. */
const MOST_DOCUMENT = 32 * MiB;
const MOST_VERSIONS = 20_000;
const MOST_SIGNATURES = 16;

/** Names as the registry takes them (validate-npm-package-name), of today and of before it asked for lower case. */
const NAME = /^(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]*\/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$/;
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * The registry of npm, or one that answers like it: `/-/npm/v1/attestations/NAME@VERSION`, `/NAME/VERSION` with `dist.signatures`, and
 * `/NAME` for the list of versions with their times. Keys that the registry itself offers are not asked for: they would come from
 * whoever answers, so policies name them.
 */
export const npm: Ecosystem = {
  evidence({ url }, ask, signal) {
    const { path, label } = named(url);
    const version = readVersion(url, path, ask, signal);
    return gathered(`npm ${label}`, [attestations(url, path, version, ask, signal), signatures(url, version)]);
  },
  async index(url, { history }, ask, signal) {
    const { path, label } = named(url);
    if (!history) {
      const version = await readVersion(url, path, ask, signal);
      return version === undefined ? undefined : { digests: digestsOf(version), provenance: hasProvenance(version) };
    }
    const what = `the versions of ${url.path}`;
    const body = await ask({ path: `/${path}`, accept: 'application/json', maxBytes: MOST_DOCUMENT, what }, signal);
    if (body === undefined) return undefined;
    const document = objectIn(body, `npm ${url.path}`, what);
    const versions = own(document, 'versions');
    const version = own(versions, url.version);
    if (!isObject(version)) return undefined;
    checkNamed(version, url, `npm ${label}`);
    const earlier = earlierProvenance(document, url);
    return { digests: digestsOf(version), provenance: hasProvenance(version), ...(earlier === undefined ? {} : { earlier }) };
  },
};

/** Of a name that npm has; anything else is nothing that could be asked for. */
function named({ path, version, name }: PackageUrl): { readonly path: string; readonly label: string } {
  if (!NAME.test(path) || !VERSION.test(version))
    throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: name, found: `${path}@${version}`, expected: 'a name and version as npm has them' });
  return { path: path.replace('/', '%2f'), label: `${path}@${version}` };
}

type Version = Promise<JsonObject | undefined>;

async function attestations(
  url: PackageUrl, path: string, version: Version, ask: AskEcosystem, signal: AbortSignal,
): Promise<EvidenceBatch> {
  const label = `${url.path}@${url.version}`;
  const [source, what] = [`npm attestations of ${label}`, `the attestations of ${label}`];
  const at = `/-/npm/v1/attestations/${path}@${encodeURIComponent(url.version)}`;
  const body = await ask({ path: at, accept: 'application/json', maxBytes: MOST_ATTESTATIONS, what }, signal);
  if (body === undefined) {
    const said = await version.catch(() => undefined);
    if (said !== undefined && hasProvenance(said)) throw odd(source, 'nothing (404), where the version says that there are some', what);
    return { evidence: [], problems: [] };
  }
  const json = objectIn(body, source, what);
  const list = ownList(json, 'attestations');
  // An empty list says what 404 says: the version was published without any.
  if (list?.length === 0) return { evidence: [], problems: [] };
  const read = readAttestationList(source, json);
  if (read === undefined) throw odd(source, 'JSON without a list of attestations', what);
  return batchOf(read);
}

async function readVersion(
  url: PackageUrl, path: string, ask: AskEcosystem, signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const what = `version ${url.version} of ${url.path}`;
  const at = `/${path}/${encodeURIComponent(url.version)}`;
  const body = await ask({ path: at, accept: 'application/json', maxBytes: MOST_VERSION, what }, signal);
  if (body === undefined) return undefined;
  const version = objectIn(body, `npm ${url.path}@${url.version}`, what);
  checkNamed(version, url, `npm ${url.path}@${url.version}`);
  return version;
}

/** An answer about another package or version is none. */
function checkNamed(version: JsonObject, url: PackageUrl, source: string): void {
  const [name, number] = [ownText(version, 'name'), ownText(version, 'version')];
  if (name !== url.path || number !== url.version)
    throw odd(source, `${String(name).slice(0, 100)}@${String(number).slice(0, 100)}`, `${url.path}@${url.version}`, `${url.path}@${url.version}`);
}

/** `dist.signatures`, each as evidence of its own, with what it is over; the verifier compares that with the package. */
async function signatures(url: PackageUrl, asked: Version): Promise<EvidenceBatch> {
  const source = `npm signature of ${url.path}@${url.version}`;
  const version = await asked;
  if (version === undefined)
    return { evidence: [], problems: [{ code: 'FETCH_NOT_FOUND', source, found: `no version ${url.version} of ${url.path}` }] };
  const dist = own(version, 'dist');
  const list = isObject(dist) ? (ownList(dist, 'signatures') ?? []) : [];
  if (list.length > MOST_SIGNATURES)
    return { evidence: [], problems: [{ code: 'FETCH_TOO_MANY', source, found: `${list.length} signatures`, expected: `at most ${MOST_SIGNATURES}` }] };
  const integrity = isObject(dist) ? ownText(dist, 'integrity') : undefined;
  return batchOf(list.map((entry): UnverifiedEvidence | FetchProblem => {
    const [keyid, sig] = [ownText(entry, 'keyid'), ownText(entry, 'sig')];
    if (keyid === undefined || sig === undefined || integrity === undefined)
      return { code: 'VERIFY_MALFORMED', source, found: 'a signature without keyid, sig or integrity', expected: '{keyid, sig} beside dist.integrity' };
    const bytes = Buffer.from(JSON.stringify({ name: url.path, version: url.version, integrity, keyid, sig }));
    return makeEvidence('npm-signature', source, bytes);
  }));
}

/** The digests of `dist.integrity` that are strong enough to be named by. */
function digestsOf(version: JsonObject): readonly Digest[] {
  const dist = own(version, 'dist');
  const integrity = isObject(dist) ? ownText(dist, 'integrity') : undefined;
  return (integrity ?? '').split(/\s+/).flatMap((one) => {
    const match = /^(sha512|sha256)-([A-Za-z0-9+/=]+)$/.exec(one);
    const bytes = match?.[2] === undefined ? undefined : decodeBase64(match[2]);
    return bytes?.length === (match?.[1] === 'sha512' ? 64 : 32) ? [`${match?.[1]}:${Buffer.from(bytes).toString('hex')}` as Digest] : [];
  });
}

/** By the registry's own word, as package managers read it (`dist.attestations.provenance`). */
function hasProvenance(version: unknown): boolean {
  const dist = isObject(version) ? own(version, 'dist') : undefined;
  const said = isObject(dist) ? own(dist, 'attestations') : undefined;
  return isObject(said) && isObject(own(said, 'provenance'));
}

/** The latest version that was published before this one and has provenance; by the times of the registry's own list. */
function earlierProvenance(document: JsonObject, url: PackageUrl): string | undefined {
  const [versions, times] = [own(document, 'versions'), own(document, 'time')];
  const what = `the times at which versions of ${url.path} were published`;
  if (!isObject(versions) || !isObject(times)) throw odd(`npm ${url.path}`, 'no list of versions and times', what);
  const all = Object.keys(versions);
  if (all.length > MOST_VERSIONS)
    throw new FetchFailure({ code: 'FETCH_TOO_LARGE', source: `npm ${url.path}`, found: `${all.length} versions`, expected: `at most ${MOST_VERSIONS}` });
  const at = (version: string): number => Date.parse(ownText(times, version) ?? '');
  const published = at(url.version);
  if (Number.isNaN(published)) throw odd(`npm ${url.path}`, `no time of version ${url.version}`, what);
  // A version whose time cannot be read may have been first: it counts as earlier.
  return all.filter((version) => version !== url.version && hasProvenance(own(versions, version)) && !(at(version) > published))
    .toSorted((a, b) => (at(b) || 0) - (at(a) || 0))[0];
}
