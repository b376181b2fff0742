/** What a task says it has built, by the results that Tekton Chains looks for (pipelines.md §3.3). */
import { digestIn, splitReference } from '../receipts/digest-text.ts';
import { textsIn } from '../receipts/values.ts';
import type { NamedValue } from '../receipts/values.ts';
import { hintsOf } from './hints.ts';

/** Something that was built, as a result names it. */
export interface TaskOutput {
  /** Address as written, without a digest. */
  readonly uri: string;
  readonly digest: string;
}

/** All of them; what has no digest that can be read is none. Pure; never throws. */
export function taskOutputs(results: readonly NamedValue[]): readonly TaskOutput[] {
  const valueOf = (name: string | undefined): string => {
    const value = results.find((one) => one.name === name)?.value;
    return typeof value === 'string' ? value.trim() : '';
  };
  const isObject = (value: NamedValue['value']): boolean => typeof value === 'object' && !Array.isArray(value);
  const declared = results.map(({ name, value }) => ({ name, ...(isObject(value) ? { type: 'object' } : {}) }));
  return hintsOf(declared).flatMap(({ form, names: [first, second] }) => {
    if (form === 'images')
      return valuesOf(results, first).flatMap((text) => text.split(/[,\n]/)).flatMap((text) => outputOf(text.trim(), ''));
    if (form === 'outputs') {
      const value = results.find((one) => one.name === first)?.value as Readonly<Record<string, string>>;
      return outputOf(memberOf(value, 'uri'), memberOf(value, 'digest'));
    }
    return outputOf(valueOf(first), valueOf(second));
  });
}

function valuesOf(results: readonly NamedValue[], name: string | undefined): readonly string[] {
  return results.filter((one) => one.name === name).flatMap(({ value }) => textsIn(value));
}

function memberOf(value: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(value, name) ? (value[name] ?? '').trim() : '';
}

/** The digest beside the address and the one in it must be the same. */
function outputOf(address: string, beside: string): readonly TaskOutput[] {
  const { uri, written } = splitReference(address.replace(/^(?:oci|docker):\/\//, ''));
  const digests = new Set([beside, written ?? ''].filter((text) => text !== '').map(digestIn));
  const [digest] = digests;
  return digests.size === 1 && digest !== undefined ? [{ uri, digest }] : [];
}
