/** How registries are named in configuration and flags. */

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/;

/** True for `host`, `host:port` and `[address]:port`, as registries are named in configuration and flags. */
export function isRegistryHost(text: string): boolean {
  return text.length <= 261 && HOST.test(text);
}

/**
 * True for a registry that may be asked over plain HTTP: not one on port 443. Names of images are compared as https has them,
 * without it, so such a registry could not be told from the one that speaks TLS.
 */
export function hasNoTlsPort(host: string): boolean {
  return !host.endsWith(':443');
}
