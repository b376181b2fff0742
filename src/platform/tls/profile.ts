/** Which TLS the server speaks. */
import type { SecureContextOptions } from 'node:tls';

/**
 * What the server speaks: TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers only (RFC 9325).
 *
 * No CBC, 3DES or RC4 (Kyverno GHSA-hgv6-w7r3-w4qw was a weak cipher left on). The order is the server's.
 */
export const TLS_PROFILE = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: true,
} as const satisfies SecureContextOptions;
