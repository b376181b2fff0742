/** Which pattern may have been meant, when none matches. */
import type { ArtifactRef } from '../domain/artifact/artifact.ts';
import { canonicalRegistryHost } from '../domain/artifact/registry-host.ts';
import { splitName } from '../domain/artifact/artifact.ts';
import type { PolicySet } from '../domain/policy/policy.ts';

/** Patterns that are told. */
const TOLD = 3;

interface Candidate {
  readonly source: string;
  readonly sameHost: boolean;
  readonly common: number;
}

/**
 * The patterns that come closest to a name that none of them matches, for "did you mean" in the message: patterns on
 * the same host first, then by how much of their beginning they share with the name; at most three, none that
 * share nothing, and none of the policies of another namespace, which would not help and are nobody else's to read.
 */
export function nearestPatterns(ref: Pick<ArtifactRef, 'kind' | 'name'>, set: PolicySet, namespace: string): string[] {
  const host = splitName(ref.name).host;
  const candidates = new Map<string, Candidate>();
  for (const policy of set.policies) {
    if (policy.namespace !== undefined && policy.namespace !== namespace) continue;
    for (const { kind, source } of policy.patterns)
      if (kind === ref.kind && source !== '**' && !candidates.has(source)) candidates.set(source, rate(source, ref, host));
  }
  return [...candidates.values()]
    .filter((candidate) => candidate.sameHost || candidate.common > 0)
    .sort(nearerFirst)
    .slice(0, TOLD)
    .map((candidate) => candidate.source);
}

function nearerFirst(a: Candidate, b: Candidate): number {
  return Number(b.sameHost) - Number(a.sameHost) || b.common - a.common || (a.source < b.source ? -1 : 1);
}

function rate(source: string, ref: Pick<ArtifactRef, 'kind' | 'name'>, host: string): Candidate {
  const text = ref.kind === 'image' ? withHost(source) : source;
  return { source, sameHost: ref.kind === 'image' && text.startsWith(`${host}/`), common: commonPrefix(text, ref.name) };
}

/** Fills in the host that a short image pattern leaves out, as the policy compiler reads it. */
function withHost(source: string): string {
  const slash = source.indexOf('/');
  const first = slash < 0 ? '' : source.slice(0, slash).toLowerCase();
  if (/[.:]|^localhost$/.test(first)) return canonicalRegistryHost(first) + source.slice(slash);
  return slash < 0 ? `docker.io/library/${source}` : `docker.io/${source}`;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
