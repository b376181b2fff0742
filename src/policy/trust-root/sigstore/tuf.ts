/** A root that a TUF repository publishes; when it cannot be used, evidence under it is undetermined and the set stands. */
import type { SigstoreRoot, TufRootSpec } from '../../../domain/policy/trust-root.ts';
import type { TrustReader } from '../../../domain/ports.ts';
import type { Path } from '../../read/problems.ts';
import type { CompileTools } from '../part.ts';
import type { TufField } from './schema.ts';
import { readJson } from './content.ts';
import { listed, makeRoot, numberProblems } from './numbers.ts';
import type { Demands, WrittenNumbers } from './numbers.ts';

const HOUR = 3_600_000;
const REFRESH = 6 * HOUR;
const MAX_STALE = 7 * 24 * HOUR;
const AT: Path = ['spec', 'sigstore', 'tuf'];

/**
 * Compiles a root that a TUF repository publishes. What is written in the document must be in order, or there is no
 * set; what the repository publishes must not break a set: a root that is not there, stale or not good enough is
 * unusable, and evidence that needs it undetermined.
 */
export function compileTufRoot(
  name: string,
  written: { readonly tuf: TufField } & Demands,
  tools: CompileTools,
): SigstoreRoot | undefined {
  const spec = readSpec(written.tuf, tools);
  const [timeless] = numberProblems(
    { require: { transparencyLog: 1, sct: 0, timestamps: 0, ...defined(written.require ?? {}) } },
    NO_BOUND,
  );
  if (timeless !== undefined) tools.report.error(['spec', 'sigstore', 'require'], timeless.message);
  if (spec === undefined || timeless !== undefined) return undefined;
  const { trust, report } = tools;
  const published = trust.tufRoot(name, spec);
  if (!published.usable) {
    if (published.unasked === true)
      report.note('tuf-unasked', AT, `nobody has asked ${spec.mirror} here: what it publishes, and when that ends, is not looked at`);
    return unusable(name, published.cause, trust);
  }
  const root = makeRoot(name, published.content, written, trust);
  const [problem] = [...trust.trustedRoot(published.content), ...numberProblems(root, listed(published.content))];
  if (problem === undefined) return root;
  report.advise('tuf-unusable', AT, `what ${spec.mirror} publishes cannot be used: ${problem.message}`);
  return unusable(name, `what its TUF repository publishes cannot be used: ${problem.message}`, trust);
}

const NO_BOUND = {
  transparencyLog: Number.POSITIVE_INFINITY,
  transparencyLogOperators: Number.POSITIVE_INFINITY,
  sct: Number.POSITIVE_INFINITY,
  timestamps: Number.POSITIVE_INFINITY,
};

function defined(numbers: WrittenNumbers): Partial<SigstoreRoot['require']> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

function readSpec(tuf: TufField, { trust, report }: CompileTools): TufRootSpec | undefined {
  const root = readJson(tuf.root, [...AT, 'root'], report);
  const problem = root === undefined ? undefined : trust.pinnedRoot(root);
  if (problem !== undefined) report.error([...AT, 'root'], problem);
  const [refresh, maxStale] = [tuf.refresh ?? REFRESH, tuf.maxStale ?? Math.max(MAX_STALE, tuf.refresh ?? 0)];
  const impatient = maxStale < refresh;
  if (impatient) report.error([...AT, 'maxStale'], 'is shorter than refresh, so the root would be stale before it is asked for again');
  for (const field of ['mirror', 'targets'] as const) {
    if (tuf[field]?.startsWith('http:') === true)
      report.advise('tuf-plain-http', [...AT, field], 'plain HTTP is refused unless the configuration names the host in plainHttp');
  }
  if (root === undefined || problem !== undefined || impatient) return undefined;
  return {
    mirror: tuf.mirror,
    targets: tuf.targets ?? `${tuf.mirror}/targets`,
    root,
    target: tuf.target ?? 'trusted_root.json',
    refresh,
    maxStale,
  };
}

/** The id does not depend on the cause: whatever the reason, nothing is proven under it. */
function unusable(name: string, cause: string, trust: TrustReader): SigstoreRoot {
  const require = { transparencyLog: 1, sct: 1, timestamps: 1 };
  return {
    kind: 'sigstore',
    name,
    id: trust.hash({ name, unusable: true }),
    trustedRoot: {},
    require,
    secondOpinion: 'off',
    unusable: cause,
  };
}
