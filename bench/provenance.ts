import type { Artifact } from '../src/domain/artifact/artifact.ts';
import type { VerifiedEvidence } from '../src/domain/evidence.ts';
import { evaluate } from '../src/evaluate/index.ts';
import { compilePolicies } from '../src/policy/index.ts';
import { createTrustReader } from '../src/trust/index.ts';
import { runVerificationJob } from '../src/verify/index.ts';
import { toOutcome } from '../src/verify/verified.ts';
import { keyBundle } from '../test/world/bundle.ts';
import { bundleEvidence, trustedKey, trustMaterial } from '../test/world/domain.ts';
import { asDigest, sha256Hex } from '../test/world/encode.ts';
import { makeStatement, slsaProvenanceV1 } from '../test/world/statement.ts';
import { createWorld } from '../test/world/world.ts';

/** Microseconds of processor time to judge one artifact by verified provenance. */
export interface ProvenanceCost {
  readonly predicateBytes: number;
  /** Provenance that nobody has read before: parsed, brought into one form, compared. */
  readonly firstMicroseconds: number;
  /** The same provenance again, as in every warm decision. */
  readonly againMicroseconds: number;
}

const world = createWorld({ now: Date.now() });
const key = world.key();
const DEPENDENCIES = Array.from({ length: 50 }, (_, index) => ({ uri: `pkg:npm/library-${index}@1.2.3`, digest: { sha256: sha256Hex(`${index}`) } }));
const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: builder}
spec: {identities: [{key: {data: ${JSON.stringify(key.publicKeyPem)}}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: built}
spec:
  artifacts: [{image: "ghcr.io/acme/**"}]
  require:
    - name: built by us
      provenance:
        by: [builder]
        builder: https://tekton.dev/chains/v2
        buildType: https://tekton.dev/chains/v2/slsa-tekton
        source: {uri: "https://github.com/acme/*", ref: "refs/tags/*"}
        entryPoint: .github/workflows/release.yml
        dependencies: {pinned: true, allowed: ["pkg:npm/*", "git+https://github.com/acme/**"]}
`;

/** Judges `count` artifacts, each with provenance of its own that was really verified, in each of `rounds` rounds; medians. */
export async function provenanceCost(rounds: number, count = 200): Promise<ProvenanceCost> {
  const { set, problems } = compilePolicies([{ path: 'bench', text: POLICY }], { trust: createTrustReader() });
  const [policy] = set?.policies ?? [];
  const [requirement] = policy?.requirements ?? [];
  if (policy === undefined || requirement === undefined) throw new Error(problems[0]?.message ?? 'the policy has no requirement');
  const [first, again]: [number[], number[]] = [[], []];
  let predicateBytes = 0;
  for (let round = -1; round < rounds; round += 1) {
    const artifacts = await Promise.all(Array.from({ length: count }, (_, index) => verified(`${round} ${index}`)));
    const questions = artifacts.map(({ artifact, proofs }) => ({ artifact, proofs, policy, problems: [], now: world.now }));
    predicateBytes = questions[0]?.proofs[0]?.statement?.predicateText?.length ?? 0;
    const judge = (): number => {
      const before = process.threadCpuUsage();
      for (const question of questions) {
        const finding = evaluate(requirement, question);
        if (finding.verdict !== 'satisfied') throw new Error(JSON.stringify(finding));
      }
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / count;
    };
    const times = [judge(), judge()] as const;
    if (round >= 0) [first, again].forEach((list, index) => list.push(times[index] ?? 0));
  }
  return { predicateBytes, firstMicroseconds: median(first), againMicroseconds: median(again) };
}

async function verified(seed: string): Promise<{ readonly artifact: Artifact; readonly proofs: readonly VerifiedEvidence[] }> {
  const digest = asDigest(`sha256:${sha256Hex(seed)}`);
  const statement = makeStatement(digest, slsaProvenanceV1({ invocationId: `https://github.com/acme/app/actions/runs/${seed}/attempts/1`, dependencies: DEPENDENCIES }));
  const artifact: Artifact = { kind: 'image', usage: 'container', path: 'image', raw: `ghcr.io/acme/app@${digest}`, name: 'ghcr.io/acme/app', digest, resolvedFromTag: false };
  const outcomes = await runVerificationJob({ artifact, evidence: [bundleEvidence(keyBundle(world, { statement, key }))], trust: trustMaterial([trustedKey(key)]), now: world.now });
  return { artifact, proofs: outcomes.flatMap((outcome) => toOutcome(outcome, outcome.source).verified) };
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

if (process.argv[1] === import.meta.filename) process.stdout.write(`${JSON.stringify(await provenanceCost(9))}\n`);
