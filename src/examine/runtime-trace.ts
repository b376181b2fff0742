/** What a monitor saw of a build: where it connected to, what it ran, and whether the monitor could have seen it at all. */
import type { ContentObjection, RuntimeTraceCheck } from '../domain/policy/content-check.ts';
import { field, isObject } from '../text/json/fields.ts';
import type { JsonObject } from '../text/json/fields.ts';
import { inside, limited, object, objects, quoted, text } from './read.ts';
import { endpoint, endpointPattern } from './endpoint.ts';
import { canonicalPath } from '../text/path.ts';
import { compileWildcard, firstMatch } from '../text/wildcard.ts';

/** Fields with which monitors mark the run that an entry belongs to. */
const RUN_MARKS = ['event', 'runID', 'podUID', 'pod', 'job'] as const;

/**
 * Checks in-toto's runtime-trace v0.1 and v0.2: the monitor, the connections and the programs of a build.
 *
 * An empty log proves nothing by itself: for connections the trace policy must say that it watched `connect`, and for
 * programs the log must hold some. Throws Unreadable.
 */
export function checkRuntimeTrace(predicate: unknown, check: RuntimeTraceCheck): readonly ContentObjection[] {
  const trace = object(predicate, 'predicate');
  const monitor = inside(trace, 'monitor');
  const log = inside(trace, 'monitorLog');
  const type = text(monitor, 'type') ?? '';
  return [
    ...(check.monitors.length > 0 && firstMatch(check.monitors.map(compileWildcard), [type]) === undefined
      ? [objection(`monitor ${quoted(type) || 'without a type'}`, check.monitors.join(' or '))]
      : []),
    ...(check.network === undefined ? [] : checkNetwork(monitor, log, check.network)),
    ...(check.processes === undefined ? [] : checkProcesses(log, check.processes)),
    ...(check.singleUse ? checkSingleUse(inside(trace, 'monitoredProcess'), log) : []),
  ];
}

function checkNetwork(monitor: JsonObject, log: JsonObject, allowed: readonly string[]): readonly ContentObjection[] {
  const connections = objects(field(log, 'network'), 'monitorLog.network');
  if (!watches(monitor, 'connect')) return [objection('a trace policy that does not watch connect', 'a monitor that sees connections')];
  const patterns = allowed.map((pattern) => compileWildcard(endpointPattern(pattern)));
  const strange = connections.map(endpointsOf).filter(({ readable }) => firstMatch(patterns, readable) === undefined);
  return limited(
    distinct(strange.map(({ shown }) => shown)).map((one) =>
      objection(`connection to ${quoted(one)}`, allowed.length === 0 ? 'no connection' : allowed.join(' or ')),
    ),
    'connections',
  );
}

/** `host:port` and `ip:port`, each in its one spelling; a connection whose host name is allowed is allowed whatever its address. */
function endpointsOf(one: JsonObject): { readonly readable: readonly string[]; readonly shown: string } {
  const port = field(one, 'port') ?? field(one, 'destinationPort');
  const named = ['hostname', 'ip', 'destinationIp', 'address'].map((name) => text(one, name));
  const hosts = named.filter((host): host is string => host !== undefined && host !== '');
  const [first] = hosts;
  const suffix = typeof port === 'number' || typeof port === 'string' ? `:${port}` : '';
  const shown = first === undefined ? 'an endpoint without address' : (endpoint(first, port) ?? `${first}${suffix}`);
  return { readable: hosts.map((host) => endpoint(host, port)).filter((text) => text !== undefined), shown };
}

function watches(monitor: JsonObject, call: string): boolean {
  const policy = field(monitor, 'tracePolicy');
  if (!isObject(policy)) return false;
  return objects(field(policy, 'policies'), 'monitor.tracePolicy.policies').some(
    (one) => (text(one, 'Name') ?? text(one, 'name')) === call,
  );
}

function checkProcesses(log: JsonObject, allowed: readonly string[]): readonly ContentObjection[] {
  // Versions of the type name the field differently, and an entry with both names two programs.
  const programs = objects(field(log, 'process'), 'monitorLog.process').flatMap((one) => {
    const named = [text(one, 'processBinary'), text(one, 'binary')].filter((path) => path !== undefined);
    return named.length === 0 ? [''] : named.map(canonicalPath);
  });
  if (programs.length === 0) return [objection('no programs in the log', 'the programs that the build ran')];
  const patterns = allowed.map(compileWildcard);
  const strange = distinct(programs).filter((program) => program === '' || firstMatch(patterns, [program]) === undefined);
  return limited(
    strange.map((program) =>
      objection(program === '' ? 'a program without a path' : `program ${quoted(program)}`, allowed.join(' or ') || 'no program'),
    ),
    'programs',
  );
}

/** One run, and nothing of another: a builder that is used twice carries what the first run left to the second. */
function checkSingleUse(process: JsonObject, log: JsonObject): readonly ContentObjection[] {
  const event = text(process, 'event') ?? '';
  if (event === '') return [objection('a trace that names no run', 'monitoredProcess.event')];
  const entries = [...objects(field(log, 'process'), 'monitorLog.process'), ...objects(field(log, 'network'), 'monitorLog.network')];
  for (const mark of RUN_MARKS) {
    const values = distinct(entries.map((entry) => text(entry, mark)).filter((value) => value !== undefined));
    const stranger = mark === 'event' ? values.find((value) => value !== event) : undefined;
    if (stranger !== undefined) return [objection(quoted(`an entry of run ${stranger}`), `entries of run ${quoted(event)} only`)];
    if (values.length > 1)
      return [objection(quoted(`entries of ${values.length} runs (${mark} ${values.join(', ')})`), 'a trace of one run')];
  }
  return [];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function objection(found: string, expected: string): ContentObjection {
  return { code: 'POLICY_TRACE', found, expected };
}
