/** The attack list: what went wrong somewhere, by row. Sections: A attestations, B logs and certificates, C identities, D parsers and cryptography, E images, F network, G resources, H Kubernetes, I policies, J TUF, K build gate, L server. */
const LIST = `
A01 an attestation of another type counts
A02 the same, where a type is asked for
A03 an unreadable payload counts
A04 predicate type compared by prefix, suffix or without case
A05 payload type not checked
A06 signature over the payload instead of its encoding
A07 two payload types with the same encoding
A08 attestation of another artifact
A09 subject matched by name
A10 any subject of any attestation counts
A11 weak or other digest algorithm decides
A12 digest looked up under __proto__
A13 numbers that readers round differently
A14 builder matched by prefix
A15 verification summary of another policy, resource or time
A16 old but validly signed evidence
A17 only positive statements are looked at
A18 requirement that anything satisfies
A19 no policy matches
A20 several signatures, one of them good
B01 any log entry counts
B02 forged claim of inclusion
B03 bundle not for the signature, ignored when broken
B04 entry of another signer for the same artifact
B05 entries counted instead of logs
B06 integratedTime without a promise
B07 certificate checked at one of several times
B08 expired intermediate
B09 timestamp checks run on another certificate
B10 timestamp authority's extended key usage
B11 certificate without code signing
B12 key's window ignored
B13 window of an authority in the trust root
B14 leaf acts as authority
B15 trust anchor from the bundle
B16 no or a forged SCT
B17 unknown timestamp authority
B18 checkpoint names as patterns, odd numbers
B19 no trusted time
B20 times in the future
B21 revoked key or certificate
B22 cache that cannot be written
B23 empty list of certificates
B24 entry logged under another key
B25 log keys from the log itself
B26 certificate revoked by its own authority
B27 signer's certificate is over, and nothing proves when it signed
C01 identity as unanchored pattern
C02 source or image matched inside a longer text
C03 alternation escapes the anchors
C04 wildcard across host and path
C05 misspelt pattern field ignored
C06 identity without issuer
C07 token issuer discovered from hostile URLs
C08 type of the subject name confused, several names
C09 bit 8 cleared when a name is read
C10 look-alike names
C11 NUL in a name
C12 two issuer claims that disagree
C13 workflow on another ref
C14 pattern that takes exponential time
C15 glob semantics
C16 expression language with side effects
C17 authority of the same name with another key
C18 signer of another domain
D01 JSON key twice
D02 __proto__ in JSON
D03 sloppy base64
D04 unknown bundle version
D05 text that is not UTF-8
D06 deep nesting
D07 ASN.1 read out of step
D08 object identifier cut to 32 bits
D09 RSA forgery with small exponent
D10 Ed25519 malleability and small-order keys
D11 keys made of zeros
D12 weak keys and hashes
D13 odd ECDSA encodings
D14 token header brings its own key
D15 token bombs
D16 signed bytes not those that are read
D17 source signature over normalised bytes
D18 manifest with two readings
D19 PEM that takes quadratic time
D20 surprises of YAML
E01 registry changes its answer between two requests
E02 registry decides what a tag is
E03 pinned digest not enforced
E04 other bytes than verified
E05 tag checked, digest run
E06 signature of an index and of its children
E07 nested and huge indexes
E08 unsupported manifests
E09 grammar of image references
E10 names of Docker Hub
E11 host names and addresses in disguise
E12 white space and control characters in references
E13 empty image
E14 junk beside good evidence
E15 unsigned annotations believed
E16 signature copied to another repository
E17 layers elsewhere
E18 blobs not hashed
F01 token realm inside the network
F02 token server redirects inside
F03 credentials after a redirect
F04 credentials to another realm
F05 credentials by substring of the host
F06 cloud token for another registry
F07 pagination to another host
F08 DNS rebinding
F09 URLs in policies
F10 own token sent out
F11 URLs in evidence fetched
F12 private evidence across namespaces
F13 hostile pull secrets
F14 TLS and proxy settings
F15 hostile response headers
F16 secrets in messages
G01 endless signatures
G02 count from the attacker allocates
G03 huge bodies
G04 declared sizes allocate
G05 huge lists parsed before they are counted
G06 decompression bombs
G07 memory of the verifier grows
G08 policy amplifies work
G09 malformed input ends the process
G10 metric labels chosen by callers
G11 pod of many containers
G12 validation without end
G13 slow and broken connections
G14 large objects refused
G15 many pods, one image
G16 remembered failures
G17 event loop blocked
H01 ephemeral containers
H02 image volumes
H03 init containers and future fields
H04 deletion timestamp skips verification
H05 unchanged images compared loosely
H06 owner references trusted
H07 "verified" annotations trusted
H08 unreadable object admitted
H09 kind and object disagree
H10 API versions missed
H11 workload kinds
H12 subresources and operations
H13 dry run with side effects
H14 mirror pods
H15 opt-out by label
H16 namespace labels changed
H17 namespace labels unknown
H18 stale old object
H19 anybody may ask the webhook
H20 uid and versions echoed
H21 namespace chosen by the object
H22 failure policy Ignore
H23 work goes on after the caller left
H24 match conditions that err
H25 messages that attack their reader
I01 exceptions in any namespace
I02 exceptions combine
I03 namespaced policy with cluster rights
I04 namespaced policy loosens the cluster's
I05 half-applied set of policies
I06 broken policy on reload
I07 audit mode leaks into enforce
I08 digests mixed up under load
I09 cache key lacks what decides
I10 cached verification without its content
I11 admission without record
I12 equivalent fields
I13 reports edited by tenants
J01 rollback of metadata
J02 bad or repeated keys of a root
J03 threshold of none
J04 delegated role of another delegator
J05 names as file paths
J06 expiry and freeze
J07 tests that expire
J08 endless and slow downloads
J09 configuration from the working folder
J10 trust root without validity or with unknown keys
K01 results of a foreign run
K02 hostile resolver parameters
K03 mount path with dots
K04 branch instead of commit
K05 images in unwalked places of pipelines
K06 images in variables
K07 git URL confusion
K08 package URL confusion
K09 gate without authentication
K10 admitted, then changed
K11 dependency checksums
K12 cloud identity documents
K13 in-toto layouts
K14 encrypted layers
K15 attestation store trusted
L01 content types
L02 forwarded headers
L03 odd requests end the process
L04 request smuggling
L05 unknown routes and methods
L06 metrics and debug endpoints
L07 unhandled errors
L08 TLS versions and ciphers
L09 certificate rotation
L10 prototype keys in configuration
L11 names used as files
L12 own supply chain
`;

