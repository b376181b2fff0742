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
  evidence: z.array(z.record(z.string(), z.unknown())).max(16).optional()
    .meta({ description: 'Sigstore bundles, DSSE envelopes or git objects brought along.' }),
});

/** `POST /v1/admit`. */
export const admitQuestion = z.strictObject({
  artifacts: z.array(askedArtifact).min(1).max(MOST_ASKED),
  dryRun: z.boolean().optional().meta({ description: 'Judge, and leave no receipt.' }),
  receipts: z.enum(['list', 'each', 'none']).optional()
    .meta({ description: 'One receipt for all of them (default), one for each, or none.' }),
});

const decisionWord = z.enum(['admit', 'warn', 'deny', 'undetermined']);

/** A finding as everywhere: stable code, title, fix. Fields are only ever added. */
const finding = z.looseObject({
  code: z.string(), verdict: z.string(), mode: z.string(), path: z.string(), artifact: z.string(), title: z.string(), fix: z.string(),
});

/** The sources of the policies in force. Fields are only ever added. */
export const policySources = z.array(z.looseObject({ source: z.string(), digest: z.string(), version: z.string().optional() })).optional()
  .meta({ description: 'From where the policies came that it was judged by, each source as it was in force.' });

/** What the gate says of one artifact. */
export const artifactAnswer = z.looseObject({
  kind: z.string(), uri: z.string(), usedAs: z.string(), decision: decisionWord,
  digest: z.string().optional(), resolved: z.boolean().optional(), findings: z.array(finding),
  receipt: z.string().optional(), receiptPending: z.boolean().optional(), receiptMissing: z.string().optional(),
});

/** The answer to `POST /v1/admit`. */
export const admitAnswer = z.looseObject({
  id: z.string(), time: z.string(), decision: decisionWord, caller: z.string(), run: z.string().optional(),
  policyGeneration: z.string(), policySources, artifacts: z.array(artifactAnswer), findings: z.array(finding), message: z.string(),
  notes: z.array(z.string()), retryAfterSeconds: z.number().optional(),
  receipt: z.string().optional(), receiptPending: z.boolean().optional(), receiptMissing: z.string().optional(),
  shortened: z.strictObject({ artifacts: z.int(), failed: z.int() }).optional()
    .meta({ description: 'Of a kept answer: how many artifacts were asked about, and how many did not hold; only some are shown.' }),
});

/** `POST /v1/verify-receipt`. */
export const receiptQuestion = z.strictObject({
  receipt: z.union([text(65_536), z.record(z.string(), z.unknown())], 'expected the receipt as the gate gave it: text, or a JSON object')
    .meta({ description: 'The receipt as the gate gave it: as text, or as JSON.' }),
  purpose: z.enum(['gate', 'publish']).optional().meta({ description: 'What it must be for; default gate.' }),
  artifact: askedArtifact.omit({ evidence: true }).optional().meta({ description: 'What it came with.' }),
  artifacts: z.array(askedArtifact.omit({ evidence: true })).min(1).max(MOST_ASKED).optional()
    .meta({ description: 'All of the list that it came with.' }),
  usedAs: z.enum(USAGES as [string, ...string[]]).optional().meta({ description: 'What it must have been given for.' }),
  run: text(1024).optional().meta({ description: 'Uid of the run that it must have been given to; default: your own run.' }),
});

/** The answer to `POST /v1/verify-receipt`. */
export const receiptAnswer = z.looseObject({
  valid: z.boolean(), verdict: z.enum(['satisfied', 'violated', 'undetermined']),
  code: z.string().optional(), title: z.string().optional(), fix: z.string().optional(), expected: z.string().optional(),
  found: z.string().optional(), cause: z.string().optional(),
  receipt: z.looseObject({
    id: z.string(), purpose: z.enum(['gate', 'publish']), time: z.string(), expires: z.string(),
    caller: z.string(), run: z.string().optional(),
    usedAs: z.string(), resource: z.string(), subjects: z.array(z.strictObject({ name: z.string(), digest: z.string() })),
    levels: z.array(z.string()), keyId: z.string(), policyGeneration: z.string().optional(), policySources,
  }).optional(),
});

/** `{code, message, fix}` of everything that is refused. */
export const problemAnswer = z.strictObject({ code: z.string(), message: z.string(), fix: z.string().optional() });

const PROVIDER_VERSION = 'externaldata.gatekeeper.sh/v1beta1';

/** Most keys of one request of OPA Gatekeeper: images of one object, or of a page of its audit. */
const MOST_KEYS = 1000;

/** `POST /v1/provider`: a ProviderRequest of OPA Gatekeeper. Its fields are Gatekeeper's to add to. */
export const providerRequest = z.looseObject({
  apiVersion: z.literal(PROVIDER_VERSION),
  kind: z.literal('ProviderRequest'),
  request: z.looseObject({ keys: z.array(z.string().max(4096)).max(MOST_KEYS).meta({ description: 'Image references.' }) }),
});

/** A ProviderResponse. */
export const providerResponse = z.strictObject({
  apiVersion: z.literal(PROVIDER_VERSION),
  kind: z.literal('ProviderResponse'),
  response: z.strictObject({
    idempotent: z.boolean(),
    items: z.array(z.strictObject({ key: z.string(), value: z.string(), error: z.string().optional() })),
    systemError: z.string().optional(),
  }),
});
