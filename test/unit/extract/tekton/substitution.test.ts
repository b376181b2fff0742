/** Tekton's documented rules for variables, as a table: what an image comes to, and what stays open. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from './objects.ts';
import { readObject } from './objects.ts';

type Param = Readonly<Record<string, unknown>>;

interface Case {
  readonly declared?: readonly Param[];
  readonly given?: readonly Param[];
}

function taskRun(image: string, { declared = [], given = [] }: Case = {}): KubernetesObject {
  const spec = { params: given, taskSpec: { params: declared, steps: [{ name: 's', image }] } };
  return { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'run-1' }, ...{ spec } };
}

/** What the only image of an object comes to. */
function outcome(object: KubernetesObject): unknown {
  const state = readObject(object).request.images[0]?.state;
  return state?.state === 'resolved' ? state.values : state === undefined ? 'none' : `${state.reason} ${state.expression}`;
}

const X = { given: [{ name: 'x', value: 'nginx' }] };
const LIST = { given: [{ name: 'l', value: ['a', 'b'] }] };
const OBJECT = { given: [{ name: 'o', value: { repo: 'r.example/app', tag: 'v1' } }] };

describe('substitution: a variable in a TaskRun', () => {
  it.each<[string, string, Case, unknown]>([
    ['plain', '$(params.x)', X, ['nginx']],
    ['in double quotes', '$(params["x"])', X, ['nginx']],
    ['in single quotes', "$(params['x'])", X, ['nginx']],
    ['as v1beta1 knew it', '$(inputs.params.x)', X, ['nginx']],
    ['in the middle', 'r.example/$(params.x):1', X, ['r.example/nginx:1']],
    ['more than once', '$(params.x)/$(params.x)', X, ['nginx/nginx']],
    ['after a dollar sign', '$$(params.x)', X, ['$nginx']],
    ['inside of another', '$(params.$(params.x))', X, 'expression $(params.nginx)'],
    ['with blanks is none', '$( params.x )', X, 'expression $( params.x )'],
    ['without an end is none', 'r.example/$(params.x', X, 'expression r.example/$(params.x'],
    ['that nobody gives', '$(params.y)', X, 'parameter $(params.y)'],
    ['of another case', '$(params.X)', X, 'parameter $(params.X)'],
    ['an item', 'r.example/$(params.l[1])', LIST, ['r.example/b']],
    ['an item in quotes', "r.example/$(params['l'][0])", LIST, ['r.example/a']],
    ['an item that is not there', '$(params.l[2])', LIST, 'parameter $(params.l[2])'],
    ['a whole list', '$(params.l[*])', LIST, 'parameter $(params.l[*])'],
    ['a whole list without a star', '$(params.l)', LIST, 'parameter $(params.l)'],
    ['members', '$(params.o.repo):$(params.o.tag)', OBJECT, ['r.example/app:v1']],
    ['a member that is not there', '$(params.o.none)', OBJECT, 'parameter $(params.o.none)'],
    ['a name with dots', '$(params.a.b)', { given: [{ name: 'a.b', value: 'dotted' }] }, ['dotted']],
    ['a name with dots in quotes', '$(params["a.b"])', { given: [{ name: 'a.b', value: 'dotted' }] }, ['dotted']],
    ['the result of a step', '$(steps.build.results.image)', {}, 'result $(steps.build.results.image)'],
    ['a path of a workspace', '$(workspaces.source.path)', {}, 'expression $(workspaces.source.path)'],
    ['name of the run', 'r.example/$(context.taskRun.name)', {}, ['r.example/run-1']],
    ['namespace of the run', 'r.example/$(context.taskRun.namespace)', {}, ['r.example/ci']],
    ['uid of the run', 'r.example/$(context.taskRun.uid)', {}, 'expression $(context.taskRun.uid)'],
    ['retries of the run', 'r.example/a:$(context.task.retry-count)', {}, 'expression $(context.task.retry-count)'],
    ['a default', '$(params.x)', { declared: [{ name: 'x', default: 'busybox' }] }, ['busybox']],
    ['a default that is a number', 'a:$(params.x)', { declared: [{ name: 'x', default: 3 }] }, ['a:3']],
    ['what is given comes before the default', '$(params.x)', { declared: [{ name: 'x', default: 'busybox' }], ...X }, ['nginx']],
    ['empty text is a value', 'a$(params.x)', { given: [{ name: 'x', value: '' }] }, ['a']],
    ['no default and nothing given', '$(params.x)', { declared: [{ name: 'x' }] }, 'parameter $(params.x)'],
    ['members of a default that are not given', '$(params.o.repo):$(params.o.tag)',
      { declared: [{ name: 'o', type: 'object', default: { repo: 'old', tag: 'v0' } }], given: [{ name: 'o', value: { repo: 'new' } }] }, ['new:v0']],
    ['a default of a default', '$(params.image)',
      { declared: [{ name: 'registry', default: 'r.example' }, { name: 'image', default: '$(params.registry)/app' }] }, ['r.example/app']],
    ['a default of one declared later', '$(params.image)',
      { declared: [{ name: 'image', default: '$(params.registry)/app' }, { name: 'registry', default: 'r.example' }] }, ['r.example/app']],
    ['a default of something given, in any version', '$(params.image)',
      { declared: [{ name: 'registry', default: 'old.example' }, { name: 'image', default: '$(params.registry)/app' }], given: [{ name: 'registry', value: 'new.example' }] },
      ['new.example/app', 'old.example/app']],
    ['a value is not looked into again', '$(params.x)', { given: [{ name: 'x', value: '$(params.y)' }, { name: 'y', value: 'evil' }] }, 'parameter $(params.y)'],
    ['values do not make a variable together', '$(params.x)(params.y)', { given: [{ name: 'x', value: '$' }, { name: 'y', value: 'evil' }] }, 'expression $(params.y)'],
  ])('%s', (_, image, params, expected) => {
    const object = taskRun(image, params);
    expect(readObject(object).problems.filter((problem) => !problem.startsWith('INPUT_IMAGE_INVALID'))).toEqual([]);
    expect(outcome(object)).toEqual(expected);
  });
});

