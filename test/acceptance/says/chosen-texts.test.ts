import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { says, verdict } from './support.ts';

const [ADMITTED, DENIED] = ['admit POLICY_SATISFIED', 'deny POLICY_TRACE'];
const trace = (log: object): UnverifiedEvidence =>
  says('https://in-toto.io/attestation/runtime-trace/v0.1', { monitor: { type: 'm', tracePolicy: { policies: [{ Name: 'connect' }] } }, monitoredProcess: { event: 'run' }, monitorLog: log });
const traced = (more: object): object => ({ runtimeTrace: { by: ['alice'], ...more } });

describe('Y6: texts that the build chooses are made canonical before they are compared', () => {
  test.each<[string, string, boolean]>([
    ['/bin/sh', '/bin/*', true],
    ['/bin/../tmp/evil', '/bin/*', false],
    ['/bin/../bin/sh', '/bin/*', true],
    ['/bin/./sh', '/bin/sh', true],
    ['//bin//sh', '/bin/sh', true],
    ['/bin/a/../../tmp/evil', '/bin/*', false],
    ['/../../bin/sh', '/bin/sh', true],
    ['bin/../../bin/sh', 'bin/*', false],
    ['/bin/..', '/bin/*', false],
    ['/tmp/evil', '/bin/*', false],
  ])('Y6: program %s under %s: %s', async (program, pattern, allowed) => {
    expect(await verdict(traced({ processes: [pattern] }), [trace({ process: [{ processBinary: program }] })])).toBe(allowed ? ADMITTED : DENIED);
  });

  test.each<[object, string, boolean]>([
    [{ hostname: 'github.com', port: 443 }, '*:443', true],
    [{ hostname: 'github.com' }, '*:443', false],
    [{ ip: '2001:db8::443' }, '*:443', false],
    [{ ip: '2001:db8::1', port: 443 }, '*:443', true],
    [{ ip: '2001:db8::1', port: 443 }, '[2001:db8::1]:443', true],
    [{ ip: '2001:0DB8:0:0::0001', port: '443' }, '[2001:db8::1]:443', true],
    [{ ip: '2001:db8::1', port: 443 }, '[2001:DB8:0::1]:443', true],
    [{ ip: '2001:db8::1', port: 44 }, '[2001:db8::1]:443', false],
    [{ ip: '2001:db8::1:443' }, '2001:db8::1:443', false],
    [{ hostname: 'evil.example:443' }, '*:443', false],
    [{ hostname: 'evil.example:443', port: 22 }, '*:443', false],
    [{ hostname: 'GitHub.com.', port: 443 }, 'github.com:443', true],
    [{ hostname: 'github.com', port: 443 }, 'GitHub.com:443', true],
    [{ hostname: 'evil.example/.github.com', port: 443 }, '*.github.com:443', false],
    [{ hostname: 'api.github.com', port: 443 }, '*.github.com:443', true],
    [{ hostname: 'github.com', port: '1:443' }, 'github.com:*443', false],
    [{ hostname: 'evil.example', ip: '140.82.112.3', port: 443 }, '140.82.112.*:443', true],
    [{ ip: '140.82.112.3', port: 443 }, '140.82.112.*:443', true],
  ])('Y6: connection %j under %s: %s', async (connection, pattern, allowed) => {
    expect(await verdict(traced({ network: [pattern] }), [trace({ network: [connection] })])).toBe(allowed ? ADMITTED : DENIED);
  });

  test('Y6: a file of an SBOM by a way round', async () => {
    const bom = (fileName: string): UnverifiedEvidence => says('https://spdx.dev/Document', { spdxVersion: 'SPDX-2.3', packages: [], files: [{ SPDXID: 'SPDXRef-f', fileName }] });
    const requirement = { sbom: { by: ['alice'], deny: { packages: ['/usr/share/java/*'] } } };
    expect(await verdict(requirement, [bom('./usr/share/x/../java/log4j.jar')])).toBe('deny POLICY_PACKAGE_DENIED');
    expect(await verdict(requirement, [bom('./usr/share/java/../x/log4j.jar')])).toBe(ADMITTED);
    expect(await verdict(requirement, [bom('./usr/share/x/log4j.jar')])).toBe(ADMITTED);
  });
});
