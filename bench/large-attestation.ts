// `node bench/large-attestation.ts`: one cold judgement of a 5 MB SBOM attestation through verifier, examiner and engine,
// with the longest time the event loop was blocked meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAdmit } from '../src/engine/admit.ts';
import { createExaminer } from '../src/examine/index.ts';
import { offlineSource } from '../src/fetch/index.ts';
import { imageRequest } from '../src/intake/cli-input.ts';
import { compilePolicies } from '../src/policy/index.ts';
import { createTrustReader } from '../src/trust/index.ts';
import { createVerifier } from '../src/verify/index.ts';
import { keyBundle } from '../test/world/bundle.ts';
import { bundleEvidence } from '../test/world/domain.ts';
import { asDigest, sha256Hex } from '../test/world/encode.ts';
import { makeStatement } from '../test/world/statement.ts';
import { createWorld } from '../test/world/world.ts';

/** Collects garbage now, so that what was made for a round is not collected while the round is measured. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** What one round took, in milliseconds. */
export interface LargeAttestation {
  readonly megabytes: number;
  readonly coldMs: number;
  /** Processor time of all threads. */
  readonly coldCpuMs: number;
  /** Of that, the thread that serves: it cannot have been blocked by us for longer. */
  readonly servingCpuMs: number;
  readonly warmMs: number;
  readonly longestBlockMs: number;
}

const world = createWorld({ now: Date.now() });
const key = world.key();
const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: builder}
spec: {identities: [{key: {data: ${JSON.stringify(key.publicKeyPem)}}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: acme}
spec:
  artifacts: [{image: "ghcr.io/acme/**"}]
  require:
    - name: contents
      sbom: {by: [builder], complete: true, deny: {packages: ["evil*"], licenses: ["AGPL-*"]}WHERE}
`;

/** Judges a fresh attestation of about this size in every round; verifier and examiner have answered before. */
export async function largeAttestation(megabytes: number, rounds: number, condition: boolean): Promise<readonly LargeAttestation[]> {
  const { set } = compilePolicies([{ path: 'bench', text: POLICY.replace('WHERE', condition ? `, where: [{cel: 'predicate.packages.all(p, p.name != "bad")'}]` : '') }], { trust: createTrustReader() });
  if (set === undefined) throw new Error('the policy of the benchmark does not compile');
  const [verifier, examiner] = [createVerifier({ workers: 1 }), createExaminer({ threads: 1 })];
  const measured: LargeAttestation[] = [];
  const collect = collector();
  for (let round = 0; round <= rounds; round += 1) {
    const digest = asDigest(`sha256:${sha256Hex(`image ${round}`)}`);
    const count = round === 0 ? 10 : Math.round(megabytes * 3420);
    const packages = Array.from({ length: count }, (_, index) => ({ SPDXID: `SPDXRef-${index}`, name: `package-${index}`, versionInfo: '1.2.3', licenseConcluded: 'MIT', downloadLocation: 'NOASSERTION', externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/package-${index}@1.2.3` }] }));
    const predicate = { spdxVersion: 'SPDX-2.3', documentDescribes: ['SPDXRef-root'], packages: [{ SPDXID: 'SPDXRef-root', name: 'app', versionInfo: digest }, ...packages] };
    const evidence = bundleEvidence(keyBundle(world, { statement: makeStatement(digest, { predicateType: 'https://spdx.dev/Document', predicate }), key }), 'referrer 1');
    const source = offlineSource({ evidence: [evidence], problems: [] });
    const admit = createAdmit({
      clock: Date, policies: { current: () => ({ ready: true, set }) }, source, resolver: source, verifier, examiner, namespaces: { labels: () => Promise.resolve({}) },
      recorder: { record: () => undefined }, unmatched: 'deny', newId: () => 'ID',
    });
    const ask = async (): Promise<number> => {
      const start = performance.now();
      const decision = await admit(imageRequest([`ghcr.io/acme/app@${digest}`], {}), { deadline: Date.now() + 10_000, signal: new AbortController().signal });
      if (decision.outcome !== 'admit') throw new Error(JSON.stringify(decision.findings));
      return performance.now() - start;
    };
    collect();
    await sleep(50);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(20);
    delay.reset();
    const before = process.cpuUsage();
    const beforeThread = process.threadCpuUsage();
    const coldMs = await ask();
    const used = process.cpuUsage(before);
    const thread = process.threadCpuUsage(beforeThread);
    await sleep(5);
    delay.disable();
    if (round > 0) measured.push({ megabytes: evidence.bytes.length / 1e6, coldMs, servingCpuMs: (thread.user + thread.system) / 1000, coldCpuMs: (used.user + used.system) / 1000, warmMs: await ask(), longestBlockMs: delay.max / 1e6 });
  }
  await Promise.all([verifier.close(), examiner.close()]);
  return measured;
}

if (process.argv[1] === import.meta.filename) {
  for (const condition of [false, true]) for (const one of await largeAttestation(5, 8, condition)) process.stdout.write(`${condition ? 'with a condition' : 'sbom'} ${JSON.stringify(Object.fromEntries(Object.entries(one).map(([name, value]) => [name, Number(value.toFixed(2))])))}\n`);
}
