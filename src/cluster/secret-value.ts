/** One value of a Secret: read, and replaced only where nobody else has replaced it meanwhile. */
import { decodeBase64 } from '../text/base64.ts';
import { isObject, own, ownText } from '../text/json/fields.ts';
import { KubeStatusError } from './api.ts';
import type { KubeApi, KubeReplaces } from './api.ts';

/** Which value it is. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  /** Under which key of `data`. */
  readonly key: string;
}

/** Reads and replaces it. Both reject with words for people, which hold nothing of the value. */
export interface SecretValue {
  read(signal: AbortSignal): Promise<Uint8Array>;
  /** The Secret has to be there, and hold `instead` still: nothing is made that nobody has made before, and nothing replaced that nobody here has read. */
  write(text: string, instead: Uint8Array, signal: AbortSignal): Promise<void>;
}

/** Makes it; whoever reads needs `get` of this one Secret, whoever writes `update`. */
export function createSecretValue(api: Pick<KubeApi, 'get'> & KubeReplaces, { namespace, name, key }: SecretPlace): SecretValue {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const get = async (signal: AbortSignal): Promise<unknown> => {
    const { status, body } = await api.get(path, signal);
    if (status === 404) throw new Error(`Secret ${namespace}/${name} is not there`);
    if (status !== 200) throw new KubeStatusError(status, path);
    return body;
  };
  return {
    async read(signal) {
      const value = decodeBase64(ownText(own(await get(signal), 'data'), key));
      if (value === undefined) throw new Error(`Secret ${namespace}/${name} has no ${key}`);
      return value;
    },
    async write(text, instead, signal) {
      const secret = await get(signal);
      const [metadata, data] = [own(secret, 'metadata'), own(secret, 'data')];
      const held = decodeBase64(ownText(data, key));
      if (held === undefined || Buffer.compare(held, instead) !== 0)
        throw new Error(`Secret ${namespace}/${name} was written by somebody else meanwhile`);
      const body = {
        apiVersion: 'v1', kind: 'Secret', type: own(secret, 'type'),
        // With its resourceVersion: what somebody else wrote meanwhile is not written over.
        metadata: isObject(metadata) ? metadata : { namespace, name },
        data: { ...(isObject(data) ? data : {}), [key]: Buffer.from(text).toString('base64') },
      };
      const { status } = await api.put(path, body, signal);
      if (status === 409) throw new Error(`Secret ${namespace}/${name} was written by somebody else meanwhile`);
      if (status !== 200) throw new Error(`API server answers ${status} to PUT ${path}`);
    },
  };
}
