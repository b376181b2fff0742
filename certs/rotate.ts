/** Rotation in the only order that loses no request: trust the new authority, serve the new certificate, forget the old authority. */
import type { ServingCertificate } from './authority.ts';
import { countCertificates, isIssuedUnder, joinBundles, namesOf } from './bundle.ts';
import { base64 } from './install-manifest.ts';
import { heldGate, heldSecret, setBundles, setSecret } from './kubectl.ts';
import type { HeldGate, HeldSecret, Kubectl } from './kubectl.ts';

/** What a rotation needs of the world around it. */
export interface RotationTools {
  readonly kubectl: Kubectl;
  /** Makes a certificate and an authority of its own for the names. */
  readonly make: (names: readonly string[]) => Promise<ServingCertificate>;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly say: (line: string) => void;
}

/** When the certificate that is served was put into the Secret. */
const ROTATED = 'gatehouse.dev/rotated';
const CERT_MANAGER = 'cert-manager.io/certificate-name';
/** The controller keeps it (src/controller/certificates). */
const KEPT_BY = 'gatehouse.dev/kept-by';
const ASK_IT = 'the controller renews this certificate by itself; for a new one now: '
  + 'kubectl -n gatehouse-system annotate secret gatehouse-tls gatehouse.dev/renew=now';

/**
 * Puts a new certificate beside the old trust: the new authority is added to the caBundle of every webhook, `spreadMs` are
 * left for all API servers to learn it, and only then the Secret is replaced. Nothing that is trusted is dropped.
 *
 * Broken off half way it leaves an authority too many, which harms nothing, and may be started again. Throws when there is
 * nothing to rotate, when cert-manager does it, or when somebody else changed the objects meanwhile.
 */
export async function rotate(tools: RotationTools, spreadMs: number, names: readonly string[] = []): Promise<void> {
  const { gate, secret } = read(tools.kubectl);
  if (CERT_MANAGER in secret.annotations) {
    throw new Error('cert-manager renews this certificate: cmctl renew -n gatehouse-system gatehouse');
  }
  if (KEPT_BY in secret.annotations) throw new Error(ASK_IT);
  const made = await tools.make([...new Set([...namesOf(secret.certificate), ...names])]);
  setBundles(tools.kubectl, gate, joinBundles(...gate.bundles, secret.ca, made.ca));
  tools.say(`1 of 3: the API server trusts the new CA beside the old one; waiting ${spreadMs / 1000} s for every API server to know`);
  await tools.sleep(spreadMs);
  setSecret(tools.kubectl, secret, {
    annotations: { [ROTATED]: new Date(tools.now()).toISOString() },
    data: { 'tls.crt': base64(made.certificate), 'tls.key': base64(made.key), 'ca.crt': base64(made.ca) },
  });
  tools.say('2 of 3: the Secret holds the new certificate; replicas take it into use within two minutes, without a restart');
  tools.say('3 of 3: after five minutes, forget the old CA: npm run certs -- --rotate --finish');
}

/**
 * Takes out of every caBundle what did not issue the certificate in the Secret. Refuses within `settleMs` of the rotation,
 * because a replica may still serve the old certificate, and may be started again.
 */
export function finishRotation({ kubectl, now, say }: RotationTools, settleMs: number): void {
  const { gate, secret } = read(kubectl);
  if (CERT_MANAGER in secret.annotations) throw new Error('cert-manager keeps the caBundle itself');
  if (KEPT_BY in secret.annotations) throw new Error(ASK_IT);
  if (secret.ca === '') throw new Error('Secret gatehouse-tls does not name its CA (ca.crt): patch the caBundle by hand');
  if (!isIssuedUnder(secret.certificate, secret.ca)) throw new Error('ca.crt and tls.crt of Secret gatehouse-tls do not belong together');
  const since = now() - Date.parse(secret.annotations[ROTATED] ?? '1970-01-01T00:00:00Z');
  if (!(since >= settleMs)) {
    const [ago, left] = [Math.round(since / 1000), Math.ceil((settleMs - since) / 1000)];
    throw new Error(`the certificate was put there ${ago} s ago and a replica may serve the old one: wait ${left} s more`);
  }
  const dropped = countCertificates(joinBundles(...gate.bundles)) - countCertificates(secret.ca);
  if (dropped === 0 && gate.bundles.every((bundle) => joinBundles(bundle) === joinBundles(secret.ca))) {
    return say('nothing to forget: the API server trusts one CA');
  }
  setBundles(kubectl, gate, joinBundles(secret.ca));
  say(`done: the API server trusts only the CA of the certificate that is served (${dropped} forgotten)`);
}

function read(kubectl: Kubectl): { readonly gate: HeldGate; readonly secret: HeldSecret } {
  const [gate, secret] = [heldGate(kubectl), heldSecret(kubectl)];
  if (secret === undefined) {
    throw new Error('there is no Secret gatehouse-tls to rotate: npm run --silent certs -- --secret | kubectl create -f -');
  }
  if (gate === undefined) throw new Error('there is no gate: npm run --silent certs -- --install | kubectl apply -f -');
  return { gate, secret };
}
