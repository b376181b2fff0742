/** Registry credentials from docker's own file, for everybody who needs them. */
import type { DockerAuths } from '../domain/artifact/registry.ts';
import { readDockerConfig } from '../fetch/index.ts';
import { readInputText } from '../platform/input-file.ts';

/** Reads the credentials of a docker `config.json`; throws with a message that names the file when it cannot be used. */
export async function readAuthsFile(path: string): Promise<DockerAuths> {
  const read = readDockerConfig(await readInputText(path));
  if (!read.ok) throw new Error(`${path}: ${read.problem.cause ?? 'is not a docker configuration'}`);
  return read.auths;
}

/** The credentials in the text of a docker `config.json`; `undefined` when it is none. */
export function authsOf(text: string): DockerAuths | undefined {
  const read = readDockerConfig(text);
  return read.ok ? read.auths : undefined;
}
