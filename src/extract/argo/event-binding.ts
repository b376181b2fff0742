/** Bindings of events, which submit workflows later. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { buildBase, metadataOf } from '../build-base.ts';
import type { Problems } from '../parts/look.ts';
import { memberOf } from '../parts/security.ts';
import type { EngineReader } from '../reading.ts';
import { givenIn, parameterTexts } from './arguments.ts';
import { referenceOf } from './definitions.ts';
import { checkOuter, withMetadataOf } from './reader.ts';
import { wholeReference } from './settings.ts';
import { checkNames, checkSpelling } from './spelling.ts';

/** A binding of an event: it submits a workflow template by name, with arguments of its own. */
export const EVENT_BINDING: EngineReader = {
  kind: 'WorkflowEventBinding',
  read(review) {
    const { operation, object, user: requester } = review;
    if (operation === 'CONNECT') return { images: [], problems: [] };
    const problems: Problems = [];
    checkOuter(object, ['spec', 'submit'], problems);
    const submit = isObject(object) ? memberOf(memberOf(object, 'spec'), 'submit') : {};
    checkNames(submit, 'spec.submit', ['workflowTemplateRef', 'arguments', 'metadata'], problems);
    checkSpelling(field(submit, 'arguments'), 'spec.submit.arguments', problems);
    checkSpelling(field(submit, 'workflowTemplateRef'), 'spec.submit.workflowTemplateRef', problems);
    const base = buildBase(review, 'argo', 'schedule');
    const placed = { value: submit, path: 'spec.submit' };
    const reference = wholeReference(placed);
    const request: BuildRequest = {
      ...base,
      ...withMetadataOf(base, metadataOf(placed.value)),
      definitions: reference === undefined ? [] : [referenceOf(reference, review.namespace)],
      parameters: givenIn(placed.value, placed.path, problems),
      texts: parameterTexts(placed, 'arguments'),
    };
    return {
      matter: { about: 'build', operation, namespace: request.namespace, name: request.name, requester, request }, images: [], problems,
    };
  },
};
