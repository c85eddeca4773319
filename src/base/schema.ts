/** Schemas: validation, defaults and documentation of every value that comes from a file, a flag or the API. */
export { z } from 'zod'
