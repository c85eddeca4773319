import { type ErrorKind, errorTable } from '../base/index.ts'
import type { OperationDescription } from '../peer/index.ts'

/** The API as an OpenAPI 3.1 document. */
export function openApi(
  operations: readonly OperationDescription[],
  version: string,
): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Peerage',
      version,
      description: 'The local API of a peer. The token stands in the file api.token of its home folder.',
    },
    security: [{ token: [] }],
    paths: Object.fromEntries(operations.map(one => [pathOf(one.name), { post: describePost(one) }])),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: errorSchema },
      responses: {
        Error: {
          description: 'What went wrong and what to do about it',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  }
}

/** `files.share` is served at `/api/files/share`. */
export function pathOf(operation: string): string {
  return `/api/${operation.replace('.', '/')}`
}

const kinds: readonly ErrorKind[] = [...new Set(Object.values(errorTable).map(({ kind }) => kind))].sort()

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'kind', 'message', 'remedy'],
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable) },
        kind: { type: 'string', enum: kinds },
        message: { type: 'string' },
        remedy: { type: 'string' },
        details: { type: 'object' },
      },
    },
  },
}

function describePost(operation: OperationDescription): Record<string, unknown> {
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [operation.name.split('.')[0]],
    requestBody: { content: { 'application/json': { schema: operation.input } } },
    responses: { 200: answers[operation.kind], default: { $ref: '#/components/responses/Error' } },
  }
}

const answers: Readonly<Record<OperationDescription['kind'], unknown>> = {
  value: { description: 'The result', content: { 'application/json': { schema: {} } } },
  stream: {
    description:
      'One JSON object a line: {"value":...} as it goes on, then {"result":...} or {"error":{...}} as the last line',
    content: { 'application/x-ndjson': { schema: { type: 'object' } } },
  },
  bytes: {
    description: 'The bytes; with a Range header the asked part, as status 206',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  },
}
