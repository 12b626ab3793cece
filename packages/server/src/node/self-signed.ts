import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

// A certificate (RFC 5280) for development, written out by hand: Node.js can read one but not make one, and a dependency
// for it would be larger than all the rest. DER is a tree of tag, length and content.

/** A key and a certificate for this machine's own names, good for a month, trusted by nobody. */
export interface SelfSigned {
  readonly key: string
  readonly cert: string
}

/** @throws Error where NODE_ENV says production: a certificate that nobody trusts teaches people not to look */
export function selfSigned(now = new Date(), env: string | undefined = process.env.NODE_ENV): SelfSigned {
  if (env === 'production') {
    throw new Error("tls: 'self-signed' is for development. In production give { key, cert }, or end TLS in front.")
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(oid('550403'), tagged(0x0c, Buffer.from('localhost')))))
  const certificate = sequence(
    // Version 3, a serial number of 63 random bits, which is therefore positive.
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(7)])),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(now.getTime() - hourMs)), time(new Date(now.getTime() + 30 * 24 * hourMs))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions())),
  )
  const signature = sign('sha256', certificate, createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  const whole = sequence(certificate, ecdsaWithSha256, bits(signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}

const hourMs = 3_600_000

function extensions(): Buffer[] {
  const names = ['localhost', '*.localhost'].map((each) => tagged(0x82, Buffer.from(each)))
  const addresses = [Buffer.of(127, 0, 0, 1), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])]
  const alternative = sequence(...names, ...addresses.map((each) => tagged(0x87, each)))
  // RFC 5280 section 4.2.1.9: a certificate that is no authority says so by an empty sequence.
  return [extension('551d11', alternative), extension('551d13', sequence())]
}

function extension(id: string, content: Buffer): Buffer {
  return sequence(oid(id), tagged(0x04, content))
}

const ecdsaWithSha256 = /* @__PURE__ */ sequence(/* @__PURE__ */ oid('2a8648ce3d040302'))

function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  // Lengths up to 127 in one byte; longer ones after a byte that says how many bytes they take.
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...head), content])
}

function sequence(...contents: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...contents)
}

function set(...contents: readonly Uint8Array[]): Buffer {
  return tagged(0x31, ...contents)
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function integer(bytes: Uint8Array): Buffer {
  return tagged(0x02, bytes)
}

function bits(bytes: Uint8Array): Buffer {
  return tagged(0x03, Buffer.of(0), bytes)
}

/** UTCTime: RFC 5280 section 4.1.2.5 wants it for years before 2050, GeneralizedTime after. */
function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text))
}
