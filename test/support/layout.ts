import { parseDigest } from '../../src/domain/artifact/digest.ts';
import type { LayoutResult } from '../../src/evaluate/layout/index.ts';
import { judgeLayout } from '../../src/evaluate/layout/index.ts';
import type { Problem } from '../../src/verify/problem.ts';
import { proveLayout } from '../../src/verify/intoto/index.ts';

/** One supply chain as `test/intoto-oracle/generate.py` writes it, with the reference's verdict. */
export interface LayoutCase {
  readonly case: string;
  readonly layout: unknown;
  readonly owners: readonly Record<string, unknown>[];
  readonly files: readonly { readonly name: string; readonly place: string; readonly content: unknown }[];
  readonly parameters: Record<string, string> | null;
  readonly artifacts: readonly { readonly path: string; readonly digest: string }[];
  readonly dataOnly: readonly string[];
  readonly reference: 'accepted' | 'refused';
  readonly error: string;
  readonly deviation: string | null;
  /** What Gatehouse must say; the reference's verdict unless there is a deviation. */
  readonly ours: 'accepted' | 'refused';
}

/** A case's answer by Gatehouse: refused by a signature problem, or by what judging found. */
export type LayoutVerdict = { readonly stage: 'proof'; readonly problem: Problem } | ({ readonly stage: 'judgement' } & LayoutResult);

/** Proves and judges a case as the server would: verification first, without time; then everything that time decides. */
export function verifyCase(one: LayoutCase, now: number): LayoutVerdict {
  const proof = proveLayout({
    source: 'root.layout',
    layout: json(one.layout),
    keys: one.owners.map((inToto) => ({ inToto })),
    files: one.files.map(({ name, place, content }) => ({ source: place === '' ? name : `${place}/${name}`, name, place, bytes: json(content) })),
  });
  if (!proof.ok) return { stage: 'proof', problem: proof.problem };
  const artifacts = one.artifacts.flatMap(({ path, digest }) => {
    const read = parseDigest(digest);
    return read === undefined ? [] : [{ path, digest: read }];
  });
  return { stage: 'judgement', ...judgeLayout(proof.value, { now, artifacts, parameters: new Map(Object.entries(one.parameters ?? {})), dataOnlyInspections: one.dataOnly }) };
}

/** One line per case for a comparison. */
export function verdictOf(verdict: LayoutVerdict): 'accepted' | 'refused' {
  return verdict.stage === 'judgement' && verdict.ok ? 'accepted' : 'refused';
}

/** JSON bytes; lone surrogates and such never occur in the cases. */
export function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
