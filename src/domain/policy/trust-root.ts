/** Under what evidence may be proven: trust roots of each kind, and the forms in which a policy can give one. */
import type { CertificateRevocation } from '../certificate-status.ts';

/**
 * What a second, independent implementation has to say of keyless bundles: nothing, a report after the answer, or that
 * it agrees before they count (ADR 0002).
 */
export type SecondOpinion = 'off' | 'report' | 'require';

/** What trust roots of all kinds have in common. */
interface AnyRoot {
  readonly name: string;
  /** Hash over content and requirements: changes whenever anything in it does. */
  readonly id: string;
  /** Why nothing may be proven under this root now (never loaded, stale); its content is meaningless then. */
  readonly unusable?: string;
  /** Whether a second verifier is asked about keyless evidence under it. Absent: there is none for this kind. */
  readonly secondOpinion?: SecondOpinion;
}

/** A Sigstore trust root: certificate authorities, logs and timestamp authorities, with the numbers required. */
export interface SigstoreRoot extends AnyRoot {
  readonly kind: 'sigstore';
  /** Content of a `trusted_root.json` (media type `application/vnd.dev.sigstore.trustedroot+json;version=0.1|0.2`). */
  readonly trustedRoot: unknown;
  /** How much a keyless signature must bring: distinct logs, distinct CT logs, timestamp authority answers, distinct operators of logs. */
  readonly require: {
    readonly transparencyLog: number;
    readonly sct: number;
    readonly timestamps: number;
    readonly transparencyLogOperators?: number;
  };
  /** Whether a second implementation is asked; `report` where a document says nothing. */
  readonly secondOpinion: SecondOpinion;
}

/** Authorities of one's own: their certificates are anchors, and logs and timestamp authorities date what they certify. */
export interface X509Root extends AnyRoot {
  readonly kind: 'x509';
  /** Certificates of authorities, base64 DER; a path may end at any of them. */
  readonly anchors: readonly string[];
  /** Logs and timestamp authorities, as the content of a `trusted_root.json` without certificate authorities; absent: none. */
  readonly dating?: unknown;
  /** Whether their certificates are revoked is asked; absent: it is not. */
  readonly revocation?: CertificateRevocation;
}

/** The authorities of one SPIFFE trust domain (SPIFFE Trust Domain and Bundle, 4). */
export interface SpiffeRoot extends AnyRoot {
  readonly kind: 'spiffe';
  readonly trustDomain: string;
  /** Certificates of its X.509 authorities, base64 DER; none: everything is revoked. */
  readonly anchors: readonly string[];
  /** As of {@link X509Root}. */
  readonly dating?: unknown;
}

/** A plug-in that signatures of the Notary Project may name as part of their verification. */
export interface NotationPlugin {
  readonly name: string;
  /** Critical attributes that it would look at: they are left unread where a signature names it. */
  readonly attributes: readonly string[];
}

/** Trust stores of the Notary Project (trust-store-trust-policy): certificates at which chains of its signatures have to end. */
export interface NotationRoot extends AnyRoot {
  readonly kind: 'notation';
  /** Roots, and certificates that signed themselves, of the scheme notary.x509; base64 DER. */
  readonly ca: readonly string[];
  /** The same of the scheme notary.x509.signingAuthority, whose signing times are believed. */
  readonly signingAuthority: readonly string[];
  /** Roots of timestamp authorities; with any, signatures of notary.x509 need a timestamp (see {@link verifyTimestamp}). */
  readonly tsa: readonly string[];
  /** When a timestamp is needed: always, or only once a certificate of the chain has ended. */
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  /** Plug-ins that signatures may name although nobody runs them. */
  readonly plugins: readonly NotationPlugin[];
  /** Whether their certificates are revoked is asked; absent: it is not. */
  readonly revocation?: CertificateRevocation;
}

/**
 * Everything under which evidence may be proven. A further kind is a member here, a compiler in `trust/compile.ts`, a
 * prover in `verify/provers/` and a part in `policy/trust-root/`; while one of them is missing, nothing compiles.
 */
export type TrustRoot = SigstoreRoot | X509Root | SpiffeRoot | NotationRoot;

/** The kinds of trust roots: the keys of every record that has one part for each. */
export type TrustRootKind = TrustRoot['kind'];

/** The trust root of one kind; of several kinds, their union. */
export type TrustRootOf<K extends TrustRootKind> = { readonly [P in K]: Extract<TrustRoot, { readonly kind: P }> }[K];

/** A trusted root that a TUF repository publishes, as a TrustRoot names it. Durations in milliseconds. */
export interface TufRootSpec {
  /** Base URL of the metadata, without a slash at its end. */
  readonly mirror: string;
  /** Base URL of the targets, without a slash at its end. */
  readonly targets: string;
  /** The pinned `root.json`, parsed. */
  readonly root: unknown;
  /** Path of the target that holds the trusted root. */
  readonly target: string;
  /** How often the repository is asked. */
  readonly refresh: number;
  /** How long what it published is used when it cannot be asked, or is wrong. `Infinity`: for ever. */
  readonly maxStale: number;
}

/** Where the bundle of a SPIFFE trust domain is published, as a TrustRoot names it. Durations in milliseconds. */
export interface SpiffeBundleSpec {
  readonly trustDomain: string;
  readonly from: BundlePlace;
  /** How often it is read where it says nothing itself. */
  readonly refresh: number;
  /** How long what was read is used when nothing newer can be. */
  readonly maxStale: number;
}

/** A file, or an endpoint whose server proves itself to the web's authorities, or by a SPIFFE ID (SPIFFE Federation, 5.2). */
export type BundlePlace =
  | { readonly file: string }
  | { readonly url: string; readonly profile: 'https_web' }
  | {
    readonly url: string;
    readonly profile: 'https_spiffe';
    readonly endpointSpiffeId: string;
    /** Authorities of the endpoint's trust domain, with which to begin: base64 DER. */
    readonly anchors: readonly string[];
  };

/** What a SPIFFE bundle says of X.509 authorities, or every reason why it is none. */
export interface ReadBundle {
  /** Certificates, base64 DER; none: everything is revoked. */
  readonly anchors: readonly string[];
  readonly problems: readonly string[];
  readonly sequence?: number;
  readonly refreshMs?: number;
}

/** What is published somewhere and followed. */
export type PublishedSpec = TufRootSpec | SpiffeBundleSpec;

/** What a TUF repository or a trust domain published, as far as it is known and may be used at this moment. */
export type PublishedRoot =
  | { readonly usable: true; readonly content: unknown }
  /** `unasked`: nobody has asked whoever publishes it; what it publishes may well be in order. */
  | { readonly usable: false; readonly cause: string; readonly unasked?: true };

/** Authorities written out one by one instead of as a `trusted_root.json`. Times are RFC 3339 text. */
export interface PlainTrust {
  readonly certificateAuthorities: readonly PlainAuthority[];
  readonly timestampAuthorities: readonly PlainAuthority[];
  readonly transparencyLogs: readonly PlainLog[];
  readonly ctLogs: readonly PlainLog[];
}

export interface PlainWindow {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** A certificate authority or timestamp authority: PEM certificates from the issuing one to the root. */
export interface PlainAuthority {
  readonly chain: string;
  readonly uri?: string | undefined;
  readonly validFor?: PlainWindow | undefined;
}

/** A log with its PEM public key; `logId` (base64) only where it does not follow from the key. */
export interface PlainLog {
  readonly publicKey: string;
  readonly baseUrl: string;
  readonly logId?: string | undefined;
  readonly operator?: string | undefined;
  readonly validFor?: PlainWindow | undefined;
}
