/** What helper programs may see of the server's environment. */

const NAMES: ReadonlySet<string> = new Set([
  'HOME',
  'PATH',
  'LANG',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]);
const PREFIXES = ['AWS_', 'AZURE_', 'GOOGLE_', 'CLOUDSDK_'] as const;

/**
 * The part of an environment that credential helpers see: what the clouds' helpers read to find the pod's own identity
 * (ECR, Google Artifact Registry, ACR), proxies and certificate authorities. Nothing else of the server's environment.
 */
export function helperEnvironment(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (NAMES.has(entry[0]) || PREFIXES.some((prefix) => entry[0].startsWith(prefix))),
  );
  return Object.fromEntries(kept);
}
