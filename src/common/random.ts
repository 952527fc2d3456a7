/** Where random numbers come from, from 0 up to 1: a parameter wherever they decide something, so that tests choose. */
export type Random = () => number
