/** `gate.callers`: whose tokens count at the gate. */
import { z } from 'zod';
import { duration } from '../units.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');
const namespace = z.string().max(63).regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'expected the name of a namespace');
const claimName = z.string().min(1).max(128);
const claimText = z.string().min(1).max(1024);
const httpUrl = z.string().max(1024).regex(/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:\/[!-~]*)?$/, 'expected an https URL, its host in lower case');
const issuerUrl = httpUrl.refine((text) => !/[?#]/.test(text), 'expected an issuer without ? and #');

/** As in `authn/tokens/algorithms.ts`; a test holds the two against each other. */
const algorithm = z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']);

/** Issuers at which everybody in the world has an account: who may ask is to be said. */
const EVERYBODY = /^https:\/\/(?:token\.actions\.githubusercontent\.com(?:\/.*)?|gitlab\.com)$/;

const ci = z.strictObject({
  /** As `iss` says it, to the letter. */
  issuer: issuerUrl,
  kind: z.enum(['github', 'gitlab', 'generic']),
  /** Default: `gate.audience`. */
  audience: z.string().min(1).max(256).exactOptional(),
  /** Its key set, instead of discovery. */
  jwksFile: file.exactOptional(),
  /** As which namespace its jobs are judged. */
  namespace: namespace.exactOptional(),
  /** Claims with the text, or one of the texts, that each must have. */
  claims: z.record(claimName, z.union([claimText, z.array(claimText).min(1).max(1000)])).default({}),
  /** Of a generic system: the claims that name a run together. */
  run: z.array(claimName).max(8).default([]),
}).refine(({ issuer, claims }) => !EVERYBODY.test(issuer) || Object.keys(claims).length > 0, {
  path: ['claims'], message: 'expected claims that say who may ask, such as repository_owner_id: everybody can have a token of this issuer',
}).refine(({ kind, run }) => kind === 'generic' || run.length === 0, {
  path: ['run'], message: 'expected run with kind generic only: what names a run of the others is known',
});

const trustDomain = z.strictObject({
  trustDomain: z.string().max(255).regex(/^[a-z0-9._-]+$/, 'expected the name of a trust domain, without spiffe://'),
  /** Its bundle, as a file or from an endpoint with a certificate of the web (https_web): one of the two. */
  bundleFile: file.exactOptional(),
  bundleUrl: httpUrl.exactOptional(),
  namespace: namespace.exactOptional(),
  /** Namespaces by the beginning of a path, in whole segments; the longest counts. */
  paths: z.array(z.strictObject({
    path: z.string().max(2048).regex(/^(?:\/[A-Za-z0-9._-]+)+$/, 'expected /segments without a slash at the end'), namespace,
  })).max(1000).default([]),
}).refine(
  ({ bundleFile, bundleUrl }) => (bundleFile === undefined) !== (bundleUrl === undefined), 'expected exactly one of bundleFile and bundleUrl',
);

/** What is one for an issuer, whoever of it may ask. */
function sortOf({ kind, jwksFile = '', run }: z.output<typeof ci>): string {
  return JSON.stringify([kind, jwksFile, run]);
}

/** Keys, bounds and defaults; what is absent proves nobody. */
export const gateCallersSchema = z.strictObject({
  /** Tokens of service accounts of the cluster, which the API server is asked about. */
  kubernetes: z.boolean().default(true),
  /** Their issuer and key set; default: as the API server publishes them. */
  kubernetesIssuer: z.string().min(1).max(1024).exactOptional(),
  kubernetesJwksFile: file.exactOptional(),
  ci: z.array(ci).max(100).default([]),
  spiffe: z.array(trustDomain).max(100).default([]),
  algorithms: z.array(algorithm).min(1).default(algorithm.options),
  /** How far the clock of an issuer may be from ours. */
  clockSkew: duration('30s', '0s', '5m'),
}).superRefine(({ kubernetesIssuer, kubernetesJwksFile, ci: systems, spiffe }, context) => {
  const problem = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if ((kubernetesIssuer === undefined) !== (kubernetesJwksFile === undefined))
    problem(['kubernetesJwksFile'], 'expected kubernetesIssuer and kubernetesJwksFile together, or neither');
  spiffe.forEach((one, index) => {
    if (spiffe.findIndex((other) => other.trustDomain === one.trustDomain) < index)
      problem(['spiffe', index, 'trustDomain'], 'expected each trust domain once: bundles are never merged');
  });
  systems.forEach((one, index) => {
    const first = systems.find((other) => other.issuer === one.issuer);
    if (first !== undefined && sortOf(first) !== sortOf(one))
      problem(['ci', index], 'expected the same kind, jwksFile and run in all entries of one issuer');
  });
}).prefault({});

/** The section as checked. */
export type GateCallersConfig = z.output<typeof gateCallersSchema>;
