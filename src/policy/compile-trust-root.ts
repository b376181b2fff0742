import type { SigstoreRoot } from '../domain/evidence.ts';
import type { TrustReader } from '../domain/ports.ts';
import type { Catalogue, Entry } from './catalogue.ts';
import { PUBLIC_GOOD } from './catalogue.ts';
import type { Path } from './problems.ts';
import { parsePath } from './problems.ts';
import type { Reporter } from './reporter.ts';
import type { SigstoreField, TrustRootDocument } from './schema-trust-root.ts';

type Requirements = SigstoreRoot['require'];

/** How many authorities of each sort a trusted root lists: the most that can be required of evidence. */
type Listed = Requirements;

/** Compiles all trust roots; the built-in one is always there. Broken ones are reported and absent. */
export function compileTrustRoots(documents: Catalogue, trust: TrustReader): ReadonlyMap<string, SigstoreRoot> {
  const roots = new Map<string, SigstoreRoot>([[PUBLIC_GOOD, makeRoot(PUBLIC_GOOD, trust.publicGood, {}, trust)]]);
  for (const entry of documents.roots) {
    if (entry.name === PUBLIC_GOOD) {
      entry.report.error(['metadata', 'name'], `${PUBLIC_GOOD} is built in and cannot be redefined; choose another name`);
      continue;
    }
    const root = compileRoot(entry, trust);
    if (root !== undefined && !roots.has(entry.name)) roots.set(entry.name, root);
  }
  return roots;
}

function compileRoot({ name, value, report }: Entry<TrustRootDocument>, trust: TrustReader): SigstoreRoot | undefined {
  const { sigstore } = value.spec;
  if (sigstore === undefined) return undefined;
  const content = sigstore.publicGood === true ? trust.publicGood : readContent(sigstore.trustedRoot, report);
  if (content === undefined) return undefined;
  const problems = trust.trustedRoot(content);
  const base: Path = ['spec', 'sigstore', sigstore.publicGood === true ? 'publicGood' : 'trustedRoot'];
  for (const problem of problems) report.error([...base, ...parsePath(problem.path)], problem.message);
  if (problems.length > 0) return undefined;
  const root = makeRoot(name, content, sigstore.require ?? {}, trust);
  return checkNumbers(root, listed(content), report) ? root : undefined;
}

/** A trusted root is written as a map, or as the text of its JSON file. */
function readContent(written: unknown, report: Reporter): unknown {
  if (typeof written !== 'string') return written;
  try {
    return JSON.parse(written) as unknown;
  } catch {
    report.error(['spec', 'sigstore', 'trustedRoot'], 'expected the content of a trusted_root.json, found a text that is not JSON');
    return undefined;
  }
}

/**
 * Requires what the root lists, unless the numbers are written: a log entry if it lists logs, an SCT if it lists CT
 * logs, and a timestamp only if nothing else could prove the time (DESIGN §8, "Identities").
 */
function makeRoot(name: string, trustedRoot: unknown, written: NonNullable<SigstoreField['require']>, trust: TrustReader): SigstoreRoot {
  const has = listed(trustedRoot);
  const require: Requirements = {
    transparencyLog: written.transparencyLog ?? Math.min(1, has.transparencyLog),
    sct: written.sct ?? Math.min(1, has.sct),
    timestamps: written.timestamps ?? (has.transparencyLog === 0 ? 1 : 0),
  };
  // The name is part of the id because verified evidence, which is cached by it, carries the name.
  return { name, id: trust.hash({ name, trustedRoot, require }), trustedRoot, require };
}

function listed(content: unknown): Listed {
  return { transparencyLog: lengthOf(content, 'tlogs'), sct: lengthOf(content, 'ctlogs'), timestamps: lengthOf(content, 'timestampAuthorities') };
}

function lengthOf(content: unknown, key: string): number {
  const entries = typeof content === 'object' && content !== null && Object.hasOwn(content, key) ? (content as Record<string, unknown>)[key] : undefined;
  return Array.isArray(entries) ? entries.length : 0;
}

const LABELS = { transparencyLog: 'transparency logs', sct: 'CT logs', timestamps: 'timestamp authorities' } as const;

function checkNumbers({ require }: SigstoreRoot, has: Listed, report: Reporter): boolean {
  const base: Path = ['spec', 'sigstore', 'require'];
  let fine = true;
  for (const key of ['transparencyLog', 'sct', 'timestamps'] as const) {
    if (require[key] <= has[key]) continue;
    report.error([...base, key], `${require[key]} required, but the trusted root lists only ${has[key]} ${LABELS[key]}: nothing could ever be verified`);
    fine = false;
  }
  if (require.transparencyLog === 0 && require.timestamps === 0) {
    report.error(base, 'requires neither a log entry nor a timestamp, so no signing time could be proven; set transparencyLog or timestamps to at least 1');
    fine = false;
  }
  return fine;
}
