/** What the platforms of an index came to, folded into one finding for each requirement that names those which lack something. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { EvidenceNote, Finding } from '../../domain/decision/finding.ts';

/** The findings about one image of the index. */
export interface OfPlatform {
  readonly digest: string;
  /** `linux/arm64`, as the index says. */
  readonly platform?: string | undefined;
  readonly findings: readonly Finding[];
}

/** Platforms that are named; the others are counted. */
const TOLD = 3;
/** Remedies of a single image that have to name all of them. */
const LACKING: ReadonlySet<string> = new Set(['FETCH_NONE_FOUND', 'POLICY_TYPE_MISSING']);

/** One finding for each requirement; every platform was judged by the same requirements, in the same order. */
export function foldPlatforms(artifact: Artifact, all: readonly OfPlatform[]): readonly Finding[] {
  const [first] = all;
  return (first?.findings ?? []).map((finding, index) => {
    const each = all.map((one) => ({ ...one, finding: one.findings[index] ?? finding }));
    const failing = each.filter((one) => one.finding.verdict !== 'satisfied');
    // What is certain is told before what is open; either denies.
    const lead = failing.find((one) => one.finding.verdict === 'violated') ?? failing[0];
    const noted = each.flatMap((one) => one.finding.evidence ?? []);
    // A platform that nobody could look at stays open beside one that certainly lacks something.
    const open = lead?.finding.verdict === 'violated' ? failing.filter((one) => one.finding.verdict === 'undetermined') : [];
    const evidence = [...noted, ...open.map((one): EvidenceNote => ({ source: nameOf(one), code: one.finding.code, text: '' }))];
    const common = { digest: artifact.digest, ...(evidence.length === 0 ? {} : { evidence }) };
    if (lead === undefined) return { ...finding, ...common, found: [...(finding.found ?? []), `on each of ${all.length} platforms`] };
    const alike = failing.filter((one) => one.finding.code === lead.finding.code);
    const others = failing.filter((one) => one.finding.code !== lead.finding.code);
    const found = [...(lead.finding.found ?? []), `on ${named(alike, nameOf)}, of ${all.length} platforms`];
    return {
      ...lead.finding, ...common,
      ...(failing.some((one) => one.finding.final === true) ? { final: true } : {}),
      found: others.length === 0 ? found : [...found, `besides ${named(others, (one) => `${nameOf(one)} ${one.finding.code}`)}`],
      ...(LACKING.has(lead.finding.code) ? { fix: 'sign or attest each platform image by its own digest, as named above' } : {}),
    };
  });
}

function named<T>(some: readonly T[], name: (one: T) => string): string {
  const more = some.length - TOLD;
  return some.slice(0, TOLD).map(name).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function nameOf({ platform, digest }: OfPlatform): string {
  return platform === undefined ? digest : `${platform} (${digest})`;
}