interface PipelineCase {
  readonly given?: readonly Param[];
  readonly declared?: readonly Param[];
  readonly handed?: readonly Param[];
  readonly matrix?: object;
  readonly ofTask?: readonly Param[];
}

function pipelineRun(image: string, { given = [], declared = [], handed = [], matrix, ofTask = [] }: PipelineCase): KubernetesObject {
  const task = { name: 't', params: handed, ...(matrix === undefined ? {} : { matrix }), taskSpec: { params: ofTask, steps: [{ image }] } };
  const spec = { params: given, pipelineSpec: { params: declared, tasks: [task] } };
  return { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: 'run-1' }, ...{ spec } };
}

const HELLO = { name: 'hello', value: 'outer' };
const MATRIX = { params: [{ name: 'arch', value: ['amd64', 'arm64'] }, { name: 'os', value: ['linux', 'windows'] }] };

describe('substitution: a variable in an embedded task of a PipelineRun', () => {
  it.each<[string, string, PipelineCase, unknown]>([
    ['is propagated', '$(params.hello)', { given: [HELLO] }, ['outer']],
    ['is propagated from a default', '$(params.hello)', { declared: [{ name: 'hello', default: 'declared' }] }, ['declared']],
    ['what is given to the run comes before the default of the pipeline', '$(params.hello)', { given: [HELLO], declared: [{ name: 'hello', default: 'declared' }] }, ['outer']],
    ['the inner scope wins', '$(params.hello)', { given: [HELLO], handed: [{ name: 'hello', value: 'inner' }] }, ['inner']],
    ['what is given comes before the default of the task', '$(params.hello)', { given: [HELLO], ofTask: [{ name: 'hello', default: 'default' }] }, ['outer']],
    ['the default of the task comes last', '$(params.hello)', { ofTask: [{ name: 'hello', default: 'default' }] }, ['default']],
    ['the old spelling is not propagated', '$(inputs.params.hello)', { given: [HELLO] }, 'parameter $(inputs.params.hello)'],
    ['the old spelling has the default of the task', '$(inputs.params.hello)', { given: [HELLO], ofTask: [{ name: 'hello', default: 'default' }] }, ['default']],
    ['values are handed on', '$(params.x)', { given: [HELLO], handed: [{ name: 'x', value: 'r.example/$(params.hello)' }] }, ['r.example/outer']],
    ['lists are handed on', '$(params.x[1])', { given: [{ name: 'l', value: ['a', 'b'] }], handed: [{ name: 'x', value: '$(params.l[*])' }] }, ['b']],
    ['lists are put into lists', '$(params.x[2])', { given: [{ name: 'l', value: ['a', 'b'] }], handed: [{ name: 'x', value: ['first', '$(params.l[*])'] }] }, ['b']],
    ['objects are handed on', '$(params.x.tag)', { given: [{ name: 'o', value: { tag: 'v1' } }], handed: [{ name: 'x', value: '$(params.o[*])' }] }, ['v1']],
    ['results are not known', '$(params.x)', { handed: [{ name: 'x', value: '$(tasks.a.results.image)' }] }, 'result $(tasks.a.results.image)'],
    ['lists of results are not known', '$(params.x[0])', { handed: [{ name: 'x', value: '$(tasks.a.results.images[*])' }] }, 'result $(tasks.a.results.images[*])'],
    ['the name of the run', '$(context.pipelineRun.name)', {}, ['run-1']],
    ['the name of the TaskRun is made up later', '$(context.taskRun.name)', {}, 'expression $(context.taskRun.name)'],
    ['a chain of defaults', '$(params.c)', { declared: [{ name: 'c', default: '$(params.b)c' }, { name: 'b', default: '$(params.a)b' }, { name: 'a', default: 'a' }] }, ['abc']],
    ['a default of something given', '$(params.b)', { given: [{ name: 'a', value: 'given' }], declared: [{ name: 'a', default: 'a' }, { name: 'b', default: '$(params.a)' }] }, ['given']],
    ['items that both scopes have are told both', '$(params.l[0])', { given: [{ name: 'l', value: ['outer'] }], handed: [{ name: 'l', value: ['inner'] }] }, ['inner', 'outer']],
    ['a matrix', 'r.example/$(params.arch):$(params.os)', { matrix: MATRIX }, ['r.example/amd64:linux', 'r.example/arm64:linux', 'r.example/amd64:windows', 'r.example/arm64:windows']],
    ['a matrix of a list that is given', '$(params.arch)', { given: [{ name: 'all', value: ['a', 'b'] }], matrix: { params: [{ name: 'arch', value: '$(params.all[*])' }] } }, ['a', 'b']],
    ['a matrix of a result', '$(params.arch)', { matrix: { params: [{ name: 'arch', value: '$(tasks.a.results.all[*])' }] } }, 'result $(tasks.a.results.all[*])'],
    ['a matrix with rows alone', '$(params.image)', { matrix: { include: [{ params: [{ name: 'image', value: 'a' }] }, { params: [{ name: 'image', value: 'b' }] }] } }, ['a', 'b']],
    ['a matrix with rows that add to it', '$(params.arch)-$(params.image)',
      { ofTask: [{ name: 'image', default: 'none' }], matrix: { params: [{ name: 'arch', value: ['x', 'y'] }], include: [{ params: [{ name: 'arch', value: 'x' }, { name: 'image', value: 'i' }] }, { params: [{ name: 'arch', value: 'z' }, { name: 'image', value: 'j' }] }] } },
      ['x-i', 'y-none', 'z-j']],
    ['a matrix beside a parameter of the pipeline, in any version', '$(params.hello)', { given: [HELLO], matrix: { params: [{ name: 'hello', value: ['a'] }] } }, ['a', 'outer']],
    ['a matrix with an empty list', '$(params.arch)', { matrix: { params: [{ name: 'arch', value: [] }] } }, 'expression a matrix without combinations'],
  ])('%s', (_, image, params, expected) => {
    expect(outcome(pipelineRun(image, params))).toEqual(expected);
  });
});

