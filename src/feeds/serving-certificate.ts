/** The certificate that the server shows, renewed from its files without a restart and without a failed request. */
import { constants, createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions, Server } from 'node:tls';
import { readInputFile } from '../platform/input-file.ts';
import { TLS_PROFILE } from '../platform/tls/profile.ts';
import type { Feed } from './feed.ts';
import { createHeld, messageOf, shown } from './held.ts';
import { poll } from './polling.ts';
import type { FeedTime } from './polling.ts';

/** Where certificate chain, private key and (for mTLS) client authorities lie; all PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCA?: string | undefined;
}

/** Told what happened to the certificate; must not throw. */
export interface CertificateEvents {
  /** A certificate came into use. `notAfter` in epoch milliseconds. */
  loaded(certificate: { readonly notAfter: number; readonly serial: string }): void;
  /** New files cannot be used; the certificate in use stays. Told once per content. */
  refused(problem: string): void;
}

/** The certificate in use, and the watch over its files. */
export interface ServingCertificate extends Feed<SecureContextOptions> {
  /** Hands every later certificate to this server; running connections keep theirs, so no request fails. */
  attach(server: Pick<Server, 'setSecureContext'>): void;
}

const POLL_MS = 5000;
const MAX_PEM_BYTES = 1024 * 1024;

/**
 * Loads the serving certificate and reloads it when its files change (security.md L09, R09).
 *
 * Throws when the first set cannot be used. Later, a set that does not fit together (key of another
 * certificate, not PEM, already expired) is refused as a whole. Files are polled because fs.watch misses changes on some
 * mounts; Secrets change by a renamed symbolic link, so the folder is watched, not the file.
 */
export async function openCertificate(
  files: CertificateFiles,
  events: CertificateEvents,
  pollMs = POLL_MS,
  time?: FeedTime,
): Promise<ServingCertificate> {
  const first = await read(files);
  const options = usable(first.pem, files);
  const held = createHeld<SecureContextOptions>({
    name: 'serving-certificate',
    ...(time === undefined ? {} : { clock: time.clock }),
    took: (fresh) => announce(fresh, events),
    refused: (cause) => events.refused(messageOf(cause)),
  });
  // The first may have expired: a server that says so is found sooner than one that does not start.
  held.offer(first.hash, () => options);
  const look = async (): Promise<void> => {
    try {
      const { hash, pem } = await read(files);
      held.offer(hash, () => {
        const fresh = usable(pem, files);
        if (expiry(fresh) <= Date.now()) throw new Error(`certificate ${files.cert} has expired already`);
        return fresh;
      });
    } catch (cause) {
      held.unreadable(cause);
    }
  };

  const watch = [files.cert, files.key, files.clientCA].flatMap((file) => (file === undefined ? [] : [dirname(file)]));
  const polling = poll({ look, pauseMs: () => pollMs, watch, ...(time === undefined ? {} : { time }) });
  const current = (): SecureContextOptions => held.current() ?? options;
  return {
    ...shown(held),
    current,
    attach: (server) => void held.changed(() => server.setSecureContext(current())),
    refresh: polling.now,
    close() {
      polling.stop();
      held.close();
    },
  };
}

interface PemSet {
  readonly cert: string;
  readonly key: string;
  readonly clientCA?: string;
}

async function read(files: CertificateFiles): Promise<{ readonly hash: string; readonly pem: PemSet }> {
  const [cert = '', key = '', clientCA] = await Promise.all([files.cert, files.key, files.clientCA].map(async (path) => {
    if (path === undefined) return undefined;
    const bytes = await readInputFile(path);
    if (bytes.length > MAX_PEM_BYTES) throw new Error(`${path} is larger than ${MAX_PEM_BYTES} bytes`);
    return bytes.toString('latin1');
  }));
  const hash = createHash('sha256').update([cert, key, clientCA ?? ''].join('\0')).digest('hex');
  return { hash, pem: { cert, key, ...(clientCA === undefined ? {} : { clientCA }) } };
}

/** Checks that certificate and key belong together and that OpenSSL takes all of it; throws otherwise. */
function usable(pem: PemSet, files: CertificateFiles): SecureContextOptions {
  const leaf = parsed(files.cert, 'a certificate', () => new X509Certificate(pem.cert));
  const key = parsed(files.key, 'a private key without a password', () => createPrivateKey(pem.key));
  if (!leaf.checkPrivateKey(key)) throw new Error(`${files.key}: private key does not belong to the certificate in ${files.cert}`);
  const options: SecureContextOptions = { ...TLS_PROFILE, cert: pem.cert, key: pem.key };
  if (pem.clientCA !== undefined) {
    options.ca = pem.clientCA;
    // A session that is resumed shows no certificate again: it would outlive the authority that it was opened under.
    options.secureOptions = constants.SSL_OP_NO_TICKET;
    parsed(files.clientCA ?? '', 'certificates', () => new X509Certificate(pem.clientCA ?? ''));
  }
  createSecureContext(options);
  return options;
}

/** OpenSSL's own words name neither the file nor what is missing in it. */
function parsed<T>(path: string, wanted: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(
      `${path}: expected ${wanted} in PEM, found none that can be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    );
  }
}

function expiry(options: SecureContextOptions): number {
  return new X509Certificate(String(options.cert)).validToDate.getTime();
}

function announce(options: SecureContextOptions, events: CertificateEvents): void {
  events.loaded({ notAfter: expiry(options), serial: new X509Certificate(String(options.cert)).serialNumber });
}
