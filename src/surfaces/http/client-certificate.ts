/** Whether a connection shows a certificate of the API server, asked again with every request on it. */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../domain/ports.ts';

/** Who counts as the API server. */
export interface CertificateRules {
  readonly clock: Clock;
  /** PEM of the authorities in force at this moment; `undefined` when no certificate counts. */
  authorities(): string | undefined;
  /** Names of which the certificate must have one (common name or DNS name), exactly; absent: any certificate of an authority. */
  readonly names?: readonly string[] | undefined;
}

/** What connections show. Neither function throws. */
export interface ClientCertificates {
  /** To be told of every connection at the end of its handshake; one that was not told of shows nothing. */
  opened(socket: TLSSocket): void;
  /** Whether the other end of a connection has shown a certificate that counts now. */
  shows(socket: IncomingMessage['socket']): boolean;
}

/** What a connection was found to show; it holds under these authorities and for this time. */
interface Shown {
  readonly authorities: string;
  /** Epoch milliseconds; an empty span when the certificate does not count. */
  readonly from: number;
  readonly until: number;
}

/**
 * Makes the judge of client certificates.
 *
 * OpenSSL verifies the path in the handshake, with its purpose and its constraints. A connection outlives that: so with every
 * request the time is compared, and where the authorities have been exchanged since, the certificate counts only if one of the
 * new ones has issued it itself (of others between Node does not tell: such a client has to connect anew). A certificate that does
 * not count is as good as none, and its bearer is still answered (row H19).
 */
export function createClientCertificates({ clock, authorities, names }: CertificateRules): ClientCertificates {
  const known = new WeakMap<object, Shown>();
  let anchors: { readonly pem: string; readonly certificates: readonly X509Certificate[] } = { pem: '', certificates: [] };

  function judged(socket: TLSSocket, pem: string, verified: boolean): Shown {
    if (anchors.pem !== pem) anchors = { pem, certificates: certificatesIn(pem) };
    const leaf = socket.getPeerX509Certificate();
    if (leaf === undefined || !(names === undefined || namesOf(leaf).some((name) => names.includes(name)))) return nothing(pem);
    const anchor = anchors.certificates.find((candidate) => isIssuedBy(leaf, candidate));
    if (anchor === undefined && !verified) return nothing(pem);
    const path = anchor === undefined ? [leaf] : [leaf, anchor];
    return {
      authorities: pem,
      from: Math.max(...path.map(({ validFromDate }) => validFromDate.getTime())),
      until: Math.min(...path.map(({ validToDate }) => validToDate.getTime())),
    };
  }

  /** What cannot even be read counts as little as what is not there. */
  function judge(socket: TLSSocket, pem: string, verified: boolean): Shown {
    let shown: Shown;
    try {
      shown = judged(socket, pem, verified);
    } catch {
      shown = nothing(pem);
    }
    known.set(socket, shown);
    return shown;
  }

  return {
    opened(socket) {
      const pem = authorities();
      if (pem !== undefined && socket.authorized) judge(socket, pem, true);
    },
    shows(socket) {
      const before = known.get(socket);
      if (before === undefined) return false;
      const pem = authorities();
      if (pem === undefined) return false;
      const { from, until } = before.authorities === pem ? before : judge(socket as TLSSocket, pem, false);
      const now = clock.now();
      return from <= now && now <= until;
    },
  };
}

function nothing(authorities: string): Shown {
  return { authorities, from: 0, until: -1 };
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Common names and DNS names. Node quotes alternative names that could be taken for several; then none of them counts. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const commonNames = [certificate.toLegacyObject().subject.CN ?? []].flat();
  const joined = certificate.subjectAltName ?? '';
  const alternatives = joined.includes('"') ? [] : joined.split(', ');
  return [...commonNames, ...alternatives.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []))];
}
