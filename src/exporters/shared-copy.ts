/** Shared memory is copied byte by byte unless both places are equally far from a multiple of so many bytes. */
export const COPY_ALIGNMENT = 8
