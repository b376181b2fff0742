/** Signed attributes of a Notary Project signature: which there must be, which may be critical, and in what order times stand. */
import { clip, Refusal } from '../problem.ts';

/** Who vouches for the signing time: nobody, or the authority that signed. */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** Names of the signed attributes in both encodings (signature-specification, "Signed Attributes"). */
export const ATTRIBUTE = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginVersion: 'io.cncf.notary.verificationPluginMinVersion',
} as const;

/** Attributes as an encoding writes them: times read, and what else there is. */
export interface WrittenAttributes {
  readonly critical: readonly string[];
  readonly scheme: unknown;
  /** Epoch milliseconds. */
  readonly signingTime: number | undefined;
  readonly authenticSigningTime: number | undefined;
  readonly expiry: number | undefined;
  /** Extended attributes by name. */
  readonly others: ReadonlyMap<string, unknown>;
}

/** Attributes that are in order. Nothing is verified. */
export interface NotaryAttributes {
  readonly scheme: SigningScheme;
  /** As the signer claims it; under `notary.x509.signingAuthority` it is the authority's word. Epoch milliseconds. */
  readonly signedAt: number;
  /** From when on the signature counts no longer. */
  readonly expiresAt?: number;
  /** Extended attributes that whoever verifies has to understand, without those that name a plug-in. */
  readonly critical: readonly string[];
  /** The plug-in without which the signature is not to be trusted. */
  readonly plugin?: string;
}

const SCHEMES: ReadonlySet<unknown> = new Set<SigningScheme>(['notary.x509', 'notary.x509.signingAuthority']);
const MOST = 32;
/** Every time that a date can hold in four digits. */
const LATEST = Date.UTC(10_000, 0) - 1;

/** Holds attributes to the specification. Throws a {@link Refusal}. */
export function readAttributes(written: WrittenAttributes): NotaryAttributes {
  const { scheme, others } = written;
  if (!isScheme(scheme))
    throw new Refusal('signing scheme is not supported', {
      code: 'VERIFY_FORMAT', found: typeof scheme === 'string' ? clip(scheme, 80) : 'no signing scheme', expected: [...SCHEMES].join(' or '),
    });
  const signedAt = signingTime(scheme, written);
  const critical = readCritical(scheme, written);
  const { expiry } = written;
  if (expiry !== undefined && expiry <= signedAt)
    throw new Refusal('the signature ends before it was made', { found: timeText(expiry), expected: `a time after ${timeText(signedAt)}` });
  const plugin = pluginOf(others);
  return {
    scheme,
    signedAt,
    critical: critical.filter((name) => name !== ATTRIBUTE.plugin && name !== ATTRIBUTE.pluginVersion),
    ...(expiry === undefined ? {} : { expiresAt: expiry }),
    ...(plugin === undefined ? {} : { plugin }),
  };
}

/** Each scheme has a time of its own, and that of the other may not stand beside it. */
function signingTime(scheme: SigningScheme, { signingTime: claimed, authenticSigningTime: authentic }: WrittenAttributes): number {
  const [own, other, name, foreign] = scheme === 'notary.x509'
    ? [claimed, authentic, ATTRIBUTE.signingTime, ATTRIBUTE.authenticSigningTime]
    : [authentic, claimed, ATTRIBUTE.authenticSigningTime, ATTRIBUTE.signingTime];
  if (other !== undefined) throw new Refusal(`${foreign} may not stand in a signature of ${scheme}`);
  if (own === undefined) throw new Refusal(`${name} is missing`);
  return own;
}

/** The extended attributes that are critical. */
function readCritical(scheme: SigningScheme, { critical, expiry, others }: WrittenAttributes): readonly string[] {
  if (critical.length > MOST)
    throw new Refusal('too many critical attributes', { code: 'VERIFY_LIMIT', found: `${critical.length}`, expected: `at most ${MOST}` });
  const demanded: ReadonlySet<string> = new Set([
    ATTRIBUTE.scheme,
    ...(scheme === 'notary.x509' ? [] : [ATTRIBUTE.authenticSigningTime]),
    ...(expiry === undefined ? [] : [ATTRIBUTE.expiry]),
  ]);
  const named = new Set(critical);
  if (named.size !== critical.length) throw new Refusal('an attribute is named critical twice');
  for (const name of demanded) if (!named.has(name)) throw new Refusal(`${name} is not marked critical`);
  for (const name of named)
    if (!demanded.has(name) && !others.has(name))
      throw new Refusal('an attribute is marked critical that is not there, or may not be critical', { found: clip(name, 80) });
  return critical.filter((name) => !demanded.has(name));
}

/** Critical or not: a signature that names a plug-in is not to be trusted without it. */
function pluginOf(others: WrittenAttributes['others']): string | undefined {
  const plugin = others.get(ATTRIBUTE.plugin);
  if (plugin === undefined && !others.has(ATTRIBUTE.pluginVersion)) return undefined;
  if (typeof plugin !== 'string' || plugin.trim() === '') throw new Refusal(`${ATTRIBUTE.plugin} is not the name of a plug-in`);
  return plugin;
}

function isScheme(scheme: unknown): scheme is SigningScheme {
  return SCHEMES.has(scheme);
}

/** Epoch milliseconds of a time in seconds. Throws a {@link Refusal} when no date can hold it. */
export function timeOfSeconds(seconds: number, name: string): number {
  const at = seconds * 1000;
  if (!Number.isInteger(at) || at < 0 || at > LATEST) throw new Refusal(`${name} is no time from 1970 to 9999`);
  return at;
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
