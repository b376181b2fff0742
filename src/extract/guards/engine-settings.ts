/** ConfigMaps by which engines are set; whether one is an engine's own is known by its namespace, which rules compare. */
import type { EngineSettingsMatter } from '../../domain/build/matter.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { isObject } from '../../text/json/fields.ts';
import { metadataOf, textOf, textsOf } from '../build-base.ts';

/** Names of the ConfigMaps that Tekton, its resolvers, Tekton Chains and Argo read. */
const NAMES: ReadonlySet<string> = new Set([
  'feature-flags',
  'config-defaults',
  'chains-config',
  'resolvers-feature-flags',
  'workflow-controller-configmap',
]);
const RESOLVER = /^[a-z0-9-]{1,200}-?resolver-config$/;

/** What is changed of an engine's settings; `undefined` for every other ConfigMap. */
export function readEngineSettings(review: ReviewRequest): EngineSettingsMatter | undefined {
  const { operation, object, oldObject, namespace, user } = review;
  // A removal of many at once names none of them: the name is that of the object.
  const name = [review.name, ...[object, oldObject].map((one) => textOf(metadataOf(one), 'name'))].find((text) => text !== '') ?? '';
  if (operation === 'CONNECT' || review.subResource !== '' || !(NAMES.has(name) || RESOLVER.test(name))) return undefined;
  return {
    about: 'engineSettings', operation, namespace, name, requester: user,
    data: operation === 'DELETE' ? {} : dataOf(object),
    before: operation === 'CREATE' ? {} : dataOf(oldObject),
  };
}

function dataOf(object: unknown): Readonly<Record<string, string>> {
  return isObject(object) ? textsOf(object, 'data') : {};
}