describe('substitution: in a stored definition', () => {
  const task = (params: readonly Param[]): KubernetesObject =>
    ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build' }, ...{ spec: { params, steps: [{ name: 's', image: '$(params.image)' }] } } });

  it('a default is what is known, and is told to be one', () => {
    expect(readObject(task([{ name: 'image', default: 'busybox' }])).request.images[0]?.state).toEqual({ state: 'resolved', values: ['busybox'], byDefault: true });
    expect(outcome(task([{ name: 'image' }]))).toBe('parameter $(params.image)');
  });

  it('in a run it is none: nobody replaces it any more', () => {
    const object = taskRun('$(params.image)', { declared: [{ name: 'image', default: 'busybox' }] });
    expect(readObject(object).request.images[0]?.state).toEqual({ state: 'resolved', values: ['busybox'] });
  });
});

describe('substitution: whatever is written', () => {
  const NAMES = ['a', 'b', 'c'] as const;
  const piece = fc.oneof(fc.constantFrom('x', '/', ':', '$', '(', ')', '$('), fc.constantFrom(...NAMES, 'none').map((name) => `$(params.${name})`), fc.constantFrom(...NAMES).map((name) => `$(params['${name}'])`));
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const value = fc.array(fc.oneof(fc.constantFrom('v', '$', '(', '$('), fc.constantFrom(...NAMES).map((name) => `$(params.${name})`)), { maxLength: 3 }).map((pieces) => pieces.join(''));

  /** Tekton's own way: at each place the first key that matches, values are not looked into. */
  function replaced(image: string, values: Readonly<Record<string, string>>): string {
    const keys = Object.entries(values).flatMap(([name, to]) => [`$(params.${name})`, `$(params["${name}"])`, `$(params['${name}'])`].map((key) => [key, to] as const));
    let result = '';
    for (let at = 0; at < image.length;) {
      const found = keys.find(([key]) => image.startsWith(key, at));
      result += found?.[1] ?? image[at];
      at += found?.[0].length ?? 1;
    }
    return result;
  }

  it('an image is resolved to what Tekton makes of it when no variable is left, and is open otherwise', () => {
    fc.assert(fc.property(text, fc.record({ a: value, b: value, c: value }), (image, values) => {
      if (image === '') return;
      const state = readObject(taskRun(image, { given: Object.entries(values).map(([name, one]) => ({ name, value: one })) })).request.images[0]?.state;
      const expected = replaced(image, values);
      if (expected.includes('$(')) expect(state?.state).toBe('deferred');
      else expect(state).toEqual({ state: 'resolved', values: [expected] });
    }), { numRuns: 500 });
  });
});
