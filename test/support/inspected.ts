/** `gatehouse inspect` in this thread: what is proven of an artifact, the policy that comes of it, and what that policy finds. */
import { expect } from 'vitest';
import type { ArtifactRef } from '../../src/domain/artifact/artifact.ts';
import type { Digest } from '../../src/domain/artifact/digest.ts';
import type { Inspection } from '../../src/domain/decision/inspection.ts';
import type { EvidenceBatch, TrustReader } from '../../src/domain/ports.ts';
import { inspect } from '../../src/engine/inspect.ts';
import { inspectionTree } from '../../src/explain/index.ts';
import { offlineSource } from '../../src/fetch/index.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { mergeTrust } from '../../src/select/select.ts';
import { anybody } from '../../src/surfaces/cli/anybody.ts';
import { strongestPolicy } from '../../src/surfaces/cli/policy/strongest.ts';
import type { Strongest } from '../../src/surfaces/cli/policy/strongest.ts';
import { judgeOffline, verifierHere } from './offline.ts';

/** What is inspected, and with what. */
export interface Subject {
  readonly ref: ArtifactRef;
  readonly batch: EvidenceBatch;
  readonly trust: TrustReader;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly keys?: readonly string[];
}

/** What came of it. */
export interface Seen extends Strongest {
  readonly inspection: Inspection;
  readonly tree: string;
  readonly keys: ReadonlyMap<string, string>;
}

/** Inspects it, and writes the policy. */
export async function inspected({ ref, batch, trust, now, keys = [] }: Subject): Promise<Seen> {
  const { set } = compilePolicies([{ path: 'keys', text: anybody(keys) }], { trust });
  if (set === undefined) throw new Error('no policy');
  const material = mergeTrust(set.policies);
  const source = offlineSource(batch);
  const inspection = await inspect(ref, { clock: { now: () => now }, source, resolver: source, verifier: verifierHere, trust: material }, new AbortController().signal);
  const known = new Map(material.keys.map(({ keyId, pem }) => [keyId, pem]));
  const judge = async (text: string) => {
    const { problems, set: compiled } = compilePolicies([{ path: 'policy.yaml', text }], { trust });
    return { problems, findings: compiled === undefined ? [] : await judgeOffline({ ref, batch, trust, now }, text) };
  };
  return { inspection, tree: inspectionTree(inspection), keys: known, ...(await strongestPolicy({ inspection, keys: known, judge }, 'inspected', now)) };
}

/** Codes of the decision under a pasted policy, which lints without a word and finds the same as it is given (warn) and once it enforces. */
export async function pasted(subject: Subject, onTrial: string): Promise<readonly string[]> {
  expect(compilePolicies([{ path: 'pasted.yaml', text: onTrial }], { trust: subject.trust }).problems).toEqual([]);
  const first = (await judgeOffline(subject, onTrial)).map(({ code }) => code);
  const policy = onTrial.replace('\n  mode: warn\n', '\n  mode: enforce\n');
  expect(policy).not.toBe(onTrial);
  const enforced = (await judgeOffline(subject, policy)).map(({ code }) => code);
  expect(first, 'the mode changes what becomes of it, not what is found').toEqual(enforced);
  return enforced;
}

/** A reference to what has this digest. */
export function refOf(digest: Digest, kind: ArtifactRef['kind'] = 'image', name = 'ghcr.io/acme/app'): ArtifactRef {
  return { kind, usage: 'dependency', path: 'a', raw: name, name, digest };
}
