/** How long the authorities of a Sigstore root will last. */
import type { AuthorityWindow } from '../../domain/policy/expiry.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { nameText } from '../../pki/name-text.ts';
import { checkTrustedRoot, compileTrustedRoot } from './trusted-root.ts';

const remembered = new WeakMap<object, readonly AuthorityWindow[]>();

/**
 * Until when each authority of a `trusted_root.json` can prove anything new: the end of its window, or of the
 * certificate on its path that ends first. Empty for a document that is not a good trusted root. Reads no clock.
 */
export function authorityWindows(json: unknown): readonly AuthorityWindow[] {
  if (typeof json !== 'object' || json === null) return [];
  const known = remembered.get(json) ?? readWindows(json);
  remembered.set(json, known);
  return known;
}

function readWindows(trustedRoot: object): readonly AuthorityWindow[] {
  if (checkTrustedRoot(trustedRoot).length > 0) return [];
  const root = compileTrustedRoot({
    kind: 'sigstore',
    name: '',
    id: '',
    trustedRoot,
    require: { transparencyLog: 0, sct: 0, timestamps: 0 },
    secondOpinion: 'off',
  });
  return [
    ...root.authorities.map(({ issuer, path, window }) =>
      ended('certificate-authority', subjectOf(issuer), Math.min(window.end, ...path.map((one) => one.notAfter))),
    ),
    ...[...root.logs.values()].map(({ baseUrl, window }) => ended('transparency-log', baseUrl, window.end)),
    ...[...root.ctLogs.values()].map(({ baseUrl, window }) => ended('ct-log', baseUrl, window.end)),
    ...root.timestampAuthorities.map(({ signer, path, window }) => {
      const chain = signer === undefined ? path : [signer, ...path];
      return ended('timestamp-authority', subjectOf(chain[0]), Math.min(window.end, ...chain.map((one) => one.notAfter)));
    }),
  ];
}

function ended(kind: AuthorityWindow['kind'], name: string, end: number): AuthorityWindow {
  return end === Infinity ? { kind, name } : { kind, name, end };
}

function subjectOf(certificate: Certificate | undefined): string {
  return certificate === undefined ? '' : nameText(certificate.subject);
}
