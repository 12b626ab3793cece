import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/**
 * A self-signed certificate for localhost and 127.0.0.1, and its key, in PEM: X.509 version 3 (RFC 5280) with the least
 * that TLS wants, written out by hand so that tests need no other program.
 */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const name = der(0x30, der(0x31, der(0x30, oid('55 04 03'), der(0x0c, text('localhost')))))
  const ecdsaWithSha256 = der(0x30, oid('2a 86 48 ce 3d 04 03 02'))
  const day = 86_400_000
  const certificate = der(
    0x30,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    // A serial number is positive: the highest bit stays 0.
    der(0x02, Uint8Array.of(1), randomBytes(8)),
    ecdsaWithSha256,
    name,
    der(0x30, time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, subjectNames(), isAuthority())),
  )
  const signature = sign('sha256', certificate, privateKey)
  const whole = der(0x30, certificate, ecdsaWithSha256, der(0x03, Uint8Array.of(0), signature))
  const lines = whole
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}

function subjectNames(): Buffer {
  const names = der(0x30, der(0x82, text('localhost')), der(0x87, Uint8Array.of(127, 0, 0, 1)))
  return der(0x30, oid('55 1d 11'), der(0x04, names))
}

/** It vouches for itself, so it has to be allowed to. */
function isAuthority(): Buffer {
  return der(
    0x30,
    oid('55 1d 13'),
    der(0x01, Uint8Array.of(0xff)),
    der(0x04, der(0x30, der(0x01, Uint8Array.of(0xff)))),
  )
}

/** Tag, length and content of DER (X.690). */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Uint8Array.from(head), content])
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

function text(content: string): Buffer {
  return Buffer.from(content, 'latin1')
}

/** UTCTime: YYMMDDHHMMSSZ. */
function time(at: number): Buffer {
  return der(
    0x17,
    text(
      `${new Date(at)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
}
