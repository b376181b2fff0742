/** PyPI: which file has this digest says the index, and what is attested of that file says its provenance (PEP 740). */
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { Digest } from '../../domain/artifact/digest.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import { comparableVersion, parsePythonFile, pythonProject } from '../../domain/artifact/python-file.ts';
import type { EvidenceBatch, FetchProblem } from '../../domain/ports.ts';
import { FetchFailure } from '../../net/failure.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { readPep740 } from '../files/pep740.ts';
import { batchOf, objectIn, odd } from './answer.ts';
import type { AskEcosystem, Ecosystem } from './ecosystem.ts';
import { createPages } from './pages.ts';

const MiB = 1024 * 1024;
/** Projects with ten thousand files have pages of some megabytes. */
const MOST_PAGE = 32 * MiB;
const MOST_FILES = 50_000;
const MOST_PROVENANCE = 8 * MiB;
/** Files of all pages that are remembered. */
const MOST_KEPT = 100_000;

const PROJECT = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.!+_-]*$/;

/** One file of a project, as the index tells of it. */
interface IndexedFile {
  readonly filename: string;
  readonly version: string;
  readonly digest: Digest | undefined;
  readonly yanked: string | undefined;
  readonly provenance: boolean;
  /** Epoch milliseconds; NaN where it is not told. */
  readonly at: number;
}

interface ProjectPage {
  readonly files: readonly IndexedFile[];
}

const pageOf = createPages<ProjectPage>(MOST_KEPT, ({ files }) => files.length);

/**
 * PyPI, or an index that answers like it: `/simple/PROJECT/` in JSON (PEP 691, PEP 700) and
 * `/integrity/PROJECT/VERSION/FILE/provenance` (warehouse docs/user/api/integrity.md). The address of a provenance is made here, and never
 * taken from the page.
 */
export const pypi: Ecosystem = {
  async evidence({ url, digest }, ask, signal) {
    const page = await readPage(url, ask, signal);
    if (page === undefined) return only(notThere(url, `no project ${url.path}`));
    const named = page.files.filter((file) => file.digest === digest);
    if (named.length === 0) return only(notThere(url, `no file ${digest}`));
    const file = named.find(({ version }) => version === comparableVersion(url.version));
    if (file === undefined)
      return only({
        code: 'VERIFY_SUBJECT_MISMATCH', source: `pypi ${url.path}`, found: named[0]?.filename ?? '', expected: `a file of version ${url.version}`,
        cause: 'the index has these bytes under another version',
      });
    return provenanceOf(url, file, ask, signal);
  },
  async index(url, { history, digest }, ask, signal) {
    const page = await readPage(url, ask, signal);
    const wanted = comparableVersion(url.version);
    const files = page?.files.filter(({ version }) => version === wanted) ?? [];
    if (page === undefined || files.length === 0) return undefined;
    const yanked = files.find((file) => file.yanked !== undefined)?.yanked;
    // A file may be added to a version years later: the history that counts is that of the file in question.
    const same = files.filter((file) => file.digest === digest);
    const asked = same.length === 0 ? files : same;
    const earlier = history ? earlierProvenance(page, wanted, asked) : undefined;
    return {
      digests: files.map((file) => file.digest).filter((one) => one !== undefined),
      provenance: asked.every(({ provenance }) => provenance),
      ...(yanked === undefined ? {} : { yanked }),
      ...(earlier === undefined ? {} : { earlier }),
    };
  },
};

async function readPage(url: PackageUrl, ask: AskEcosystem, signal: AbortSignal): Promise<ProjectPage | undefined> {
  const project = pythonProject(url.path);
  if (!PROJECT.test(project) || !VERSION.test(url.version))
    throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: url.name, found: url.name, expected: 'a project and version as PyPI has them' });
  const [path, source, what] = [`/simple/${project}/`, `pypi ${project}`, `the files of ${project}`];
  return pageOf(ask, path, async (shared) => {
    const body = await ask({ path, accept: 'application/vnd.pypi.simple.v1+json', maxBytes: MOST_PAGE, what }, shared);
    if (body === undefined) return undefined;
    const json = objectIn(body, source, what);
    const list = ownList(json, 'files');
    if (list === undefined || pythonProject(ownText(json, 'name') ?? '') !== project)
      throw odd(source, list === undefined ? 'JSON without files' : 'the files of another project', what, 'the simple API in JSON (PEP 691)');
    if (list.length > MOST_FILES)
      throw new FetchFailure({ code: 'FETCH_TOO_LARGE', source, found: `${list.length} files`, expected: `at most ${MOST_FILES}` });
    return { files: list.map(readFile).filter((file) => file !== undefined) };
  }, signal);
}

/** What cannot be read as a file of a project is none. */
function readFile(entry: unknown): IndexedFile | undefined {
  const filename = ownText(entry, 'filename') ?? '';
  const parsed = parsePythonFile(filename);
  if (parsed === undefined || !/^[A-Za-z0-9._+!-]+$/.test(filename)) return undefined;
  const said = own(entry, 'yanked');
  return {
    filename,
    version: parsed.version,
    digest: parseDigest(`sha256:${ownText(own(entry, 'hashes'), 'sha256') ?? ''}`),
    yanked: said === undefined || said === null || said === false ? undefined : typeof said === 'string' ? said.slice(0, 200) : '',
    provenance: typeof own(entry, 'provenance') === 'string',
    at: Date.parse(ownText(entry, 'upload-time') ?? ''),
  };
}

async function provenanceOf(
  url: PackageUrl, { filename, provenance }: IndexedFile, ask: AskEcosystem, signal: AbortSignal,
): Promise<EvidenceBatch> {
  const [source, what] = [`pypi provenance of ${filename}`, `the provenance of ${filename}`];
  const path = `/integrity/${pythonProject(url.path)}/${encodeURIComponent(url.version)}/${encodeURIComponent(filename)}/provenance`;
  const body = await ask({ path, accept: 'application/vnd.pypi.integrity.v1+json', maxBytes: MOST_PROVENANCE, what }, signal);
  if (body === undefined && provenance) throw odd(source, 'nothing (404), where its page says that there is provenance', what);
  if (body === undefined) return { evidence: [], problems: [] };
  const json = objectIn(body, source, what);
  const bundles = ownList(json, 'attestation_bundles');
  if (bundles === undefined) throw odd(source, 'JSON without attestation_bundles', what);
  const lists = bundles.map((bundle) => ownList(bundle, 'attestations'));
  if (lists.includes(undefined)) throw odd(source, 'a bundle without a list of attestations', what);
  return lists.every((list) => list?.length === 0) ? { evidence: [], problems: [] } : batchOf(readPep740(source, json) ?? []);
}

/** The latest version of which a file with provenance came before these, the version that they are of included. */
function earlierProvenance({ files }: ProjectPage, wanted: string, these: readonly IndexedFile[]): string | undefined {
  const first = Math.min(...these.map(({ at }) => at));
  if (Number.isNaN(first)) throw odd('pypi', 'files without upload-time', `when version ${wanted} was published`);
  // A file whose time is not told may have been first: it counts as earlier.
  return files.filter((file) => file.provenance && !these.includes(file) && !(file.at >= first))
    .toSorted((a, b) => (b.at || 0) - (a.at || 0))[0]?.version;
}

function only(problem: FetchProblem): EvidenceBatch {
  return { evidence: [], problems: [problem] };
}

function notThere(url: PackageUrl, found: string): FetchProblem {
  return { code: 'FETCH_NOT_FOUND', source: `pypi ${url.path}@${url.version}`, found };
}
