/** The answer to one question, whoever gave it: what both ways of asking have in common, and all that is shown. */
import { z } from 'zod';
import type { Decision } from '../../../domain/decision/decision.ts';
import { byPlace, decisionJson, decisionWord, wordOfOne } from '../../../explain/index.ts';
import type { AskedArtifact } from '../../../intake/gate-artifacts.ts';

const word = z.enum(['admit', 'warn', 'deny', 'undetermined']);
const texts = z.array(z.string()).optional();
const finding = z.object({
  code: z.string(), verdict: z.enum(['satisfied', 'violated', 'undetermined']), mode: z.string(), path: z.string(), artifact: z.string(),
  policy: z.string().optional(), requirement: z.string().optional(), expected: texts, found: texts, cause: z.string().optional(),
  title: z.string(), fix: z.string(),
});

const artifact = z.object({
  decision: word, digest: z.string().optional(), resolved: z.boolean().optional(), findings: z.array(finding),
});

/** As a gate answers it (`/v1/openapi.json`); what is more is left out. */
export const gateAnswer = z.object({
  id: z.string(), decision: word, caller: z.string(), run: z.string().optional(),
  policyGeneration: z.string().optional(),
  policySources: z.array(z.object({ source: z.string(), digest: z.string(), version: z.string().optional() })).optional(),
  artifacts: z.array(artifact),
  findings: z.array(finding), notes: z.array(z.string()).default([]),
  receipt: z.string().optional(), receiptPending: z.boolean().optional(), receiptMissing: z.string().optional(),
});

/** One answer: as many artifacts as were asked about, in their order. */
export type Answer = z.output<typeof gateAnswer>;

/** What answers: an engine in this process, or a gate. Rejects with a UsageError or an {@link Unanswered}. */
export interface Judge {
  /** Most artifacts of one question. */
  ask(artifacts: readonly AskedArtifact[]): Promise<Answer>;
  close(): Promise<void>;
}

/** No answer was to be had now: exit code 3. */
export class Unanswered extends Error {}

/** A decision of this process, as the gate would answer it. */
export function answerOf(decision: Decision): Answer {
  const { id, artifacts, findings, notes, policyGeneration, policySources } = decisionJson(decision);
  const { own: byPath, rest } = byPlace(findings, artifacts);
  // Through the same schema as an answer from elsewhere: what is shown cannot differ by who judged.
  return gateAnswer.parse({
    id, caller: '', decision: decisionWord(decision.findings), policyGeneration, ...(policySources === undefined ? {} : { policySources }),
    artifacts: artifacts.map(({ path, digest, resolvedFromTag }) => {
      const own = byPath.get(path) ?? [];
      return { decision: wordOfOne(own, rest), digest, ...(resolvedFromTag === true ? { resolved: true } : {}), findings: own };
    }),
    findings: rest, notes,
  });
}
