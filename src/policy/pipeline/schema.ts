/** What a document of kind PipelinePolicy may say. */
import type { z } from 'zod';
import { documentSchema, labelSelector } from '../schema/common.ts';
import { strict, word } from '../schema/fields.ts';
import { pipelineCallersField, receiptsField } from './callers.ts';
import { classesField } from './classes.ts';
import { hygieneField, imagesField, parametersField } from './contents.ts';
import { definitionsField } from './definitions.ts';
import { jailField, publishField } from './gates.ts';
import { requestersField, serviceAccountsField } from './requesters.ts';

/** Document of kind PipelinePolicy; what is left out of its spec is not demanded, but for images, writers and reserved names. */
export const pipelinePolicySchema = documentSchema(
  strict({
    namespaces: labelSelector.optional(),
    mode: word('enforce', 'warn', 'audit').optional(),
    requesters: requestersField.optional(),
    definitions: definitionsField.optional(),
    parameters: parametersField.optional(),
    images: imagesField.optional(),
    hygiene: hygieneField.optional(),
    serviceAccounts: serviceAccountsField.optional(),
    classes: classesField.optional(),
    jail: jailField.optional(),
    publish: publishField.optional(),
    callers: pipelineCallersField.optional(),
    receipts: receiptsField.optional(),
  }),
  'cluster',
);

/** A PipelinePolicy as it was read. */
export type PipelinePolicyDocument = z.output<typeof pipelinePolicySchema>;