/** One row of the attack list. */
export interface Row {
  readonly id: string;
  readonly what: string;
}

export const ROWS: readonly Row[] = LIST.trim().split('\n').map((line) => ({ id: line.slice(0, 3), what: line.slice(4) }));

/** Tests of a row that do not carry its id: file below test/, and a part of the test's title. */
export const ELSEWHERE: readonly (readonly [id: string, file: string, title: string])[] = [
  ['A19', 'unit/engine/admit.test.ts', 'unmatched $unmatched'],
  ['B22', 'unit/feeds/trust-roots/folder-store.test.ts', 'everything is kept in memory'],
  ['E02', 'unit/engine/admit.test.ts', 'requireDigest denies a tag'],
  ['G10', 'unit/platform/records.test.ts', 'bounds the kinds told apart'],
  ['G13', 'unit/surfaces/limits.test.ts', 'a header that never ends'],
  ['G14', 'unit/surfaces/webhook.test.ts', 'answers 413 to a body over the limit'],
  ['I05', 'unit/feeds/policies/store.test.ts', 'each set whole'],
  ['I06', 'unit/feeds/policies/store.test.ts', 'keeps the last good set when the new one is broken'],
];

/**
 * Rows that never come to the webhook: what goes wrong goes wrong at another door, and there they are tried. Every other row counts
 * only by a test over HTTPS in which the bad thing is otherwise signed and good.
 */
export const OTHER_DOORS: readonly (readonly [id: string, door: string])[] = [
  ['B22', 'the folder in which trust roots are kept'],
  ['H16', 'the webhook configuration, at the API server'],
  ['H22', 'the webhook configuration, at the API server'],
  ['H24', 'the webhook configuration, at the API server'],
  ['J01', 'the TUF client, by the suite of its conformance project'],
  ['J02', 'the TUF client, by the suite of its conformance project'],
  ['J03', 'the TUF client, by the suite of its conformance project'],
  ['J04', 'the TUF client, by the suite of its conformance project'],
  ['I13', 'the reports of re-verification, which are written and never read'],
  ['J07', 'the clock of the tests'],
  ['J08', 'the TUF client, by the suite of its conformance project'],
  ['J10', 'the loading of trust roots'],
  ['K08', 'the command line, where packages are named'],
  ['L08', 'the handshake'],
  ['L09', 'the handshake'],
  ['L10', 'the loading of the configuration'],
];

/** Rows that do not apply, or not yet, and why. */
export const REASONS: readonly (readonly [id: string, reason: string])[] = [
  ['J09', 'nothing is read from the working folder'],
];
