/** The proxy settings of the process, in capitals or not, as other tools read them. */
export function proxyFromEnvironment(): { httpProxy?: string | undefined; httpsProxy?: string | undefined; noProxy?: string | undefined } {
  const read = (name: string): string | undefined => process.env[name] ?? process.env[name.toLowerCase()];
  return { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}
