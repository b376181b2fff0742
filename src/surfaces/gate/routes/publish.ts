/** The summary of what a run has built: judged, signed, and put beside the artifact. */
import { z } from 'zod';
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { Decision } from '../../../domain/decision/decision.ts';
import type { Published } from '../../../domain/decision/finding.ts';
import { callerName } from '../../../domain/gate/caller.ts';
import type { ReceiptOrder } from '../../../domain/gate/receipt.ts';
import { decisionJson, decisionWord, denialText } from '../../../explain/index.ts';
import { sha256Hex } from '../../../text/sha256.ts';
import type { GateDeps } from '../deps.ts';
import { GateError } from '../gate-error.ts';
import { policySetOf } from '../orders.ts';
import { questionReview } from '../review.ts';
import { gateRoute } from '../route.ts';
import type { Asked } from '../route.ts';
import { askedArtifact, policySources } from '../schema.ts';
import { readArtifacts } from './admit.ts';

const publishQuestion = z.strictObject({
  artifact: askedArtifact.omit({ usedAs: true }).meta({ description: 'What an earlier task of the run has built, by its digest.' }),
  dryRun: z.boolean().optional().meta({ description: 'Judge, and neither sign nor push.' }),
});

const publishAnswer = z.looseObject({
  id: z.string(), time: z.string(), decision: z.enum(['admit', 'deny', 'undetermined']), caller: z.string(), run: z.string().optional(),
  policyGeneration: z.string(), policySources, artifact: z.looseObject({ uri: z.string(), digest: z.string() }),
  findings: z.array(z.looseObject({ code: z.string() })), message: z.string(),
  summary: z.string().optional(), summaryMissing: z.string().optional(),
  pushed: z.boolean(), referrer: z.string().optional(), problem: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});

type Question = z.output<typeof publishQuestion>;

/** Seconds after which provenance, or a signature, may be there: Chains signs within some of them. */
const AGAIN_SECONDS = 5;

/** `POST /v1/publish`: 409 with Retry-After while the provenance is not there; a summary that could not be pushed is given all the same. */
export const publishRoute = gateRoute({
  method: 'POST',
  path: '/v1/publish',
  summary: 'The publish summary of what an earlier task of the run of the caller has built.',
  asker: 'caller',
  body: publishQuestion,
  answer: publishAnswer,
  handle,
});

async function handle({ body, caller, request, keeping, waiting }: Asked<Question>, deps: GateDeps): Promise<unknown> {
  const publishes = await readPublished(body, deps);
  const deadline = deps.clock.now() + deps.budget;
  const run = await deps.runOf(caller, waiting.over);
  const dryRun = body.dryRun === true;
  const review = questionReview({ asks: 'publish', caller, run, publishes, bindsReceipt: true }, [], { dryRun, uid: request.id });
  const decision = await deps.admit(review, { deadline, signal: waiting.left, keeping });
  refuseIfPending(decision);
  const { findings, ...document } = decisionJson(decision);
  const uid = run.found === 'run' ? run.run.uid : undefined;
  const published = vouchedFor(decision);
  const given = published === undefined || uid === undefined || dryRun
    ? { pushed: false }
    : await summaryOf(publishes, orderOf(decision, { publishes, published, caller: callerName(caller), run: uid }), deps, waiting.over);
  return {
    apiVersion: document.apiVersion, kind: 'Publication', id: document.id, time: document.time,
    decision: published === undefined ? strictly(decision) : 'admit',
    caller: callerName(caller), ...(uid === undefined ? {} : { run: uid }), policyGeneration: document.policyGeneration,
    ...(document.policySources === undefined ? {} : { policySources: document.policySources }),
    artifact: { kind: publishes.kind, uri: publishes.raw, name: publishes.name, digest: publishes.digest },
    findings, message: published === undefined ? denialText(decision) : 'admitted', ...given,
  };
}

async function readPublished({ artifact }: Question, deps: GateDeps): Promise<Artifact> {
  const [read] = await readArtifacts([artifact], deps, '', () => 'artifact');
  const digest = read?.digest;
  if (read === undefined || digest === undefined)
    throw new GateError(400, 'INPUT_DIGEST_MISSING', 'artifact.digest: expected the digest of what was built, found none');
  return { ...read, path: 'artifact', usage: 'publish', digest, resolvedFromTag: false };
}

/** Nothing else stands in the way: the same question is worth repeating. */
function refuseIfPending({ findings }: Decision): void {
  const open = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  const [first] = open;
  if (first === undefined || open.some(({ code }) => code !== 'POLICY_PUBLISH_PENDING')) return;
  const { expected = [], found = [] } = first;
  throw new GateError(409, 'POLICY_PUBLISH_PENDING', `expected ${expected.join(', ')}, found ${found.join(', ')}`, AGAIN_SECONDS);
}

/** On what the summary rests; `undefined` unless everything holds, under a policy that enforces: no warning, and no audit that fails. */
function vouchedFor({ findings }: Decision): Published | undefined {
  if (findings.some(({ verdict }) => verdict !== 'satisfied')) return undefined;
  return findings.find(({ mode, published }) => mode === 'enforce' && published !== undefined)?.published;
}

/** A warning does not publish. */
function strictly({ findings }: Decision): 'deny' | 'undetermined' {
  const word = decisionWord(findings);
  return word === 'undetermined' ? word : 'deny';
}

interface Ordering {
  readonly publishes: Artifact;
  readonly published: Published;
  readonly caller: string;
  readonly run: string;
}

function orderOf(decision: Decision, { publishes, published, caller, run }: Ordering): ReceiptOrder {
  const { inputs, invocations, levels } = published;
  const resource = publishes.kind === 'image' ? `oci://${publishes.name}` : publishes.name;
  return {
    purpose: 'publish', id: decision.id, at: decision.at, subjects: [{ name: resource, digest: publishes.digest }],
    resource, usage: 'publish', caller, run, ...(invocations.length === 0 ? {} : { invocations }),
    policies: sha256Hex(decision.policyGeneration), ...policySetOf(decision), inputs, levels,
  };
}

/** The one that is there already, or a new one, signed and pushed. Asking twice changes nothing. */
async function summaryOf(artifact: Artifact, order: ReceiptOrder, { issuer, publishing }: GateDeps, signal: AbortSignal): Promise<Given> {
  const known = await publishing?.find(artifact, order.run ?? '', signal);
  if (known !== undefined) return { summary: known, pushed: true };
  const underWay = publishing?.signing(artifact, order.run ?? '') === true;
  const issued = underWay ? { state: 'pending' as const } : issuer.issue(order);
  if (issued.state === 'none') return { pushed: false, summaryMissing: issued.why };
  if (issued.state === 'pending') {
    if (!underWay) publishing?.pushLater(artifact, order);
    throw new GateError(409, 'POLICY_PUBLISH_PENDING', 'the summary is being signed', AGAIN_SECONDS);
  }
  if (publishing === undefined) return { summary: issued.text, pushed: false };
  const pushed = await publishing.push(artifact, issued.text, signal);
  if (pushed.ok) return { summary: issued.text, pushed: true, referrer: pushed.digest };
  const { code, source, found, cause } = pushed.problem;
  const message = [source, found, cause].filter((part) => part !== undefined).join(': ');
  return { summary: issued.text, pushed: false, problem: { code, message } };
}

interface Given {
  readonly summary?: string;
  readonly summaryMissing?: string;
  readonly pushed: boolean;
  /** Digest of the manifest that refers to the artifact. */
  readonly referrer?: string;
  /** Why it could not be pushed. */
  readonly problem?: { readonly code: string; readonly message: string };
}
