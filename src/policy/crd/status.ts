/** What the controller says of a resource; whoever writes a resource never writes this. */
import { KEEP } from './schema.ts';
import type { Structural } from './schema.ts';

const text = (description: string, more: Structural = {}): Structural => ({ type: 'string', description, ...more });
const count = (description: string): Structural => ({ type: 'integer', format: 'int64', minimum: 0, description });
const time = (description: string): Structural => ({ type: 'string', format: 'date-time', description });
const list = (description: string, items: Structural, more: Structural = {}): Structural =>
  ({ type: 'array', description, ...more, items });
type Fields = Readonly<Record<string, Structural>>;
const object = (description: string, properties: Fields, required: readonly string[] = []): Structural => ({
  type: 'object', description, ...KEEP, ...(required.length === 0 ? {} : { required }), properties,
});

const condition = object('One thing that is so, or is not.', {
  type: text('Ready, Compiled, TrustRootFresh or Expiring.', { maxLength: 316 }),
  status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it is so.' },
  observedGeneration: count('The generation of the resource of which this is said.'),
  lastTransitionTime: time('When the status changed last.'),
  reason: text('Why, in one word for programs.', { maxLength: 1024 }),
  message: text('Why, for people: the path of the field and what is wrong with it.', { maxLength: 32_768 }),
}, ['type', 'status']);

const reason = object('A reason code and how often it occurred.', {
  code: text('The code, as docs/reference/reasons.md lists them.'), count: count('How often.'),
}, ['code']);

/** The status of every kind; a kind leaves out what does not occur to it. */
export const STATUS: Structural = object('What became of the resource, as the controller saw it; written by nobody else.', {
  observedGeneration: count('The generation of the resource that the status speaks about.'),
  conditions: list('Whether it is in force, whether it compiles, whether its trust is fresh, and whether that ends soon.', condition, {
    'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'],
  }),
  problems: list('What is wrong; what the resource speaks about is undetermined, or its last good form stays.', object('One problem.', {
    path: text('The field: spec.require[0].signature.by[1].'), message: text('What was found there, what is expected, and what to do.'),
  }, ['message'])),
  warnings: list('What is unlikely to mean what its author wanted.', { type: 'string' }),
  activity: object('What it matched lately, in all replicas. No names of namespaces or images but in a namespace\'s own ArtifactPolicy.', {
    matched: count('Artifacts and requests that it spoke about.'),
    admitted: count('Those that were admitted.'),
    denied: count('Those that failed it.'),
    undetermined: count('Those about which it could not be said.'),
    since: time('From when these are counted.'),
    last: time('When it matched last.'),
    lastDenial: time('When something failed it last.'),
    reasons: list('Why what failed did, the most frequent first.', reason),
  }),
  forecast: object('What enforcing it would change, while its mode is audit or warn.', {
    wouldDeny: count('What runs or may be started again, and would be denied.'),
    checkedAt: time('When this was found.'),
    items: list('Some of it, with the reason.', object('An object that runs, or makes what runs.', {
      group: text('The group of its kind; empty for those of Kubernetes itself.'), kind: text('Its kind.'),
      namespace: text('Where it is.'), name: text('Its name.'),
      since: time('Since when it is there.'), repairs: text('What of the cluster would not be repaired without it.'),
      reasons: list('Reason codes.', { type: 'string' }),
    })),
    reasons: list('Reason codes of all of it.', { type: 'string' }),
    repairs: count('How much of it the cluster needs to mend itself.'),
    ends: list('What would be denied besides once trust or an exception ends, within 30 days; the first of these ends.', object('A moment at which something ends.', {
      at: time('When.'), what: list('What ends.', { type: 'string' }),
      wouldDeny: count('What is admitted until then, and would be denied.'),
    }, ['at'])),
    incomplete: { type: 'boolean', description: 'True: not all of the cluster could be read.' },
  }),
  expires: list('What it relies on and ends within 30 days, the first to end first.', object('One thing that ends.', {
    what: text('What ends.'), at: time('When.'),
  }, ['what', 'at'])),
});
