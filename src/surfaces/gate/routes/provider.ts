/** The same question as OPA Gatekeeper asks it: an external data provider whose keys are images. */
import type { z } from 'zod';
import type { ArtifactRef } from '../../../domain/artifact/artifact.ts';
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import type { Decision } from '../../../domain/decision/decision.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import { reason } from '../../../domain/decision/reasons.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { decisionWord } from '../../../explain/index.ts';
import type { GateDeps } from '../deps.ts';
import { gateRoute } from '../route.ts';
import type { Asked } from '../route.ts';
import { providerRequest, providerResponse } from '../schema.ts';

type Request = z.output<typeof providerRequest>;
type Response = z.output<typeof providerResponse>;
type Item = Response['response']['items'][number];

/** Gatekeeper gives a provider seconds, and its own webhook has no more than three by default. */
const BUDGET_MS = 3000;
/** An error becomes a part of Gatekeeper's message, one for each image. */
const MOST_TEXT = 400;

/** `POST /v1/provider`. */
export const providerRoute = gateRoute({
  method: 'POST',
  path: '/v1/provider',
  summary: 'External data provider of OPA Gatekeeper: each image by its digest when it is admitted, else an error.',
  asker: 'client',
  body: providerRequest,
  answer: providerResponse,
  handle,
});

async function handle({ body, request, keeping, waiting }: Asked<Request>, deps: GateDeps): Promise<Response> {
  const keys = [...new Set(body.request.keys)];
  const read = keys.map((key, index) => imageArtifact(key, `keys[${index}]`, 'container'));
  const artifacts = read.flatMap((one) => (one.ok ? [one.artifact] : []));
  const refused = new Map(read.flatMap((one, index) => (one.ok ? [] : [[keys[index] ?? '', errorOf([one.finding])] as const])));
  const deadline = deps.clock.now() + Math.min(BUDGET_MS, deps.budget);
  const decision = artifacts.length === 0
    ? undefined
    : await deps.admit(reviewOf(artifacts, request.id, deps), { deadline, signal: waiting.left, keeping });
  const { of, system } = told(decision);
  return {
    apiVersion: body.apiVersion, kind: 'ProviderResponse',
    response: {
      // The same image is answered the same way: what a mutation writes, it writes again.
      idempotent: true,
      items: system === undefined ? keys.map((key, index) => itemOf(key, refused.get(key) ?? of.get(`keys[${index}]`))) : [],
      ...(system === undefined ? {} : { systemError: system }),
    },
  };
}

/** No question of a build: nobody's run, and the namespace that the configuration says. */
function reviewOf(artifacts: readonly ArtifactRef[], uid: string, deps: GateDeps): ReviewRequest {
  const [group, version] = ['externaldata.gatekeeper.sh', 'v1beta1'];
  return {
    surface: 'gate', caller: { proof: 'certificate', credentials: 'own' }, uid, operation: 'CREATE',
    kind: { group, version, kind: 'ProviderRequest' }, resource: { group, version, resource: 'providers' }, subResource: '',
    namespace: deps.clientNamespace ?? '', name: '', user: { username: 'gatekeeper', groups: [] },
    dryRun: false, object: null, oldObject: null, artifacts,
  };
}

/** What an image came to: its reference by digest and no error, or an error. */
type Told = Omit<Item, 'key'>;

/** What each place came to; a finding about the request as a whole that denies is the whole answer. */
function told(decision: Decision | undefined): { readonly of: ReadonlyMap<string, Told>; readonly system?: string } {
  if (decision === undefined) return { of: new Map() };
  const places = new Set(decision.artifacts.map(({ path }) => path));
  const findings = Map.groupBy(decision.findings, ({ path, ofRequest }) => (ofRequest !== true && places.has(path) ? path : ''));
  const whole = findings.get('') ?? [];
  if (isDenied(whole)) return { of: new Map(), system: errorOf(whole).error ?? '' };
  return {
    of: new Map(decision.artifacts.map(({ path, name, digest }) => {
      const own = findings.get(path) ?? [];
      // What was not judged has no finding, and is an error. A mutation puts the value in the place of the reference.
      return [path, own.length === 0 || isDenied(own) ? errorOf(own) : { value: digest === undefined ? 'admitted' : `${name}@${digest}` }];
    })),
  };
}

function isDenied(findings: readonly Finding[]): boolean {
  const word = decisionWord(findings);
  return word === 'deny' || word === 'undetermined';
}

/** The first that denies, in one line: its code, what it means, and what to do. */
function errorOf(findings: readonly Pick<Finding, 'code' | 'verdict' | 'mode' | 'cause' | 'fix'>[]): Told {
  const first = findings.find(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  if (first === undefined) return { value: '', error: 'ENGINE_FAULT: image was not judged' };
  const { title, fix } = reason(first.code);
  return { value: '', error: `${first.code}: ${title}; ${first.fix ?? fix}`.slice(0, MOST_TEXT) };
}

/** What was not judged is an error: Gatekeeper's constraints read the errors. */
function itemOf(key: string, one: Told | undefined): Item {
  return { key, ...(one ?? errorOf([])) };
}
