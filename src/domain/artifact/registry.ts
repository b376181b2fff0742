/** What the operator says about registries, and the credentials with which they are asked. */

/** How one registry host is reached; `registries:` in the server's configuration. */
export interface RegistryConfig {
  /** Host, with port when it is not 443: `registry.acme.example:5000`. Naming a host here permits it to be private. */
  readonly host: string;
  /** Host (and optional path prefix) that is asked instead: `mirror.acme.example/ghcr`. Names keep the original host. */
  readonly mirror?: string;
  /** PEM of certificate authorities trusted for this host in addition to the system's. */
  readonly ca?: string;
  readonly plainHttp?: boolean;
  /** Further hosts that may receive this registry's credentials (token services). */
  readonly authHosts?: readonly string[];
  /** Name of a docker credential helper (`ecr-login`), run from the configured folder. */
  readonly credentialHelper?: string;
}

/** A repository in which evidence of some images is looked for besides their own; `evidenceSources:` in the configuration. */
export interface EvidenceElsewhere {
  /** Which images: `HOST/PATH`, `HOST/PATH/**` or `HOST/**` (one or more further segments), or `**` for every image. */
  readonly image: string;
  /** `HOST[:PORT]/PATH`: what cosign is told with COSIGN_REPOSITORY. */
  readonly repository: string;
}

/** User name and password, or a bearer token, for one registry. Never logged. */
export interface RegistryCredential {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** Content of a docker `config.json` or of a `kubernetes.io/dockerconfigjson` secret: `auths` by key as written. */
export interface DockerAuths {
  readonly auths: ReadonlyMap<string, RegistryCredential>;
  /** Keys of entries that could not be decoded: told to those whose registry they are for. */
  readonly unreadable?: ReadonlySet<string>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore?: string;
}
