/** Trying the gate: a pod that must be denied and one that must be admitted, sent as dry runs, so that neither comes to be. */
import type { KubeReviews } from '../../cluster/api.ts';
import { isObject, ownText } from '../../text/json/fields.ts';
import { fail, ok, unknown } from './finding.ts';
import type { CheckFinding } from './finding.ts';

/** What is tried. */
export interface Probe {
  readonly namespace: string;
  readonly denied?: { readonly image: string; readonly reason?: string | undefined };
  readonly admitted?: string;
}

const WEBHOOK = '"validate.gatehouse.dev"';

/** Sends both, one after the other. Rejects when no answer came. */
export async function tryGate(
  api: KubeReviews, { namespace, denied, admitted }: Probe, signal: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  const send = (image: string): ReturnType<KubeReviews['post']> =>
    api.post(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?dryRun=All`, podOf(image), signal);
  if (denied !== undefined) findings.push(judgeDenied(denied, await send(denied.image)));
  if (admitted !== undefined) findings.push(judgeAdmitted(admitted, await send(admitted)));
  return findings;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function judgeDenied({ image, reason }: NonNullable<Probe['denied']>, { status, body }: Answer): CheckFinding {
  if (status === 201) return fail('denial', `a pod of ${image} would be admitted: the gate is open, or your policies let it in`,
    'gatehouse check --cluster says whether the gate asks; kubectl warnings say what the policies let in');
  const message = messageOf(body);
  if (!message.includes(`admission webhook ${WEBHOOK} denied`)) return notJudged('denial', status, message);
  const codes = [...new Set(message.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? [])];
  if (reason !== undefined && !codes.includes(reason))
    return fail('denial', `a pod of ${image} is denied by ${codes.join(', ') || 'no reason'}, and ${reason} was expected`,
      'see what the policies say of this image');
  return ok('denial', `a pod of ${image} is denied (${codes.join(', ')})`);
}

function judgeAdmitted(image: string, { status, body }: Answer): CheckFinding {
  if (status === 201) return ok('admission', `a pod of ${image} is admitted`);
  const message = messageOf(body);
  if (!message.includes(`admission webhook ${WEBHOOK} denied`)) return notJudged('admission', status, message);
  return fail('admission', `a pod of ${image} is denied: ${firstLine(message)}`, 'see what the policies say of this image');
}

/** Whoever else has answered: the gate was not reached, or the request ended before it. */
function notJudged(what: string, status: number, message: string): CheckFinding {
  if (message.includes(`failed calling webhook ${WEBHOOK}`))
    return fail(what, `the API server could not ask Gatehouse, and refused: ${firstLine(message)}`, 'gatehouse check --cluster says why');
  return unknown(what, `the API server answers ${status}, before the gate was asked: ${firstLine(message)}`,
    'ask with the right to create pods in that namespace, and within its quota');
}

function messageOf(body: unknown): string {
  return isObject(body) ? ownText(body, 'message') ?? '' : '';
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 400);
}

/** A pod that every namespace takes, the restricted ones too. */
function podOf(image: string): unknown {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { generateName: 'gatehouse-canary-', labels: { 'app.kubernetes.io/name': 'gatehouse-canary' } },
    spec: {
      restartPolicy: 'Never', automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{
        name: 'canary', image, resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      }],
    },
  };
}
