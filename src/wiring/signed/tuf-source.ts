/** Policies from a TUF repository: what its top-level role lists, and from delegated roles what these may speak of. */
import { openFetchedPolicies } from '../../feeds/policies/fetched.ts';
import type { FetchedPolicies } from '../../feeds/policies/fetched.ts';
import type { PolicyFile } from '../../feeds/policies/files.ts';
import type { PolicySource } from '../../feeds/policies/source.ts';
import type { FeedTime } from '../../feeds/polling.ts';
import type { TufSourceConfig } from '../../platform/config/policy-sources/tuf.ts';
import { readDocumentSteps } from '../../policy/read/documents.ts';
import { finished } from '../../policy/steps.ts';
import { documentName } from '../../signed/index.ts';
import { compileGlob } from '../../text/glob.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { createTargetsReader, readPinnedRoot } from '../../tuf/index.ts';
import type { PublishedTarget, PublishedTargets, TufFiles, TufStore } from '../../tuf/index.ts';

/** What policies from a repository take besides their configuration. */
export interface TufSourceParts {
  /** Content of the file `root`. */
  readonly root: Uint8Array;
  /** Keeps metadata, so that nothing older is believed after a restart, and the targets that were accepted last. */
  readonly store: TufStore;
  /** What it is called, and its files begin with; by no other source. Default: the mirror. */
  readonly place?: string;
  files(baseUrl: string, signal: AbortSignal): TufFiles;
  readonly now?: () => number;
  readonly took?: (version: string) => void;
  readonly refused?: (problem: string, ready: boolean) => void;
  readonly time?: FeedTime;
}

/** Largest target that is read. */
const MOST_BYTES = 4 * 1024 * 1024;
/** All of them: in base64, with the metadata beside them, they fit into one file of the store. */
const MOST_TOTAL = 16 * 1024 * 1024;
const WITHIN_MS = 60_000;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Follows policies of a TUF repository; the first look is under way when this returns. Its name in metrics is `policies tuf PLACE`. */
export function createTufSource(config: TufSourceConfig, parts: TufSourceParts): PolicySource {
  const { mirror, targetsUrl = `${mirror.replace(/\/+$/, '')}/targets`, targets: paths, roles, refresh } = config;
  const { place = mirror } = parts;
  const json = readJsonBytes(parts.root);
  const pinned = readPinnedRoot(json.ok ? json.value : undefined);
  if (!pinned.ok) throw new Error(`policySources: ${config.root}: ${pinned.problem}`);
  const reader = createTargetsReader({
    pinnedRoot: pinned.bytes, store: parts.store, paths, keptAs: keptAs(paths), maxBytes: MOST_BYTES, maxTotal: MOST_TOTAL,
  });
  const now = parts.now ?? Date.now;
  const asPolicies = ({ targets, versions: { root, snapshot } }: PublishedTargets): FetchedPolicies =>
    ({ files: targets.map((target) => asFile(place, target, roles)), version: `snapshot ${snapshot} (root ${root})` });
  return openFetchedPolicies({
    name: `policies tuf ${place}`,
    refreshMs: refresh,
    async bring(ended): Promise<FetchedPolicies> {
      const signal = AbortSignal.any([ended, AbortSignal.timeout(WITHIN_MS)]);
      const files = { metadata: parts.files(mirror, signal), targets: parts.files(targetsUrl, signal) };
      return asPolicies(await reader.refresh(files, now()));
    },
    async restore() {
      const kept = await reader.restore();
      return kept === undefined ? undefined : { ...asPolicies(kept), confirmedBefore: now() - kept.confirmedAt };
    },
    ...(parts.took === undefined ? {} : { took: parts.took }),
    ...(parts.refused === undefined ? {} : { refused: parts.refused }),
    time: parts.time,
  });
}

/** Sources that ask one mirror for different targets share what is known of it, and not what was accepted. */
function keptAs(paths: readonly string[]): string {
  return `accepted-${sha256Hex(new TextEncoder().encode(JSON.stringify(paths.toSorted()))).slice(0, 32)}`;
}

/** A file that its role may not deliver says so, and with it the whole is refused: it is never left out in silence. */
function asFile(place: string, { path, via, bytes }: PublishedTarget, roles: TufSourceConfig['roles']): PolicyFile {
  const name = `${place}/${path}`;
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { path: name, text: '', problem: 'expected text in UTF-8, found bytes that are not' };
  }
  // Whoever delegates hands on no more than is his, whatever he calls the role to which he does.
  const [problem] = via.flatMap((role) => outside(text, role, Object.hasOwn(roles, role) ? roles[role] : undefined) ?? []);
  return problem === undefined ? { path: name, text } : { path: name, text: '', problem };
}

function outside(text: string, role: string, patterns: readonly string[] | undefined): string | undefined {
  if (patterns === undefined) return `comes from role ${JSON.stringify(role)}, which policySources does not list under roles: it may deliver nothing`;
  const globs = patterns.map((pattern) => compileGlob(pattern));
  for (const { value } of finished(readDocumentSteps({ path: role, text })).documents) {
    const name = documentName(value);
    if (name === undefined || !globs.some((glob) => glob.ok && glob.value.test(name)))
      return `comes from role ${JSON.stringify(role)}, which may speak of ${patterns.join(', ')} alone; found ${name ?? 'a document without kind and name'}`;
  }
  return undefined;
}
