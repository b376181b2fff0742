import { afterEach } from 'vitest';
import type { Artifact, ArtifactRef } from '../../../src/domain/artifact/artifact.ts';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import type { EvidenceLookup, FetchProblem } from '../../../src/domain/ports.ts';
import type { PullScope } from '../../../src/domain/decision/review.ts';
import { createEvidenceSource } from '../../../src/fetch/index.ts';
import type { FetchOptions, RegistrySource } from '../../../src/fetch/index.ts';
import { startRegistry } from '../../world/registry.ts';
import type { RegistryOptions, TestRegistry } from '../../world/registry.ts';

export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE = 'application/vnd.dsse.envelope.v1+json';
/** For `expect.poll` on a busy machine: far less than the time limits under test, which are set to a minute there. */
export const PATIENT = { timeout: 40_000, interval: 5 };
export const SCOPE: PullScope = { namespace: 'prod', serviceAccount: 'default', pullSecrets: [] };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** A clock that only moves when told to. */
export function manualClock(start = 1_700_000_000_000): { now(): number; tick(ms: number): void } {
  let now = start;
  return { now: () => now, tick: (ms) => void (now += ms) };
}

/** A registry that is closed after the test. */
export async function registry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const started = await startRegistry(options);
  open.push(started);
  return started;
}

/** A source that may talk plain HTTP to the given registries, has a minute for each request, and is closed after the test. */
export function source(registries: readonly TestRegistry[], options: Partial<FetchOptions> = {}): RegistrySource {
  const made = createEvidenceSource({ clock: manualClock(), plainHttp: registries.map(({ host }) => host), ...options, limits: { requestTimeout: 60_000, ...options.limits } });
  open.push(made);
  return made;
}

export function artifact(name: string, digest: string, more: Partial<Artifact> = {}): Artifact {
  return { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: `${name}@${digest}`, name, digest: digest as Digest, resolvedFromTag: false, ...more };
}

export function ref(name: string, tag?: string): ArtifactRef {
  return { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: name, name, ...(tag === undefined ? {} : { tag }) };
}

/** A signal that fires after so many milliseconds. Where it only guards, a minute: a busy machine is no failure. */
export function within(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** Everything a look-up gives, stage after stage. */
export async function drain(lookup: EvidenceLookup, signal: AbortSignal = within(60_000)): Promise<{ evidence: UnverifiedEvidence[]; problems: FetchProblem[]; stages: number }> {
  const evidence = lookup.batches.flatMap((batch) => batch.evidence);
  const problems = lookup.batches.flatMap((batch) => batch.problems);
  let stages = 0;
  for (let batch = await lookup.next(signal); batch !== undefined; batch = await lookup.next(signal)) {
    evidence.push(...batch.evidence);
    problems.push(...batch.problems);
    stages += 1;
  }
  return { evidence, problems, stages };
}

export function codes(problems: readonly FetchProblem[]): string[] {
  return problems.map(({ code }) => code);
}

export function text(evidence: UnverifiedEvidence | undefined): string {
  return Buffer.from(evidence?.bytes ?? []).toString('utf8');
}
