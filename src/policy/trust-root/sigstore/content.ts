/** A Sigstore root that is written out, whole or as plain lists, becomes one form. */
import type { TrustReader } from '../../../domain/ports.ts';
import type { PlainTrust } from '../../../domain/policy/trust-root.ts';
import { readJsonText } from '../../../text/json/read.ts';
import type { Path } from '../../read/problems.ts';
import { parsePath } from '../../read/problems.ts';
import type { Reporter } from '../../read/reporter.ts';
import { PLAIN_LISTS } from './schema.ts';
import type { SigstoreField } from './schema.ts';

const BASE: Path = ['spec', 'sigstore'];
const NO_LISTS: PlainTrust = { certificateAuthorities: [], timestampAuthorities: [], transparencyLogs: [], ctLogs: [] };

/**
 * The content of a root that stands in the document or is built in, as a `trusted_root.json`. Every problem is
 * reported where it stands; `undefined` when there is one.
 */
export function writtenContent(sigstore: SigstoreField, trust: TrustReader, report: Reporter): unknown {
  const isLists = PLAIN_LISTS.some((list) => sigstore[list] !== undefined);
  const { content, problems, at } = isLists ? { ...trust.plainTrust(listsOf(sigstore)), at: BASE } : wholeRoot(sigstore, trust, report);
  for (const problem of problems) report.error([...at, ...parsePath(problem.path)], problem.message);
  return problems.length > 0 ? undefined : content;
}

interface Read {
  readonly content: unknown;
  readonly problems: ReturnType<TrustReader['trustedRoot']>;
  readonly at: Path;
}

function wholeRoot(sigstore: SigstoreField, trust: TrustReader, report: Reporter): Read {
  const field = sigstore.publicGood === true ? 'publicGood' : 'trustedRoot';
  const content = field === 'publicGood' ? trust.publicGood : readJson(sigstore.trustedRoot, [...BASE, field], report);
  return { content, problems: content === undefined ? [] : trust.trustedRoot(content), at: [...BASE, field] };
}

function listsOf(sigstore: SigstoreField): PlainTrust {
  return {
    ...NO_LISTS,
    ...Object.fromEntries(PLAIN_LISTS.flatMap((list) => (sigstore[list] === undefined ? [] : [[list, sigstore[list]]]))),
  };
}

/** A JSON document that is written as a map, or as the text of its file. */
export function readJson(written: unknown, at: Path, report: Reporter): unknown {
  if (typeof written !== 'string') return written;
  const read = readJsonText(written);
  if (read.ok) return read.value;
  const found = read.fault.kind === 'duplicate-key' ? 'JSON with a key twice in an object' : 'a text that is not JSON';
  report.error(at, `expected the content of a ${at.at(-1) === 'root' ? 'root.json' : 'trusted_root.json'}, found ${found}`);
  return undefined;
}
