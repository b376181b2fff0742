/** The resources of Tekton and how each is read. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { buildBase } from '../build-base.ts';
import type { EngineReader, EngineReaders, EngineReading, NestedReaders } from '../reading.ts';
import { createBook, problem } from './book.ts';
import type { Book } from './book.ts';
import { EMPTY_SCOPE } from './parameters/scope.ts';
import { asPlace } from './place.ts';
import { OBJECT_KINDS, readTriggerTemplate } from './trigger-template.ts';
import type { ObjectKind } from './trigger-template.ts';

/** Every resource of Tekton that is read; `status` in objects is looked at by the readers of subresources. */
export const TEKTON_READERS: EngineReaders = {
  ...Object.fromEntries(Object.entries(OBJECT_KINDS).map(([kind, how]) => [`tekton.dev/${kind.toLowerCase()}s`, readerOf(kind, how)])),
  'triggers.tekton.dev/triggertemplates': readerOf('TriggerTemplate', { role: 'schedule', read: readTriggerTemplate }),
};

function readerOf(kind: string, how: ObjectKind): EngineReader {
  return { kind, read: (review, nested = NO_OTHERS) => readObject(review, how, nested) };
}

/** Whoever reads without the other engines sees their objects by their shape. */
const NO_OTHERS: NestedReaders = { readers: {}, depth: 0 };

function readObject(review: ReviewRequest, { role, read }: ObjectKind, nested: NestedReaders): EngineReading {
  const { operation, namespace, name, user } = review;
  if (operation === 'CONNECT') return { images: [], problems: [] };
  const book = createBook({ namespace, version: review.kind.version, open: role !== 'run', whole: { review, nested } });
  const object = asPlace(review.object, '', book);
  if (object !== undefined) read(object, EMPTY_SCOPE, book);
  if (book.budget.overrun) problem(book, 'INPUT_PARAMETER_LIMIT', 'spec');
  const request: BuildRequest = { ...buildBase(review, 'tekton', role), ...found(book) };
  return { matter: { about: 'build', operation, namespace, name, requester: user, request }, images: book.images, problems: book.problems };
}

type Lists = 'definitions' | 'tasks' | 'order' | 'parameters' | 'accounts' | 'pods' | 'results' | 'images' | 'texts';
type Found = Pick<BuildRequest, Lists | 'debug'>;

function found({ definitions, tasks, order, parameters, accounts, pods, results, images, texts, counts }: Book): Found {
  const all = { definitions, tasks, order, parameters, accounts, pods, results, images, texts };
  return counts.debug === '' ? all : { ...all, debug: counts.debug };
}
