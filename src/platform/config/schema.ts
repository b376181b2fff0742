/** Every key of the configuration, its bounds and its default; a key that is not here is refused. */
import { z } from 'zod';
import { parsePlace } from '../../text/place.ts';
import { duration, size } from './units.ts';
import { contradictions } from './callers.ts';
import { controllerContradictions, controllerSchema } from './controller.ts';
import { eventsSchema } from './events.ts';
import { evidenceStoresSchema } from './stores/evidence-stores.ts';
import { gateSchema } from './gate/index.ts';
import { mutateSchema } from './mutate.ts';
import { packagesSchema } from './packages.ts';
import { pageAddress } from './texts/page-address.ts';
import { pipelinesSchema } from './pipelines.ts';
import { policySourcesSchema } from './policy-sources.ts';
import { policySignaturesSchema } from './policy-signatures.ts';
import { hasNoTlsPort, isRegistryHost } from './registry-host.ts';
import { nameOf } from './texts/who.ts';

const port = z.int().min(0).max(65_535);
const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');
const registryHost = z.string().refine(isRegistryHost, 'expected HOST or HOST:PORT in lower case, without scheme and path');

const NOT_TLS = 'expected another port than 443, which the names of images leave out: this registry could not be told from one with TLS';
const plainHost = registryHost.refine(hasNoTlsPort, NOT_TLS);

const SEGMENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const AT = '(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\\[[0-9a-f:.]+\\])(?::[1-9][0-9]{0,4})?';

const evidenceSource = z.strictObject({
  image: z
    .string()
    .max(512)
    .regex(
      new RegExp(`^(?:\\*\\*|${AT}(?:/${SEGMENT})*/(?:\\*\\*|${SEGMENT}))$`),
      'expected HOST/PATH, or HOST/PATH/** for everything below it, or ** for every image',
    ),
  repository: z
    .string()
    .max(512)
    .regex(new RegExp(`^${AT}(?:/${SEGMENT})+$`), 'expected HOST/PATH or HOST:PORT/PATH in lower case, without scheme, tag and digest'),
});

const registry = z.strictObject({
  host: registryHost,
  mirror: z.string().min(1).max(512).exactOptional(),
  /** PEM text, or the path of a file that holds it; the loader replaces the path by the text. */
  ca: z.string().min(1).exactOptional(),
  plainHttp: z.boolean().exactOptional(),
  authHosts: z.array(registryHost).max(16).exactOptional(),
  credentialHelper: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected the name of a helper without "docker-credential-", for example ecr-login')
    .exactOptional(),
}).refine(({ host, mirror, plainHttp }) => plainHttp !== true || mirror !== undefined || hasNoTlsPort(host), {
  path: ['host'],
  message: NOT_TLS,
});

const placeText = z.string().min(1).max(512).superRefine((text, context) => {
  const read = parsePlace(text);
  if (!read.ok) context.addIssue({ code: 'custom', message: read.problem });
});

/** A kind of others, and where its objects describe pods and name images. */
const extractor = z
  .strictObject({
    group: z
      .string()
      .max(253)
      .regex(/^$|^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected an API group as in apiVersion, without the version; empty for core'),
    resource: z
      .string()
      .max(63)
      .regex(/^[a-z][a-z0-9-]*$/, 'expected the plural name of the resource in lower case, as in the rules of a webhook'),
    podSpecs: z.array(placeText).max(64).default([]),
    images: z.array(placeText).max(64).default([]),
    /** Places that look like images and are none that is run: disks of a cloud, values of a chart. */
    noImages: z.array(placeText).max(64).default([]),
  })
  .refine(
    ({ podSpecs, images, noImages }) => podSpecs.length + images.length + noImages.length > 0,
    'expected podSpecs or images, or noImages: a row without any says nothing',
  );

/** An object schema whose absence means "all defaults". */
function section<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape).prefault({} as never);
}

/**
 * The server's configuration file: every key, its bounds and its default.
 *
 * Unknown keys are refused: a misspelt restriction must not be a restriction that silently is not there.
 * `docs/reference/configuration.md` lists the same keys; a test compares the two.
 */
