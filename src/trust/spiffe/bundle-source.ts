/** The bundle of a trust domain that is followed: where it is read, by whom it may be served, and that it is never an older one. */
import type { SpiffeBundleSpec } from '../../domain/policy/trust-root.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { Malformed } from '../../pki/der.ts';
import { readSvid } from '../../pki/svid.ts';
import { own } from '../../text/json/fields.ts';
import { readJsonBytes } from '../../text/json/read.ts';
import { parseSpiffeId } from '../../text/names/spiffe-id.ts';
import { following } from '../../text/names/spiffe-bundle.ts';
import type { BundleTimes } from '../../text/names/spiffe-bundle.ts';
import { bundleOfPem, readX509Bundle } from './bundle.ts';

/** How a server of an endpoint proves itself when it does not by the web's authorities. */
export interface EndpointServer {
  /** Its SPIFFE ID. */
  readonly name: string;
  /** PEM certificates under which alone its own may be issued. */
  readonly ca: readonly string[];
  /** Why a certificate, DER, is not that of this server; `undefined` when it is. Its path is not looked at. Never throws. */
  problem(der: Uint8Array): string | undefined;
}

/** Disk and network as a bundle needs them. */
export interface BundlePorts {
  /** Where the last sequence number survives a restart: authorities do not, since nothing would prove them when they are read again. */
  readonly store: { read(name: string): Promise<Uint8Array | undefined>; write(name: string, bytes: Uint8Array): Promise<void> };
  file(path: string, signal: AbortSignal): Promise<Uint8Array>;
  endpoint(url: string, server: EndpointServer | undefined, signal: AbortSignal): Promise<Uint8Array>;
}

/** The bundle of one trust domain, as the followers of trust roots read it. */
export interface BundleSource {
  readonly unanswered: string;
  readonly watch: readonly string[];
  restore(): Promise<undefined>;
  refresh(now: number, signal: AbortSignal): Promise<{
    readonly content: unknown;
    readonly confirmedAt: number;
    readonly versions: Readonly<Record<string, number>>;
    readonly refreshMs?: number;
  }>;
}

const SEQUENCE = 'sequence.json';
const LIMITS = { maxDepth: 32, maxItems: 50_000 };

/**
 * Reads the bundle of a trust domain from its file or endpoint: a bundle in every part, and not older than the last one of an endpoint
 * (a file is put there by whoever runs us). An endpoint of `https_spiffe` in the same trust domain is authenticated by the last bundle that
 * it served, one in another by the authorities that the document gives.
 */
export function createBundleSource({ trustDomain, from }: SpiffeBundleSpec, ports: BundlePorts): BundleSource {
  let inForce: (BundleTimes & { readonly anchors: readonly string[] }) | undefined;
  let kept: Promise<BundleTimes> | undefined;

  const load = (signal: AbortSignal): Promise<Uint8Array> => {
    if ('file' in from) return ports.file(from.file, signal);
    if (from.profile === 'https_web') return ports.endpoint(from.url, undefined, signal);
    const isOwn = parseSpiffeId(from.endpointSpiffeId)?.trustDomain === trustDomain;
    const anchors = isOwn ? inForce?.anchors ?? from.anchors : from.anchors;
    if (anchors.length === 0)
      throw new Error('the bundle in force has no X.509 authorities, so nobody can prove to be its endpoint: give certificates anew');
    const name = from.endpointSpiffeId;
    return ports.endpoint(from.url, { name, ca: anchors.map(pemOf), problem: (der) => serverProblem(der, name) }, signal);
  };

  return {
    unanswered: 'file' in from ? 'its bundle has not been read yet' : 'its bundle endpoint has not answered yet',
    watch: 'file' in from ? [from.file] : [],
    restore: () => Promise.resolve(undefined),
    async refresh(now, signal) {
      const document = documentOf(await load(signal), 'file' in from);
      const { anchors, problems, sequence, refreshMs } = readX509Bundle(document, trustDomain);
      if (problems.length > 0) throw new Error(`the bundle cannot be used: ${problems.slice(0, 3).join('; ')}`);
      const bundle = { anchors, ...(sequence === undefined ? {} : { sequence }) };
      if (!('file' in from)) {
        inForce = following(bundle, inForce ?? await (kept ??= keptSequence(ports)));
        if (sequence !== undefined) await ports.store.write(SEQUENCE, Buffer.from(JSON.stringify({ spiffe_sequence: sequence })));
      }
      return {
        content: document, confirmedAt: now, versions: sequence === undefined ? {} : { sequence },
        ...(refreshMs === undefined || 'file' in from ? {} : { refreshMs }),
      };
    },
  };
}

/** A file may be PEM as well, as agents of SPIFFE write it; what is published is a bundle. */
function documentOf(bytes: Uint8Array, mayBePem: boolean): unknown {
  const text = mayBePem ? Buffer.from(bytes).toString('utf8') : '';
  if (text.trimStart().startsWith('-----BEGIN ')) return bundleOfPem(text);
  const read = readJsonBytes(bytes, LIMITS);
  if (!read.ok) throw new Error(`expected a SPIFFE bundle, found a fault of ${read.fault.kind} in its JSON`);
  return read.value;
}

async function keptSequence({ store }: BundlePorts): Promise<BundleTimes> {
  const bytes = await store.read(SEQUENCE);
  const read = bytes === undefined ? undefined : readJsonBytes(bytes, LIMITS);
  const sequence = read?.ok === true ? own(read.value, 'spiffe_sequence') : undefined;
  return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? { sequence } : {};
}

/** Its path is verified by TLS itself, under the authorities that go with the ID. */
function serverProblem(der: Uint8Array, expected: string): string | undefined {
  try {
    const svid = readSvid(parseCertificate(der));
    if (!svid.ok) return `its certificate is no X.509-SVID: ${svid.problem}`;
    return svid.value.id === expected ? undefined : `expected the endpoint ${expected}, found ${svid.value.id}`;
  } catch (thrown) {
    return thrown instanceof Malformed ? thrown.message : 'its certificate cannot be read';
  }
}

function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}
