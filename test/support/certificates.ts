import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate and its private key, in PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

const DER = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  ipAddress: 0x87,
}
const OBJECT_ID = { ecdsaWithSha256: '2a8648ce3d040302', commonName: '550403', subjectAltName: '551d11' }

/**
 * A certificate for 127.0.0.1 that is its own authority, valid for a day: made by hand, so that the tests need no
 * program that may not be there, and no key lies about.
 */
export function selfSigned(name: string): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(DER.sequence, objectId(OBJECT_ID.ecdsaWithSha256))
  const commonName = der(DER.sequence, objectId(OBJECT_ID.commonName), der(DER.utf8, Buffer.from(name)))
  const distinguishedName = der(DER.sequence, der(DER.set, commonName))
  const day = 24 * 60 * 60 * 1_000
  const validity = der(DER.sequence, utcTime(Date.now() - day), utcTime(Date.now() + day))
  const addresses = der(DER.sequence, der(DER.ipAddress, Buffer.of(127, 0, 0, 1)))
  const altName = der(DER.sequence, objectId(OBJECT_ID.subjectAltName), der(DER.octetString, addresses))
  const toBeSigned = der(
    DER.sequence,
    der(DER.version, der(DER.integer, Buffer.of(2))),
    der(DER.integer, Buffer.of(1)),
    algorithm,
    distinguishedName,
    validity,
    distinguishedName,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(DER.extensions, der(DER.sequence, altName)),
  )
  const signature = der(DER.bitString, Buffer.of(0), sign('sha256', toBeSigned, privateKey))
  const certificate = der(DER.sequence, toBeSigned, algorithm, signature).toString('base64')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const header = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

function objectId(hex: string): Buffer {
  return der(DER.objectId, Buffer.from(hex, 'hex'))
}

function utcTime(millis: number): Buffer {
  const digits = new Date(millis).toISOString().replaceAll(/\D/g, '').slice(2, 14)
  return der(DER.utcTime, Buffer.from(`${digits}Z`))
}
