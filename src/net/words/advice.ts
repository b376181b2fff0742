/** What helps where the way to a host is not in order: who runs the command does it by a flag, everybody else has to ask. */

const RETRY = 'could not verify, retry';

/** Fix lines for one kind of reader; `host` is `HOST[:PORT]`, as messages and settings have it. */
export interface Advice {
  /** The host speaks no TLS. */
  plain(host: string): string;
  /** The host may be one that speaks TLS, and is asked in plain HTTP because that was allowed for it. */
  secure(host: string): string;
  /** Its certificate is issued by nobody who is known here. */
  authority(host: string): string;
  /** The address may be contacted only when somebody named the host. */
  named(host: string): string;
  /** Credentials were kept from token services that nobody named for the registry. */
  tokenService(host: string, services: string): string;
  /** No credential, or none that may read the repository; absent: whoever asks is told by its surface. */
  readonly credential?: (host: string) => string;
  /** Whose the credentials are that are no pod's: `of Gatehouse itself`. */
  readonly own: string;
}

/** For a command line: its user has set everything up, and can change it. */
export const OWN_ADVICE: Advice = {
  plain: (host) => `${RETRY} with --plain-http ${host}, if it is meant to be asked without TLS`,
  secure: (host) => `${RETRY} without --plain-http ${host}, if it speaks TLS; a private CA is named by --registry-ca ${host}=FILE`,
  authority: (host) => `${RETRY} with --registry-ca ${host}=FILE, the PEM of the CA that issued it`,
  named: (host) => `${RETRY} with --registry-ca ${host}=FILE, or --plain-http ${host} where it speaks no TLS, if it is meant to be private`,
  tokenService: (host, services) => `${RETRY} with --auth-host ${host}=${services}, if the credentials for ${host} are meant for it`,
  credential: (host) => `${RETRY} after docker login ${host}, or with --docker-config FILE, as somebody who may read the repository`,
  own: 'of the docker configuration',
};

/** For those who ask a server: what has to change is its configuration, which is an administrator's. */
export const ASKED_ADVICE: Advice = {
  plain: (host) => `${RETRY} after an administrator of Gatehouse has allowed plain HTTP for it by name (plainHttp: [${host}])`,
  secure: (host) => `${RETRY}; if it speaks TLS, ask an administrator of Gatehouse to take ${host} out of plainHttp`,
  authority: (host) => `${RETRY} after an administrator of Gatehouse has added the CA that issued it (registries[].ca of ${host})`,
  named: (host) => `${RETRY} after an administrator of Gatehouse has named ${host} under registries, if it is meant to be private`,
  tokenService: (host, services) =>
    `${RETRY} after an administrator of Gatehouse has named ${services} under registries[].authHosts of ${host}`,
  own: 'of Gatehouse itself',
};
