import { urlToHttpOptions } from 'node:url'

/** They describe the body, which differs from request to request. */
const OF_THE_BODY = ['content-length', 'content-encoding', 'transfer-encoding']

/**
 * The headers that every request to `url` has, but those of its body: names and values in turn, as `http.request` takes
 * them. Node sends such a list as it is, which takes a fraction of the time that it takes over an object; so what it does
 * with an object is done here, once: `Host` and the credentials in the URL, unless they are given, and each name but
 * once, whatever its case: of two, the later one counts.
 */
export function requestHeaders(url: URL, given: Readonly<Record<string, string>>): string[] {
  const { auth } = urlToHttpOptions(url)
  const all = {
    Host: url.host,
    ...(auth && { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
    ...given,
  }
  const byName = new Map<string, [name: string, value: string]>()
  for (const [name, value] of Object.entries(all)) byName.set(name.toLowerCase(), [name, value])
  for (const name of OF_THE_BODY) byName.delete(name)
  return [...byName.values()].flat()
}
