/** Whose pipeline it is that is read: what it is given, and what is said about its tasks from outside. */
import type { BuildRequest } from '../../domain/build/build-request.ts';
import { field } from '../../text/json/fields.ts';
import type { Book } from './book.ts';
import { resultsIn } from './order.ts';
import type { Order } from './order.ts';
import type { Values } from './parameters/scope.ts';
import { readValue, textsOfRaw } from './parameters/value.ts';
import type { Scope } from './parameters/value.ts';
import { at, structsAt, textAt } from './place.ts';
import type { Place } from './place.ts';

/** Labels and annotations, and the account, that a run gives to the tasks of its pipeline. */
export interface TaskSettings {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly account?: string;
}

/** Whose pipeline it is. */
export interface PipelineUse {
  /** Before the names of its tasks: empty, or the task that holds the pipeline and a `/`. */
  readonly prefix: string;
  readonly depth: number;
  /** What is given instead of defaults. */
  readonly given: Values;
  /** Variables that are no parameters. */
  readonly contexts: Scope;
  readonly boundTo: (workspace: string) => string;
  readonly settings: (task: string) => TaskSettings | undefined;
  /** Parameters of its tasks are set by whoever asks: the pipeline stands in a run. */
  readonly asked: boolean;
  /** Of the task that holds the pipeline. */
  readonly outer: Order;
}

/** One that nobody gives anything to. */
export const PLAIN: Omit<PipelineUse, 'contexts'> = {
  prefix: '', depth: 1, given: new Map(), boundTo: (workspace) => workspace, settings: () => undefined, asked: false,
  outer: { after: [], isFinally: false, conditional: false, failureIgnored: false },
};

/** Results that a pipeline surfaces, with those of its tasks that each takes. */
export function readPipelineResults(spec: Place, book: Book): BuildRequest['results'] {
  return structsAt(spec, 'results', book).map((result) => {
    const type = textAt(result, 'type', book);
    const takes = textsOfRaw(readValue(field(result.value, 'value'), at(result, 'value'), book)).flatMap(resultsIn);
    return { name: textAt(result, 'name', book), path: result.path, ...(type === '' ? {} : { type }), takes };
  });
}
