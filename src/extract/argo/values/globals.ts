/** Placeholders that mean the same everywhere in a workflow: its parameters, its namespace. */
import type { Finding } from '../../../domain/decision/finding.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { objectFinding } from '../../finding.ts';
import { parametersIn, writtenIn } from '../arguments.ts';
import { MAX_DEPTH, MAX_LONG_TEXT, MAX_WORK, parameterLimit } from '../limits.ts';
import { deferred, evaluate, known } from './placeholders.ts';
import type { Lookup, Value } from './placeholders.ts';

const PARAMETER = 'workflow.parameters.';

/**
 * Looks placeholders up for one object, and keeps count of the text that was put together for it. What cannot be followed for its
 * size or its circles is noted by path, once.
 */
export class Globals {
  readonly #parameters: ReadonlyMap<string, JsonObject>;
  readonly #own: ReadonlyMap<string, string>;
  readonly #path: string;
  readonly #values = new Map<string, Value | 'open'>();
  readonly #noted = new Map<string, Finding>();
  #work = 0;
  #depth = 0;

  /** `spec` is the workflow's, at `path`; `own` are placeholders of the object itself that are known. */
  constructor(spec: JsonObject, path: string, own: ReadonlyMap<string, string>) {
    this.#parameters = parametersIn(spec, 'arguments');
    this.#own = own;
    this.#path = path;
  }

  /** What could not be followed. */
  get problems(): readonly Finding[] {
    return [...this.#noted.values()];
  }

  /** Notes what could not be followed, once for each place. */
  note(finding: Finding): void {
    const key = `${finding.code} ${finding.path}`;
    if (!this.#noted.has(key) && this.#noted.size < 20) this.#noted.set(key, finding);
  }

  readonly lookup: Lookup = (tag) => {
    const own = this.#own.get(tag);
    if (own !== undefined) return known(own);
    return tag.startsWith(PARAMETER) ? this.#parameter(tag.slice(PARAMETER.length)) : undefined;
  };

  /** Counts work; false when there was too much of it. */
  charge(characters: number): boolean {
    this.#work += characters;
    return this.#work <= MAX_WORK;
  }

  /** A text in a scope, or in none but the workflow's; `path` is what grew when it comes to more than `most` characters. */
  evaluate(text: string, most: number, path: string, scope: Lookup = () => undefined): Value {
    if (!text.includes('{{')) return known(text);
    if (!this.charge(text.length + 16)) return this.#beyond(path, { known: false, reason: 'limit', expression: text.slice(0, 80) });
    const value = evaluate(text, (tag) => scope(tag) ?? this.lookup(tag), most);
    if (value.known) this.#work += value.text.length;
    return this.#beyond(path, value);
  }

  #beyond(path: string, value: Value): Value {
    if (value.known || value.reason !== 'limit') return value;
    this.note(
      objectFinding('INPUT_PARAMETER_LIMIT', path, { artifact: value.expression, expected: 'parameters of bounded size', found: 'more' }),
    );
    return deferred('parameter', value.expression);
  }

  #parameter(name: string): Value | undefined {
    const held = this.#values.get(name);
    if (held === 'open') {
      this.note(objectFinding('INPUT_REFERENCE_CYCLE', `${this.#path}.arguments.parameters`, { found: name }));
      return deferred('parameter', `{{${PARAMETER}${name}}}`);
    }
    if (held !== undefined) return held;
    if (this.#depth >= MAX_DEPTH) {
      this.note(parameterLimit(`${this.#path}.arguments.parameters`, `at most ${MAX_DEPTH} parameters that come from each other`));
      return deferred('parameter', `{{${PARAMETER}${name}}}`);
    }
    const written = writtenIn(this.#parameters.get(name));
    if (written === undefined) return undefined;
    if ('value' in written) return written.value;
    this.#values.set(name, 'open');
    this.#depth += 1;
    const value = this.evaluate(written.text, MAX_LONG_TEXT, `${this.#path}.arguments.parameters`);
    this.#depth -= 1;
    this.#values.set(name, value);
    return value;
  }
}
