/** A key that is given to a command is the public half: the other one is told apart, and is never copied anywhere. */
import { UsageError } from '../context.ts';

/** Throws {@link UsageError} for a private key, encrypted or not, that was named where a public one is wanted. */
export function refusePrivateKey(path: string, text: string): void {
  if (/PRIVATE KEY-----/.test(text))
    throw new UsageError(`--key ${path}: is a private key; give the public one (cosign.pub, or what cosign public-key --key ${path} prints)`);
}
