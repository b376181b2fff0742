/** The authorities of a trust domain, from wherever a document says: what cannot be read now is unusable, and the set stands. */
import type { BundlePlace, SpiffeBundleSpec } from '../../../domain/policy/trust-root.ts';
import { parseSpiffeId } from '../../../text/names/spiffe-id.ts';
import { BUNDLE_REFRESH } from '../../../text/names/spiffe-bundle.ts';
import type { Path } from '../../read/problems.ts';
import type { CompileTools } from '../part.ts';
import { readJson } from '../sigstore/content.ts';
import type { EndpointField, SpiffeRootField } from './schema.ts';

/** Certificates as base64 DER; with `unusable` there are none that may be used now. */
export interface Authorities {
  readonly anchors: readonly string[];
  readonly unusable?: string;
}

const AT: Path = ['spec', 'spiffe'];
const ENDPOINT: Path = [...AT, 'bundleEndpoint'];
const FILE_REFRESH = 5_000;
const DAY = 86_400_000;

/** Reads them. Every problem of what is written is reported where it stands; `undefined` when there is one. */
export function readAuthorities(name: string, written: SpiffeRootField, tools: CompileTools): Authorities | undefined {
  const { trustDomain, certificates, bundle, file, bundleEndpoint } = written;
  if (certificates !== undefined) return ofPem(certificates, AT, tools);
  if (file !== undefined)
    return published(name, { trustDomain, from: { file }, refresh: FILE_REFRESH, maxStale: DAY }, [...AT, 'file'], tools);
  if (bundleEndpoint === undefined) return told(ofBundle(bundle, trustDomain, [...AT, 'bundle'], tools), [...AT, 'bundle'], written, tools);
  const from = placeOf(bundleEndpoint, trustDomain, tools);
  const maxStale = bundleEndpoint.maxStale ?? DAY;
  const impatient = maxStale < BUNDLE_REFRESH;
  if (impatient) tools.report.error([...ENDPOINT, 'maxStale'], 'is shorter than 5m, how often bundles are read, so the root would be stale in between');
  if (from === undefined || impatient) return undefined;
  return published(name, { trustDomain, from, refresh: BUNDLE_REFRESH, maxStale }, ENDPOINT, tools);
}

function ofPem(pem: string, at: Path, { trust, report }: CompileTools): Authorities | undefined {
  const { anchors, problems } = trust.anchors(pem);
  for (const problem of problems) report.error([...at, 'certificates'], problem);
  return problems.length === 0 ? { anchors } : undefined;
}

function ofBundle(written: unknown, trustDomain: string, at: Path, { trust, report }: CompileTools): Authorities | undefined {
  const document = readJson(written, at, report);
  if (document === undefined) return undefined;
  const { anchors, problems } = trust.bundle(document, trustDomain);
  for (const problem of problems) report.error(at, problem);
  return problems.length === 0 ? { anchors } : undefined;
}

/** What is published must not break a set: what is not there, stale or not good enough is unusable. */
function published(name: string, spec: SpiffeBundleSpec, at: Path, tools: CompileTools): Authorities {
  const { trust, report } = tools;
  const answer = trust.spiffeBundle(name, spec);
  if (!answer.usable) {
    if (answer.unasked === true) report.note('bundle-unasked', at, `nobody has read the bundle of ${spec.trustDomain} here: its authorities, and when they end, are not looked at`);
    return { anchors: [], unusable: answer.cause };
  }
  const { anchors, problems } = trust.bundle(answer.content, spec.trustDomain);
  const [problem] = problems;
  if (problem === undefined) return told({ anchors }, at, spec, tools);
  report.advise('bundle-unusable', at, `the bundle of ${spec.trustDomain} cannot be used: ${problem}`);
  return { anchors: [], unusable: `its bundle cannot be used: ${problem}` };
}

/** A bundle without authorities is in order, and proves nothing: whoever writes it means that. */
function told<A extends Authorities | undefined>(
  authorities: A, at: Path, { trustDomain }: { readonly trustDomain: string }, { report }: CompileTools,
): A {
  if (authorities?.anchors.length === 0)
    report.advise('bundle-empty', at, `the bundle of ${trustDomain} has no X.509 authorities: all its X.509-SVIDs are revoked, and nothing is proven under this root`);
  return authorities;
}

/** How the endpoint proves itself: by `https_spiffe` an ID and authorities to begin with are needed, by `https_web` neither may be there. */
function placeOf(written: EndpointField, trustDomain: string, tools: CompileTools): BundlePlace | undefined {
  const { url, profile, endpointSpiffeId, certificates, bundle } = written;
  const { report } = tools;
  if (profile === 'https_web') {
    if (url.startsWith('http:')) report.advise('bundle-plain-http', [...ENDPOINT, 'url'], 'plain HTTP is refused unless the configuration names the host in plainHttp');
    const extra = (['endpointSpiffeId', 'certificates', 'bundle'] as const).filter((field) => written[field] !== undefined);
    for (const field of extra) report.error([...ENDPOINT, field], 'is for profile https_spiffe: by https_web the endpoint proves itself to authorities of the web');
    return extra.length === 0 ? { url, profile } : undefined;
  }
  if (!url.startsWith('https:')) report.error([...ENDPOINT, 'url'], 'expected an https URL: by https_spiffe the endpoint proves itself by its X.509-SVID');
  if (endpointSpiffeId === undefined) report.error([...ENDPOINT, 'endpointSpiffeId'], 'is missing: by https_spiffe the endpoint proves itself by this SPIFFE ID');
  if (certificates === undefined && bundle === undefined) report.error(ENDPOINT, 'expected certificates or bundle: the authorities by which the endpoint proves itself first');
  const isWhole = url.startsWith('https:') && (certificates ?? bundle) !== undefined;
  if (!isWhole || endpointSpiffeId === undefined) return undefined;
  // An endpoint may belong to another trust domain: its authorities prove it, and never any workload of this one.
  const domain = parseSpiffeId(endpointSpiffeId)?.trustDomain ?? trustDomain;
  const first = certificates === undefined
    ? ofBundle(bundle, domain, [...ENDPOINT, 'bundle'], tools)
    : ofPem(certificates, ENDPOINT, tools);
  if (first?.anchors.length === 0) report.error([...ENDPOINT, 'bundle'], 'has no X.509 authorities, so the endpoint could never prove itself');
  return first === undefined || first.anchors.length === 0 ? undefined : { url, profile, endpointSpiffeId, anchors: first.anchors };
}
