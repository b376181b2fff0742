/** What questions to the gate look like, and its answers: read by these schemas, and shown as OpenAPI from them. */
import { z } from 'zod';
import { USAGES } from '../../domain/artifact/artifact.ts';
import { MOST_ASKED } from '../../domain/gate/question.ts';

const text = (most: number) => z.string().min(1).max(most);

/** One artifact of a question. */
export const askedArtifact = z.strictObject({
  kind: z.enum(['image', 'package', 'git', 'blob', 'definition']).meta({ description: 'What it is.' }),
  uri: text(2048).optional().meta({ description: 'Image reference, package URL, git+https://…@COMMIT.' }),
  name: text(1024).optional().meta({ description: 'Name of a blob or definition, in place of uri.' }),
  digest: text(160).optional().meta({ description: 'sha256:…, sha512:… or gitCommit:…; what the answer holds for.' }),
  usedAs: z.enum(USAGES as [string, ...string[]]).optional().meta({ description: 'What it is to be used as.' }),
  evidence: z.array(z.record(z.string(), z.unknown())).max(16).optional().meta({ description: 'Sigstore bundles or DSSE envelopes brought along.' }),
});

/** `POST /v1/admit`. */
export const admitQuestion = z.strictObject({
  artifacts: z.array(askedArtifact).min(1).max(MOST_ASKED),
  dryRun: z.boolean().optional().meta({ description: 'Judge, and leave no receipt.' }),
  receipts: z.enum(['list', 'each', 'none']).optional().meta({ description: 'One receipt for all of them (default), one for each, or none.' }),
});

const decisionWord = z.enum(['admit', 'warn', 'deny', 'undetermined']);

/** A finding as everywhere: stable code, title, fix. Fields are only ever added. */
const finding = z.looseObject({
  code: z.string(), verdict: z.string(), mode: z.string(), path: z.string(), artifact: z.string(), title: z.string(), fix: z.string(),
});

/** What the gate says of one artifact. */
export const artifactAnswer = z.looseObject({
  kind: z.string(), uri: z.string(), usedAs: z.string(), decision: decisionWord,
  digest: z.string().optional(), resolved: z.boolean().optional(), receipt: z.string().optional(), findings: z.array(finding),
});

/** The answer to `POST /v1/admit`. */
export const admitAnswer = z.looseObject({
  id: z.string(), time: z.string(), decision: decisionWord, caller: z.string(), run: z.string().optional(),
  policyGeneration: z.string(), artifacts: z.array(artifactAnswer), findings: z.array(finding), message: z.string(),
  receipt: z.string().optional(), receiptPending: z.boolean().optional(), receiptMissing: z.string().optional(),
});

/** `{code, message}` of everything that is refused. */
export const problemAnswer = z.strictObject({ code: z.string(), message: z.string() });