export const configSchema = z.strictObject({
  /** All addresses, IPv6 and IPv4: in a cluster without IPv4 nobody asks the other. */
  host: z.string().min(1).default('::'),
  port: port.default(8443),
  opsPort: port.default(8080),
  tls: z
    .strictObject({
      cert: file,
      key: file,
      clientCA: file.optional(),
      /** Of the API server's certificate, where others hold certificates of the same authority. */
      clientNames: z.array(nameOf()).min(1).max(16).optional(),
    })
    .optional(),
  /** By what the API server shows that it is the one that asks, besides a client certificate. */
  callers: section({
    pathTokens: file.optional(),
    bearerTokens: file.optional(),
    pullSecretsByPathToken: z.boolean().default(false),
  }),
  operations: section({ tls: z.boolean().default(false) }),
  policies: z.array(file).max(64).default([]),
  /** Where policies come from besides: further folders, objects of the cluster. */
  policySources: policySourcesSchema,
  /** Whether policies must be signed; absent: they need not. */
  policySignatures: policySignaturesSchema,
  /** Takes a set without any policy for what is meant: every decision is then `unmatched`. */
  allowNoPolicies: z.boolean().default(false),
  unmatched: z.enum(['deny', 'warn', 'allow']).default('deny'),
  /** Groups that may change our kinds of the whole cluster, besides what RBAC says; with none of them RBAC decides alone. */
  administrators: z.array(nameOf()).max(64).default([]),
  /** The group that may change them in an emergency: told loudly. */
  breakGlass: nameOf().optional(),
  /** Kinds of others that hold pods or name images, beside those that are known. */
  extractors: z.array(extractor).max(256).default([]),
  registries: z.array(registry).max(256).default([]),
  plainHttp: z.array(plainHost).max(256).default([]),
  /** Repositories in which evidence is looked for besides the image's own (cosign's COSIGN_REPOSITORY). */
  evidenceSources: z.array(evidenceSource).max(64).default([]),
  /** Where evidence is kept besides, and is asked for by digest. */
  evidenceStores: evidenceStoresSchema,
  /** Where ecosystems of packages are asked for evidence. */
  packages: packagesSchema,
  dockerConfig: file.optional(),
  /** Folder with `docker-credential-*` programs; without it no helper is run. */
  credentialHelpers: file.optional(),
  cache: section({
    evidenceTTL: duration('10m', '1s', '24h'),
    absenceTTL: duration('5s', '0s', '5m'),
    tagTTL: duration('0s', '0s', '1h'),
    evidenceBytes: size('128MiB', '1MiB', '16GiB'),
    /** What verification and examination came to, so that neither is done twice. */
    verificationBytes: size('64MiB', '1MiB', '16GiB'),
    examinationBytes: size('16MiB', '1MiB', '1GiB'),
  }),
  limits: section({
    bodyBytes: size('8MiB', '64KiB', '64MiB'),
    /** Evidence read of one place (a tag, or all referrers), taken together. */
    evidenceBytes: size('16MiB', '1MiB', '64MiB'),
    /** Requests that may wait for something (a registry, a thread) at once; what memory answers is not among them. */
    maxInFlight: z.int().min(1).max(100_000).default(256),
    /** Requests whose audits, which follow the answer, may wait for something at once. */
    maxAudits: z.int().min(1).max(100_000).default(64),
    connections: z.int().min(16).max(1_000_000).default(4096),
    /** ArtifactPolicies of one namespace that count; those beyond, the youngest, leave what they speak about undetermined. */
    policiesPerNamespace: z.int().min(1).max(10_000).default(100),
    /** After this at the latest a connection ends with an answer, so that its caller chooses a replica anew. */
    connectionAge: duration('30s', '1s', '24h'),
  }),
  trust: section({
    refreshPublicGood: z.boolean().default(false),
    cacheDir: file.exactOptional(),
  }),
  workers: z.int().min(1).max(64).optional(),
  examiners: z.int().min(1).max(64).default(2),
  namespacesFile: file.optional(),
  kubernetes: section({
    enabled: z.union([z.literal('auto'), z.boolean()], 'expected auto, true or false').default('auto'),
    kubeconfig: file.optional(),
    /** Without a word: when the API server can show itself well enough (config/callers.ts). */
    pullSecrets: z.boolean().optional(),
  }),
  /** The port that build tasks ask; off unless it has one. */
  gate: gateSchema,
  /** The webhook that pins tags and sets the label; off unless it is enabled. */
  mutate: mutateSchema,
  /** Who runs the engines of builds, and whose settings they are. */
  pipelines: pipelinesSchema,
  decisions: section({
    enabled: z.boolean().default(false),
    keep: z.int().min(0).max(100_000).default(500),
    tokenFile: file.optional(),
    clusterTokens: z.boolean().default(false),
    url: pageAddress.optional(),
    /** Where decisions go as CloudEvents; absent: nowhere. */
    events: eventsSchema.exactOptional(),
  }),
  /** The process that writes: status, Events. */
  controller: controllerSchema,
  log: section({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info') }),
  drain: duration('10s', '0s', '5m'),
  /** What a request without a `timeout` of its own may take. */
  budget: duration('10s', '1s', '30s'),
}).superRefine((config, context) => {
  const found = [...contradictions(config), ...controllerContradictions(config)];
  for (const { path, message } of found) context.addIssue({ code: 'custom', path: [...path], message });
});

/** The checked configuration, defaults filled in; durations in milliseconds, sizes in bytes. */
export type ServerConfig = z.output<typeof configSchema>;
