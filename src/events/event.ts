/** A decision as a CloudEvent: one line of JSON, with the names that OpenTelemetry has for what it says. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { referenceFacts } from '../domain/decision/reference.ts';
import type { Maskable } from '../platform/config/events.ts';
import { clip, distinct, json, sourcesJson } from '../platform/decisions/pieces.ts';
import { shortHash } from '../text/short-hash.ts';

/** The type of our events; its fields only ever become more (docs/operate/decision-events.md). */
export const DECISION_EVENT = 'dev.gatehouse.decision.v1';

/** What an event says besides its decision. */
export interface EventPlace {
  /** URI of whoever tells, the same for all events of one process. */
  readonly source: string;
  /** Its place among the events of the source, from 1 on and without a gap. */
  readonly sequence: number;
  /** How many events of the source were dropped so far. */
  readonly dropped: number;
  readonly mask: ReadonlySet<Maskable>;
}

/** So many artifacts, reasons, policies and exceptions are named: an event stays below the 64 KiB that everybody has to take. */
const MOST = 32;
const ARTIFACT_BYTES = 24 * 1024;
const SEQUENCE_DIGITS = 16;

/** The event as JSON in one line, without the end of the line. Nothing of the object is in it, and no credential can be. */
export function decisionEvent(decision: Decision, { source, sequence, dropped, mask }: EventPlace): string {
  const { id, at, artifacts } = decision;
  const digest = mask.has('artifacts') ? undefined : artifacts[0]?.digest;
  return (
    `{"specversion":"1.0","type":"${DECISION_EVENT}","source":${json(source)},"id":"${id}","time":"${new Date(at).toISOString()}"` +
    `${digest === undefined ? '' : `,"subject":${json(digest)}`},"datacontenttype":"application/json"` +
    `,"sequence":"${String(sequence).padStart(SEQUENCE_DIGITS, '0')}","data":{"gatehouse.sequence":${sequence}` +
    `${dropped === 0 ? '' : `,"gatehouse.dropped":${dropped}`},${outcomeOf(decision)},${requestOf(decision, mask)}` +
    `${mask.has('artifacts') ? '' : artifactsOf(decision)}}}`
  );
}

/** What came out and why. */
function outcomeOf(decision: Decision): string {
  const { outcome, verdict, findings, policyGeneration, policySources, durationMs } = decision;
  const mode = strictest(findings);
  const decisive = findings.find(({ policy }) => policy !== undefined)?.policy;
  const exceptions = findings.some((finding) => finding.exceptions !== undefined)
    ? `,"gatehouse.exceptions":${list(findings.flatMap((finding) => (finding.exceptions ?? []).map(({ name }) => name)))}`
    : '';
  // By it the text that a user holds leads here; admissions have none.
  const reference = outcome === 'deny' ? `,"gatehouse.reference":"${shortHash(referenceFacts(decision))}"` : '';
  return (
    `"gatehouse.decision":"${outcome}","gatehouse.verdict":"${verdict}"${mode === undefined ? '' : `,"gatehouse.mode":"${mode}"`}` +
    `,"gatehouse.reasons":${list(findings.map(({ code }) => code))},"gatehouse.policies":${list(findings.flatMap(({ policy }) => policy ?? []))}` +
    `${decisive === undefined ? '' : `,"security_rule.name":${json(clip(decisive))}`},"security_rule.version":${json(policyGeneration)}` +
    `${policySources === undefined ? '' : `,"gatehouse.policy.sources":${sourcesJson(policySources)}`}` +
    `${exceptions}${reference},"gatehouse.duration":${durationMs / 1000}`
  );
}

/** What was asked, by whom, and how far that was shown. */
function requestOf({ request }: Decision, mask: ReadonlySet<Maskable>): string {
  const { surface, proof, uid, operation, group, kind, namespace, name, user, dryRun } = request;
  return (
    `"gatehouse.surface":"${surface}","gatehouse.proof":"${proof}","gatehouse.request.uid":${json(clip(uid))}` +
    `,"gatehouse.request.operation":"${operation}","gatehouse.request.group":${json(clip(group))},"gatehouse.request.kind":${json(clip(kind))}` +
    (mask.has('namespace') ? '' : `,"k8s.namespace.name":${json(clip(namespace))}`) +
    (mask.has('name') ? '' : `,"gatehouse.request.name":${json(clip(name))}`) +
    (mask.has('user') ? '' : `,"user.name":${json(clip(user))}`) +
    `,"gatehouse.request.dry_run":${dryRun}`
  );
}

/** Names and digests, the first of them; how many there are where that is more. What has to be escaped takes six times its characters. */
function artifactsOf({ artifacts }: Decision): string {
  const named: string[] = [];
  let room = ARTIFACT_BYTES;
  for (const { name, digest } of artifacts.slice(0, MOST)) {
    const text = `{"name":${json(clip(name))}${digest === undefined ? '' : `,"digest":${json(digest)}`}}`;
    room -= Buffer.byteLength(text);
    if (room < 0) break;
    named.push(text);
  }
  return `,"gatehouse.artifacts":[${named.join()}]${artifacts.length > named.length ? `,"gatehouse.artifacts.count":${artifacts.length}` : ''}`;
}

function list(values: readonly string[]): string {
  if (values.length === 0) return '[]';
  return `[${distinct(values).slice(0, MOST).map((value) => json(clip(value))).join()}]`;
}

/** The mode in which something did not hold, the strictest of them; none where everything holds. */
function strictest(findings: readonly Finding[]): Finding['mode'] | undefined {
  let mode: Finding['mode'] | undefined;
  for (const finding of findings) {
    if (finding.verdict === 'satisfied') continue;
    if (finding.mode === 'enforce') return 'enforce';
    if (mode !== 'warn') mode = finding.mode;
  }
  return mode;
}
