/** The section `controller`: where the controller finds the replicas, and what it may write. */
import { z } from 'zod';
import type { PolicySignaturesConfig } from './policy-signatures.ts';
import { duration } from './units.ts';

const name = z.string().max(253).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected a name as Kubernetes has them: lower case, digits, - and .');
const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** Keys, bounds and defaults. */
export const controllerSchema = z.strictObject({
  /** Of the Lease, the Service and the replicas behind it. */
  namespace: name.default('gatehouse-system'),
  lease: name.default('gatehouse-controller'),
  service: name.default('gatehouse'),
  /** The port of the Service on which replicas tell what they did. */
  port: name.default('ops'),
  /** The name in the certificate of replicas; without it `SERVICE.NAMESPACE.svc`. */
  serverName: name.optional(),
  /** The authority of that certificate, PEM; without it replicas are not asked. */
  ca: file.optional(),
  /** A token of the controller for the audience `decisions.gatehouse.dev`. */
  tokenFile: file.optional(),
  /** How often replicas are asked. */
  ask: duration('15s', '1s', '10m'),
  /** Whether denials become Events. */
  events: z.boolean().default(true),
  /** What runs is verified again, when policies change and once a day: it asks registries, with the rights of the controller. */
  reverify: z.strictObject({
    enabled: z.boolean().default(true),
    /** Whether what would not be admitted now stands in reports of openreports.io, which have to be served. */
    reports: z.boolean().default(false),
  }).prefault({}),
  /** Whether the status of policies says what they would refuse of what the cluster starts. */
  forecast: z.boolean().default(true),
  /** Whether the controller makes and rotates the serving certificate of the replicas. */
  keepCertificate: z.boolean().default(false),
  /** The key that signs the record of signed policies, which replicas read by `policySignatures.record.publicKey`; without it nobody raises that. */
  recordKey: file.optional(),
  /** Writes to the API server in one second. */
  writesPerSecond: z.int().min(1).max(200).default(20),
}).prefault({});

/** `ca` and `tokenFile` go together, and so do `recordKey` and the public key by which replicas read the record. */
export function controllerContradictions(
  { controller: { ca, tokenFile, recordKey }, policySignatures }: {
    readonly controller: z.output<typeof controllerSchema>; readonly policySignatures?: PolicySignaturesConfig | undefined;
  },
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const missing = ca === undefined ? 'ca' : 'tokenFile';
  const together = 'is missing: replicas are asked over TLS with a token, so controller.ca and controller.tokenFile go together';
  const alone = 'expected policySignatures.record with publicKey, by which replicas read what the controller signs with this key';
  const isRead = recordKey === undefined || policySignatures?.record?.publicKey !== undefined;
  return [
    ...((ca === undefined) === (tokenFile === undefined) ? [] : [{ path: ['controller', missing], message: together }]),
    ...(isRead ? [] : [{ path: ['controller', 'recordKey'], message: alone }]),
  ];
}
