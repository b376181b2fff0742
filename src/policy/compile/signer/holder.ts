/** Identities by certificates of one's own authorities, compiled. */
import type { SpiffeIdentity, X509Identity } from '../../../domain/policy/requirement.ts';
import type { TrustRoot, TrustRootKind, TrustRootOf } from '../../../domain/policy/trust-root.ts';
import type { SpiffeField, X509Field } from '../../schema/holder.ts';

/**
 * What an identity may be for where it does not say so: code signing, which certificates of other authorities have to name. Those of the
 * Notary Project name it or no usage at all; usages of something else are refused when they are proven.
 */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/** The identity, or why the root cannot prove it. */
export type Holder<I> =
  | { readonly ok: true; readonly identity: I }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** Compiles `x509` of an identity under the root that it names. */
export function compileX509(field: X509Field, root: TrustRoot): Holder<X509Identity> {
  if (!isOf(root, ['x509', 'notation'])) return wrongKind(root, 'x509 or notation');
  const subject = field.subject ?? field.subjectGlob ?? field.subjectIncludes;
  const san = field.san ?? field.sanGlob;
  const { issuer, eku = root.kind === 'notation' ? [] : [CODE_SIGNING], maxCertificateLifetime } = field;
  return {
    ok: true,
    identity: {
      kind: 'x509',
      trustRoot: root.name,
      ...(root.kind === 'notation' ? { notation: true } : {}),
      ...(subject === undefined ? {} : { subject }),
      ...(san === undefined ? {} : { san }),
      ...(issuer === undefined ? {} : { issuer }),
      usages: eku.filter((usage) => usage !== ''),
      ...(maxCertificateLifetime === undefined ? {} : { maxCertificateLifetime }),
    },
  };
}

/** Compiles `spiffe` of an identity under the root that it names, which has to be of the same trust domain. */
export function compileSpiffe(field: SpiffeField, root: TrustRoot): Holder<SpiffeIdentity> {
  if (!isOf(root, ['spiffe'])) return wrongKind(root, 'spiffe');
  const name = field.id === undefined ? 'idGlob' : 'id';
  const id = field.id ?? field.idGlob;
  if (id === undefined) return { ok: false, field: name, problem: 'is missing' };
  if (id.trustDomain !== root.trustDomain)
    return { ok: false, field: name, problem: `is of trust domain ${id.trustDomain}, and trust root ${root.name} of ${root.trustDomain}: nothing could ever be verified` };
  const { maxCertificateLifetime } = field;
  return {
    ok: true,
    identity: {
      kind: 'spiffe', trustRoot: root.name, id: id.matcher, ...(maxCertificateLifetime === undefined ? {} : { maxCertificateLifetime }),
    },
  };
}

function isOf<K extends TrustRootKind>(root: TrustRoot, kinds: readonly K[]): root is TrustRootOf<K> {
  return kinds.some((kind) => kind === root.kind);
}

function wrongKind({ name, kind }: TrustRoot, wanted: string): Holder<never> {
  return { ok: false, field: 'trustRoot', problem: `trust root ${name} is of kind ${kind}, an identity of this kind needs one of kind ${wanted}` };
}
