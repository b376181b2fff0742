/** Go: the checksum database says which bytes a version has, and proves that it has told everybody the same. */
import { parseDigest } from '../../domain/artifact/digest.ts';
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import { FetchFailure } from '../../net/failure.ts';
import { decodeBase64 } from '../../text/base64.ts';
import { makeEvidence } from '../oci/content.ts';
import { odd } from './answer.ts';
import type { AskEcosystem, Ecosystem } from './ecosystem.ts';
import { inclusionProof } from './go-tiles.ts';
import { silent } from './missing.ts';

const MOST_LOOKUP = 64 * 1024;
/** No part begins with a dot (golang.org/x/mod/module, CheckPath). */
const PATH = /^(?!\.)[A-Za-z0-9._~-]+(?:\/(?!\.)[A-Za-z0-9._~-]+)*$/;
const VERSION = /^v[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * A checksum database of Go (golang.org/design/25530-sumdb, go.dev/ref/mod "Checksum database"): `/lookup/MODULE@VERSION`, and the proof
 * that the record is in the signed tree from `/tile/8/…`. Of a module the sha256 is its `h1:` hash of go.sum, in hexadecimal.
 */
export const golang: Ecosystem = {
  async evidence({ url }, ask, signal) {
    const source = `go checksum of ${url.path}@${url.version}`;
    const cause = 'the checksum database of Go proves which bytes a version has, and nothing of who built them';
    const builds = silent(source, 'a line of go.sum at most', cause);
    const found = await lookUp(url, ask, signal);
    if (found === undefined)
      return { evidence: [], problems: [{ code: 'FETCH_NOT_FOUND', source, found: `no version ${url.version} of ${url.path}` }, builds] };
    const proof = await inclusionProof({ record: found.id, size: found.size }, ask, signal);
    const bytes = Buffer.from(JSON.stringify({ record: String(found.id), text: found.text, note: found.note, proof }));
    return { evidence: [makeEvidence('go-checksum', source, bytes)], problems: [builds] };
  },
  async index(url, _question, ask, signal) {
    const found = await lookUp(url, ask, signal);
    const line = found?.text.split('\n').find((one) => one.startsWith(`${url.path} ${url.version} h1:`));
    const hash = line === undefined ? undefined : decodeBase64(line.slice(line.indexOf(' h1:') + 4), 'standard');
    const digest = hash === undefined ? undefined : parseDigest(`sha256:${hash.toString('hex')}`);
    return digest === undefined ? undefined : { digests: [digest], provenance: false };
  },
};

interface Found {
  readonly id: number;
  /** Lines of go.sum, as they are in the tree. */
  readonly text: string;
  /** The signed state of the tree. */
  readonly note: string;
  readonly size: number;
}

async function lookUp({ path, version, name }: PackageUrl, ask: AskEcosystem, signal: AbortSignal): Promise<Found | undefined> {
  if (!PATH.test(path) || !VERSION.test(version))
    throw new FetchFailure({ code: 'FETCH_NOT_FOUND', source: name, found: name, expected: 'a module and version as Go has them' });
  const [source, what] = [`go ${path}@${version}`, `the record of ${path}@${version}`];
  const at = `/lookup/${escaped(path)}@${escaped(version)}`;
  const body = await ask({ path: at, accept: 'text/plain', maxBytes: MOST_LOOKUP, what }, signal);
  if (body === undefined) return undefined;
  const text = Buffer.from(body).toString('utf8');
  const [first, split] = [text.indexOf('\n'), text.indexOf('\n\n')];
  const [id, note] = [text.slice(0, Math.max(0, first)), text.slice(split + 2)];
  const size = note.split('\n', 2)[1] ?? '';
  if (!COUNT.test(id) || !COUNT.test(size) || split <= first || Number(id) >= Number(size))
    throw odd(source, 'an answer of another shape', what, 'the number of a record, its lines, and a signed tree that holds it');
  return { id: Number(id), text: text.slice(first + 1, split + 1), note, size: Number(size) };
}

/** Counts far beyond every database, and still exact as numbers. */
const COUNT = /^(?:0|[1-9][0-9]{0,14})$/;

/** As file systems without cases want it: `!` before the lower case of each capital (go.dev/ref/mod "escaped"). */
function escaped(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}
