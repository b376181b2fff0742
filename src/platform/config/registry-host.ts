/** How registries are named in configuration and flags. */

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/** True for `host`, `host:port` and `[address]:port`, as registries are named in configuration and flags. */
export function isRegistryHost(text: string): boolean {
  return text.length <= 261 && HOST.test(text);
}
