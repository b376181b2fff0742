/** crates.io: its sparse index has a checksum of every version, signed by nobody; more than that cargo cannot prove. */
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { IndexEntry } from '../../domain/artifact/package-index.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import { FetchFailure } from '../../net/failure.ts';
import { own, ownText } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { odd } from './answer.ts';
import type { Ecosystem } from './ecosystem.ts';
import { silent } from './missing.ts';

const MOST_INDEX = 16 * 1024 * 1024;
const MOST_VERSIONS = 20_000;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** The sparse index of a registry of cargo (doc.rust-lang.org/cargo/reference/registry-index.html), by `/pr/ef/prefix`. */
export const cargo: Ecosystem = {
  evidence({ url }) {
    const cause = 'the index of cargo has a checksum of every version and is signed by nobody; who built a crate is proven nowhere';
    return Promise.resolve({ evidence: [], problems: [silent(`cargo ${url.path}@${url.version}`, 'a checksum in an index at most', cause)] });
  },
  async index(url, _question, ask, signal) {
    const { path, version } = url;
    if (!NAME.test(path) || !VERSION.test(version))
      throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: url.name, found: url.name, expected: 'a crate and version as cargo has them' });
    const [source, what] = [`cargo ${path}`, `the versions of ${path}`];
    const body = await ask({ path: indexPath(path), accept: 'text/plain', maxBytes: MOST_INDEX, what }, signal);
    if (body === undefined) return undefined;
    const lines = Buffer.from(body).toString('utf8').split('\n').filter((line) => line !== '');
    if (lines.length > MOST_VERSIONS)
      throw new FetchFailure({ code: 'FETCH_TOO_LARGE', source, found: `${lines.length} versions`, expected: `at most ${MOST_VERSIONS}` });
    const found = lines.filter((line) => line.includes(version))
      .map((line) => entryOf(line, url, source)).filter((entry) => entry !== undefined);
    const [entry, ...others] = found;
    if (others.length > 0) throw odd(source, `${found.length} lines of version ${version}`, what, 'one');
    return entry;
  },
};

/** `/1/a`, `/2/ab`, `/3/a/abc`, `/ab/cd/abcd`; in lower case, which names of crates may not differ by alone. */
function indexPath(name: string): string {
  const lower = name.toLowerCase();
  if (lower.length < 3) return `/${lower.length}/${lower}`;
  return lower.length === 3 ? `/3/${lower.slice(0, 1)}/${lower}` : `/${lower.slice(0, 2)}/${lower.slice(2, 4)}/${lower}`;
}

function entryOf(line: string, { path, version }: PackageUrl, source: string): IndexEntry | undefined {
  const read = readJsonBytes(Buffer.from(line));
  if (!read.ok) throw odd(source, 'a line that is not JSON', `the versions of ${path}`);
  if (ownText(read.value, 'name') !== path || ownText(read.value, 'vers') !== version) return undefined;
  const digest = parseDigest(`sha256:${ownText(read.value, 'cksum') ?? ''}`);
  return {
    digests: digest === undefined ? [] : [digest], provenance: false,
    ...(own(read.value, 'yanked') === true ? { yanked: '' } : {}),
  };
}
