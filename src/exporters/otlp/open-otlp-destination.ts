import { createRequire } from 'node:module'
import { urlToHttpOptions } from 'node:url'
import type { Clock } from '../../common/clock.js'
import type { OtlpDescription } from '../exporter-description.js'
import type { HttpTarget } from './http-attempt.js'
import { otlpConfiguration } from './otlp-configuration.js'
import { OtlpDestination } from './otlp-destination.js'
import { requestHeaders } from './request-headers.js'

const { version }: { readonly version: string } = createRequire(import.meta.url)('../../../package.json')
/** Tells receivers who sends (OTLP specification, "User Agent"). */
const USER_AGENT = `otel-sluice/${version}`

/** Makes the destination that a description describes, on the thread that is to export to it. */
export async function openOtlpDestination(
  description: OtlpDescription,
  exportTimeoutMillis: number,
  clock: Clock,
): Promise<OtlpDestination> {
  const configuration = otlpConfiguration(
    description.basePackage,
    description.options,
    description.environment,
  )
  const url = new URL(configuration.url)
  const userAgent =
    configuration.userAgent === undefined ? USER_AGENT : `${configuration.userAgent} ${USER_AGENT}`
  const target: HttpTarget = {
    endpoint: urlToHttpOptions(url),
    agent: await configuration.agentFactory(url.protocol),
    compression: configuration.compression,
    headers: requestHeaders(url, { ...(await configuration.headers()), 'User-Agent': userAgent }),
  }
  return new OtlpDestination(target, Math.min(exportTimeoutMillis, configuration.timeoutMillis), clock)
}
