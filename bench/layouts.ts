import { parseDigest } from '../src/domain/artifact/digest.ts';
import type { Digest } from '../src/domain/artifact/digest.ts';
import type { TrustMaterial, UnverifiedEvidence } from '../src/domain/evidence.ts';
import { judgeLayout } from '../src/evaluate/layout/index.ts';
import { runVerificationJob } from '../src/verify/index.ts';
import { hash } from '../test/world/encode.ts';
import { layout, link, person, signed, step } from '../test/unit/verify/intoto/support.ts';
import type { Person } from '../test/unit/verify/intoto/support.ts';

/** Cost of a supply chain that was never seen, in milliseconds of processor time. */
export interface LayoutCost {
  readonly steps: number;
  readonly links: number;
  readonly artifactsPerLink: number;
  readonly medianMs: number;
}

const STEPS = 10;
const PER_STEP = 3;
const ARTIFACTS = 20;
/** Chains of one measurement: the kernel counts processor time in steps of up to some milliseconds. */
const CHAINS = 10;
const now = Date.UTC(2026, 2, 1);

/** A policy's layout and the links of one run. */
interface Chain {
  readonly trust: TrustMaterial;
  readonly links: UnverifiedEvidence;
  readonly artifact: Digest;
}

/**
 * Measures a signed layout of ten steps, each by three functionaries who must agree, cold: every round has a layout and
 * links that were never seen, and everything from bytes to verdict is done: keys, signatures, rules. Only the code is
 * warm, as in any process that has been up for a while.
 */
export async function layoutCost(keyType: 'ed25519' | 'p256' | 'rsa-2048', rounds: number): Promise<LayoutCost> {
  const owner = person(keyType);
  const people = Array.from({ length: STEPS * PER_STEP }, () => person(keyType));
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const chains = Array.from({ length: CHAINS }, (_, index) => makeChain(owner, people, `${keyType} ${round} ${index}`));
    const before = process.threadCpuUsage();
    for (const chain of chains) await admit(chain);
    const { user, system } = process.threadCpuUsage(before);
    if (round >= 0) times.push((user + system) / 1000 / CHAINS);
  }
  times.sort((a, b) => a - b);
  return { steps: STEPS, links: STEPS * PER_STEP, artifactsPerLink: ARTIFACTS, medianMs: Number((times[Math.floor(times.length / 2)] ?? 0).toFixed(1)) };
}

/** Each step takes all that the one before it put out, changes a part of it, and nothing else. */
function makeChain(owner: Person, people: readonly Person[], seed: string): Chain {
  const files = (index: number): Record<string, string> => Object.fromEntries(Array.from({ length: ARTIFACTS }, (_, file) => [`out/part-${file}.bin`, `${seed} ${file < index ? index : 0} ${file}`]));
  const teams = Array.from({ length: STEPS }, (_, index) => people.slice(index * PER_STEP, (index + 1) * PER_STEP));
  const steps = teams.map((team, index) => step(`step-${index}`, team, {
    threshold: PER_STEP,
    expected_materials: index === 0 ? [['ALLOW', '*']] : [['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', `step-${index - 1}`], ['DISALLOW', '*']],
    expected_products: [['REQUIRE', 'out/part-0.bin'], ['MODIFY', 'out/*'], ['MATCH', '*', 'WITH', 'MATERIALS', 'FROM', `step-${index}`], ['DISALLOW', '*']],
  }));
  const document = JSON.stringify(signed(layout(steps, people, { readme: seed }), [owner]));
  const parts = teams.flatMap((team, index) => team.map((by) => partOf(`step-${index}`, by, JSON.stringify(signed(link(`step-${index}`, files(index), files(index + 1)), [by])))));
  const trusted = { id: seed, document, owners: [], ownerKeys: [JSON.stringify(owner.inToto)] };
  return {
    trust: { id: seed, keys: [], roots: [], layouts: [trusted] },
    links: { format: 'layout-links', source: 'links', bytes: new Uint8Array(), digest: parts.map(({ digest }) => digest).join('+'), parts },
    artifact: lastProduct(files(STEPS)),
  };
}

function partOf(name: string, by: Person, content: string): UnverifiedEvidence {
  const bytes = Buffer.from(content);
  return { format: 'in-toto', source: name, bytes, digest: `sha256:${hash(bytes).toString('hex')}`, annotations: { 'org.opencontainers.image.title': `${name}.${by.keyid.slice(0, 8)}.link` } };
}

function lastProduct(files: Record<string, string>): Digest {
  const [made] = Object.values(link('last', {}, files)['products'] as Record<string, { sha256: string }>);
  const digest = parseDigest(`sha256:${made?.sha256 ?? ''}`);
  if (digest === undefined) throw new Error('no product');
  return digest;
}

async function admit({ trust, links, artifact }: Chain): Promise<void> {
  const [outcome] = await runVerificationJob({ artifact: { kind: 'image', name: 'registry.example/acme/app', digest: artifact }, evidence: [links], trust, now });
  const [proof] = outcome?.layouts ?? [];
  if (proof?.ok !== true) throw new Error(`not proven: ${JSON.stringify(proof?.problem ?? outcome?.problems)}`);
  const result = judgeLayout(proof.chain, { now, artifacts: [{ digest: artifact }] });
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems[0])}`);
}
