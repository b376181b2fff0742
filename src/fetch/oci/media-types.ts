/** Media types of images and of evidence, each by the one name it has here. */

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

export const MANIFEST_TYPES: ReadonlySet<string> = new Set([OCI_MANIFEST, DOCKER_MANIFEST]);
export const INDEX_TYPES: ReadonlySet<string> = new Set([OCI_INDEX, DOCKER_LIST]);

/** Config of a manifest that needs none, and its two bytes `{}`. */
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';

/** Media types of images that are understood; schema 1 is not among them. */
export const ACCEPTED = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(', ');

/** Media types of evidence. */
export const SIGSTORE_BUNDLE = 'application/vnd.dev.sigstore.bundle';
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
export const IN_TOTO = 'application/vnd.in-toto+json';
export const COSIGN_SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
export const COSIGN_ATTESTATION = 'application/vnd.dev.cosign.artifact.att.v1+json';
export const NOTATION_SIGNATURE = 'application/vnd.cncf.notary.signature';

/** The media type of a header without its parameters, lower case; empty when there is none. */
export function essence(header: string | readonly string[] | undefined): string {
  const text = typeof header === 'string' ? header : '';
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase();
}
