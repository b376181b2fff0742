import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originText, parseHost, parseHttpUrl, resolveTarget } from '../../../src/net/host.ts';

describe('parseHost', () => {
  it.each(['ghcr.io', 'registry.acme.example:5000', 'localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]', '[2001:db8::1]:5000', 'a-b.c', 'xn--bcher-kva.example'])('accepts %s', (text) => {
    expect(parseHost(text)?.text).toBe(text);
  });

  it.each(['', 'REGISTRY.example.com', 'registry.example.com.', '0x7f000001', '127.1', '2130706433', '0177.0.0.1', '1.2.3.4.5', 'host:0', 'host:065', 'host:65536', 'host:', 'a..b', '-a', 'a_b', 'user@host', 'a/b', 'host%41', '[fe80::1%eth0]', '::1', '[zz]', 'a\nb', ' a', 'ｅxample.com', '１２７.0.0.1', `${'a'.repeat(64)}.example`])('E11 refuses %j', (text) => {
    expect(parseHost(text)).toBeUndefined();
  });

  it('reads what it accepts as URL parsers do, so that nobody is led elsewhere', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webAuthority({ withPort: true, withUserInfo: true, withIPv4Extended: true, withIPv6: true }), fc.string()), (text) => {
        const host = parseHost(text);
        if (host === undefined) return true;
        const url = new URL(`http://${text}/`);
        return host.address?.includes(':') === true ? url.hostname.startsWith('[') : url.hostname === host.name && url.username === '' && Number(url.port || 80) === (host.port ?? 80);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseHttpUrl', () => {
  it.each([
    ['https://auth.example/token', 'https://auth.example:443', '/token'],
    ['https://auth.example:8443', 'https://auth.example:8443', '/'],
    ['HTTP://Auth.Example/a?b=c', 'http://auth.example:80', '/a?b=c'],
    ['https://auth.example?x=1', 'https://auth.example:443', '/?x=1'],
  ])('reads %s', (text, origin, path) => {
    const url = parseHttpUrl(text);
    expect(url === undefined ? undefined : [originText(url.origin), url.path]).toEqual([origin, path]);
  });

  it.each(['file:///etc/passwd', 'gopher://x/', 'https://', 'https://user:pass@host/', 'https://a\\@b/', 'https://a b/', '//host/path', '/path', 'https://host/#frag', 'https://0x7f000001/', 'https://host/pa th', 'https://host/\r\nx: y'])('F01 refuses %j', (text) => {
    expect(parseHttpUrl(text)).toBeUndefined();
  });
});

describe('resolveTarget', () => {
  const base = { scheme: 'https' as const, host: parseHost('registry.example:5000') ?? { text: '', name: '', port: undefined, address: undefined } };

  it('keeps the origin for an absolute path', () => {
    expect(resolveTarget('/v2/x', base)).toEqual({ origin: base, path: '/v2/x' });
  });

  it.each(['//evil.example/x', '/\\evil.example/x', 'x', '', '?n=1', '/a b'])('refuses %j', (text) => {
    expect(resolveTarget(text, base)).toBeUndefined();
  });
});
